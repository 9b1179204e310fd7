"""Group sessions inside an absence. They are no part of its plan: one decision concerns many, and has a page of its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from app.absence.models import AbsencePlan
from app.booking.groups.models import GroupSession
from app.booking.lifecycle import Status
from app.booking.models import Appointment
from app.scheduling.models import Absence, Closure


def groups_inside(session: Session, plan: AbsencePlan, *, now: datetime) -> list[tuple[GroupSession, int]]:
    """Sessions of those who are away, or at the office that is closed, with how many seats are taken."""
    of_people = exists().where(
        Absence.plan_id == plan.id,
        Absence.active,
        Absence.professional_id == GroupSession.professional_id,
        GroupSession.starts_at < Absence.ends_at,
        GroupSession.ends_at > Absence.starts_at,
    )
    of_office = exists().where(
        Closure.id == plan.closure_id,
        Closure.office_id == GroupSession.office_id,
        GroupSession.starts_at < Closure.ends_at,
        GroupSession.ends_at > Closure.starts_at,
    )
    seats = select(func.count()).where(
        Appointment.group_session_id == GroupSession.id, Appointment.status != Status.CANCELLED
    )
    query = (
        select(GroupSession, seats.scalar_subquery())
        .where(GroupSession.cancelled_at.is_(None), GroupSession.ends_at > now, or_(of_people, of_office))
        .order_by(GroupSession.starts_at, GroupSession.id)
    )
    return [(group, taken) for group, taken in session.execute(query)]
