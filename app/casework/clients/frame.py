"""What the pages of clients share: which client, who acts, what was seen, the frame around the content."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_login import current_user
from sqlalchemy import select

from app.booking.clients import find_client
from app.booking.models import Client
from app.core import audit, clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import N_, gettext, local_text
from app.core.typed import sort_key
from app.identity.access import staff_actor
from app.identity.staff_frame import MenuEntry, staff_page
from app.scheduling.models import Professional

MENU = (MenuEntry("clients", N_("Clients"), "clients.find", "client.view", 30),)

NOTICES = {
    "added": N_("The client has been added."),
    "saved": N_("The details have been saved."),
    "same": N_("There was nothing to change."),
    "note": N_("The note has been saved."),
    "note_removed": N_("The note has been removed."),
    "away": N_("The days have been saved."),
    "reminders_off": N_("The client is not reminded of meetings any more."),
    "reminders_on": N_("The client is reminded of meetings again."),
    "away_removed": N_("It has been removed."),
    "merged": N_("The clients are now one."),
    "invited": N_("The link is on its way to the client."),
    "sent_again": N_("The link is being sent once more."),
    "withdrawn": N_("The invitation has been withdrawn."),
    "invitation_over": N_("The invitation was already used, or it is no longer open."),
    "followed": N_("The client that you opened has been merged into this one."),
}


def client_of(client_id: int) -> Client:
    """The client, or the one that it was merged into. Raises ``NotFound``."""
    client = find_client(db.session, client_id)
    if client is None:
        raise NotFound(N_("There is no such client."))
    return client


def note_seen(client: Client) -> None:
    """Write into the audit log that the signed-in user looked at the client. (HEAD shows nothing.)"""
    if request.method != "HEAD":
        audit.record(db.session, actor=staff_actor(), action="client.view", on=client, now=clock.now())
        db.session.commit()


def professionals() -> list[Professional]:
    """Those who can be somebody's own caseworker, by name."""
    everybody = db.session.scalars(select(Professional).where(Professional.active))
    return sorted(everybody, key=lambda person: sort_key(person.full_name))


def professional_name(professional: Professional) -> str:
    """Name and title, as colleagues see them."""
    return ", ".join(part for part in (professional.full_name, local_text(professional.title)) if part)


def is_own(client: Client) -> bool:
    """True if the signed-in user is the client's own caseworker."""
    return client.own_professional_id is not None and client.own_professional_id == current_user.professional_id


def frame() -> dict[str, Any]:
    """Around every page of clients."""
    notice = NOTICES.get(request.args.get("notice", ""), "")
    return {"notice": gettext(notice), **staff_page("clients")}
