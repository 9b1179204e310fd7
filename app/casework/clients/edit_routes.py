"""Adding a client, with a warning where it may be somebody who is known; editing one, also when two do so at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user

from app.booking.clients import locked_client
from app.booking.models import Client
from app.booking.register import editing
from app.booking.register.alike import Alike, alike_to
from app.booking.register.identity import masked_code
from app.booking.register.identity_code import looks_like_one
from app.casework.clients.frame import client_of, frame, note_seen, professional_name, professionals
from app.casework.clients.search_routes import client_lines
from app.casework.clients.words import CHANNELS, field_name, why_text
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.http import field_cipher, see_other
from app.core.i18n import LANGUAGES, current_language, format_instant, gettext
from app.core.typed import Unusable, clean_email, parse_phone, whole_number
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.scheduling.models import Professional

blueprint = Blueprint("client_edit", __name__, url_prefix="/staff/clients")

Typed = dict[str, str]


@blueprint.route("/new", methods=["GET", "POST"])
@staff("client.edit")
def new() -> Any:
    """The form of a new client, begun with what was searched for."""
    if request.method != "POST":
        return _form(_start(""))
    if request.form.get("do") == "start":
        return _form(_start(request.form.get("typed", "")))
    typed = _typed()
    try:
        values, code = _read(typed)
    except InvalidInput as problem:
        return _form(typed, problem=problem), 422
    known = alike_to(db.session, name=values.name, phone=values.phone, email=values.email)
    seen = ",".join(str(one.client.id) for one in known)
    if known and not (request.form.get("do") == "anyway" and request.form.get("seen") == seen):
        return _form(typed, alike=known, seen=seen)
    try:
        who: dict[str, Any] = {"cipher": field_cipher(), "actor": staff_actor(), "now": clock.now()}
        client = editing.add(db.session, values, code or "", **who)
    except Conflict as problem:
        return _form(typed, problem=_at_field(problem)), 409
    db.session.commit()
    return see_other(url_for("client.page", client_id=client.id, notice="added"))


@blueprint.route("/<int:client_id>/edit", methods=["GET", "POST"])
@staff("client.edit")
def edit(client_id: int) -> Any:
    """Everything about a client that can be typed."""
    client = client_of(client_id)
    if request.method != "POST":
        note_seen(client)
        return _form(editing.form_of(client), client)
    client, typed = locked_client(db.session, client.id), _typed()
    meanwhile = editing.changed_meanwhile(client, was := _was())
    if meanwhile:
        now_there = editing.form_of(client)
        untouched = {name: now_there[name] for name in meanwhile if typed[name] == was[name]}
        return _form({**typed, **untouched}, client, meanwhile=_told(client, meanwhile, was)), 409
    try:
        values, code = _read(typed, client)
        who: dict[str, Any] = {"cipher": field_cipher(), "actor": staff_actor(), "now": clock.now()}
        changed = editing.change(db.session, client, values, code, **who)
    except InvalidInput as problem:
        return _form(typed, client, problem=problem), 422
    except Conflict as problem:
        return _form(typed, client_of(client_id), problem=_at_field(problem)), 409
    db.session.commit()
    return see_other(url_for("client.page", client_id=client.id, notice="saved" if changed else "same"))


def _typed() -> Typed:
    return {name: request.form.get(name, "") for name in (*editing.FIELDS, "identity_code", "remove_code")}


def _was() -> Typed:
    """The form as it was opened."""
    try:
        was = json.loads(request.form.get("was", ""))
    except ValueError:
        was = {}
    return {name: str(was.get(name, "")) for name in editing.FIELDS} if isinstance(was, dict) else {}


def _read(typed: Typed, client: Client | None = None) -> tuple[editing.Values, str | None]:
    """Values and the code (None keeps the one that is there). Raises ``InvalidInput`` with everything that is wrong."""
    errors: dict[str, str] = {}
    values, code = None, None
    try:
        values = editing.read(db.session, typed, today=local_today())
    except InvalidInput as problem:
        errors |= problem.fields
    if current_user.may("client.identity_code"):
        try:
            code = _code(typed, client)
        except InvalidInput as problem:
            errors |= problem.fields
    if errors or values is None:
        raise InvalidInput(errors)
    return values, code


def _code(typed: Typed, client: Client | None) -> str | None:
    if typed["remove_code"] and not typed["identity_code"].strip():
        return ""
    but = client.id if client else None
    code = editing.read_code(db.session, typed["identity_code"], but=but, cipher=field_cipher(), now=clock.now())
    return code or None


def _at_field(problem: Conflict) -> InvalidInput:
    name = "identity_code" if problem.code == "identity_code_taken" else "external_id"
    return InvalidInput({name: problem.message})


def _start(searched: str) -> Typed:
    """A new form; what was searched for stands where it belongs."""
    start = {name: "" for name in editing.FIELDS} | {"language": current_language(), "identity_code": ""}
    if looks_like_one(searched) and not current_user.may("client.identity_code"):
        return start
    return {**start, _field_of(searched): searched} if searched else start


def _field_of(searched: str) -> str:
    if looks_like_one(searched):
        return "identity_code"
    for name, reader in (("email", clean_email), ("phone", parse_phone)):
        try:
            reader(searched)  # type: ignore[operator]
        except Unusable:
            continue
        return name
    return "external_id" if any(sign.isdigit() for sign in searched) else "name"


def _told(client: Client, meanwhile: list[str], was: Mapping[str, str]) -> dict[str, Any]:
    """What somebody else changed since the form was opened, and who."""
    current, event = editing.form_of(client), editing.last_change(db.session, client)
    who = f"{event.actor_label}, {format_instant(event.at, own_municipality().zone)}" if event else ""
    lines = [
        {
            "key": field_name(name),
            "before": shown_value(name, was.get(name, "")),
            "now": shown_value(name, current[name]),
        }
        for name in meanwhile
    ]
    return {"who": who.strip(", "), "lines": lines}


def shown_value(name: str, value: str) -> str:
    """A form's value in words."""
    if name == "own_professional_id":
        person = db.session.get(Professional, whole_number(value) or 0)
        return person.full_name if person else ""
    if name == "language":
        return LANGUAGES.get(value, "")
    if name == "preferred_channel":
        return gettext(CHANNELS.get(value, ""))
    return value


