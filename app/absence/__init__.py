"""Somebody is away: the affected meetings, a plan for each of them, and the plan carried out and taken back."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the pages and their menu entry."""
    from app.absence import routes
    from app.identity.staff_frame import add_to_menu

    app.register_blueprint(routes.blueprint)
    add_to_menu(app, routes.MENU)
