"""Booking, reading and changing appointments."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy import select, tuple_

from app.api import schemas
from app.api.answers import (
    IDEMPOTENT,
    TakenWithAlternatives,
    created,
    decode_cursor,
    encode_cursor,
    municipality,
    offering_alternatives,
    on_taken,
    page_of,
)
from app.api.catalogue import find_service
from app.api.description import LOCATION
from app.api.setup import caller, calling_actor, scope
from app.booking.answers import asked_in, check_answers
from app.booking.availability import Wish
from app.booking.changes import cancel, reschedule
from app.booking.clients import find_client
from app.booking.contact import check_details
from app.booking.holds import find_hold
from app.booking.models import Appointment, Hold
from app.booking.service import Order, book
from app.core import clock
from app.core.db import db
from app.core.errors import Gone, InvalidInput, NotFound
from app.core.http import public_url
from app.core.i18n import N_
from app.core.typed import Unusable, clean_text
from app.scheduling.models import Question, Service

blueprint = Blueprint("api_appointments", __name__, url_prefix="/api/v1", description="Appointments")
blueprint.register_error_handler(TakenWithAlternatives, on_taken)

PLAIN = (
    "id", "reference", "status", "service_id", "professional_id", "client_id", "office_id", "mode", "version",
    "may_move", "late_minutes",
)  # fmt: skip


def shown(appointment: Appointment) -> dict[str, Any]:
    """An appointment as the API shows one."""
    zone = municipality().zone
    values = {
        **{name: getattr(appointment, name) for name in PLAIN},
        "starts_at": appointment.starts_at.astimezone(zone),
        "ends_at": appointment.ends_at.astimezone(zone),
    }
    if "book" in caller().scopes:  # whoever has the link may change the appointment
        values["manage_url"] = public_url(f"/a/{appointment.link_token}")
    return values


def find_appointment(appointment_id: int) -> Appointment:
    """An appointment of the caller's municipality. Raises ``NotFound``."""
    appointment = db.session.get(Appointment, appointment_id)
    if appointment is None:
        raise NotFound(N_("There is no such appointment."))
    return appointment


@blueprint.post("/appointments")
@scope("book")
@blueprint.doc(**IDEMPOTENT)
@blueprint.arguments(schemas.NewAppointment)
@blueprint.response(201, schemas.Appointment, headers=LOCATION)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such service")
@blueprint.alt_response(
    409, schema=schemas.Problem, description="`slot_taken` with alternatives, `already_booked`, `client_busy`"
)
def new_appointment(body: dict[str, Any]) -> Response:
    """Book. Without `professional_id` any free one is chosen fairly."""
    service = find_service(body["service_id"])
    order = Order(
        service=service,
        mode=body["mode"],
        starts_at=body["starts_at"],
        professional_id=body["professional_id"],
        office_id=body["office_id"],
        may_move=body["may_move"],
        **_client_and_answers(service, body),
    )
    hold = _hold(body["hold_id"])
    day = order.starts_at.astimezone(municipality().zone).date()
    wish = Wish(service=service, mode=order.mode, first=day, last=day, office_id=order.office_id)

    def do() -> dict[str, Any]:
        made = book(db.session, order, actor=calling_actor(), municipality=municipality(), now=clock.now(), hold=hold)
        return shown(made)

    with offering_alternatives(wish, order.starts_at):
        return created(schemas.Appointment(), do, location=lambda made: f"/api/v1/appointments/{made['id']}")


