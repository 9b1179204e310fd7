"""The day of a meeting: the client came, it began and ended, or nobody came; and taking back what was pressed by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.booking.changes import lock_row
from app.booking.lifecycle import Status, Step, next_status
from app.booking.models import Appointment
from app.booking.service import settle
from app.core.audit import Actor
from app.core.errors import InvalidTransition
from app.core.tenancy import Municipality
from app.scheduling.models import Mode

STEPS = (Step.CHECK_IN, Step.START, Step.COMPLETE, Step.MARK_NO_SHOW, Step.UNDO_CHECK_IN, Step.UNDO_NO_SHOW)
"""The steps of the day, in the order in which they usually come."""

MOMENTS: Mapping[Step, str] = {
    Step.CHECK_IN: "arrived_at",
    Step.START: "started_at",
    Step.COMPLETE: "completed_at",
}
"""Which column remembers when a step was taken."""


def can_advance(appointment: Appointment, step: Step, *, zone: ZoneInfo, now: datetime) -> bool:
    """True where the step can be noted now. Nobody arrives at a call, and a missed meeting is settled the same day."""
    if next_status(appointment.status, step) is None:
        return False
    if step == Step.CHECK_IN and appointment.mode != Mode.IN_PERSON:
        return False
    return appointment.status != Status.NO_SHOW or _same_day(appointment.starts_at, now, zone)


def _same_day(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    return one.astimezone(zone).date() == other.astimezone(zone).date()


def advance(
    session: Session,
    appointment: Appointment,
    step: Step,
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
    excused: bool | None = None,
) -> Appointment:
    """Take one of ``STEPS``. ``excused``: of a client who did not come. Raises ``InvalidTransition``, ``Conflict``."""
    lock_row(session, appointment, appointment.professional_id)
    status = next_status(appointment.status, step)
    if status is None or not can_advance(appointment, step, zone=municipality.zone, now=now):
        raise InvalidTransition
    appointment.status = status
    appointment.excused = excused if step == Step.MARK_NO_SHOW else None
    if step in MOMENTS:
        setattr(appointment, MOMENTS[step], now)
    elif appointment.status == Status.BOOKED:  # expected again
        appointment.arrived_at = None
    settle(session, appointment, municipality, step, actor=actor, now=now)
    return appointment


def duration_used(appointment: Appointment) -> timedelta | None:
    """How long the meeting took, where its beginning and its end were noted."""
    if appointment.started_at is None or appointment.completed_at is None:
        return None
    return appointment.completed_at - appointment.started_at
