"""The staff's pages about other systems: webhooks with their deliveries, and keys."""

from __future__ import annotations

from flask import Flask

from app.core.i18n import N_


def install(app: Flask) -> None:
    """Attach the pages, which share one blueprint."""
    from app.api.pages import deliveries, keys, overview, webhooks
    from app.identity.staff_frame import MenuEntry, add_to_menu

    for blueprint in {module.blueprint for module in (overview, webhooks, deliveries, keys)}:
        app.register_blueprint(blueprint)
    add_to_menu(app, MenuEntry("integrations", N_("Integrations"), "integrations.overview", "settings.manage", 85))
