"""What happened, as other systems are told: ids, times, state and version. Who asks for more fetches it with a key."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Text, any_, cast, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.api.models import WebhookDelivery, WebhookEndpoint
from app.api.webhooks.rules import APPOINTMENT_EVENTS, CLIENT_EVENTS, DeliveryStatus
from app.booking.clients import ClientChanged
from app.booking.service import AppointmentChanged
from app.core import tenancy
from app.core.tenancy import Municipality
from app.core.work import Job

JOB = "webhook"
IDS = ("id", "reference", "status", "service_id", "professional_id", "client_id", "office_id", "mode", "version")


def tell_of_appointment(session: Session, event: AppointmentChanged) -> None:
    """Write the event of an appointment's step, in its transaction."""
    if not event.municipality.has_listeners:
        return
    appointment, zone = event.appointment, event.municipality.zone
    data = {name: getattr(appointment, name) for name in IDS}
    data["starts_at"] = appointment.starts_at.astimezone(zone).isoformat()
    data["ends_at"] = appointment.ends_at.astimezone(zone).isoformat()
    write(session, event.municipality, APPOINTMENT_EVENTS[event.step], data, now=event.now)


def tell_of_client(session: Session, event: ClientChanged) -> None:
    """Write the event of a client who was added or changed, in its transaction."""
    municipality = session.get_one(Municipality, tenancy.bound_to(session))
    if municipality.has_listeners:
        write(session, municipality, CLIENT_EVENTS[event.step], {"id": event.client.id}, now=event.now)


def write(
    session: Session,
    municipality: Municipality,
    event_type: str,
    data: dict[str, Any],
    *,
    now: datetime,
    endpoint_id: int | None = None,
) -> str:
    """One delivery and its job for each endpoint that wants the event (or for the one named). Returns the event's id.

    One statement, however many endpoints there are: it stands in the way of every booking. Paused endpoints get
    theirs too; the worker holds it for them.
    """
    event_id = f"evt_{secrets.token_urlsafe(16)}"
    body = {
        "id": event_id,
        "type": event_type,
        "created_at": now.astimezone(municipality.zone).isoformat(),
        "municipality": municipality.slug,
        "data": data,
    }
    values: dict[str, Any] = {
        "municipality_id": WebhookEndpoint.municipality_id,
        "endpoint_id": WebhookEndpoint.id,
        "event_id": _text(event_id),
        "event_type": _text(event_type),
        "body": _text(json.dumps(body)),
        "status": _text(DeliveryStatus.WAITING),
        "tries": literal(0),
        "created_at": _instant(now),
        "queued_at": _instant(now),
        "next_try_at": _instant(now),
    }
    if endpoint_id is None:
        wanted = or_(WebhookEndpoint.events == [], _text(event_type) == any_(WebhookEndpoint.events))  # type: ignore[arg-type]
    else:
        wanted = WebhookEndpoint.id == endpoint_id
    chosen = select(*values.values()).where(WebhookEndpoint.municipality_id == municipality.id, wanted)
    made = (
        insert(WebhookDelivery)
        .from_select(list(values), chosen, include_defaults=False)
        .returning(WebhookDelivery.id, WebhookDelivery.municipality_id)
        .cte("made")
    )
    jobs = select(made.c.municipality_id, _text(JOB), made.c.id, _instant(now), literal(0))
    columns = ["municipality_id", "kind", "target_id", "due_at", "attempts"]
    session.execute(insert(Job).from_select(columns, jobs, include_defaults=False))
    return event_id


def _text(value: str) -> ColumnElement[str]:
    return cast(literal(value), Text)


def _instant(value: datetime) -> ColumnElement[datetime]:
    return cast(literal(value), DateTime(timezone=True))
