"""The caseworker's day: the staff's pages over bookings and messages."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the pages and their menu entries."""
    from app.casework import routes
    from app.identity.staff_frame import add_to_menu

    app.register_blueprint(routes.blueprint)
    for entry in routes.MENU:
        add_to_menu(app, entry)
