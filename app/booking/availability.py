"""What is free. One definition serves showing, holding and booking; the exclusion constraints agree with it.

One set-based query gives, for every professional, the working intervals and what is left of them; the pure grid of
``scheduling.slots`` makes starts of that; daily limits take away the days that are full.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.booking.queries import FREE_TIME, LOAD, TAKEN_BY_DAY, TAKEN_IN_OFFICE
from app.core import tenancy
from app.scheduling.holidays import is_public_holiday
from app.scheduling.intervals import Span, dates_between, day_pieces
from app.scheduling.models import Mode, Service
from app.scheduling.slots import Shape, slot_starts
from app.scheduling.weekly import week_number


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. ``first`` and ``last`` are local dates, both included; None means any."""

    service: Service
    mode: str
    first: date
    last: date
    office_id: int | None = None
    professional_id: int | None = None
    language: str | None = None
    ignored_reservations: tuple[int, ...] = ()
    any_notice: bool = False
    """Leave out minimum notice, horizon and who is booked online: for staff, and for a time that is already kept.

    Never over another booking.
    """
    grid_only: bool = False
    """Ask for the grid as if nobody had taken anything: tells a taken time from one that never was."""


class Opening(NamedTuple):
    """One professional free at one start; ``office_id`` None for remote meetings. ``start``: epoch seconds."""

    start: int
    professional_id: int
    office_id: int | None = None

    @property
    def starts_at(self) -> datetime:
        """The start as an aware instant."""
        return datetime.fromtimestamp(self.start, UTC)


class FreeTime(NamedTuple):
    """One professional's time for a wish: working intervals and what is free of them, as spans of epoch seconds.

    ``daily_limit``: of meetings, where there is one; ``office_id`` None for remote meetings.
    """

    professional_id: int
    office_id: int | None
    daily_limit: int | None
    working: list[Span]
    free: list[Span] | None


class FreeStarts(NamedTuple):
    """Where meetings of one professional may start (epoch seconds, sorted); ``office_id`` None for remote meetings."""

    professional_id: int
    office_id: int | None
    starts: list[int]


def shape_of(service: Service) -> Shape:
    """The time that one meeting of the service takes."""
    return Shape.of_minutes(service.duration_minutes, service.buffer_before, service.buffer_after, service.step_minutes)


def openings(session: Session, wish: Wish, *, zone: ZoneInfo, now: datetime) -> list[Opening]:
    """Everything that is free for the wish, sorted by start, then by professional."""
    by_start: defaultdict[int, list[Opening]] = defaultdict(list)
    for person, office, starts in free_starts(session, wish, zone=zone, now=now):
        for start in starts:
            by_start[start].append(Opening(start, person, office))
    return [opening for start in sorted(by_start) for opening in by_start[start]]


def who_is_free(session: Session, wishes: Iterable[Wish], *, zone: ZoneInfo, now: datetime) -> dict[int, set[int]]:
    """Who is free for one of the wishes, by start. It makes no object of each opening: a month has thousands."""
    people: defaultdict[int, set[int]] = defaultdict(set)
    for wish in wishes:
        for person, _, starts in free_starts(session, wish, zone=zone, now=now):
            for start in starts:
                people[start].add(person)
    return people


def free_starts(session: Session, wish: Wish, *, zone: ZoneInfo, now: datetime) -> list[FreeStarts]:
    """Everything that is free for the wish, by professional. Three queries at most, whatever the size."""
    within = _bookable_window(wish, zone, now)
    shared = _asked(session, wish, within, zone, now)
    rows = _free_time(session, shared)
    shape = shape_of(wish.service)
    found = [
        FreeStarts(person, office, slot_starts(working, free or (), shape, within))
        for person, office, _, working, free in rows
    ]
    return _within_limits(session, wish, found, {row[0]: row[2] for row in rows}, shared, zone) if found else []


def free_time(session: Session, wish: Wish, *, zone: ZoneInfo, now: datetime) -> list[FreeTime]:
    """What is free of everybody's working time, whole: for a time that need not be on the grid. One query."""
    rows = _free_time(session, _asked(session, wish, _bookable_window(wish, zone, now), zone, now))
    return [FreeTime(*row) for row in rows]


