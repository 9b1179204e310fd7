"""Inviting one client: what, with whom and until when; the message is shown before it is sent. Again, or taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from app.booking.invited import service
from app.booking.invited.letters import words_of
from app.booking.invited.models import Invitation
from app.booking.models import Client
from app.booking.notices import ways_to
from app.casework.clients.frame import client_of, frame, professionals
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.http import public_url, see_other
from app.core.i18n import LANGUAGES, N_, gettext, local_text
from app.core.typed import show_phone, sort_key, whole_number
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.scheduling.models import Service

blueprint = Blueprint("invitations", __name__, url_prefix="/staff")

USUALLY = timedelta(days=14)
"""For so long an invitation is open unless somebody says otherwise."""


@blueprint.route("/clients/<int:client_id>/invite", methods=["GET", "POST"])
@staff("appointment.book")
def new(client_id: int) -> Any:
    """The form with a preview of the message; sent, the client's page. Sent twice, one message leaves."""
    client = client_of(client_id)
    if request.method != "POST" or request.form.get("do") != "send":
        return _form(client)
    try:
        service.invite(
            db.session, _wanted(client), actor=staff_actor(), municipality=own_municipality(), now=clock.now()
        )
    except InvalidInput as problem:
        db.session.rollback()
        return _form(client_of(client_id), problem.field_texts()), 422
    db.session.commit()
    return see_other(url_for("client.page", client_id=client.id, notice="invited", _anchor="invitations"))


def _wanted(client: Client) -> service.Wanted:
    """What was typed. Raises ``InvalidInput``."""
    chosen = whole_number(request.form.get("service", ""))
    wanted = db.session.get(Service, chosen) if chosen else None
    day, errors = _day(request.form.get("book_by", "")), {}
    if wanted is None:
        errors["service"] = N_("Choose a service.")
    if day is None:
        errors["book_by"] = N_("Enter a date, for example 24.11.2026.")
    if errors or wanted is None or day is None:
        raise InvalidInput(errors)
    return service.Wanted(client.id, wanted, day, whole_number(request.form.get("professional", "")))


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


def _form(client: Client, errors: dict[str, str] | None = None) -> str:
    typed = {name: request.form.get(name, "") for name in ("service", "professional", "book_by")}
    typed["book_by"] = typed["book_by"] or (local_today() + USUALLY).isoformat()
    return render_template(
        "staff/invite.html",
        client={"name": client.name, "url": url_for("client.page", client_id=client.id)},
        services=[{"value": "", "label": gettext("Choose a service")}, *_services()],
        people=[
            {"value": "", "label": gettext("Anybody who is free")},
            *({"value": person.id, "label": person.full_name} for person in professionals()),
        ],
        typed=typed,
        today=local_today().isoformat(),
        preview=_preview(client, _day(typed["book_by"]) or local_today()),
        errors=errors or {},
        action_url=request.path,
        **frame(),
    )


def _services() -> list[dict[str, Any]]:
    found = db.session.scalars(select(Service).where(Service.active)).all()
    names = ({"value": row.id, "label": local_text(row.name)} for row in found)
    return sorted(names, key=lambda option: sort_key(option["label"]))


def _preview(client: Client, book_by: date) -> dict[str, Any]:
    """What will be sent, by which ways, in the client's language. The real link is made when it is sent."""
    words = words_of(client.language, book_by, own_municipality(), public_url("/i/…"))
    sent = [
        {"to": gettext("Text message to %(phone)s", phone=show_phone(recipient)), "subject": "", "text": [words.sms]}
        if channel == "sms"
        else {
            "to": gettext("E-mail to %(email)s", email=recipient),
            "subject": words.subject,
            "text": [*words.paragraphs, words.link_label],
        }
        for channel, recipient in ways_to(client)
    ]
    return {"messages": sent, "lang": client.language, "language": LANGUAGES[client.language]}


def invitation_of(invitation_id: int) -> Invitation:
    """The invitation, if it is the municipality's. Raises ``NotFound``."""
    found = db.session.get(Invitation, invitation_id)
    if found is None:
        raise NotFound
    return found


@blueprint.post("/invitations/<int:invitation_id>/send-again")
@staff("appointment.book")
def send_again(invitation_id: int) -> Any:
    """The message once more, with a new link; the earlier one goes on working."""
    invitation = invitation_of(invitation_id)
    seen = whole_number(request.form.get("sendings", "")) or 0
    return _done(invitation, "sent_again", service.send_again, sendings=seen)


@blueprint.post("/invitations/<int:invitation_id>/withdraw")
@staff("appointment.book")
def withdraw(invitation_id: int) -> Any:
    """Taken back: its links only say so from now on."""
    return _done(invitation_of(invitation_id), "withdrawn", service.withdraw)


def _done(invitation: Invitation, notice: str, step: Any, **more: Any) -> Any:
    client_id = invitation.client_id
    try:
        step(
            db.session,
            invitation,
            actor=staff_actor(),
            municipality=own_municipality(),
            now=clock.now(),
            **more,
        )
    except Conflict:
        db.session.rollback()
        notice = "invitation_over"
    else:
        db.session.commit()
    return see_other(url_for("client.page", client_id=client_id, notice=notice, _anchor="invitations"))
