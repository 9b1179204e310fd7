"""Who comes in: staff users with roles, and other systems with keys."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach sign-in."""
    from app.identity import access, routes

    access.install(app)
    app.register_blueprint(routes.blueprint)
