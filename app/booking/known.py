"""Who the visitor is, where a sign-in or a personal link tells it. Everybody else is a stranger, whatever they type."""

from __future__ import annotations

from flask import request

from app.booking.models import Appointment, Client
from app.core import clock, tenancy
from app.core.db import db
from app.identity.client_access import signed_in_here

VIA = "via"
"""The parameter that carries the token of an appointment's link along while its holder books again."""


def known_client() -> Client | None:
    """The client of this request in the bound municipality, or None."""
    signed_in = signed_in_here()
    if signed_in is not None:
        return db.session.get_one(Client, signed_in.client_id)
    token = request.values.get(VIA, "")
    for route in tenancy.find_routes(db.session, kind="appointment", secret=token) if token else ():
        alive = route.expires_at is None or route.expires_at > clock.now()
        if alive and route.municipality_id == tenancy.bound_to(db.session):
            return db.session.get_one(Client, db.session.get_one(Appointment, route.target_id).client_id)
    return None
