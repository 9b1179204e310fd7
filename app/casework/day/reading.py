"""What the page of the day is made of: whose day, its meetings and gaps, what is unsettled, what is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.booking.groups.models import GroupSession
from app.booking.lifecycle import ACTIVE, Status
from app.booking.models import Appointment, Task
from app.booking.tasks import open_tasks
from app.casework.groups.reading import Counted, sessions, unsettled_sessions
from app.scheduling.models import Absence, BusyTime

UNSETTLED_FOR = timedelta(days=14)
"""So far back meetings are asked for whose end nobody noted."""
MOST = 20
"""Rows of a list that needs somebody; the rest comes when these are settled."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose meetings: a professional's, an office's, or (both None) everybody's."""

    professional_id: int | None = None
    office_id: int | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a scope. ``now`` is an instant of that day."""

    now: datetime
    zone: ZoneInfo
    meetings: Sequence[Appointment]
    unsettled: Sequence[Appointment]
    tasks: Sequence[Task]
    groups: Sequence[Counted] = ()
    unsettled_groups: Sequence[Counted] = ()

    @property
    def date(self) -> date:
        """The local date."""
        return self.now.astimezone(self.zone).date()

    @property
    def going_on(self) -> list[Appointment]:
        """Meetings that have begun."""
        return [meeting for meeting in self.meetings if meeting.status == Status.IN_PROGRESS]

    @property
    def coming(self) -> list[Appointment]:
        """Who is here, and who is still to come: the earliest first."""
        return [meeting for meeting in self.meetings if meeting.status in (Status.BOOKED, Status.CHECKED_IN)]

    @property
    def over(self) -> list[Appointment]:
        """Meetings that are settled."""
        return [meeting for meeting in self.meetings if meeting.status not in ACTIVE]

    @property
    def waiting(self) -> list[Appointment]:
        """Clients who are here, the one who came first first."""
        here = [meeting for meeting in self.coming if meeting.status == Status.CHECKED_IN]
        return sorted(here, key=lambda meeting: meeting.arrived_at or meeting.starts_at)

    @property
    def next(self) -> Appointment | None:
        """Whom to turn to: the meeting that goes on, else the earliest to come."""
        return next(iter([*self.going_on, *self.coming]), None)


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants between which a local date lies."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def read_day(session: Session, scope: Scope, *, zone: ZoneInfo, now: datetime) -> Day:
    """The day around ``now``. A few queries, whatever its size."""
    since, until = bounds(now.astimezone(zone).date(), zone)
    meetings = _meetings(session, scope, since, until)
    earlier = [Appointment.starts_at >= since - UNSETTLED_FOR, Appointment.starts_at < since]
    unsettled = _query(scope).where(*earlier, Appointment.status.in_(ACTIVE)).limit(MOST)
    tasks = open_tasks(until=now.astimezone(zone).date(), professional_id=scope.professional_id)
    with_who = tasks.options(joinedload(Task.client), joinedload(Task.professional)).limit(MOST)
    of_day = [*_whose_groups(scope), GroupSession.starts_at >= since, GroupSession.starts_at < until]
    return Day(
        now,
        zone,
        meetings,
        session.scalars(unsettled).all(),
        session.scalars(with_who).all(),
        sessions(session, *of_day, cancelled=False),
        unsettled_sessions(session, *_whose_groups(scope), since=since - UNSETTLED_FOR, now=since),
    )


def nobody(now: datetime, zone: ZoneInfo) -> Day:
    """The day of somebody who is not to see whom others meet."""
    return Day(now, zone, (), (), ())


def _whose_groups(scope: Scope) -> list[Any]:
    if scope.professional_id is not None:
        return [GroupSession.professional_id == scope.professional_id]
    return [] if scope.office_id is None else [GroupSession.office_id == scope.office_id]


def _meetings(session: Session, scope: Scope, since: datetime, until: datetime) -> Sequence[Appointment]:
    query = _query(scope).where(Appointment.starts_at >= since, Appointment.starts_at < until)
    return session.scalars(query).all()


def _query(scope: Scope) -> Select[Any]:
    relations = (Appointment.client, Appointment.service, Appointment.professional, Appointment.office)
    query = select(Appointment).options(*(joinedload(relation) for relation in relations))
    query = query.where(Appointment.group_session_id.is_(None))  # of a session there is one row, with all its seats
    if scope.professional_id is not None:
        query = query.where(Appointment.professional_id == scope.professional_id)
    elif scope.office_id is not None:
        query = query.where(Appointment.office_id == scope.office_id)
    return query.order_by(Appointment.starts_at, Appointment.id)


@dataclass(frozen=True, slots=True)
class Gap:
    """A time when a professional is taken by something else. ``kind``: ``busy`` or ``absence``."""

    starts_at: datetime
    ends_at: datetime
    kind: str
    title: str = ""


def gaps_of(session: Session, professional_id: int, *, since: datetime, until: datetime) -> list[Gap]:
    """Busy times and absences of a professional between two instants."""
    busy = select(BusyTime).where(
        BusyTime.professional_id == professional_id, BusyTime.starts_at < until, BusyTime.ends_at > since
    )
    away = select(Absence).where(
        Absence.professional_id == professional_id, Absence.active, Absence.starts_at < until, Absence.ends_at > since
    )
    found = [
        *(Gap(max(row.starts_at, since), min(row.ends_at, until), "busy", row.title) for row in session.scalars(busy)),
        *(Gap(max(row.starts_at, since), min(row.ends_at, until), "absence") for row in session.scalars(away)),
    ]
    return sorted(found, key=lambda gap: gap.starts_at)
