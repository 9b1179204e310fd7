"""A stand-in for the application, so that the demo's supervisor can be tested quickly and ill-treated."""

from __future__ import annotations

import os
import signal
import threading
from urllib.parse import urlsplit

import click
import psycopg
from flask import Flask
from flask.cli import AppGroup

app = Flask("stub")
db, demo = AppGroup("db"), AppGroup("demo")
app.cli.add_command(db)
app.cli.add_command(demo)


def connect(variable: str = "DATABASE_URL") -> psycopg.Connection[tuple[int]]:
    """Without SQLAlchemy, which takes longer to import than all the rest."""
    return psycopg.connect(os.environ[variable].replace("+psycopg", ""))


@app.get("/health/live")
def live() -> dict[str, int]:
    """Which master and which worker answer, and what is in the database."""
    with connect() as connection:
        (things,) = connection.execute("SELECT count(*) FROM thing").fetchall()[0]
    return {"web": os.getppid(), "things": things}


@db.command()
def upgrade() -> None:
    """Make the table."""
    if os.environ.get("STUB") == "failing migration":
        raise click.ClickException("the stub's migration fails")
    with connect("DATABASE_OWNER_URL") as connection:
        role = urlsplit(os.environ["DATABASE_URL"]).username
        connection.execute("CREATE TABLE IF NOT EXISTS thing (id bigint GENERATED ALWAYS AS IDENTITY)")
        connection.execute(f"GRANT SELECT, INSERT ON thing TO {role}")


@demo.command()
@click.option("--size")
@click.option("--if-empty", is_flag=True)
def seed(size: str, if_empty: bool) -> None:
    """One more thing at each start."""
    if os.environ.get("STUB") == "slow seed":
        threading.Event().wait(600)
    with connect() as connection:
        connection.execute("INSERT INTO thing DEFAULT VALUES")


@demo.command()
def info() -> None:
    """What the supervisor shows."""
    click.echo(f"Staff: {os.environ['PUBLIC_URL']}/staff – äiti@koivula.example")


@app.cli.command()
def worker() -> None:
    """Wait for SIGTERM."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: ended.set())
    click.echo("waiting for work")
    ended.wait()
