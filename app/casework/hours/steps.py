"""The steps of the weekly form, which save nothing: what each does to the draft, given what follows the colon in ``do``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import request

from app.casework.hours import draft as drafts
from app.casework.hours.draft import Draft, place_of
from app.casework.hours.reading import NO_DATE, NO_WEEK, read_day
from app.core.i18n import gettext

Errors = dict[str, str] | None
"""By field, what hinders the step."""


def _add(draft: Draft, what: str) -> None:
    drafts.add_row(draft, *place_of(what))


def _remove(draft: Draft, what: str) -> None:
    drafts.remove_row(draft, int(what))


def _copy(draft: Draft, what: str) -> None:
    drafts.copy_day(draft, *place_of(what), to=[int(day) % 7 for day in request.form.getlist(f"to-{what}")])


def _period(draft: Draft, what: str) -> None:
    drafts.add_period(draft)


def _drop(draft: Draft, what: str) -> None:
    drafts.remove_period(draft, int(what))


def _split(draft: Draft, what: str) -> Errors:
    number = int(what)
    period = draft.periods[number]
    day, first, last = (read_day(typed) for typed in (period.split_from, period.first, period.last))
    if day is None:
        return {f"split_from-{number}": gettext(NO_DATE)}
    if day <= (first or date.min) or day > (last or date.max):
        return {f"split_from-{number}": gettext("Choose a day inside the period, after its first day.")}
    drafts.split(draft, number, day)
    return None


def _other(draft: Draft, what: str) -> Errors:
    number = int(what)
    week_of = read_day(draft.periods[number].week_of)
    if week_of is None:
        return {f"week_of-{number}": gettext(NO_WEEK)}
    drafts.add_other_week(draft, number, week_of)
    return None


STEPS: dict[str, Callable[[Draft, str], Errors]] = {
    "add": _add,
    "remove": _remove,
    "copy": _copy,
    "period": _period,
    "drop": _drop,
    "split": _split,
    "other": _other,
}