def _client_and_answers(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    """Checked together, so that everything wrong is told at once."""
    details, wrong = check_details(body["client"], reachable=False)
    errors = {f"client.{name}": message for name, message in wrong.items()}
    answers: dict[str, Any] = {}
    if body["answers"] is not None:
        query = select(Question).where(Question.service_id == service.id).order_by(Question.position, Question.id)
        asked = asked_in(list(db.session.scalars(query)), body["mode"])
        answers, wrong = check_answers(asked, body["answers"])
        errors |= {f"answers.{name}": message for name, message in wrong.items()}
    if errors:
        raise InvalidInput(errors)
    return {"client": details, "answers": answers}


def _hold(token: str | None) -> Hold | None:
    if not token:
        return None
    try:
        return find_hold(db.session, token)
    except Gone:
        raise InvalidInput({"hold_id": N_("There is no such hold.")}) from None


@blueprint.get("/appointments")
@scope("read")
@blueprint.arguments(schemas.AppointmentQuery, location="query")
@blueprint.response(200, schemas.AppointmentList)
def appointments(query: dict[str, Any]) -> Any:
    """Appointments by start."""
    zone = municipality().zone
    statement = select(Appointment).order_by(Appointment.starts_at, Appointment.id).limit(query["limit"] + 1)
    if "first" in query:
        statement = statement.where(Appointment.starts_at >= datetime.combine(query["first"], time(), zone))
    if "last" in query:
        end = datetime.combine(query["last"] + timedelta(days=1), time(), zone)
        statement = statement.where(Appointment.starts_at < end)
    if "client" in query and (client := find_client(db.session, query["client"])):
        query = {**query, "client": client.id}  # merged meanwhile
    for name, column in (
        ("professional", Appointment.professional_id),
        ("client", Appointment.client_id),
        ("status", Appointment.status),
    ):
        if name in query:
            statement = statement.where(column == query[name])
    if "cursor" in query:
        statement = statement.where(tuple_(Appointment.starts_at, Appointment.id) > _after(query["cursor"]))
    page = page_of(
        list(db.session.scalars(statement)),
        query["limit"],
        lambda last: encode_cursor(last.starts_at.isoformat(), last.id),
    )
    return {**page, "items": [shown(appointment) for appointment in page["items"]]}


def _after(cursor: str) -> tuple[datetime, int]:
    values = decode_cursor(cursor)
    try:
        return datetime.fromisoformat(values[0]), values[1]
    except (TypeError, ValueError, IndexError):
        raise InvalidInput({"cursor": N_("Use the value of next from the page before.")}) from None


@blueprint.get("/appointments/<int:appointment_id>")
@scope("read")
@blueprint.response(200, schemas.Appointment)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such appointment")
def appointment(appointment_id: int) -> Any:
    """One appointment."""
    return shown(find_appointment(appointment_id))


@blueprint.post("/appointments/<int:appointment_id>/reschedule")
@scope("book")
@blueprint.arguments(schemas.NewTime)
@blueprint.response(200, schemas.Appointment)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such appointment")
@blueprint.alt_response(409, schema=schemas.Problem, description="`slot_taken`, `invalid_transition`, `too_late`")
def reschedule_appointment(body: dict[str, Any], appointment_id: int) -> Any:
    """Move to another time; reference and link stay, `version` rises."""
    found = find_appointment(appointment_id)
    day = body["starts_at"].astimezone(municipality().zone).date()
    wish = Wish(service=found.service, mode=found.mode, first=day, last=day, office_id=found.office_id)
    with offering_alternatives(wish, body["starts_at"]):
        reschedule(
            db.session,
            found,
            starts_at=body["starts_at"],
            professional_id=body["professional_id"],
            actor=calling_actor(),
            municipality=municipality(),
            now=clock.now(),
        )
    db.session.commit()
    return shown(found)


@blueprint.post("/appointments/<int:appointment_id>/cancel")
@scope("book")
@blueprint.arguments(schemas.CancelReason, required=False)
@blueprint.response(200, schemas.Appointment)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such appointment")
@blueprint.alt_response(409, schema=schemas.Problem, description="`invalid_transition`, `too_late`")
def cancel_appointment(body: dict[str, Any], appointment_id: int) -> Any:
    """Cancel; the time is free for others at once."""
    try:
        reason = clean_text(body.get("reason") or "", longest=500)
    except Unusable as problem:
        raise InvalidInput({"reason": str(problem)}) from problem
    found = find_appointment(appointment_id)
    cancel(
        db.session,
        found,
        actor=calling_actor(),
        municipality=municipality(),
        now=clock.now(),
        reason=reason,
    )
    db.session.commit()
    return shown(found)
