"""What the pages show of webhooks, deliveries and keys: plain values in the reader's language."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from app.api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.api.webhooks.rules import EVENTS, PING, DeliveryStatus, EndpointState, Failure
from app.core.i18n import N_, format_instant, gettext, ngettext

EVENT_NAMES = {
    "appointment.booked": N_("Appointment booked"),
    "appointment.rescheduled": N_("Appointment moved"),
    "appointment.cancelled": N_("Appointment cancelled"),
    "appointment.restored": N_("Cancellation undone"),
    "appointment.checked_in": N_("Client arrived"),
    "appointment.check_in_undone": N_("Arrival undone"),
    "appointment.started": N_("Meeting begun"),
    "appointment.completed": N_("Meeting over"),
    "appointment.no_show": N_("Client did not come"),
    "appointment.no_show_undone": N_("Absence of the client undone"),
    "appointment.late": N_("Client will be late"),
    "client.added": N_("Client added"),
    "client.changed": N_("Client's details changed"),
    "client.forgotten": N_("Client forgotten"),
    PING: N_("Test"),
}
SCOPE_NAMES = {
    "read": N_("Read"),
    "book": N_("Book and change"),
    "admin": N_("Book what is not open to everybody, manage all webhooks"),
}
STATUS_NAMES = {
    DeliveryStatus.WAITING: N_("Waiting"),
    DeliveryStatus.HELD: N_("Held"),
    DeliveryStatus.DELIVERED: N_("Delivered"),
    DeliveryStatus.FAILED: N_("Failed"),
}
STATUS_TAGS = {
    DeliveryStatus.WAITING: "info",
    DeliveryStatus.HELD: "warn",
    DeliveryStatus.DELIVERED: "ok",
    DeliveryStatus.FAILED: "bad",
}
FAILURES = {
    Failure.STATUS: N_("The receiver answered %(status)s."),
    Failure.REDIRECT: N_("The receiver answered with a redirect (%(status)s), which is not followed."),
    Failure.TIMEOUT: N_("The receiver did not answer in time."),
    Failure.CONNECTION: N_("The receiver could not be reached."),
    Failure.TLS: N_("The receiver's certificate is not valid."),
    Failure.UNRESOLVED: N_("Nobody knows the receiver's address."),
    Failure.ADDRESS: N_("The address leads into a private network, where nothing is sent."),
    Failure.FAULT: N_("Something went wrong on our side"),
}


def event_options() -> list[dict[str, Any]]:
    """Every event, to be chosen from."""
    return [{"value": event, "label": gettext(EVENT_NAMES[event]), "hint": event} for event in EVENTS]


def webhook_view(endpoint: WebhookEndpoint, unsettled: dict[str, int], zone: ZoneInfo) -> dict[str, Any]:
    """A webhook with its health. ``unsettled``: how many deliveries stand in which status."""
    state, tag = _state(endpoint)
    return {
        "name": endpoint.description or endpoint.url,
        "url": endpoint.url,
        "described": bool(endpoint.description),
        "page_url": url_for("integrations.webhook", webhook_id=endpoint.id),
        "events": [gettext(EVENT_NAMES[event]) for event in endpoint.events] or [gettext("All events")],
        "state": state,
        "tag": tag,
        "active": endpoint.state == EndpointState.ACTIVE,
        "suspended": endpoint.state == EndpointState.SUSPENDED,
        "health": [
            *(
                [gettext("Nothing has got through since %(when)s", when=_when(endpoint.failing_since, zone))]
                if endpoint.failing_since
                else []
            ),
            gettext("Last delivered %(when)s", when=_when(endpoint.last_success_at, zone))
            if endpoint.last_success_at
            else gettext("Nothing delivered yet"),
            *_counts(unsettled),
        ],
        "made": gettext("%(who)s, %(when)s", who=endpoint.made_by, when=_when(endpoint.created_at, zone)),
    }


def _state(endpoint: WebhookEndpoint) -> tuple[str, str]:
    if endpoint.state != EndpointState.ACTIVE:
        return gettext("Paused"), "bad" if endpoint.state == EndpointState.SUSPENDED else "warn"
    return (gettext("Failing"), "bad") if endpoint.failing_since else (gettext("In use"), "ok")


def _counts(unsettled: dict[str, int]) -> list[str]:
    waiting, held = unsettled.get(DeliveryStatus.WAITING, 0), unsettled.get(DeliveryStatus.HELD, 0)
    found = [ngettext("%(num)s waiting", "%(num)s waiting", waiting)] if waiting else []
    return found + ([ngettext("%(num)s held", "%(num)s held", held)] if held else [])


def _when(instant: datetime | None, zone: ZoneInfo) -> str:
    return format_instant(instant, zone) if instant else ""


def delivery_view(delivery: WebhookDelivery, zone: ZoneInfo) -> dict[str, Any]:
    """A delivery in the list and on its page."""
    status = DeliveryStatus(delivery.status)
    return {
        "id": delivery.event_id,
        "page_url": url_for("integrations.delivery", webhook_id=delivery.endpoint_id, delivery_id=delivery.id),
        "event": gettext(EVENT_NAMES[delivery.event_type]),
        "event_type": delivery.event_type,
        "created": _when(delivery.created_at, zone),
        "status": gettext(STATUS_NAMES[status]),
        "tag": STATUS_TAGS[status],
        "tries": ngettext("%(num)s try", "%(num)s tries", delivery.tries) if delivery.tries else "",
        "next_try": _when(delivery.next_try_at, zone) if delivery.tries else "",
        "body": json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False),
    }


def attempt_view(attempt: WebhookAttempt, zone: ZoneInfo) -> dict[str, Any]:
    """One try: when, how long, and what came of it."""
    interrupted = attempt.duration_ms is None
    return {
        "started": _when(attempt.started_at, zone),
        "duration": "" if interrupted else gettext("%(ms)s ms", ms=attempt.duration_ms),
        "ok": not interrupted and not attempt.failure,
        "words": _words(attempt),
        "detail": attempt.detail,
        "answer": attempt.answer,
    }


def _words(attempt: WebhookAttempt) -> str:
    if attempt.duration_ms is None:
        return gettext("The try was interrupted.")
    if attempt.failure:
        return gettext(FAILURES[Failure(attempt.failure)], status=attempt.status_code)
    return gettext("The receiver took it (%(status)s).", status=attempt.status_code)
