"""Finding a client. What is typed is sent by POST: names and numbers of people do not belong into addresses and logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from app.booking.models import Client
from app.booking.register.identity import check_code, find_by_code
from app.booking.register.identity_code import looks_like_one
from app.booking.register.search import LIMIT, Found, search
from app.booking.register.search_keys import terms_of
from app.casework.clients.frame import frame
from app.core import clock
from app.core.db import db
from app.core.http import field_cipher
from app.core.i18n import LANGUAGES, gettext, ngettext
from app.core.typed import Unusable, show_phone
from app.identity.access import staff
from app.scheduling.models import Professional

blueprint = Blueprint("clients", __name__, url_prefix="/staff/clients")

LONGEST = 200


@blueprint.route("", methods=["GET", "POST"])
@staff("client.view")
def find() -> Any:
    """The search with what it found; only the list where htmx asks for it."""
    typed = request.form.get("q", "").replace("\0", "")[:LONGEST].strip()
    shown = {**found_by(typed), "may_edit": current_user.may("client.edit")}
    if request.headers.get("HX-Request"):
        return render_template("staff/clients/_results.html", **shown)
    urls = {"search_url": url_for(".find"), "new_page_url": url_for("client_edit.new")}
    return render_template("staff/clients/search.html", typed=typed, **urls, **shown, **frame())


def found_by(typed: str) -> dict[str, Any]:
    """Lines of the clients that a typed search finds, and words about them; one's own clients before anything is typed."""
    if not typed:
        return _own_clients()
    if looks_like_one(typed):
        return _result_of_code(typed)
    if not terms_of(typed):
        return {
            "clients": [],
            "found_text": "",
            "empty_text": gettext("Type a name, a phone number, an e-mail or an id."),
        }
    found = search(db.session, typed)
    return {
        "clients": client_lines(found.clients),
        "found_text": _how_many(found),
        "empty_text": gettext("Nobody was found. Check the spelling, or search with less."),
        "new_url": url_for("client_edit.new"),
        "new_typed": typed,
    }


def _how_many(found: Found) -> str:
    if found.more:
        return gettext("The first %(count)s are shown. Type more to see fewer.", count=LIMIT)
    return ngettext("%(num)s client", "%(num)s clients", len(found.clients)) if found.clients else ""


def _result_of_code(typed: str) -> dict[str, Any]:
    """A personal identity code is looked for as a whole, by its blind index."""
    try:
        client = find_by_code(db.session, check_code(typed, now=clock.now()), cipher=field_cipher())
    except Unusable as problem:
        return {"clients": [], "found_text": "", "empty_text": gettext(str(problem))}
    return {
        "clients": client_lines([client] if client else []),
        "found_text": gettext("The client with this personal identity code") if client else "",
        "empty_text": gettext("Nobody has this personal identity code here."),
        "new_url": url_for("client_edit.new"),
        "new_typed": typed,
    }


def _own_clients() -> dict[str, Any]:
    """Before anything is typed: a caseworker's own clients."""
    own: Sequence[Client] = ()
    if current_user.professional_id is not None:
        query = select(Client).where(Client.own_professional_id == current_user.professional_id)
        own = db.session.scalars(query.order_by(Client.name_key, Client.id).limit(LIMIT)).all()
    return {
        "clients": client_lines(own),
        "found_text": gettext("My own clients") if own else "",
        "empty_text": gettext("Type a name, a phone number, an e-mail or an id."),
    }


def client_lines(clients: Sequence[Client]) -> list[dict[str, Any]]:
    """Clients as lists show them."""
    ids = {client.own_professional_id for client in clients} - {None}
    own = {row.id: row.full_name for row in db.session.scalars(select(Professional).where(Professional.id.in_(ids)))}
    return [
        {
            "id": client.id,
            "name": client.name,
            "phone": show_phone(client.phone),
            "email": client.email,
            "external_id": client.external_id or "",
            "language": LANGUAGES.get(client.language, ""),
            "lang": client.language,
            "own": own.get(client.own_professional_id or 0, ""),
            "url": url_for("client.page", client_id=client.id),
        }
        for client in clients
    ]
