"""Pure: what working time a date holds when weekly rules and exceptions are put together, and which meetings fit in it.

Says of hours what ``booking.queries.FREE_TIME`` says of them in SQL; closures, absences and bookings are not its matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from app.scheduling.intervals import DAY_MINUTES, Span, dates_between, day_pieces, spans_of
from app.scheduling.slots import merge
from app.scheduling.weekly import WeeklyHours, holds_on

IsHoliday = Callable[[date], bool]

IN_PERSON = "in_person"


@dataclass(frozen=True, slots=True)
class DayException:
    """Extra or removed time of one date; ``replaces_hours``: its weekly rules rest, only extra time holds."""

    date: date
    start_minute: int
    end_minute: int
    extra: bool
    office_id: int | None = None
    modes: tuple[str, ...] | None = None
    replaces_hours: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """A run of working time of one date: at an office (None: remote only), for some modes (None: all)."""

    start_minute: int
    end_minute: int
    office_id: int | None = None
    modes: tuple[str, ...] | None = None

    def serves(self, mode: str, office_id: int | None) -> bool:
        """True if a meeting of this mode (in person: at this office) may be held in these hours."""
        return (self.modes is None or mode in self.modes) and (mode != IN_PERSON or self.office_id == office_id)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is set of one professional's working time."""

    rules: tuple[WeeklyHours, ...] = ()
    exceptions: tuple[DayException, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a booked meeting takes: its occupied span (buffers included), how and where it is held."""

    id: int
    occupied: Span
    mode: str
    office_id: int | None = None


def weekly_hours_on(rules: Iterable[WeeklyHours], day: date, is_holiday: IsHoliday) -> list[Hours]:
    """What the weekly rules alone give, in order. They rest on public holidays."""
    if is_holiday(day):
        return []
    found = [Hours(r.start_minute, r.end_minute, r.office_id, r.modes) for r in rules if holds_on(r, day)]
    return sorted(found, key=lambda hours: hours.start_minute)


def hours_on(plan: Plan, day: date, is_holiday: IsHoliday) -> list[Hours]:
    """Working time of a date: weekly hours and extra time, without what is removed; in order."""
    own = [exception for exception in plan.exceptions if exception.date == day]
    resting = any(exception.replaces_hours for exception in own)
    found = [] if resting else weekly_hours_on(plan.rules, day, is_holiday)
    found += [Hours(e.start_minute, e.end_minute, e.office_id, e.modes) for e in own if e.extra]
    for removed in own:
        if not removed.extra and not removed.replaces_hours:
            found = [piece for hours in found for piece in _without(hours, removed)]
    return sorted(found, key=lambda hours: hours.start_minute)


def _without(hours: Hours, removed: DayException) -> list[Hours]:
    before = replace(hours, end_minute=min(hours.end_minute, removed.start_minute))
    after = replace(hours, start_minute=max(hours.start_minute, removed.end_minute))
    return [piece for piece in (before, after) if piece.start_minute < piece.end_minute]


def instants(day: date, start_minute: int, end_minute: int, zone: ZoneInfo) -> Span | None:
    """From the first to the last instant of a date's wall-clock minutes; None where the clock skips them all."""
    spans = list(spans_of(day_pieces(day, zone), start_minute, end_minute))
    return (spans[0][0], spans[-1][1]) if spans else None


def replaced_day(day: date, hours: Iterable[Hours]) -> list[DayException]:
    """The exceptions that give a date exactly these hours, whatever the weekly rules say."""
    resting = DayException(day, 0, DAY_MINUTES, extra=False, replaces_hours=True)
    return [resting, *(DayException(day, h.start_minute, h.end_minute, True, h.office_id, h.modes) for h in hours)]


def fits(meeting: Meeting, plan: Plan, *, zone: ZoneInfo, is_holiday: IsHoliday) -> bool:
    """True if the meeting, buffers included, lies in working time that serves it."""
    first, last = (datetime.fromtimestamp(instant, UTC).astimezone(zone).date() for instant in meeting.occupied)
    spans = merge(
        span
        for day in dates_between(first, last)
        for hours in hours_on(plan, day, is_holiday)
        if hours.serves(meeting.mode, meeting.office_id)
        for span in spans_of(day_pieces(day, zone), hours.start_minute, hours.end_minute)
    )
    return any(start <= meeting.occupied[0] and meeting.occupied[1] <= end for start, end in spans)


def newly_outside(
    meetings: Iterable[Meeting], before: Plan, after: Plan, *, zone: ZoneInfo, is_holiday: IsHoliday
) -> list[Meeting]:
    """The meetings that a change of hours leaves outside: those that fitted before it and fit no more."""
    fit = partial(fits, zone=zone, is_holiday=is_holiday)
    return [meeting for meeting in meetings if not fit(meeting, after) and fit(meeting, before)]


def within(meetings: Iterable[Meeting], span: Span) -> list[Meeting]:
    """The meetings that share time with a span."""
    return [meeting for meeting in meetings if meeting.occupied[0] < span[1] and span[0] < meeting.occupied[1]]


def week_minutes(plan: Plan, monday: date, is_holiday: IsHoliday) -> int:
    """Minutes of working time in the week that begins on ``monday``; time that two rows give counts once."""
    days = dates_between(monday, monday + timedelta(days=6))
    return sum(
        end - start
        for day in days
        for start, end in merge((h.start_minute, h.end_minute) for h in hours_on(plan, day, is_holiday))
    )
