"""What other systems use: REST v1 over the same services as the pages, webhooks, health and metrics."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the API, its description and its readable page."""
    from app.api import (
        absences,
        appointments,
        catalogue,
        clients,
        health,
        holds,
        metrics,
        pages,
        setup,
        steps,
        traffic,
        webhooks,
    )
    from app.api.webhooks import resources

    rooms = (catalogue, holds, appointments, steps, clients, absences, resources)
    setup.install(app, [room.blueprint for room in rooms])
    app.register_blueprint(health.blueprint)
    app.register_blueprint(metrics.blueprint)
    pages.install(app)
    traffic.install(app)
    webhooks.install()
