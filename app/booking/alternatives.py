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
    found = [*_other_days(search, filters), *_wider(search, filters)]
    if switch:
        found += _elsewhere(search, filters, offices)
    return [
        {"label": label, "when": format_instant(free.starts_at, search.zone), "url": address(choice)}
        for label, choice, free in found
    ]


def _all_from_first_day(search: Search, choice: Filters) -> list[Free]:
    return search.free(choice, choice.first or search.today, search.horizon)


def _there(search: Search, choice: Filters, free: Free) -> Filters:
    """The choice, with the days that begin with the free time where days were chosen."""
    return replace(choice, first=search.day_of(free)) if choice.first else choice


def _other_days(search: Search, filters: Filters) -> Iterator[Found]:
    """The same on other days than the ones asked for."""
    if filters.first is None:
        return
    anytime = replace(filters, first=None)
    found = _all_from_first_day(search, anytime)
    later = [free for free in found if search.day_of(free) > filters.first]
    if later:
        yield gettext("The next free time"), _there(search, filters, later[0]), later[0]
    if found and found[0] not in later:
        yield gettext("The earliest free time"), anytime, found[0]


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
        for free in _all_from_first_day(search, choice)[:1]:
            yield label, _there(search, choice, free), free


def _elsewhere(search: Search, filters: Filters, offices: Mapping[int, str]) -> Iterator[Found]:
    """At other offices, then in other ways of meeting."""
    if filters.office_id is not None:
        seen = set()
        for free in _all_from_first_day(search, replace(filters, office_id=None)):
            if free.office_id is not None and free.office_id not in seen:
                seen.add(free.office_id)
                choice = replace(filters, office_id=free.office_id)
                yield offices[free.office_id], _there(search, choice, free), free
    others = [mode for mode in search.service.modes if mode != filters.mode] if filters.mode != ANY else []
    for mode in others:
        choice = replace(filters, mode=mode, office_id=None)
        for free in _all_from_first_day(search, choice)[:1]:
            yield mode_name(mode), _there(search, choice, free), free
