"""Taking time from calendars: the lock rule, and what the exclusion constraints say when somebody was quicker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from psycopg.errors import ExclusionViolation
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.booking.availability import Opening, Wish, by_fairness, openings_at, shape_of
from app.booking.models import Reservation
from app.core.errors import Conflict, InvalidInput, SlotTaken
from app.core.i18n import N_
from app.scheduling.models import Mode, Service
from app.scheduling.service import lock_office_limit, lock_professionals
from app.scheduling.slots import Shape

Result = TypeVar("Result")


def epoch_of(instant: datetime) -> int:
    """Epoch seconds of a wished start. Raises ``InvalidInput`` between whole minutes: no grid stands there."""
    if instant.second or instant.microsecond:
        raise InvalidInput(
            {"starts_at": N_("This is not a time that can be booked. Please choose one of the free times.")}
        )
    return int(instant.timestamp())


def shape_for(service: Service, minutes: int | None = None) -> Shape:
    """The time that one meeting takes; ``minutes``: another length than the service's."""
    shape = shape_of(service)
    return shape if minutes is None else replace(shape, duration=60 * minutes)


def span_of(service: Service, start: int, minutes: int | None = None) -> dict[str, object]:
    """The time columns of a reservation for a meeting at ``start`` (epoch seconds)."""
    shape = shape_for(service, minutes)
    occupied = [datetime.fromtimestamp(bound, UTC) for bound in shape.occupied(start)]
    starts_at = datetime.fromtimestamp(start, UTC)
    return {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(seconds=shape.duration),
        "occupied": Range(occupied[0], occupied[1], bounds="[)"),
    }


def take_one_of(
    session: Session,
    wish: Wish,
    start: int,
    take: Callable[[Opening], Result],
    *,
    zone: ZoneInfo,
    now: datetime,
    also_lock: Iterable[int] = (),
) -> Result:
    """Call ``take`` for the fairest professional who is free at ``start``, under the lock of that calendar.

    Each try is a savepoint: a try that was too late gives its lock back before the next, so locks never pile up out
    of order. Raises ``SlotTaken`` where nobody is free (any more), ``InvalidInput`` where that was never a time.
    """
    refuse_impossible(wish, start, now=now)
    for candidate in _candidates(session, wish, start, zone=zone, now=now):
        try:
            with session.begin_nested():
                locked = lock_professionals(session, {candidate.professional_id, *also_lock})
                if candidate.professional_id not in [row.id for row in locked]:
                    raise SlotTaken  # somebody was named who does not exist
                lock_office_limit(session, wish.service, office_of(candidate, wish.mode))
                drop_expired_holds(session, candidate, now=now)
                return take(_still_open(session, wish, candidate, zone=zone, now=now))
        except SlotTaken:
            continue
    raise _why_not(session, wish, start, zone=zone, now=now)


def _candidates(session: Session, wish: Wish, start: int, *, zone: ZoneInfo, now: datetime) -> list[Opening]:
    """Whom to try, the fairest first. Somebody named is tried unseen: the look under the lock tells all there is to know.

    (Where an office's limit counts, the office must be known before, as it is locked too.)
    """
    if wish.professional_id is not None and wish.service.limit_per_office is None:
        return [Opening(start, wish.professional_id, wish.office_id)]
    return by_fairness(session, openings_at(session, wish, start, zone=zone, now=now), zone=zone, now=now)


def _still_open(session: Session, wish: Wish, candidate: Opening, *, zone: ZoneInfo, now: datetime) -> Opening:
    """The candidate looked at again under the lock. Raises ``SlotTaken``."""
    day = candidate.starts_at.astimezone(zone).date()
    again = replace(
        wish,
        first=day,
        last=day,
        office_id=candidate.office_id or wish.office_id,
        professional_id=candidate.professional_id,
    )
    found = openings_at(session, again, candidate.start, zone=zone, now=now)
    if not found:
        raise SlotTaken
    return found[0]


def drop_expired_holds(session: Session, opening: Opening, *, now: datetime) -> None:
    """Delete run-out holds near the opening: they block the constraint, where ``now()`` may not stand."""
    day = timedelta(days=1)
    session.execute(
        delete(Reservation)
        .where(
            Reservation.kind == "hold",
            Reservation.professional_id == opening.professional_id,
            Reservation.active,
            Reservation.starts_at > opening.starts_at - day,
            Reservation.starts_at < opening.starts_at + day,
            Reservation.expires_at <= now,
        )
        .execution_options(synchronize_session=False)
    )


@contextmanager
def constraints_as_errors() -> Iterator[None]:
    """Turn a lost race that a constraint caught into the friendly error."""
    try:
        yield
    except IntegrityError as problem:
        if not isinstance(problem.orig, ExclusionViolation):
            raise
        if problem.orig.diag.constraint_name == "ex_reservation_client":
            raise Conflict(
                N_("You already have another appointment at this time. Please choose another time."), code="client_busy"
            ) from problem
        raise SlotTaken from problem


def refuse_impossible(wish: Wish, start: int, *, now: datetime) -> None:
    """Errors that need no look at anybody's calendar."""
    if wish.mode not in wish.service.modes:
        raise InvalidInput({"mode": N_("This service is not given in this way.")})
    if start <= now.timestamp():
        raise InvalidInput({"starts_at": N_("This time has already passed. Please choose a later time.")})


def _why_not(session: Session, wish: Wish, start: int, *, zone: ZoneInfo, now: datetime) -> Exception:
    """Taken by somebody, or never a time of this service."""
    grid = replace(wish, any_notice=True, grid_only=True)
    if not openings_at(session, grid, start, zone=zone, now=now):
        return InvalidInput(
            {"starts_at": N_("This is not a time that can be booked. Please choose one of the free times.")}
        )
    if not openings_at(session, replace(grid, any_notice=wish.any_notice), start, zone=zone, now=now):
        return InvalidInput(
            {"starts_at": N_("This time is too soon or too far ahead. Please choose one of the free times.")}
        )
    return SlotTaken()


def office_of(opening: Opening, mode: str) -> int | None:
    """The office of a meeting: only meetings in person have one."""
    return opening.office_id if mode == Mode.IN_PERSON else None
