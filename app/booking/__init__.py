"""The promise: what is free, holds, appointments, what clients are told, and the pages they book on."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the pages, and what an appointment's steps cause inside this room."""
    from app.booking import (
        entry_routes,
        link_change_routes,
        link_telling_routes,
        my_feed,
        my_receipts,
        my_routes,
        my_sign_in,
        my_wishes,
        notices,
        receipt_routes,
        receipts,
        undelivered,
        verify_routes,
    )
    from app.booking.groups import models as _groups  # noqa: F401 - its table belongs to the room
    from app.booking.invited import routes as invited_routes
    from app.booking.register import models as _register  # noqa: F401 - its tables belong to the room
    from app.booking.reminders import planning as reminders
    from app.booking.replies import routes as reply_routes
    from app.booking.series import telling as series_telling
    from app.booking.service import AppointmentChanged
    from app.core import events
    from app.messaging.receipts import MessageFailed

    events.subscribe(AppointmentChanged, notices.tell_client)
    events.subscribe(AppointmentChanged, series_telling.follow)
    events.subscribe(AppointmentChanged, reminders.stop)
    events.subscribe(AppointmentChanged, receipts.keep)
    events.subscribe(MessageFailed, undelivered.act)
    of_links = (link_change_routes, link_telling_routes, receipt_routes)  # several files, one blueprint
    own_pages = (my_routes, my_wishes, my_receipts, my_feed)
    others = (entry_routes, invited_routes, my_sign_in, verify_routes, reply_routes)
    for blueprint in dict.fromkeys(routes.blueprint for routes in (*others, *of_links, *own_pages)):
        app.register_blueprint(blueprint)
