"""``flask demo seed`` and ``flask demo info``."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from app.core import clock, work
from app.core.db import db
from app.core.http import public_url
from app.demo import seed as seeding
from app.demo.seed_towns import PASSWORD, SIZES, TOWNS

demo_group = AppGroup("demo", help="The demo municipalities Koivula and Rantala.")


@demo_group.command("seed")
@click.option("--size", type=click.Choice((*SIZES, "nation")), default="small", show_default=True)
@click.option("--if-empty", is_flag=True, help="Do nothing where the demo is already.")
def seed(size: str, if_empty: bool) -> None:
    """Make the demo: two municipalities with eight weeks of bookings around today.

    As a city, Koivula has 150 professionals, 40 000 clients and 120 000 appointments of eighteen months.
    """
    if size not in SIZES:
        raise click.ClickException(f"there is no size {size!r} yet: choose `--size small` or `--size city`")
    with work.only_one(db.session, "demo.seed") as mine:
        if not mine:
            raise click.ClickException("another `demo seed` is at work; let it finish")
        there = seeding.existing(db.session)
        if if_empty and "koivula" in there:
            click.echo("The demo is here already; nothing was changed.")
            return
        if there:
            raise click.ClickException(
                f"the municipalities of the demo are here already ({', '.join(there)}), so nothing was changed; "
                "`scripts/demo --fresh` begins anew"
            )
        made = seeding.seed(db.session, now=clock.now(), towns=SIZES[size])
        db.session.commit()
    for town in made:
        click.echo(
            f"{town.name}: {town.professionals} professionals, {town.clients} clients, {town.appointments} appointments"
        )


@demo_group.command("info")
def info() -> None:
    """Print the demo's addresses and the sign-ins of every role."""
    if len(seeding.existing(db.session)) < len(TOWNS):
        raise click.ClickException("the demo is not here yet; `flask --app wsgi demo seed` makes it")
    click.echo("\n".join([*_addresses(), "", *_sign_ins()]))


def _addresses() -> list[str]:
    demo = current_app.config["SETTINGS"].demo
    rows = [(f"Book a time in {town.slug.title()}", f"/m/{town.slug}/") for town in TOWNS]
    rows += [("Staff sign-in", "/staff/sign-in"), ("Mailbox: every message", "/demo/mailbox"), ("API", "/api/docs")]
    lines = [f"  {name:<24}{public_url(path)}" for name, path in rows]
    if not demo:
        lines.append("  (the mailbox opens only where VUORO_DEMO=1)")
    return ["Addresses", *lines]


def _sign_ins() -> list[str]:
    people = [(town.slug.title(), person.role, person.email) for town in TOWNS for person in town.sign_ins]
    place, role = (max(len(row[column]) for row in people) for column in (0, 1))
    lines = [f"  {row[0]:<{place}}  {row[1]:<{role}}  {row[2]}" for row in people]
    return [f"Staff sign-ins, all with the password {PASSWORD}", *lines]
