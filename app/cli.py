"""Flask's commands: thin, they call services. ``flask --app wsgi --help`` lists them."""

from __future__ import annotations

import secrets
from typing import Any, NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import func, select

from app.booking.register import keys
from app.core import clock, tenancy
from app.core.audit import SYSTEM
from app.core.db import db
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import LANGUAGES
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.identity import password_links, second_step, terms
from app.identity.models import StaffUser
from app.identity.service import DEFAULT_SCOPES, SCOPES, create_api_key, create_user

municipality_group = AppGroup("municipality", help="The municipalities of this installation.")
user_group = AppGroup("user", help="Staff users.")
client_group = AppGroup("client", help="Clients.")
api_key_group = AppGroup("api-key", help="Keys of other systems.")


def install(app: Flask) -> None:
    """Attach the commands."""
    for group in (municipality_group, user_group, client_group, api_key_group):
        app.cli.add_command(group)
    app.cli.add_command(worker)
    app.cli.add_command(doctor)


def fail(error: DomainError) -> NoReturn:
    """End the command with the error's words."""
    words = error.field_texts().values() if isinstance(error, InvalidInput) else [error.text()]
    raise click.ClickException(" ".join(words))


def bind_to(slug: str) -> Municipality:
    """The municipality of a command; ends the command when there is none."""
    municipality: Municipality | None = db.session.scalar(select(Municipality).where(Municipality.slug == slug))
    if municipality is None:
        raise click.ClickException(
            f"there is no municipality {slug!r}; `flask --app wsgi municipality create {slug}` makes one"
        )
    tenancy.bind(db.session, municipality.id)
    return municipality


@municipality_group.command("create")
@click.argument("slug")
@click.option("--name", required=True, help="Name in Finnish.")
@click.option("--name-sv", default="", help="Name in Swedish.")
@click.option("--name-en", default="", help="Name in English.")
@click.option("--host", default=None, help="Host name that leads straight to it.")
@click.option("--phone", default="")
@click.option("--email", default="")
def create_municipality(slug: str, name: str, name_sv: str, name_en: str, **contact: Any) -> None:
    """Make a municipality with the address /m/SLUG/."""
    if not slug.isascii() or not slug.replace("-", "").isalnum() or slug != slug.lower():
        raise click.ClickException("SLUG stands in addresses: lower-case letters a-z, digits and hyphens")
    if db.session.scalar(select(Municipality.id).where(Municipality.slug == slug)):
        raise click.ClickException(f"there is already a municipality {slug!r}")
    municipality = Municipality(
        slug=slug,
        name={"fi": name, "sv": name_sv or name, "en": name_en or name},
        languages=list(LANGUAGES),
        created_at=clock.now(),
        **contact,
    )
    db.session.add(municipality)
    db.session.flush()
    tenancy.bind(db.session, municipality.id)
    terms.publish_default(db.session, actor=SYSTEM, now=clock.now())
    db.session.commit()
    click.echo(f"{slug} stands at {current_app.config['PUBLIC_URL']}/m/{slug}/")


@user_group.command("create")
@click.argument("email")
@click.option("--municipality", "slug", required=True)
@click.option("--role", required=True, type=click.Choice([str(role) for role in Role]))
@click.option("--name", default="", help="Default: the part before the @.")
@click.option("--password", default="", help="Default: one is made and printed once.")
@click.option("--invite", is_flag=True, help="Send a link by e-mail, through which the user chooses the password.")
def create_staff_user(email: str, slug: str, role: str, name: str, password: str, invite: bool) -> None:
    """Make a staff user who signs in with EMAIL."""
    bind_to(slug)
    chosen = None if invite else password or secrets.token_urlsafe(12)
    try:
        user = create_user(
            db.session,
            email=email,
            name=name or email.partition("@")[0],
            role=role,
            password=chosen,
            now=clock.now(),
        )
    except DomainError as error:
        fail(error)
    if invite:
        password_links.invite(db.session, user, now=clock.now())
    db.session.commit()
    click.echo(f"{email} ({role}) signs in at {current_app.config['PUBLIC_URL']}/staff/sign-in")
    if invite:
        click.echo("a link for choosing the password is on its way")
    elif not password:
        click.echo(f"password, shown once: {chosen}")


@client_group.command("index")
@click.option("--municipality", "slug", required=True)
def index_clients(slug: str) -> None:
    """Build anew what clients are found by; for rows written past the application."""
    bind_to(slug)
    count = keys.index_all(db.session)
    db.session.commit()
    click.echo(f"{count} clients can be found")


@user_group.command("forget-codes")
@click.argument("email")
@click.option("--municipality", "slug", required=True)
def forget_codes(email: str, slug: str) -> None:
    """Let EMAIL sign in without a one-time code: telephone and recovery codes are lost."""
    bind_to(slug)
    user = db.session.scalar(select(StaffUser).where(func.lower(StaffUser.email) == email.lower()))
    if user is None:
        raise click.ClickException(f"{slug} has no user {email}")
    second_step.forget(db.session, user, actor=SYSTEM, now=clock.now())
    db.session.commit()
    click.echo(f"{email} signs in with the password alone")


@api_key_group.command("create")
@click.option("--municipality", "slug", required=True)
@click.option("--name", required=True, help="Which system holds it.")
@click.option("--scopes", default=",".join(DEFAULT_SCOPES), help=f"Among {','.join(SCOPES)}.", show_default=True)
def create_key(slug: str, name: str, scopes: str) -> None:
    """Make a key of another system and print it, once."""
    bind_to(slug)
    try:
        secret = create_api_key(
            db.session,
            name=name,
            now=clock.now(),
            scopes=tuple(part.strip() for part in scopes.split(",") if part.strip()),
        )
    except DomainError as error:
        fail(error)
    db.session.commit()
    click.echo(secret)


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Do the background work until stopped; as many processes as wanted."""
    from app.jobs import run_worker

    run_worker(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check configuration, database and mail; say what is wrong and how to mend it."""
    from app.doctor import examine

    findings = examine(current_app.config["SETTINGS"])
    for finding in findings:
        click.echo(f"{'ok  ' if finding.ok else 'MEND'}  {finding.subject}: {finding.words}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)
