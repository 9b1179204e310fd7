"""Which coming meetings a change of working time leaves outside. They stay where they are; whoever saves confirms it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.booking.lifecycle import ACTIVE
from app.booking.models import Appointment, Reservation
from app.scheduling.holidays import is_public_holiday
from app.scheduling.intervals import Span
from app.scheduling.workday import Meeting, Plan, newly_outside, within


@dataclass(frozen=True, slots=True)
class Coming:
    """A coming appointment, and what it takes of its professional's time."""

    appointment: Appointment
    meeting: Meeting


def coming_meetings(session: Session, ids: Collection[int], *, now: datetime) -> dict[int, list[Coming]]:
    """The appointments of these professionals that are still to come, by professional and start. One query."""
    query = (
        select(Appointment, func.lower(Reservation.occupied), func.upper(Reservation.occupied))
        .join(Reservation, Reservation.id == Appointment.reservation_id)
        .where(
            Appointment.professional_id.in_(ids), Appointment.starts_at >= now, Appointment.status.in_(sorted(ACTIVE))
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .options(joinedload(Appointment.client), joinedload(Appointment.service), joinedload(Appointment.professional))
    )
    found: dict[int, list[Coming]] = defaultdict(list)
    for appointment, begins, ends in session.execute(query):
        span = (int(begins.timestamp()), int(ends.timestamp()))
        meeting = Meeting(appointment.id, span, appointment.mode, appointment.office_id)
        found[appointment.professional_id].append(Coming(appointment, meeting))
    return found


def left_outside(
    session: Session, before: Mapping[int, Plan], after: Mapping[int, Plan], *, zone: ZoneInfo, now: datetime
) -> list[Coming]:
    """The coming meetings that fit the hours before a change and not those after it, by professional."""
    found: list[Coming] = []
    for key, coming in coming_meetings(session, list(after), now=now).items():
        meetings = [item.meeting for item in coming]
        out = newly_outside(meetings, before[key], after[key], zone=zone, is_holiday=is_public_holiday)
        found += [item for item in coming if item.meeting in out]
    return found


def during(session: Session, professional_id: int, span: Span, *, now: datetime) -> list[Coming]:
    """The coming meetings that share time with a span."""
    coming = coming_meetings(session, [professional_id], now=now)[professional_id]
    inside = within((item.meeting for item in coming), span)
    return [item for item in coming if item.meeting in inside]


def seal(affected: Iterable[Coming]) -> str:
    """Stands for exactly these meetings at these times: what was confirmed is what is saved."""
    told = ";".join(f"{item.meeting.id}:{item.meeting.occupied[0]}" for item in affected)
    return sha256(told.encode()).hexdigest()[:32]
