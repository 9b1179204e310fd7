"""Who the visitor is, where a sign-in or a personal link tells it. Everybody else is a stranger, whatever they type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy import select

from app.booking.invited.models import Invitation
from app.booking.invited.service import find, is_open
from app.booking.models import Appointment, Client
from app.core import clock, tenancy
from app.core.db import db
from app.core.errors import Gone
from app.core.i18n import gettext
from app.core.tenancy import Municipality
from app.core.typed import mask_email, mask_phone
from app.identity.client_access import signed_in_here
from app.scheduling.models import Professional, ProfessionalService, Service

VIA = "via"
"""The parameter that carries the token of an appointment's link along while its holder books again."""


def known_client(via: str | None = None) -> Client | None:
    """The client of this request in the bound municipality, or None. ``via``: the token where it is not in the address.

    An invitation is for one client, whoever else is signed in.
    """
    invitation = invited_by(via)
    if invitation is not None:
        return invitation.client
    signed_in = signed_in_here()
    if signed_in is not None:
        return db.session.get_one(Client, signed_in.client_id)
    token = request.values.get(VIA, "") if via is None else via
    for route in tenancy.find_routes(db.session, kind="appointment", secret=token) if token else ():
        alive = route.expires_at is None or route.expires_at > clock.now()
        if alive and route.municipality_id == tenancy.bound_to(db.session):
            return db.session.get_one(Client, db.session.get_one(Appointment, route.target_id).client_id)
    return None


def invited_by(via: str | None = None) -> Invitation | None:
    """The invitation by whose link this request books, whether or not it is still open."""
    return find(db.session, request.values.get(VIA, "") if via is None else via)


def refuse_over(invitation: Invitation) -> None:
    """Raise ``Gone`` where no time can be chosen by the invitation any more."""
    municipality = db.session.get_one(Municipality, invitation.municipality_id)
    if not is_open(invitation, municipality, clock.now()):
        raise Gone(gettext("This invitation has been used already, or it is no longer open."))


def carried() -> dict[str, Any]:
    """The link's token, for addresses and forms that lead on."""
    token = request.values.get(VIA, "")
    return {VIA: token} if token else {}


def remembered(token: str) -> dict[str, str]:
    """What a hold remembers of who books: the section ``known`` of what was typed."""
    return {VIA: token}


STRANGER = {"stranger": "yes"}
"""The section ``known`` once the visitor has said "This is not me": no link and no sign-in counts any more."""


def client_of_form(known: Mapping[str, str]) -> Client | None:
    """The client for whom a form books, from its section ``known``."""
    return None if "stranger" in known else known_client(known.get(VIA, ""))


def masked(client: Client) -> dict[str, str]:
    """Enough of a client's details for the client to recognise them: a link may be in other hands."""
    return {"name": client.name, "phone": mask_phone(client.phone), "email": mask_email(client.email)}


def own_professional(client: Client | None, service: Service) -> Professional | None:
    """The client's own caseworker, where that is somebody who gives the service."""
    if client is None or client.own_professional_id is None:
        return None
    query = (
        select(Professional)
        .join(ProfessionalService, ProfessionalService.professional_id == Professional.id)
        .where(
            Professional.id == client.own_professional_id,
            Professional.active,
            Professional.online,
            ProfessionalService.service_id == service.id,
        )
    )
    found: Professional | None = db.session.scalar(query)
    return found
