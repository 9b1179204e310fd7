"""What else one can do where nothing is free: the first free time of every choice that is near to the one made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.booking.search import ANY, Filters, Free, Search
from app.booking.views import mode_name
from app.core.i18n import format_instant, gettext

Found = tuple[str, Filters, Free]
"""What to call a choice, the choice, and the first time that it gives."""


def ways_on(
    search: Search, filters: Filters, *, offices: Mapping[int, str], switch: bool, address: Callable[[Filters], str]
) -> list[dict[str, Any]]:
    """Links ``{label, when, url}``, the nearest choice first. ``offices``: names of those that can be chosen instead.

    The waiting list ("tell me when a time is freed", with the same filters) will stand last among them.
    """
    found = [*_other_days(search, filters), *_wider(search, replace(filters, first=None))]
    if switch:
        found += _elsewhere(search, replace(filters, first=None), offices)
    return [
        {"label": label, "when": format_instant(free.starts_at, search.zone), "url": address(choice)}
        for label, choice, free in found
    ]


def _other_days(search: Search, filters: Filters) -> Iterator[Found]:
    """The same on other days than the ones asked for."""
    if filters.first is None:
        return
    found = search.free(filters, search.today, search.horizon)
    later = [free for free in found if search.day_of(free) > filters.first]
    if later:
        yield gettext("The next free time"), replace(filters, first=search.day_of(later[0])), later[0]
    if found and found[0] not in later:
        yield gettext("The earliest free time"), replace(filters, first=None), found[0]


def _wider(search: Search, filters: Filters) -> Iterator[Found]:
    """With one narrowing let go of."""
    choices = []
    if filters.part == "morning":
        choices.append((gettext("In the afternoon"), replace(filters, part="afternoon")))
    if filters.part == "afternoon":
        choices.append((gettext("In the morning"), replace(filters, part="morning")))
    if filters.professional_id or filters.own:
        choices.append((gettext("With somebody else"), replace(filters, professional_id=None, own=False)))
    if filters.language:
        choices.append((gettext("In another language"), replace(filters, language=None)))
    for label, choice in choices:
        for free in search.free(choice, search.today, search.horizon)[:1]:
            yield label, choice, free


def _elsewhere(search: Search, filters: Filters, offices: Mapping[int, str]) -> Iterator[Found]:
    """At other offices, then in other ways of meeting."""
    if filters.office_id is not None:
        seen = set()
        for free in search.free(replace(filters, office_id=None), search.today, search.horizon):
            if free.office_id is not None and free.office_id not in seen:
                seen.add(free.office_id)
                yield offices[free.office_id], replace(filters, office_id=free.office_id), free
    for mode in search.service.modes if filters.mode != ANY else ():
        choice = replace(filters, mode=mode, office_id=None)
        for free in search.free(choice, search.today, search.horizon)[:1] if mode != filters.mode else ():
            yield mode_name(mode), choice, free
