"""Telling other systems what happened: events written with their cause, delivered by workers, signed, retried, logged."""

from __future__ import annotations


def install() -> None:
    """Listen to what lower rooms announce."""
    from app.api.webhooks import events
    from app.booking.clients import ClientChanged
    from app.booking.service import AppointmentChanged
    from app.core.events import subscribe

    subscribe(AppointmentChanged, events.tell_of_appointment)
    subscribe(ClientChanged, events.tell_of_client)
