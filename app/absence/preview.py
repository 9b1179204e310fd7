"""What clients would be told, before anything is done: in their language, by their ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.absence.applying import WORDINGS, Decision
from app.absence.plan import Action
from app.booking.models import Appointment
from app.booking.notices import short_place, values_of, ways_to
from app.core.http import public_url
from app.core.i18n import format_instant, gettext, local_text, speaking
from app.core.tenancy import Municipality
from app.core.typed import show_phone
from app.messaging.texts import wording
from app.scheduling.models import Professional


def messages_of(session: Session, decisions: Sequence[Decision], *, municipality: Municipality) -> list[dict[str, Any]]:
    """A view for each message of each decision; who is called first gets none."""
    relations = (Appointment.client, Appointment.service, Appointment.professional, Appointment.office)
    query = select(Appointment).where(Appointment.id.in_([decision.appointment_id for decision in decisions]))
    rows = {row.id: row for row in session.scalars(query.options(*(joinedload(relation) for relation in relations)))}
    people = {person.id: person for person in session.scalars(select(Professional))}
    found: list[dict[str, Any]] = []
    for decision in decisions:
        appointment = rows.get(decision.appointment_id)
        if appointment is not None and decision.action != Action.CALL_FIRST:
            found += _of(appointment, decision, people.get(decision.professional_id or 0), municipality)
    return found


def _of(
    appointment: Appointment, decision: Decision, person: Professional | None, municipality: Municipality
) -> list[dict[str, Any]]:
    client = appointment.client
    with speaking(client.language):
        values = values_of(appointment, municipality, before=appointment.starts_at)
        values["link"] = public_url("/…")
        if person is not None:
            values["who"] = ", ".join(part for part in (person.first_name, local_text(person.title)) if part)
        if decision.starts_at is not None:
            values["when"] = format_instant(decision.starts_at, municipality.zone)
        kind = WORDINGS[decision.action]
        words = wording(kind, client.language, values)
        short = wording(kind, client.language, {**values, "place": short_place(appointment)})
    return [
        {
            "to": f"{client.name}: {_way(channel, recipient)}",
            "lang": client.language,
            "subject": "" if channel == "sms" else words.subject,
            "text": [short.sms] if channel == "sms" else list(words.paragraphs),
        }
        for channel, recipient in ways_to(client)
    ]


def _way(channel: str, recipient: str) -> str:
    if channel == "sms":
        return gettext("Text message to %(phone)s", phone=show_phone(recipient))
    return gettext("E-mail to %(email)s", email=recipient)
