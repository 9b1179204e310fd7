"""Reads what was typed into the hours' forms: the rules it makes, and what is wrong with it, field by field."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from app.casework.hours.draft import Draft, Period, Row
from app.core.i18n import N_, format_short_date, gettext, weekday_name
from app.scheduling.clock_times import parse_minute
from app.scheduling.intervals import DAY_MINUTES
from app.scheduling.models import Mode
from app.scheduling.weekly import LONGEST_CYCLE, WeeklyHours, clashes, week_number
from app.scheduling.workday import Hours

MOST_ROWS = 150
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)

NO_DATE = N_("Enter a date, for example 24.11.2026.")
NO_WEEK = N_("Enter a date in a week in which these hours hold.")
NO_TIME = N_("Enter a time, for example 9.00.")


@dataclass(slots=True)
class Reading:
    """What was understood, and by field what was not (texts for the reader)."""

    rules: list[WeeklyHours] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen: offices by id, and ways of meeting as the form names them."""

    offices: Collection[int]
    modes: Collection[str]


@dataclass(frozen=True, slots=True)
class _Validity:
    first: date | None
    last: date | None
    weeks: int
    phase: int


def read_day(typed: str) -> date | None:
    """A date as the browser sends it, if it is one that a plan can have."""
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def read_weekly(draft: Draft, choices: Choices) -> Reading:
    """The rules of a draft."""
    reading = Reading()
    if len(draft.rows) > MOST_ROWS:
        reading.errors["hours"] = gettext("There are too many rows. Leave out some of them.")
        return reading
    periods = [_read_period(period, number, reading.errors) for number, period in enumerate(draft.periods)]
    places = []
    for number, row in enumerate(draft.rows):
        hours, period = read_row(row, number, choices, reading.errors), periods[row.period]
        if hours is not None and period is not None:
            reading.rules.append(_rule(row.weekday, hours, period))
            places.append(number)
    for one, other, day in clashes(reading.rules):
        numbers = sorted((places[one], places[other]))
        reading.errors.setdefault(f"start-{numbers[1]}", _clash_text(draft, numbers, day))
    return reading


def _rule(weekday: int, hours: Hours, period: _Validity) -> WeeklyHours:
    return WeeklyHours(
        weekday,
        hours.start_minute,
        hours.end_minute,
        hours.office_id,
        period.first,
        period.last,
        hours.modes,
        period.weeks,
        period.phase,
    )


def _read_period(period: Period, number: int, errors: dict[str, str]) -> _Validity | None:
    found = {name: read_day(typed) for name, typed in (("first", period.first), ("last", period.last))}
    wrong = {
        f"{name}-{number}": gettext(NO_DATE)
        for name, typed in (("first", period.first), ("last", period.last))
        if typed.strip() and found[name] is None
    }
    if found["first"] and found["last"] and found["last"] < found["first"]:
        wrong[f"last-{number}"] = gettext("The last day must not be before the first day.")
    weeks = int(period.every) if period.every in map(str, range(1, LONGEST_CYCLE + 1)) else 0
    if not weeks:
        wrong[f"every-{number}"] = gettext("Choose in which weeks these hours hold.")
    week_of = read_day(period.week_of)
    if weeks > 1 and week_of is None:
        wrong[f"week_of-{number}"] = gettext(NO_WEEK)
    errors.update(wrong)
    if wrong:
        return None
    return _Validity(found["first"], found["last"], weeks, week_number(week_of) % weeks if week_of else 0)


def read_row(row: Row, number: int, choices: Choices, errors: dict[str, str]) -> Hours | None:
    """The hours of a row; None for a blank one, and where something is wrong (told in ``errors``)."""
    if row.blank:
        return None
    start, end = parse_minute(row.start), parse_minute(row.end)
    wrong = {
        f"{name}-{number}": gettext(NO_TIME) for name, minute in (("start", start), ("end", end)) if minute is None
    }
    if start is not None and end is not None:
        end = end or DAY_MINUTES  # a day that ends at 0.00 ends at midnight
        if end <= start:
            wrong[f"end-{number}"] = gettext(
                "The end must be after the start. Write hours after midnight on the next day."
            )
    if row.place and not (row.place.isdecimal() and int(row.place) in choices.offices):
        wrong[f"place-{number}"] = gettext("Choose a place from the list.")
    if row.modes not in choices.modes:
        wrong[f"modes-{number}"] = gettext("Choose one of the given ways.")
    elif not row.place and Mode.IN_PERSON in row.modes.split(","):
        wrong[f"place-{number}"] = gettext("For meetings at the office, choose the office.")
    errors.update(wrong)
    if wrong or start is None or end is None:
        return None
    return Hours(start, end, int(row.place) if row.place else None, tuple(row.modes.split(",")) if row.modes else None)


def read_hours(rows: list[Row], choices: Choices, errors: dict[str, str]) -> list[Hours]:
    """The hours of one date, in order; rows that overlap are told in ``errors``."""
    found = [(hours, n) for n, row in enumerate(rows) if (hours := read_row(row, n, choices, errors)) is not None]
    found.sort(key=lambda pair: pair[0].start_minute)
    for (one, _), (other, number) in pairwise(found):
        if other.start_minute < one.end_minute:
            errors.setdefault(f"start-{number}", gettext("This overlaps with another row of the day."))
    return [hours for hours, _ in found]


def _clash_text(draft: Draft, numbers: list[int], day: date) -> str:
    one, other = (draft.rows[number] for number in numbers)
    values = {
        "day": weekday_name(one.weekday),
        "one": f"{one.start}–{one.end}",
        "other": f"{other.start}–{other.end}",
        "date": format_short_date(day),
    }
    if one.period == other.period:
        return gettext("%(day)s: %(one)s and %(other)s overlap.", **values)
    return gettext("%(day)s: %(one)s and %(other)s of another period overlap, for example on %(date)s.", **values)