def _form(
    typed: Typed,
    client: Client | None = None,
    *,
    problem: InvalidInput | None = None,
    meanwhile: dict[str, Any] | None = None,
    alike: list[Alike] | None = None,
    seen: str = "",
) -> str:
    people = [{"value": person.id, "label": professional_name(person)} for person in professionals()]
    if typed["own_professional_id"] not in {"", *(str(person["value"]) for person in people)}:
        name = shown_value("own_professional_id", typed["own_professional_id"])  # somebody who is here no longer
        people.append({"value": typed["own_professional_id"], "label": name})
    return render_template(
        "staff/clients/edit.html",
        client_name=client.name if client else "",
        typed=typed,
        errors=problem.field_texts() if problem else {},
        was=json.dumps(editing.form_of(client)) if client else "",
        meanwhile=meanwhile,
        alike=alike_lines(alike or []),
        seen=seen,
        may_code=current_user.may("client.identity_code"),
        code=masked_code(client, cipher=field_cipher()) if client else "",
        languages_offered=[{"value": code, "label": name, "lang": code} for code, name in LANGUAGES.items()],
        channels=[{"value": value, "label": gettext(name)} for value, name in CHANNELS.items()],
        people=[{"value": "", "label": gettext("Nobody yet")}, *people],
        today=local_today().isoformat(),
        action_url=request.path,
        back_url=url_for("client.page", client_id=client.id) if client else url_for("clients.find"),
        **frame(),
    )


def alike_lines(alike: list[Alike]) -> list[dict[str, Any]]:
    """Clients who may be the same person, with what they have in common."""
    lines = client_lines([one.client for one in alike])
    return [{**line, "why": why_text(one.why)} for line, one in zip(lines, alike, strict=True)]
