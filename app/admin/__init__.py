"""A municipality's own words and settings: texts, accessibility statement, privacy, guided choice, feedback, links."""

from __future__ import annotations

from flask import Flask

from app.core.i18n import N_


def install(app: Flask) -> None:
    """Attach the public pages about the service, and the staff's pages where they are written."""
    from app.admin import (
        embed_routes,
        feedback_routes,
        guide_editor,
        public_routes,
        statement_routes,
        terms_routes,
        texts_routes,
    )
    from app.identity.staff_frame import MenuEntry, add_to_menu

    app.context_processor(public_routes.footer)
    for routes in (
        public_routes,
        texts_routes,
        statement_routes,
        terms_routes,
        guide_editor,
        feedback_routes,
        embed_routes,
    ):
        app.register_blueprint(routes.blueprint)
    add_to_menu(app, MenuEntry("feedback", N_("Feedback"), "feedback.listed", "feedback.view", 65))
    add_to_menu(app, MenuEntry("texts", N_("Texts"), "texts.overview", "settings.manage", 70))
    add_to_menu(app, MenuEntry("guide", N_("Guiding questions"), "guide.overview", "settings.manage", 75))
    add_to_menu(app, MenuEntry("embed", N_("Links to booking"), "embed.page", "settings.manage", 80))
