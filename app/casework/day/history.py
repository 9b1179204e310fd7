"""What lies behind an appointment: its facts, its messages, its tasks, and who did what to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.day import duration_used
from app.booking.models import Appointment, Task
from app.booking.reminders.models import Reminder
from app.booking.reminders.timing import Outcome
from app.booking.views import length_text, mode_name, office_text
from app.casework.day.words import may_read_answers
from app.casework.log_words import actor_name
from app.casework.message_words import message_view
from app.core.audit import AuditEvent
from app.core.i18n import LANGUAGES, N_, format_clock, format_instant, gettext, local_text
from app.core.typed import show_phone
from app.messaging.channels import configured_channels
from app.messaging.models import Message

MOST = 100
"""Lines of a history, and messages; nobody's appointment has more."""
ACTION_NAMES = {
    "appointment.book": N_("Booked"),
    "appointment.reschedule": N_("Moved to another time"),
    "appointment.cancel": N_("Cancelled"),
    "appointment.restore": N_("Cancellation taken back"),
    "appointment.late": N_("The client told of being late"),
    "appointment.answer": N_("The client answered questions"),
    "appointment.allow_move": N_("The client allowed us to move the time"),
    "appointment.forbid_move": N_("The client withdrew the permission to move the time"),
    "appointment.check_in": N_("Arrived"),
    "appointment.undo_check_in": N_("Arrival taken back"),
    "appointment.start": N_("Begun"),
    "appointment.complete": N_("Completed"),
    "appointment.no_show": N_("Did not come"),
    "appointment.undo_no_show": N_("“Did not come” taken back"),
}


def facts_of(appointment: Appointment, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The rows of the facts that are known."""
    client, office = appointment.client, appointment.office
    rows = [
        (gettext("Time"), [format_instant(appointment.starts_at, zone), length_text(appointment)]),
        (gettext("Matter"), local_text(appointment.service.name)),
        (
            gettext("Place"),
            [mode_name(appointment.mode), office_text(office)] if office else mode_name(appointment.mode),
        ),
        (gettext("With whom"), appointment.professional.full_name),
        (gettext("Note for the professional"), appointment.note),
        (gettext("Phone"), show_phone(client.phone)),
        (gettext("E-mail"), client.email),
        (gettext("Language"), LANGUAGES.get(client.language, client.language)),
        (gettext("May we move the time?"), gettext("Yes") if appointment.may_move else gettext("No")),
        (gettext("Confirmed by the client"), _confirmed(appointment, zone)),
        (gettext("As it went"), _as_it_went(appointment, zone)),
        (gettext("Reason for cancelling"), _cancel_reason(appointment)),
        (gettext("Reference"), appointment.reference),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def _confirmed(appointment: Appointment, zone: ZoneInfo) -> str:
    return format_instant(appointment.confirmed_at, zone) if appointment.confirmed_at else ""


def _as_it_went(appointment: Appointment, zone: ZoneInfo) -> list[str]:
    """When the client arrived, and from when to when they were met."""
    lines = []
    if appointment.arrived_at is not None:
        lines.append(gettext("Arrived at %(time)s", time=format_clock(appointment.arrived_at, zone)))
    if appointment.started_at is not None:
        lines.append(gettext("Begun at %(time)s", time=format_clock(appointment.started_at, zone)))
    if appointment.completed_at is not None:
        lines.append(gettext("Ended at %(time)s", time=format_clock(appointment.completed_at, zone)))
    used = duration_used(appointment)
    if used is not None:
        lines.append(gettext("Took %(minutes)s min", minutes=round(used.total_seconds() / 60)))
    return lines


def _cancel_reason(appointment: Appointment) -> str:
    """Why it was cancelled; what a client wrote is for those who may read clients' words."""
    if appointment.cancelled_by == "client" and not may_read_answers(appointment):
        return gettext("Only the professional and team leads can read it.") if appointment.cancel_reason else ""
    return appointment.cancel_reason or ""


def messages_of(session: Session, appointment: Appointment, zone: ZoneInfo) -> list[dict[str, Any]]:
    """What was sent about the appointment, or about all those agreed together with it; the newest first."""
    channels = configured_channels(current_app.config["SETTINGS"])
    causes = [f"appointment:{appointment.id}", f"appointment:{appointment.id}:reminder"]
    if appointment.series_id is not None:
        causes.append(f"series:{appointment.series_id}")
    query = select(Message).where(Message.cause.in_(causes)).order_by(Message.id.desc())
    return [message_view(message, channels, zone) for message in session.scalars(query.limit(MOST))]


def reminders_not_sent(session: Session, appointment: Appointment) -> list[str]:
    """Why reminders of the present time were not sent, one line each."""
    query = select(Reminder).where(
        Reminder.appointment_id == appointment.id,
        Reminder.starts_at == appointment.starts_at,
        Reminder.outcome != Outcome.QUEUED,
    )
    return [
        gettext(
            "Reminder, %(before)s before: not sent. %(why)s",
            before=_span(row.minutes),
            why=gettext(WHY_NOT[Outcome(row.outcome)]),
        )
        for row in session.scalars(query.order_by(Reminder.minutes.desc()))
    ]


WHY_NOT = {
    Outcome.TOO_LATE: N_("It could not be sent while it was of use."),
    Outcome.JUST_TOLD: N_("The client had just been told the time."),
    Outcome.NOT_NEEDED: N_("The meeting had begun already."),
    Outcome.PAUSED: N_("The client wants no reminders."),
    Outcome.NO_WAY: N_("We know no mobile number or e-mail of the client."),
}


def _span(minutes: int) -> str:
    if minutes % 60:
        return gettext("%(minutes)s min", minutes=minutes)
    return gettext("%(hours)s h", hours=minutes // 60)


def history_of(session: Session, appointment: Appointment, zone: ZoneInfo) -> list[dict[str, str]]:
    """Who did what, the newest first; readings stand in the audit log only."""
    query = select(AuditEvent).where(
        AuditEvent.object_type == "appointment",
        AuditEvent.object_id == appointment.id,
        AuditEvent.action != "appointment.view",
    )
    events = session.scalars(query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(MOST)).all()
    return [
        {
            "when": format_instant(event.at, zone),
            "what": gettext(ACTION_NAMES[event.action]) if event.action in ACTION_NAMES else event.action,
            "to": _moved_to(event, zone),
            "why": event.data.get("reason", ""),
            "who": actor_name(event),
        }
        for event in events
    ]


def _moved_to(event: AuditEvent, zone: ZoneInfo) -> str:
    """The time that the booking or the move was to."""
    if event.action not in ("appointment.book", "appointment.reschedule") or "starts_at" not in event.data:
        return ""
    return format_instant(datetime.fromisoformat(event.data["starts_at"]), zone)


def tasks_of(session: Session, appointment: Appointment) -> Sequence[Task]:
    """What is to be done about the appointment."""
    query = select(Task).where(Task.appointment_id == appointment.id, Task.state == "open")
    return session.scalars(query.order_by(Task.due_on, Task.id)).all()
