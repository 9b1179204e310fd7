"""What a reminder says: when, where, how to get there, how to change it. The matter itself is not told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.booking.changes import last_change
from app.booking.models import Appointment
from app.booking.notices import facts_of, plain_text, short_place, values_of
from app.core.i18n import gettext, local_text, speaking
from app.core.tenancy import Municipality
from app.core.typed import show_phone
from app.messaging.mail_page import html_of
from app.messaging.outbox import Letter
from app.messaging.texts import wording
from app.scheduling.models import Mode

REMINDER, CALL = "reminder", "call_reminder"


def cause_of(appointment: Appointment) -> str:
    """What its reminders name as their cause: not the appointment itself, whose messages are stopped by others."""
    return f"appointment:{appointment.id}:reminder"


def letter_of(
    appointment: Appointment,
    minutes: int,
    channel: str,
    recipient: str,
    municipality: Municipality,
    *,
    until: datetime,
) -> Letter:
    """The message."""
    client, kind = appointment.client, CALL if appointment.mode == Mode.PHONE else REMINDER
    key = f"{cause_of(appointment)}:{int(appointment.starts_at.timestamp())}:{minutes}:{channel}"
    with speaking(client.language):
        values = values_of(appointment, municipality)
        values["number"] = show_phone(appointment.professional.phone) or municipality.phone
        if last_change(appointment) <= until:
            values["until"] = ""
        common: dict[str, Any] = {
            "kind": kind,
            "channel": channel,
            "language": client.language,
            "recipient": recipient,
            "cause": cause_of(appointment),
            "dedupe_key": key,
            "client_id": client.id,
            "useful_until": until,
        }
        if channel == "sms":
            short = {**values, "place": short_place(appointment)}
            return Letter(body=wording(kind, client.language, short).sms, **common)
        words = wording(kind, client.language, values)
        facts = [*facts_of(values), (gettext("How to get there"), _arrival(appointment))]
        button = (words.link_label, values["link"])
        return Letter(
            subject=words.subject,
            body=plain_text(words.paragraphs, facts, words.link_label, values),
            html=html_of(municipality, words.subject, words.paragraphs, facts=facts, button=button),
            **common,
        )


def _arrival(appointment: Appointment) -> str:
    return local_text(appointment.office.arrival) if appointment.office else ""
