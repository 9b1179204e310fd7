"""A stand-in for the application, so that the demo's supervisor can be tested quickly and ill-treated."""

from __future__ import annotations

import os
import signal
import threading

import click
import sqlalchemy as sa
from flask import Flask
from flask.cli import AppGroup

from app.core.database_urls import grant_application_role

app = Flask("stub")
db, demo = AppGroup("db"), AppGroup("demo")
app.cli.add_command(db)
app.cli.add_command(demo)


@app.get("/health/live")
def live() -> dict[str, int]:
    """Which master and which worker answer, and what is in the database."""
    with sa.create_engine(os.environ["DATABASE_URL"]).connect() as connection:
        things = connection.exec_driver_sql("SELECT count(*) FROM thing").scalar() or 0
    return {"web": os.getppid(), "things": things}


@db.command()
def upgrade() -> None:
    """Make the table."""
    if os.environ.get("STUB") == "failing migration":
        raise click.ClickException("the stub's migration fails")
    with sa.create_engine(os.environ["DATABASE_OWNER_URL"]).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS thing (id bigint GENERATED ALWAYS AS IDENTITY)")
        role = sa.make_url(os.environ["DATABASE_URL"]).username
        assert role
        grant_application_role(connection, role)


@demo.command()
@click.option("--size")
@click.option("--if-empty", is_flag=True)
def seed(size: str, if_empty: bool) -> None:
    """One more thing at each start."""
    if os.environ.get("STUB") == "slow seed":
        threading.Event().wait(600)
    with sa.create_engine(os.environ["DATABASE_URL"]).begin() as connection:
        connection.exec_driver_sql("INSERT INTO thing DEFAULT VALUES")


@demo.command()
def info() -> None:
    """What the supervisor shows."""
    click.echo(f"Staff: {os.environ['PUBLIC_URL']}/staff – äiti@koivula.example")


@app.cli.command()
def worker() -> None:
    """Wait for SIGTERM."""
    if os.environ.get("STUB") == "failing worker":
        raise click.ClickException("the stub's worker fails")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: ended.set())
    click.echo("waiting for work")
    ended.wait()
