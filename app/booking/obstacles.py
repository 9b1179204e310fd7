"""What stands in the way of a time that somebody on the staff chooses by hand. It only reads; ``by_hand`` asks under the lock.

Some obstacles can be passed with a reason (it is outside working hours), others never (it is somebody else's time).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.booking.models import Reservation
from app.booking.reserve import shape_for
from app.scheduling.holidays import is_public_holiday
from app.scheduling.hours import plans_of
from app.scheduling.models import Absence, BusyTime, Closure, Mode, Professional, ProfessionalService, Service
from app.scheduling.workday import Meeting, fits

REACH = timedelta(days=1)
"""No reservation is longer, buffers included."""
MEETINGS = ("appointment", "hold")
"""Kinds of reservations that daily limits count."""


class Kind(StrEnum):
    """What is in the way."""

    PAST = "past"
    CLIENT = "client"
    TAKEN = "taken"
    ABSENCE = "absence"
    CLOSED = "closed"
    BUSY = "busy"
    HOURS = "hours"
    SERVICE = "service"
    LIMIT = "limit"


PASSABLE = frozenset({Kind.HOURS, Kind.SERVICE, Kind.LIMIT})
"""With a reason. Everything else is refused, whatever is written."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A meeting as it would be. ``reservation_id``: what it takes today, which is not in its own way."""

    service: Service
    mode: str
    starts_at: datetime
    minutes: int
    professional: Professional
    office_id: int | None = None
    client_id: int | None = None
    reservation_id: int = 0

    @property
    def ends_at(self) -> datetime:
        """The end of the meeting itself."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def occupied(self) -> tuple[datetime, datetime]:
        """What it takes of the professional's time, buffers included."""
        start, end = shape_for(self.service, self.minutes).occupied(0)
        return self.starts_at + timedelta(seconds=start), self.starts_at + timedelta(seconds=end)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing in the way, and from when to when, where that is known."""

    kind: Kind
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def passable(self) -> bool:
        """May it be passed with a reason?"""
        return self.kind in PASSABLE


def obstacles(session: Session, wanted: Wanted, *, zone: ZoneInfo, now: datetime) -> list[Obstacle]:
    """Everything that stands in the way, what can never be passed first. A few queries, whatever the size."""
    found = [Obstacle(Kind.PAST)] if wanted.starts_at <= now else []
    found += _others(session, wanted, now)
    found += _away(session, wanted)
    found += _set_otherwise(session, wanted, zone, now)
    return found


def _others(session: Session, wanted: Wanted, now: datetime) -> Iterator[Obstacle]:
    """Other meetings, and times kept for somebody: of the professional, and of the client."""
    start, end = wanted.occupied
    of_professional = select(Reservation).where(
        *_living(wanted, now),
        Reservation.professional_id == wanted.professional.id,
        Reservation.starts_at > start - REACH,
        Reservation.starts_at < end + REACH,
        func.lower(Reservation.occupied) < end,
        func.upper(Reservation.occupied) > start,
    )
    for row in session.scalars(of_professional.order_by(Reservation.starts_at)):
        yield Obstacle(Kind.TAKEN, row.starts_at, row.ends_at)
    of_client = select(Reservation).where(
        *_living(wanted, now),
        Reservation.client_id == wanted.client_id,
        Reservation.starts_at < wanted.ends_at,
        Reservation.ends_at > wanted.starts_at,
    )
    if wanted.client_id is not None:
        for row in session.scalars(of_client.order_by(Reservation.starts_at)):
            yield Obstacle(Kind.CLIENT, row.starts_at, row.ends_at)


def _living(wanted: Wanted, now: datetime) -> list[Any]:
    unexpired = or_(Reservation.expires_at.is_(None), Reservation.expires_at > now)
    return [Reservation.active, unexpired, Reservation.id != wanted.reservation_id]


def _away(session: Session, wanted: Wanted) -> Iterator[Obstacle]:
    """Absences and busy times of the professional, and closures of the office."""
    person = wanted.professional.id
    closures: list[Any] = [or_(Closure.office_id.is_(None), Closure.office_id == wanted.office_id)]
    if wanted.mode != Mode.IN_PERSON:
        closures.append(Closure.remote_too)
    yield from _spans(session, wanted, Kind.ABSENCE, Absence, [Absence.professional_id == person, Absence.active])
    yield from _spans(session, wanted, Kind.CLOSED, Closure, closures)
    yield from _spans(session, wanted, Kind.BUSY, BusyTime, [BusyTime.professional_id == person])


def _spans(
    session: Session,
    wanted: Wanted,
    kind: Kind,
    model: Any,
    which: list[Any],
) -> Iterator[Obstacle]:
    start, end = wanted.occupied
    query = select(model).where(*which, model.ends_at > start, model.starts_at < end).order_by(model.starts_at)
    for row in session.scalars(query):
        yield Obstacle(kind, row.starts_at, row.ends_at)


def _set_otherwise(session: Session, wanted: Wanted, zone: ZoneInfo, now: datetime) -> Iterator[Obstacle]:
    """What the settings say against it: working hours, who gives the service, how many meetings a day."""
    start, end = wanted.occupied
    person = wanted.professional
    plan = plans_of(session, [person.id], since=start.astimezone(zone).date() - REACH)[person.id]
    meeting = Meeting(0, (int(start.timestamp()), int(end.timestamp())), wanted.mode, wanted.office_id)
    if not fits(meeting, plan, zone=zone, is_holiday=is_public_holiday):
        yield Obstacle(Kind.HOURS)
    given = select(ProfessionalService.id).where(
        ProfessionalService.professional_id == person.id, ProfessionalService.service_id == wanted.service.id
    )
    if wanted.mode not in person.modes or session.scalar(given) is None:
        yield Obstacle(Kind.SERVICE)
    if _is_full(session, wanted, wanted.starts_at.astimezone(zone).date(), zone, now):
        yield Obstacle(Kind.LIMIT)


def _is_full(session: Session, wanted: Wanted, day: date, zone: ZoneInfo, now: datetime) -> bool:
    """True where a daily limit is used up by others: the professional's, the service's for one, or for an office."""
    service, person = wanted.service, wanted.professional
    own, of_service = Reservation.professional_id == person.id, Reservation.service_id == service.id
    limits = [
        (person.daily_limit, [own]),
        (service.limit_per_professional, [own, of_service]),
        (
            service.limit_per_office if wanted.office_id else None,
            [of_service, Reservation.office_id == wanted.office_id],
        ),
    ]
    since, until = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    of_day = [Reservation.kind.in_(MEETINGS), Reservation.starts_at >= since, Reservation.starts_at < until]
    for limit, whose in limits:
        count = select(func.count()).select_from(Reservation).where(*_living(wanted, now), *of_day, *whose)
        if limit is not None and (session.scalar(count) or 0) >= limit:
            return True
    return False
