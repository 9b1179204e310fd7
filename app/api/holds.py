"""Keeping a time while another system's form is filled."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from app.api import schemas
from app.api.answers import IDEMPOTENT, TakenWithAlternatives, created, municipality, offering_alternatives, on_taken
from app.api.catalogue import find_service
from app.api.setup import caller, calling_actor, scope
from app.booking.availability import Wish
from app.booking.holds import Visitor, place_hold
from app.booking.service import refuse_closed
from app.core import clock
from app.core.db import db

blueprint = Blueprint("api_holds", __name__, url_prefix="/api/v1", description="Holds")
blueprint.register_error_handler(TakenWithAlternatives, on_taken)


@blueprint.post("/holds")
@scope("book")
@blueprint.doc(**IDEMPOTENT)
@blueprint.arguments(schemas.TimeChoice)
@blueprint.response(201, schemas.Hold)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such service")
@blueprint.alt_response(409, schema=schemas.Problem, description="`slot_taken`, with alternatives")
def hold(choice: dict[str, Any]) -> Response:
    """Keep a time for ten minutes; give `id` as `hold_id` when booking."""
    service = find_service(choice["service_id"])
    refuse_closed(service, calling_actor())
    starts_at, zone = choice["starts_at"], municipality().zone
    day = starts_at.astimezone(zone).date()
    wish = Wish(
        service=service,
        mode=choice["mode"],
        first=day,
        last=day,
        office_id=choice["office_id"],
        professional_id=choice["professional_id"],
    )

    def do() -> dict[str, Any]:
        visitor = Visitor(f"api:{caller().key_id}:{secrets.token_urlsafe(8)}")
        made, token = place_hold(db.session, wish, starts_at, visitor=visitor, zone=zone, now=clock.now())
        return {
            "id": token,
            "expires_at": made.expires_at.astimezone(zone),
            "professional_id": made.professional_id,
        }

    with offering_alternatives(wish, starts_at):
        return created(schemas.Hold(), do)
