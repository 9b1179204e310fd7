"""Notes about a client."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for

from app.booking.register.notes import add_note, remove_note
from app.casework.clients.frame import client_of
from app.casework.clients.page_routes import shown
from app.casework.clients.page_view import reader_of
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.http import see_other
from app.identity.access import staff, staff_actor

blueprint = Blueprint("client_notes", __name__, url_prefix="/staff/clients")


@blueprint.post("/<int:client_id>/notes")
@staff("client.edit")
def add(client_id: int) -> Any:
    """Write a note."""
    client = client_of(client_id)
    typed = {name: request.form.get(name, "") for name in ("text", "audience")}
    try:
        add_note(db.session, client, **typed, actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        return shown(client.id, problem, typed=typed), 422
    db.session.commit()
    return see_other(url_for("client.page", client_id=client.id, notice="note", _anchor="notes"))


@blueprint.post("/<int:client_id>/notes/<int:note_id>/remove")
@staff("client.edit")
def remove(client_id: int, note_id: int) -> Any:
    """Take a note away."""
    client = client_of(client_id)
    remove_note(db.session, client, note_id, reader=reader_of(client), actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for("client.page", client_id=client.id, notice="note_removed", _anchor="notes"))
