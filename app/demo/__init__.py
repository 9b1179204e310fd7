"""The demo: the municipality Koivula for newcomers, and a page with every message that would have been sent."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the demo's commands, and its mailbox where the demo is on."""
    from app.demo import cli, routes

    app.cli.add_command(cli.demo_group)
    if app.config["SETTINGS"].demo:
        app.register_blueprint(routes.blueprint)