def _asked(session: Session, wish: Wish, within: Span, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The parameters of the wish; none where nothing can be found."""
    if within[0] >= within[1] or wish.mode not in wish.service.modes:
        return {}
    first = datetime.fromtimestamp(within[0], zone).date()
    last = datetime.fromtimestamp(within[1] - 1, zone).date()
    return _parameters(session, wish, first, last, zone, now)


def _free_time(session: Session, shared: dict[str, Any]) -> list[Any]:
    return sorted(session.execute(FREE_TIME, shared), key=itemgetter(0)) if shared else []


def openings_at(session: Session, wish: Wish, start: int, *, zone: ZoneInfo, now: datetime) -> list[Opening]:
    """The openings of the wish at exactly ``start`` (epoch seconds)."""
    return [opening for opening in openings(session, wish, zone=zone, now=now) if opening.start == start]


def _bookable_window(wish: Wish, zone: ZoneInfo, now: datetime) -> Span:
    """From the first to the last bookable instant: wished dates, minimum notice, horizon."""
    earliest = int(datetime.combine(wish.first, time(), zone).timestamp())
    latest = int(datetime.combine(wish.last + timedelta(days=1), time(), zone).timestamp())
    if wish.any_notice:
        return max(earliest, _whole(now)), latest
    notice = _whole(now) + 60 * wish.service.minimum_notice_minutes
    end_of_horizon = now.astimezone(zone).date() + timedelta(days=wish.service.horizon_days + 1)
    return max(earliest, notice), min(latest, int(datetime.combine(end_of_horizon, time(), zone).timestamp()))


def _whole(instant: datetime) -> int:
    """Epoch seconds, rounded up: a slot a fraction of a second ago is past."""
    seconds = instant.timestamp()
    return int(seconds) + (seconds > int(seconds))


def _parameters(session: Session, wish: Wish, first: date, last: date, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    # A day on either side: a meeting's buffers and a night shift reach over midnight.
    pieces = [
        piece
        for day in dates_between(first - timedelta(days=1), last + timedelta(days=1))
        for piece in day_pieces(day, zone)
    ]
    return {
        "municipality": tenancy.bound_to(session),
        "service": wish.service.id,
        "mode": wish.mode,
        "in_person": wish.mode == Mode.IN_PERSON,
        "office": wish.office_id if wish.mode == Mode.IN_PERSON else None,
        "professional": wish.professional_id,
        "language": wish.language,
        "zone": str(zone),
        "now": now,
        "since": datetime.combine(first - timedelta(days=1), time(), zone),
        "until": datetime.combine(last + timedelta(days=2), time(), zone),
        "ignored": list(wish.ignored_reservations),
        "grid_only": wish.grid_only,
        "any_notice": wish.any_notice,
        "dates": [piece.date for piece in pieces],
        "weekdays": [piece.date.weekday() for piece in pieces],
        "weeks": [week_number(piece.date) for piece in pieces],
        "holidays": [is_public_holiday(piece.date) for piece in pieces],
        "midnights": [datetime.fromtimestamp(piece.midnight, UTC) for piece in pieces],
        "from_minutes": [piece.from_minute for piece in pieces],
        "to_minutes": [piece.to_minute for piece in pieces],
    }


def _within_limits(
    session: Session,
    wish: Wish,
    found: list[FreeStarts],
    limits: dict[int, int | None],
    shared: dict[str, Any],
    zone: ZoneInfo,
) -> list[FreeStarts]:
    """Without the starts of days on which a limit is used up."""
    if wish.grid_only:
        return found
    full = _full_days(session, wish.service, limits, {**shared, "professionals": list(limits)})
    full_offices = _full_office_days(session, wish, shared)
    if not full and not full_offices:
        return found
    for person, office, starts in found:
        closed = {day for who, day in full if who == person} | {day for place, day in full_offices if place == office}
        starts[:] = [start for start in starts if datetime.fromtimestamp(start, zone).date() not in closed]
    return found


def _full_days(
    session: Session, service: Service, limits: dict[int, int | None], shared: dict[str, Any]
) -> set[tuple[int, date]]:
    """(professional, local date) where the professional's or the service's daily limit is used up."""
    if service.limit_per_professional is None and all(limit is None for limit in limits.values()):
        return set()
    return {
        (row.professional_id, row.date)
        for row in session.execute(TAKEN_BY_DAY, shared)
        if _used_up(row.taken, limits[row.professional_id]) or _used_up(row.of_service, service.limit_per_professional)
    }


def _full_office_days(session: Session, wish: Wish, shared: dict[str, Any]) -> set[tuple[int, date]]:
    """(office, local date) where the service's limit for the office is used up."""
    if wish.service.limit_per_office is None or wish.mode != Mode.IN_PERSON:
        return set()
    return {
        (row.office_id, row.date)
        for row in session.execute(TAKEN_IN_OFFICE, shared)
        if _used_up(row.taken, wish.service.limit_per_office)
    }


def _used_up(taken: int, limit: int | None) -> bool:
    return limit is not None and taken >= limit


def by_fairness(session: Session, candidates: Sequence[Opening], *, zone: ZoneInfo, now: datetime) -> list[Opening]:
    """Openings of one start, the least loaded professional first: that day, then that ISO week, then by id."""
    if len(candidates) < 2:
        return list(candidates)
    day = candidates[0].starts_at.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    loads: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    bounds = {
        "day": datetime.combine(day, time(), zone),
        "next_day": datetime.combine(day + timedelta(days=1), time(), zone),
        "week": datetime.combine(monday, time(), zone),
        "next_week": datetime.combine(monday + timedelta(days=7), time(), zone),
    }
    parameters = {
        **bounds,
        "municipality": tenancy.bound_to(session),
        "professionals": [candidate.professional_id for candidate in candidates],
        "now": now,
    }
    for row in session.execute(LOAD, parameters):
        loads[row.professional_id] = (row.day, row.week)
    return sorted(candidates, key=lambda opening: (*loads[opening.professional_id], opening.professional_id))
