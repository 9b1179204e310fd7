"""Puts the house together: configuration, database, rooms, error pages."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_compress import Compress
from flask_migrate import Migrate
from sqlalchemy import event
from werkzeug.middleware.proxy_fix import ProxyFix

from app import absence, admin, api, booking, casework, cli, demo, identity
from app.core import connections, flood, head, http, i18n, limits, pages, tenancy, texts
from app.core.crypto import FieldCipher
from app.core.database_urls import check_application_role, resolve
from app.core.db import db
from app.core.secrets import secret_key_and_field_keys
from config import PROJECT, Config

MAX_BODY = 1_000_000  # bytes; the largest honest form is far below


def create_app(config: Config | None = None, **overrides: Any) -> Flask:
    """The application. ``overrides`` are Flask configuration values, for tests."""
    config = config or Config.from_environment()
    app = Flask("app", root_path=str(PROJECT / "app"), instance_path=str(config.instance.resolve()))
    _configure(app, config)
    app.config.update(overrides)
    _install_database(app)
    _install_http(app, int(config.TRUSTED_PROXIES))
    _install_rooms(app)
    return app


def _configure(app: Flask, config: Config) -> None:
    urls = resolve(config.DATABASE_URL, config.DATABASE_OWNER_URL, config.instance)
    secret_key, field_keys = secret_key_and_field_keys(config)
    app.config.update(
        SETTINGS=config,
        PUBLIC_URL=config.PUBLIC_URL,
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME="vuoro",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.PUBLIC_URL.startswith("https:"),
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        SEND_FILE_MAX_AGE_DEFAULT=365 * 24 * 3600,
        SQLALCHEMY_DATABASE_URI=urls.application,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": int(config.DATABASE_POOL_SIZE),
            "max_overflow": 2,
            "pool_timeout": 10,
            "hide_parameters": True,  # they hold names and telephone numbers, which no log should
            "connect_args": {
                "connect_timeout": 5,
                "options": "-c timezone=UTC -c lock_timeout=20s -c statement_timeout=30s",
            },
        },
        COMPRESS_MIMETYPES=["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"],
    )
    app.extensions["field_cipher"] = FieldCipher(field_keys)


def _install_database(app: Flask) -> None:
    db.init_app(app)
    Migrate(app, db, directory=str(PROJECT / "migrations"))
    with app.app_context():
        engine = db.engine
    connections.install(engine)
    event.listen(engine, "first_connect", lambda connection, record: check_application_role(connection))
    tenancy.install(db.session_maker)


def _install_http(app: Flask, proxies: int) -> None:
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    Compress(app)
    i18n.install_in_templates(app.jinja_env)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    http.install(app)
    limits.install(app, app.config["SETTINGS"].REDIS_URL)
    flood.install(app, counting=app.config["SETTINGS"].ADDRESS_LIMITS != "0")


def _install_rooms(app: Flask) -> None:
    for room in (pages, head, texts, identity, booking, absence, casework, admin, api, demo, cli):
        room.install(app)
