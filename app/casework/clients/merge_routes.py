"""Merging two clients who are one person: choose the other, look at what happens, confirm."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.booking.models import Client, Reservation
from app.booking.register import merging
from app.booking.register.alike import alike_to
from app.booking.register.editing import form_of
from app.booking.register.identity import masked_code
from app.booking.register.search import search
from app.casework.clients.edit_routes import alike_lines, shown_value
from app.casework.clients.frame import client_of, frame, note_seen
from app.casework.clients.search_routes import client_lines
from app.casework.clients.words import field_name, moves_text
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.http import field_cipher, see_other
from app.core.i18n import format_clock, format_instant
from app.core.typed import whole_number
from app.identity.access import own_municipality, staff, staff_actor

blueprint = Blueprint("client_merge", __name__, url_prefix="/staff/clients")


@blueprint.route("/<int:client_id>/merge", methods=["GET", "POST"])
@staff("client.merge")
def choose(client_id: int) -> Any:
    """Who is the same person; then what merging does; then doing it."""
    client = client_of(client_id)
    if request.method != "POST":
        note_seen(client)
        return _choice(client)
    if request.form.get("do") in ("preview", "confirm"):
        try:
            return _with_other(client, _other())
        except InvalidInput as problem:
            return _choice(client, problem=problem), 422
    return _choice(client, request.form.get("q", "").replace("\0", "")[:200].strip())


def _other() -> Client:
    return client_of(whole_number(request.form.get("other", "")) or 0)


def _with_other(client: Client, other: Client) -> Any:
    if request.form["do"] == "preview" or client.id == other.id:
        seen = merging.preview(db.session, client, other, now=clock.now())
        note_seen(other)
        return _check(seen)
    kept, gone = merging.lock_both(db.session, client.id, other.id)
    seen = merging.preview(db.session, kept, gone, now=clock.now())
    if request.form.get("seen") != seen.seal:
        return _check(seen, changed=True), 409
    take = {name: request.form.get(f"take_{name}") == "gone" for name in (*merging.CHOSEN, "identity_code")}
    try:
        merging.merge(db.session, seen, take_from_gone=take, actor=staff_actor(), now=clock.now())
    except Conflict:
        db.session.rollback()
        again = merging.preview(db.session, client_of(kept.id), client_of(gone.id), now=clock.now())
        return _check(again, changed=True), 409
    db.session.commit()
    return see_other(url_for("client.page", client_id=kept.id, notice="merged"))


def _choice(client: Client, typed: str = "", problem: InvalidInput | None = None) -> str:
    found = [one for one in search(db.session, typed).clients if one.id != client.id] if typed else []
    alike = alike_to(db.session, name=client.name, phone=client.phone, email=client.email, but=client.id)
    return render_template(
        "staff/clients/merge.html",
        client=client_lines([client])[0],
        alike=alike_lines(alike),
        found=client_lines(found),
        typed=typed,
        errors=problem.field_texts() if problem else {},
        action_url=url_for(".choose", client_id=client.id),
        **frame(),
    )


def _check(seen: merging.Preview, *, changed: bool = False) -> str:
    kept, gone = seen.kept, seen.gone
    return render_template(
        "staff/clients/merge_check.html",
        kept=client_lines([kept])[0],
        gone=client_lines([gone])[0],
        moves=[*moves_text(seen), *_completed(seen)],
        overlaps=[" / ".join(map(_time_text, pair)) for pair in seen.overlaps],
        choices=_choices(seen),
        two_codes=seen.both_have_codes,
        changed=changed,
        seen=seen.seal,
        action_url=url_for(".choose", client_id=kept.id),
        swap_url=url_for(".choose", client_id=gone.id),
        **frame(),
    )


def _completed(seen: merging.Preview) -> list[str]:
    """Details that the one who stays lacked."""
    form = form_of(seen.gone)
    return [f"{field_name(name)}: {shown_value(name, form[name])}" for name in seen.completes]


def _choices(seen: merging.Preview) -> list[dict[str, Any]]:
    """Fields in which the two differ, with both values."""
    forms = [form_of(client) for client in (seen.kept, seen.gone)]
    rows = [(name, *(shown_value(name, form[name]) for form in forms)) for name in seen.differ]
    if seen.both_have_codes:
        codes = [masked_code(client, cipher=field_cipher()) for client in (seen.kept, seen.gone)]
        rows.append(("identity_code", codes[0], codes[1]))
    return [
        {
            "name": f"take_{name}",
            "legend": field_name(name),
            "options": [{"value": "kept", "label": one}, {"value": "gone", "label": other}],
        }
        for name, one, other in rows
    ]


def _time_text(reservation: Reservation) -> str:
    zone = own_municipality().zone
    return f"{format_instant(reservation.starts_at, zone)}–{format_clock(reservation.ends_at, zone)}"
