"""Who comes in: staff users with roles, and other systems with keys."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach sign-in."""
    from app.identity import (
        access,
        account_routes,
        code_routes,
        codes_routes,
        help_routes,
        password_routes,
        roles_routes,
        routes,
        terms_routes,
    )

    access.install(app)
    for part in (
        routes,
        code_routes,
        password_routes,
        account_routes,
        codes_routes,
        roles_routes,
        terms_routes,
        help_routes,
    ):
        app.register_blueprint(part.blueprint)
