"""A municipality's own words and settings: texts, accessibility statement, privacy, guided choice, feedback, links,
offices and services."""

from __future__ import annotations

from flask import Flask

from app.core.i18n import N_


def install(app: Flask) -> None:
    """Attach the public pages about the service, and the staff's pages where they are written."""
    from app.admin import (
        embed_routes,
        feedback_routes,
        guide_editor,
        overview_routes,
        public_routes,
        statement_routes,
        terms_routes,
        texts_routes,
    )
    from app.admin.log import routes as log_routes
    from app.admin.municipality import routes as municipality_routes
    from app.admin.offices import closure_routes
    from app.admin.offices import routes as office_routes
    from app.admin.professionals import routes as professional_routes
    from app.admin.services import routes as service_routes
    from app.admin.start import routes as start_routes
    from app.admin.users import routes as user_routes
    from app.casework.day.above import add_above
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
        overview_routes,
        office_routes,
        closure_routes,
        service_routes,
        municipality_routes,
        professional_routes,
        user_routes,
        log_routes,
        start_routes,
    ):
        app.register_blueprint(routes.blueprint)
    add_above(app, start_routes.above_today)
    add_to_menu(app, MenuEntry("feedback", N_("Feedback"), "feedback.listed", "feedback.view", 65))
    add_to_menu(app, MenuEntry("settings", N_("Settings"), "settings.overview", "settings.manage", 68))
    add_to_menu(app, MenuEntry("texts", N_("Texts"), "texts.overview", "settings.manage", 70))
    add_to_menu(app, MenuEntry("guide", N_("Guiding questions"), "guide.overview", "settings.manage", 75))
    add_to_menu(app, MenuEntry("embed", N_("Links to booking"), "embed.page", "settings.manage", 80))
