"""What happens to an appointment on its day: the client came, the meeting began and ended, or nobody came."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.api import schemas
from app.api.answers import municipality
from app.api.appointments import find_appointment, shown
from app.api.setup import calling_actor, scope
from app.booking.day import advance
from app.booking.lifecycle import Step
from app.core import clock
from app.core.db import db

blueprint = Blueprint("api_steps", __name__, url_prefix="/api/v1", description="Steps of an appointment")


def _advance(appointment_id: int, step: Step) -> dict[str, Any]:
    found = find_appointment(appointment_id)
    advance(db.session, found, step, actor=calling_actor(), municipality=municipality(), now=clock.now())
    db.session.commit()
    return shown(found)


@blueprint.post("/appointments/<int:appointment_id>/check-in")
@scope("book")
@blueprint.response(200, schemas.Appointment)
@blueprint.alt_response(409, schema=schemas.Problem, description="`invalid_transition`: only meetings in person")
def check_in(appointment_id: int) -> Any:
    """The client has arrived."""
    return _advance(appointment_id, Step.CHECK_IN)


@blueprint.post("/appointments/<int:appointment_id>/start")
@scope("book")
@blueprint.response(200, schemas.Appointment)
@blueprint.alt_response(409, schema=schemas.Problem, description="`invalid_transition`")
def start(appointment_id: int) -> Any:
    """The meeting has begun."""
    return _advance(appointment_id, Step.START)


@blueprint.post("/appointments/<int:appointment_id>/complete")
@scope("book")
@blueprint.response(200, schemas.Appointment)
@blueprint.alt_response(409, schema=schemas.Problem, description="`invalid_transition`")
def complete(appointment_id: int) -> Any:
    """The meeting is over."""
    return _advance(appointment_id, Step.COMPLETE)


@blueprint.post("/appointments/<int:appointment_id>/no-show")
@scope("book")
@blueprint.response(200, schemas.Appointment)
@blueprint.alt_response(409, schema=schemas.Problem, description="`invalid_transition`")
def no_show(appointment_id: int) -> Any:
    """Nobody came."""
    return _advance(appointment_id, Step.MARK_NO_SHOW)
