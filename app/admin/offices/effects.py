"""Which coming meetings an office's closing concerns. They stay where they are until somebody moves or cancels them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from app.booking.lifecycle import ACTIVE
from app.booking.models import Appointment, Reservation
from app.casework.hours.effects import Coming
from app.scheduling.holidays import is_public_holiday
from app.scheduling.hours import plans_of
from app.scheduling.intervals import Span, dates_between, day_pieces, spans_of
from app.scheduling.models import Mode
from app.scheduling.workday import Meeting, Plan, hours_on

LONGEST_OCCUPIED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Closing:
    """A closure that is or would be: of one office (None: of all), in person only or every way of meeting."""

    office_id: int | None
    starts_at: datetime
    ends_at: datetime
    remote_too: bool = False

    @property
    def span(self) -> Span:
        """In epoch seconds."""
        return (int(self.starts_at.timestamp()), int(self.ends_at.timestamp()))


def coming_at(session: Session, office_id: int, *, now: datetime) -> list[Coming]:
    """All meetings that are still to be held at an office."""
    return _coming(session, Appointment.office_id == office_id, Appointment.mode == Mode.IN_PERSON, now=now)


def coming_with(session: Session, professional_id: int, *, now: datetime) -> list[Coming]:
    """All meetings that a professional has still to hold."""
    return _coming(session, Appointment.professional_id == professional_id, now=now)


def inside(session: Session, closing: Closing, *, zone: ZoneInfo, now: datetime) -> list[Coming]:
    """The coming meetings whose time, buffers included, a closure takes; what it takes is what ``FREE_TIME`` says."""
    near = (
        Appointment.starts_at > closing.starts_at - LONGEST_OCCUPIED,
        Appointment.starts_at < closing.ends_at + LONGEST_OCCUPIED,
    )
    found = [
        item
        for item in _coming(session, *near, now=now)
        if item.meeting.occupied[0] < closing.span[1] and closing.span[0] < item.meeting.occupied[1]
    ]
    in_person = [item for item in found if item.meeting.mode == Mode.IN_PERSON]
    concerned = [item for item in in_person if closing.office_id in (None, item.meeting.office_id)]
    if closing.remote_too:
        concerned += _remote(session, found, closing, zone=zone)
    return sorted(concerned, key=lambda item: (item.meeting.occupied, item.meeting.id))


def _remote(session: Session, found: Sequence[Coming], closing: Closing, *, zone: ZoneInfo) -> list[Coming]:
    """The remote meetings of those who work at the closed office at that time."""
    remote = [item for item in found if item.meeting.mode != Mode.IN_PERSON]
    if closing.office_id is None or not remote:
        return remote
    people = {item.appointment.professional_id for item in remote}
    first = min(item.appointment.starts_at for item in remote) - LONGEST_OCCUPIED
    plans = plans_of(session, people, since=first.astimezone(zone).date())
    return [
        item
        for item in remote
        if _at_office(plans[item.appointment.professional_id], item.meeting, closing.office_id, zone=zone)
    ]


def _at_office(plan: Plan, meeting: Meeting, office_id: int, *, zone: ZoneInfo) -> bool:
    """True if the meeting shares time with hours at the office."""
    first, last = (datetime.fromtimestamp(instant, UTC).astimezone(zone).date() for instant in meeting.occupied)
    return any(
        start < meeting.occupied[1] and meeting.occupied[0] < end
        for day in dates_between(first, last)
        for hours in hours_on(plan, day, is_public_holiday)
        if hours.office_id == office_id
        for start, end in spans_of(day_pieces(day, zone), hours.start_minute, hours.end_minute)
    )


def _coming(session: Session, *where: ColumnElement[bool], now: datetime) -> list[Coming]:
    query = (
        select(Appointment, func.lower(Reservation.occupied), func.upper(Reservation.occupied))
        .join(Reservation, Reservation.id == Appointment.reservation_id)
        .where(Appointment.starts_at >= now, Appointment.status.in_(sorted(ACTIVE)), *where)
        .order_by(Appointment.starts_at, Appointment.id)
        .options(joinedload(Appointment.client), joinedload(Appointment.service), joinedload(Appointment.professional))
    )
    return [
        Coming(
            appointment,
            Meeting(
                appointment.id,
                (int(begins.timestamp()), int(ends.timestamp())),
                appointment.mode,
                appointment.office_id,
            ),
        )
        for appointment, begins, ends in session.execute(query)
    ]
