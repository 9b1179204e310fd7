"""The client says "I'm late": from two hours before the start until the end, and again when it changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.booking.lifecycle import Step, next_status
from app.booking.models import Appointment
from app.booking.service import settle
from app.core.audit import Actor
from app.core.errors import InvalidInput, InvalidTransition
from app.core.i18n import N_
from app.core.tenancy import Municipality

LATE_CHOICES = (5, 10, 15)
"""Minutes; the last one stands for itself and for more."""
FROM = timedelta(hours=2)
"""So long before the start it can first be said: earlier than that, the time can be changed."""


def can_report_late(appointment: Appointment, *, now: datetime) -> bool:
    """True while the client may still say so, and it may still help somebody."""
    due = appointment.starts_at - FROM <= now < appointment.ends_at
    return due and next_status(appointment.status, Step.LATE) is not None


def report_late(
    session: Session,
    appointment: Appointment,
    minutes: int,
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
) -> None:
    """Note that the client comes ``minutes`` late, one of ``LATE_CHOICES``. Said twice, it is said once.

    Raises ``InvalidInput`` (``minutes``), and ``InvalidTransition`` where it cannot be said (any more).
    """
    if minutes not in LATE_CHOICES:
        raise InvalidInput({"minutes": N_("Choose how late you will be.")})
    session.refresh(appointment, with_for_update=True)
    if not can_report_late(appointment, now=now):
        raise InvalidTransition
    if appointment.late_minutes == minutes:
        return
    appointment.late_minutes, appointment.late_at = minutes, now
    settle(session, appointment, municipality, Step.LATE, actor=actor, now=now)
