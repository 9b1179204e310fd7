"""The promise: what is free, holds, appointments, what clients are told, and the pages they book on."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the pages, and what an appointment's steps cause inside this room."""
    from app.booking import client_routes, link_change_routes, my_routes, my_sign_in, notices
    from app.booking.service import AppointmentChanged
    from app.core import events

    events.subscribe(AppointmentChanged, notices.tell_client)
    for routes in (client_routes, link_change_routes, my_sign_in, my_routes):
        app.register_blueprint(routes.blueprint)
