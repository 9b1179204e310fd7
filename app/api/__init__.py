"""REST v1 for other systems: the same services as the pages, described by OpenAPI 3.1."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the API, its description and its readable page."""
    from app.api import appointments, catalogue, clients, health, holds, setup, steps, webhooks
    from app.api.webhooks import resources

    rooms = (catalogue, holds, appointments, steps, clients, resources)
    setup.install(app, [room.blueprint for room in rooms])
    app.register_blueprint(health.blueprint)
    webhooks.install()
