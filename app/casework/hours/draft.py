"""The weekly hours as they stand in the form: periods and rows of what was typed, and the steps that change them.

Nothing here is checked: what cannot be read stays as it was typed, and ``reading`` says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Protocol

from app.scheduling.clock_times import show_minute
from app.scheduling.weekly import WeeklyHours, monday_of, week_number
from app.scheduling.workday import Hours


class Form(Protocol):
    """A sent form, whose fields may repeat."""

    def getlist(self, key: str) -> list[str]:
        """Everything sent under a name, in the order of the page."""


@dataclass(slots=True)
class Period:
    """A set of weekly hours: its first and last date, and in which weeks it holds. ``split_from``: see ``split``."""

    first: str = ""
    last: str = ""
    every: str = "1"
    week_of: str = ""
    split_from: str = ""


@dataclass(slots=True)
class Row:
    """One run of hours on one weekday of a period. ``place``: an office's id, empty for remote; ``modes``: by commas."""

    period: int
    weekday: int
    start: str = ""
    end: str = ""
    place: str = ""
    modes: str = ""

    @property
    def blank(self) -> bool:
        """True where nothing was typed."""
        return not (self.start.strip() or self.end.strip())


@dataclass(slots=True)
class Draft:
    """Everything that the form holds, rows in the order of the page."""

    periods: list[Period] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def day(self, period: int, weekday: int) -> list[Row]:
        """The rows of one weekday of a period."""
        return [row for row in self.rows if (row.period, row.weekday) == (period, weekday)]

    def in_order(self) -> Draft:
        """The same, rows by period and weekday."""
        self.rows.sort(key=lambda row: (row.period, row.weekday))
        return self


def draft_of_form(form: Form) -> Draft:
    """What was sent. Raises ``ValueError`` where the fields do not belong together."""
    names = ("first", "last", "every", "week_of", "split_from")
    periods = [Period(*typed) for typed in zip(*(form.getlist(name) for name in names), strict=True)]
    rows = []
    for day, *typed in zip(*(form.getlist(name) for name in ("row", "start", "end", "place", "modes")), strict=True):
        period, weekday = place_of(day)
        if not (0 <= period < len(periods) and 0 <= weekday <= 6):
            raise ValueError("a row of no day")
        rows.append(Row(period, weekday, *typed))
    return Draft(periods, rows).in_order()


def place_of(day: str) -> tuple[int, int]:
    """``1.4`` is the Friday of the second period. Raises ``ValueError``."""
    period, weekday = day.split(".")
    return int(period), int(weekday)


def draft_of_rules(rules: Iterable[WeeklyHours], today: date, separator: str) -> Draft:
    """The rules as the form shows them, those of the same dates and weeks as one period; at least an empty one."""
    draft = Draft()
    ordered = sorted(rules, key=lambda rule: (_period_order(rule), rule.weekday, rule.start_minute))
    for _, group in groupby(ordered, key=_period_order):
        together = list(group)
        draft.periods.append(_period_of(together[0], today))
        for rule in together:
            row = row_of(rule, separator)
            draft.rows.append(replace(row, period=len(draft.periods) - 1, weekday=rule.weekday))
    draft.periods = draft.periods or [Period()]
    return draft


def row_of(hours: WeeklyHours | Hours, separator: str) -> Row:
    """Hours as a row of the form."""
    start, end = (show_minute(minute, separator) for minute in (hours.start_minute, hours.end_minute))
    return Row(0, 0, start, end, str(hours.office_id or ""), ",".join(hours.modes or ()))


def _period_order(rule: WeeklyHours) -> tuple[date, date, int, int]:
    return (rule.valid_from or date.min, rule.valid_to or date.max, rule.cycle_weeks, rule.cycle_phase)


def _period_of(rule: WeeklyHours, today: date) -> Period:
    first, last = (day.isoformat() if day else "" for day in (rule.valid_from, rule.valid_to))
    if rule.cycle_weeks == 1:
        return Period(first, last)
    monday = monday_of(max(today, rule.valid_from or today))
    monday += timedelta(weeks=(rule.cycle_phase - week_number(monday)) % rule.cycle_weeks)
    return Period(first, last, str(rule.cycle_weeks), monday.isoformat())


# — steps: each changes the draft —


def add_row(draft: Draft, period: int, weekday: int) -> None:
    """One more row on a day, at the place of the row before it."""
    earlier = draft.day(period, weekday) or [row for row in draft.rows if row.period == period]
    draft.rows.append(Row(period, weekday, place=earlier[-1].place if earlier else ""))
    draft.in_order()


def remove_row(draft: Draft, number: int) -> None:
    """Without the row at this place in the list."""
    draft.rows[number : number + 1] = []


def copy_day(draft: Draft, period: int, weekday: int, to: Iterable[int]) -> None:
    """Other weekdays of the period become like this one."""
    targets = set(to) - {weekday}
    model = draft.day(period, weekday)
    draft.rows = [row for row in draft.rows if not (row.period == period and row.weekday in targets)]
    draft.rows += [replace(row, weekday=target) for target in targets for row in model]
    draft.in_order()


def add_period(draft: Draft) -> None:
    """One more period, empty."""
    draft.periods.append(Period())


def remove_period(draft: Draft, number: int) -> None:
    """Without a period and its rows."""
    draft.rows = [replace(row, period=row.period - (row.period > number)) for row in draft.rows if row.period != number]
    draft.periods[number : number + 1] = []
    draft.periods = draft.periods or [Period()]


def split(draft: Draft, number: int, day: date) -> None:
    """The period ends before ``day``; from then on a copy of it holds, ready to be changed."""
    period = draft.periods[number]
    _copy_period(draft, number, replace(period, first=day.isoformat(), split_from=""))
    period.last, period.split_from = (day - timedelta(days=1)).isoformat(), ""


def add_other_week(draft: Draft, number: int, week_of: date) -> None:
    """A copy of the period for the weeks after its own."""
    _copy_period(draft, number, replace(draft.periods[number], week_of=(week_of + timedelta(weeks=1)).isoformat()))


def _copy_period(draft: Draft, number: int, copy: Period) -> None:
    new = len(draft.periods)
    draft.periods.append(copy)
    draft.rows += [replace(row, period=new) for row in _rows_of(draft, number)]


def _rows_of(draft: Draft, number: int) -> Sequence[Row]:
    return [row for row in draft.rows if row.period == number]
