"""A client who wants no reminders, or wants them again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Client
from app.booking.reminders.models import Reminder
from app.booking.reminders.telling import cause_of
from app.booking.reminders.timing import Outcome
from app.core import audit
from app.core.audit import Actor
from app.messaging.outbox import cancel_waiting


def set_reminders(session: Session, client: Client, *, off: bool, actor: Actor, now: datetime) -> None:
    """Off: those that wait are stopped. On again: those that were not made because of it are made if they are still of use."""
    session.refresh(client, with_for_update=True)
    if client.reminders_off == off:
        return
    client.reminders_off = off
    coming = session.scalars(
        select(Appointment).where(Appointment.client_id == client.id, Appointment.starts_at > now)
    ).all()
    if off:
        for appointment in coming:
            cancel_waiting(session, cause=cause_of(appointment), reason="reminders_off")
    else:
        left_out = Reminder.outcome == Outcome.PAUSED
        session.execute(
            delete(Reminder).where(left_out, Reminder.appointment_id.in_([appointment.id for appointment in coming]))
        )
    audit.record(session, actor=actor, action="client.reminders", on=client, now=now, off=off)
