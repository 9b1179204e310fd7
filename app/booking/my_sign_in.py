"""A client signs in: a number or address, the code that was sent there, and, where a family shares it, who it is.

Every answer is the same for a contact that no client has: nobody learns here who is a client.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, session, url_for
from sqlalchemy import select

from app.booking import my_account
from app.booking.models import Client
from app.core import audit, clock
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import Gone, TooMany
from app.core.http import remote_address, see_other, visitor_id, visitor_network
from app.core.i18n import gettext, local_text
from app.core.pages import host_municipality, open_municipality
from app.core.permissions import public
from app.core.tenancy import Municipality
from app.core.typed import Unusable
from app.identity import client_access, code_message, codes
from app.identity.contact import Contact, parse_contact

blueprint = Blueprint("my_sign_in", __name__, url_prefix="/m/<slug>/sign-in")

ASKED, PROVEN = "sign_in_contact", "sign_in_proven"
"""In the browser's session: the contact that a code was asked for, and until when it counts as proven."""


def choose_municipality() -> Any:
    """Where to sign in: the municipality of this host name, the only one, or a choice."""
    everyone = list(db.session.scalars(select(Municipality).order_by(Municipality.id)))
    own = host_municipality(everyone)
    if own is not None:
        return see_other(url_for("my_sign_in.contact", slug=own.slug))
    choices = [
        {"name": local_text(municipality.name), "url": url_for("my_sign_in.contact", slug=municipality.slug)}
        for municipality in everyone
    ]
    return render_template("public/municipalities.html", municipalities=choices)


@blueprint.route("", methods=["GET", "POST"])
@public
def contact(slug: str) -> Any:
    """Ask for a code."""
    municipality = open_municipality(slug)
    if request.method != "POST":
        if client_access.signed_in_here() is not None:
            return see_other(url_for("my.home"))
        return _contact_page(slug, "")
    typed = request.form.get("contact", "")
    try:
        wanted = parse_contact(typed)
        _send_code(municipality, wanted)
    except Unusable as problem:
        return _contact_page(slug, typed, gettext(str(problem))), 422
    except TooMany as wait:
        db.session.rollback()
        return _contact_page(slug, typed, wait.text()), 429, {"Retry-After": str(wait.retry_after)}
    db.session.commit()
    session[ASKED] = wanted.value
    session.pop(PROVEN, None)
    return see_other(url_for(".code", slug=slug, again=1 if request.form.get("again") else None))


def _contact_page(slug: str, typed: str, error: str = "") -> str:
    return render_template(
        "my/contact.html",
        value=typed,
        errors={"contact": error} if error else {},
        action_url=url_for(".contact", slug=slug),
        back_url=url_for("booking.front", slug=slug),
    )


def _send_code(municipality: Municipality, wanted: Contact) -> None:
    now = clock.now()
    row, code = codes.issue(db.session, contact=wanted, visitor=visitor_id(), address=visitor_network(), now=now)
    known = my_account.clients_at(db.session, wanted)
    code_message.send_code(
        db.session,
        row,
        code,
        contact=wanted,
        client_id=known[0].id if known else None,
        municipality=municipality,
        now=now,
    )


def _asked() -> Contact | None:
    value = str(session.get(ASKED, ""))
    return Contact.of_value(value) if value else None


@blueprint.route("/code", methods=["GET", "POST"])
@public
def code(slug: str) -> Any:
    """Type the code."""
    open_municipality(slug)
    wanted = _asked()
    if wanted is None:  # the browser was closed meanwhile, or the address was opened in another one
        return see_other(url_for(".contact", slug=slug))
    if request.method != "POST":
        return _code_page(slug, wanted)
    typed = request.form.get("code", "")
    try:
        right = codes.accept(db.session, contact=wanted, visitor=visitor_id(), typed=typed, now=clock.now())
    except Gone as problem:
        return _code_page(slug, wanted, problem.text()), 410
    people = my_account.people_at(db.session, wanted) if right else []
    if not people:
        db.session.commit()  # the guess is counted
        return _code_page(slug, wanted, gettext("The code is not right. Check it and type it again.")), 422
    if len(people) > 1:
        db.session.commit()
        session[PROVEN] = int((clock.now() + codes.CODE_LIVES).timestamp())
        return see_other(url_for(".who", slug=slug))
    return _enter(people[0], wanted)


def _code_page(slug: str, wanted: Contact, error: str = "") -> str:
    return render_template(
        "my/code.html",
        contact=wanted.shown(),
        channel=wanted.channel,
        contact_value=wanted.value,
        again="again" in request.args,
        minutes=int(codes.CODE_LIVES.total_seconds() // 60),
        errors={"code": error} if error else {},
        action_url=url_for(".code", slug=slug),
        again_url=url_for(".contact", slug=slug),
        back_url=url_for(".contact", slug=slug),
    )


@blueprint.route("/who", methods=["GET", "POST"])
@public
def who(slug: str) -> Any:
    """Several people have the contact: whose appointments?"""
    open_municipality(slug)
    wanted = _asked()
    if wanted is None or int(session.get(PROVEN, 0)) <= clock.now().timestamp():
        return see_other(url_for(".contact", slug=slug))
    people = my_account.people_at(db.session, wanted)
    chosen = next((person for person in people if str(person.id) == request.form.get("person")), None)
    if chosen is None:
        page = render_template(
            "my/who.html",
            people=[{"value": str(person.id), "name": person.name} for person in people],
            action_url=url_for(".who", slug=slug),
            back_url=url_for(".contact", slug=slug),
        )
        return page, 200 if request.method != "POST" else 422
    return _enter(chosen, wanted)


def _enter(client: Client, wanted: Contact) -> Any:
    now = clock.now()
    client_access.begin(db.session, client_id=client.id, contact=wanted, now=now)
    actor = Actor("client", client.id, address=remote_address())
    audit.record(db.session, actor=actor, action="client.sign_in", on=client, now=now, channel=wanted.channel)
    db.session.commit()
    session.pop(ASKED, None)
    session.pop(PROVEN, None)
    return see_other(url_for("my.home"))
