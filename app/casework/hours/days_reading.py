"""Reads the forms of one exception and of one busy time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from zoneinfo import ZoneInfo

from app.casework.hours.reading import NO_DATE, NO_TIME, read_day
from app.core.errors import InvalidInput
from app.core.i18n import N_
from app.core.typed import Unusable, clean_line
from app.scheduling.clock_times import parse_minute
from app.scheduling.holidays import is_public_holiday
from app.scheduling.intervals import DAY_MINUTES, Span
from app.scheduling.workday import DayException, Plan, hours_on, instants

KINDS = ("extra", "removed")
LONGEST_TITLE = 100


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into either form."""

    kind: str = "removed"
    day: str = ""
    start: str = ""
    end: str = ""
    place: str = ""
    title: str = ""

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> Typed:
        """From a sent form; what is missing was left empty."""
        return cls(**{field.name: form.get(field.name, "") for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class _When:
    day: date
    start: int
    end: int


def _read_when(typed: Typed, today: date) -> _When:
    errors: dict[str, str] = {}
    day, start, end = read_day(typed.day), parse_minute(typed.start), parse_minute(typed.end)
    if day is None:
        errors["day"] = NO_DATE
    elif day < today:
        errors["day"] = N_("This day has already passed.")
    if start is None:
        errors["start"] = NO_TIME
    if end is None:
        errors["end"] = NO_TIME
    elif start is not None and (end or DAY_MINUTES) <= start:
        errors["end"] = N_("The end must be after the start.")
    if errors or day is None or start is None or end is None:
        raise InvalidInput(errors)
    return _When(day, start, end or DAY_MINUTES)


def read_exception(typed: Typed, plan: Plan, places: Mapping[int, str], *, today: date) -> DayException:
    """The exception, if it changes something. Raises ``InvalidInput``."""
    when = _read_when(typed, today)
    if typed.kind not in KINDS:
        raise InvalidInput({"kind": N_("Choose whether the time is added or taken away.")})
    extra = typed.kind == "extra"
    if extra and typed.place and not (typed.place.isdecimal() and int(typed.place) in places):
        raise InvalidInput({"place": N_("Choose a place from the list.")})
    meets = any(
        hours.start_minute < when.end and when.start < hours.end_minute
        for hours in hours_on(plan, when.day, is_public_holiday)
    )
    if extra and meets:
        raise InvalidInput({"start": N_("There is already working time at that time.")})
    if not extra and not meets:
        raise InvalidInput({"start": N_("There is no working time at that time.")})
    office_id = int(typed.place) if extra and typed.place else None
    return DayException(when.day, when.start, when.end, extra, office_id)


def read_busy(typed: Typed, zone: ZoneInfo, *, today: date) -> tuple[Span, str]:
    """The span in instants, and its title. Raises ``InvalidInput``."""
    when = _read_when(typed, today)
    try:
        title = clean_line(typed.title, longest=LONGEST_TITLE)
    except Unusable as problem:
        raise InvalidInput({"title": str(problem)}) from problem
    span = instants(when.day, when.start, when.end, zone)
    if span is None:
        raise InvalidInput({"start": N_("The clock skips this time on that day.")})
    return span, title
