"""A municipality's own words and settings: its texts, accessibility statement, privacy page, feedback, links to it."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the public pages about the service, and the staff's pages where they are written."""
    from app.admin import embed_routes, feedback_routes, public_routes, statement_routes, texts_routes

    app.context_processor(public_routes.footer)
    for routes in (public_routes, texts_routes, statement_routes, feedback_routes, embed_routes):
        app.register_blueprint(routes.blueprint)
