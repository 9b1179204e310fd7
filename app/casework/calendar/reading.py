"""What stands in people's calendars: meetings, other reservations, busy times, absences and working hours.

Read with one query for each kind, however many people and days. Group sessions and reserved calls show as what they take
of somebody's time (``Reservation``); of a session its name and its seats are known, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import Session

from app.booking.groups.models import GroupSession
from app.booking.lifecycle import Status
from app.booking.models import Appointment, Client, Reservation
from app.core.db import LocalText
from app.scheduling.hours import plans_of
from app.scheduling.models import Absence, BusyTime, Closure, Service
from app.scheduling.workday import Plan

LONGEST = timedelta(hours=12)
"""Of a reservation: the database holds none that is longer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in somebody's calendar. ``kind``: ``meeting``, ``hold``, ``group_session``, ``call``, ``busy``, ``absence``."""

    kind: str
    professional_id: int
    starts_at: datetime
    ends_at: datetime
    title: str = ""
    id: int = 0
    mode: str = ""
    status: str = ""
    service: LocalText = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Calendars:
    """Everything of some people between two local dates, both included."""

    first: date
    last: date
    entries: list[Entry]
    plans: dict[int, Plan]


@dataclass(frozen=True, slots=True)
class _Asked:
    ids: Sequence[int]
    since: datetime
    until: datetime
    now: datetime


def read_calendars(
    session: Session, ids: Sequence[int], first: date, last: date, *, zone: ZoneInfo, now: datetime
) -> Calendars:
    """The calendars of these professionals. Six queries."""
    since, until = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    asked = _Asked(ids, since, until, now)
    parts = (_meetings(session, asked), _reserved(session, asked), _busy(session, asked), _absent(session, asked))
    entries = sorted((entry for part in parts for entry in part), key=lambda entry: (entry.starts_at, entry.id))
    return Calendars(first, last, entries, plans_of(session, ids, since=first))


def _meetings(session: Session, asked: _Asked) -> Iterator[Entry]:
    columns = (
        Appointment.professional_id,
        Appointment.starts_at,
        Appointment.ends_at,
        Client.name,
        Appointment.id,
        Appointment.mode,
        Appointment.status,
        Service.name,
    )
    query = (
        select(*columns)
        .join(Client, Client.id == Appointment.client_id)
        .join(Service, Service.id == Appointment.service_id)
        .where(
            Appointment.professional_id.in_(asked.ids),
            Appointment.group_session_id.is_(None),  # all of a session's seats stand in its one entry
            Appointment.starts_at > asked.since - LONGEST,
            Appointment.starts_at < asked.until,
            Appointment.ends_at > asked.since,
            Appointment.status != Status.CANCELLED,
        )
    )
    for row in session.execute(query):
        yield Entry("meeting", *row)


def _reserved(session: Session, asked: _Asked) -> Iterator[Entry]:
    """Times that are taken without being an appointment: somebody is booking, a group meets, a call is promised."""
    seats = select(func.count()).where(
        Appointment.group_session_id == GroupSession.id, Appointment.status != Status.CANCELLED
    )
    columns = (
        Reservation.kind,
        Reservation.professional_id,
        Reservation.starts_at,
        Reservation.ends_at,
        func.coalesce(
            GroupSession.title + " " + cast(seats.scalar_subquery(), Text) + "/" + cast(GroupSession.capacity, Text), ""
        ),
        func.coalesce(GroupSession.id, 0),
    )
    query = (
        select(*columns)
        .outerjoin(GroupSession, GroupSession.reservation_id == Reservation.id)
        .where(
            Reservation.professional_id.in_(asked.ids),
            Reservation.active,
            Reservation.starts_at > asked.since - LONGEST,
            Reservation.starts_at < asked.until,
            Reservation.ends_at > asked.since,
            Reservation.kind != "appointment",
            or_(Reservation.expires_at.is_(None), Reservation.expires_at > asked.now),
        )
    )
    for kind, professional_id, starts_at, ends_at, title, id_ in session.execute(query):
        yield Entry(kind, professional_id or 0, starts_at, ends_at, title, id_)


def _busy(session: Session, asked: _Asked) -> Iterator[Entry]:
    query = select(BusyTime.professional_id, BusyTime.starts_at, BusyTime.ends_at, BusyTime.title).where(
        BusyTime.professional_id.in_(asked.ids), BusyTime.ends_at > asked.since, BusyTime.starts_at < asked.until
    )
    for row in session.execute(query):
        yield Entry("busy", *row)


def _absent(session: Session, asked: _Asked) -> Iterator[Entry]:
    query = select(Absence.professional_id, Absence.starts_at, Absence.ends_at).where(
        Absence.professional_id.in_(asked.ids),
        Absence.active,
        Absence.ends_at > asked.since,
        Absence.starts_at < asked.until,
    )
    for row in session.execute(query):
        yield Entry("absence", *row)


def closures_between(session: Session, first: date, last: date, zone: ZoneInfo) -> Sequence[Closure]:
    """When offices are closed."""
    since, until = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    query = select(Closure).where(Closure.ends_at > since, Closure.starts_at < until).order_by(Closure.starts_at)
    found: Sequence[Any] = session.scalars(query).all()
    return found
