"""The staff's pages about other systems: webhooks with their deliveries, and keys."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the pages, which share one blueprint."""
    from app.api.pages import deliveries, keys, overview, webhooks

    for blueprint in {module.blueprint for module in (overview, webhooks, deliveries, keys)}:
        app.register_blueprint(blueprint)
