"""The caseworker's day: the staff's pages over bookings and messages."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the pages and their menu entries."""
    from app.casework import outbox_routes
    from app.casework.booking import routes as booking_routes
    from app.casework.booking import series_routes  # noqa: F401 - adds its pages to the blueprint of booking
    from app.casework.calendar import move_routes
    from app.casework.calendar import page_routes as calendar_routes
    from app.casework.clients import edit_routes, frame, merge_routes, note_routes, page_routes, search_routes
    from app.casework.day import appointment_routes, task_routes, today_routes
    from app.casework.groups import routes as group_routes
    from app.casework.hours import copy_routes, day_routes, days_routes, weekly_routes
    from app.casework.invitations import routes as invitation_routes
    from app.identity.staff_frame import add_to_menu

    day = (today_routes, appointment_routes, task_routes)
    calendar = (move_routes, calendar_routes)
    clients = (search_routes, page_routes, edit_routes, note_routes, merge_routes)
    for part in (
        *day,
        booking_routes,
        invitation_routes,
        *calendar,
        *clients,
        group_routes,
        outbox_routes,
        weekly_routes,
        days_routes,
        day_routes,
        copy_routes,
    ):
        app.register_blueprint(part.blueprint)
    for entry in (
        today_routes.MENU,
        calendar_routes.MENU,
        group_routes.MENU,
        outbox_routes.MENU,
        *weekly_routes.MENU,
        *frame.MENU,
    ):
        add_to_menu(app, entry)
