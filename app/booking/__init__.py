"""The promise: what is free, holds, appointments, what clients are told, and the pages they book on."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the pages, and what an appointment's steps cause inside this room."""
    from app.booking import entry_routes, guide_editor, link_change_routes, notices, staff_routes
    from app.booking.service import AppointmentChanged
    from app.core import events

    events.subscribe(AppointmentChanged, notices.tell_client)
    for routes in (entry_routes, link_change_routes, staff_routes, guide_editor):
        app.register_blueprint(routes.blueprint)
