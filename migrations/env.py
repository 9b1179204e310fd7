"""Alembic: migrations run as the owner of the tables; afterwards the application's role gets its rights."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from app.core.database_urls import grant_application_role, resolve
from app.core.db import db

settings = current_app.config["SETTINGS"]
urls = resolve(settings.DATABASE_URL, settings.DATABASE_OWNER_URL, settings.instance)


def run() -> None:
    """Run the wanted migrations in one transaction, one process at a time."""
    engine = create_engine(urls.owner)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('vuoro.migrations'))"))
        context.configure(connection=connection, target_metadata=db.metadata, transaction_per_migration=False)
        context.run_migrations()
        role = make_url(urls.application).username
        if role:
            grant_application_role(connection, role)
    engine.dispose()


if context.is_offline_mode():
    context.configure(url=urls.owner, target_metadata=db.metadata, literal_binds=True)
    context.run_migrations()
else:
    run()
