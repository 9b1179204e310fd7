"""Absences: registered with their plan, carried out, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy import select

from app.absence.applying import Decision, apply, decision_of
from app.absence.models import AbsenceItem, AbsencePlan
from app.absence.plan import Action, Proposal
from app.absence.reading import read
from app.absence.registering import NewAbsence, register
from app.absence.states import ItemState
from app.absence.undoing import may_undo, undo
from app.api import absence_schemas, schemas
from app.api.answers import IDEMPOTENT, created, decode_cursor, encode_cursor, municipality, page_of
from app.api.description import LOCATION
from app.api.setup import calling_actor, scope
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import N_
from app.scheduling.models import Absence

blueprint = Blueprint("api_absences", __name__, url_prefix="/api/v1", description="Absences and their plans")


def find_plan(plan_id: int) -> AbsencePlan:
    """A plan of the caller's municipality. Raises ``NotFound``."""
    plan = db.session.get(AbsencePlan, plan_id)
    if plan is None:
        raise NotFound(N_("There is no such absence."))
    return plan


def shown(plan: AbsencePlan) -> dict[str, Any]:
    """The absence, without its meetings."""
    zone, now = municipality().zone, clock.now()
    people = select(Absence.professional_id).where(Absence.plan_id == plan.id).order_by(Absence.professional_id)
    return {
        "id": plan.id,
        "state": plan.state,
        "professional_ids": list(db.session.scalars(people)),
        "from": plan.starts_at.astimezone(zone),
        "to": plan.ends_at.astimezone(zone),
        "reason": plan.reason,
        "undo_until": plan.undo_until.astimezone(zone) if plan.undo_until and may_undo(plan, now=now) else None,
    }


def with_meetings(plan: AbsencePlan) -> dict[str, Any]:
    """The absence with what is proposed for each meeting that is not settled, and what came of those that are."""
    picture = read(db.session, plan, municipality=municipality(), now=clock.now())
    items = _items(plan)
    settled = {item.appointment_id for item in items if item.state == ItemState.DONE}
    open_ = [one for one in picture.appointments if one.id not in settled]
    return shown(plan) | {
        "items": [_proposal(picture.proposals[one.id]) | {"version": one.version} for one in open_],
        "results": [_result(item) for item in items],
    }


def _items(plan: AbsencePlan) -> Sequence[AbsenceItem]:
    return db.session.scalars(select(AbsenceItem).where(AbsenceItem.plan_id == plan.id).order_by(AbsenceItem.id)).all()


def _proposal(proposal: Proposal) -> dict[str, Any]:
    found: dict[str, Any] = {"action": str(proposal.action)}
    if proposal.place is not None:
        found["professional_id"] = proposal.place.professional_id
        found["starts_at"] = proposal.place.starts_at.astimezone(municipality().zone)
    return {"appointment_id": proposal.appointment_id, "proposal": found, "reason": str(proposal.reason)}


def _result(item: AbsenceItem) -> dict[str, Any]:
    return {name: getattr(item, name) for name in ("appointment_id", "action", "state", "cause")}


@blueprint.post("/absences")
@scope("book")
@blueprint.doc(**IDEMPOTENT)
@blueprint.arguments(absence_schemas.NewAbsence)
@blueprint.response(201, absence_schemas.Plan, headers=LOCATION)
def new_absence(body: dict[str, Any]) -> Response:
    """Register an absence: the time cannot be booked any more. Answers with the plan for the meetings inside."""
    new = NewAbsence(
        [body["professional_id"]],
        _instant(body["since"], last=False),
        _instant(body["until"], last=True),
        body["reason"],
    )

    def do() -> dict[str, Any]:
        return with_meetings(register(db.session, new, actor=calling_actor(), now=clock.now()))

    return created(absence_schemas.Plan(), do, location=lambda made: f"/api/v1/absences/{made['id']}")


def _instant(value: datetime | date, *, last: bool) -> datetime:
    """A date is a whole day, the last one included."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.combine(value + timedelta(days=int(last)), time(), municipality().zone).astimezone(UTC)


@blueprint.get("/absences")
@scope("read")
@blueprint.arguments(schemas.PageQuery, location="query")
@blueprint.response(200, absence_schemas.AbsenceList)
def absences(query: dict[str, Any]) -> Any:
    """Absences, the newest first."""
    statement = select(AbsencePlan).order_by(AbsencePlan.id.desc())
    if "cursor" in query:
        statement = statement.where(AbsencePlan.id < decode_cursor(query["cursor"])[-1])
    rows = list(db.session.scalars(statement.limit(query["limit"] + 1)))
    page = page_of(rows, query["limit"], lambda row: encode_cursor(row.id))
    return {**page, "items": [shown(row) for row in page["items"]]}


@blueprint.get("/absences/<int:plan_id>")
@scope("read")
@blueprint.response(200, absence_schemas.Plan)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such absence")
def absence(plan_id: int) -> Any:
    """The absence and its plan as it is now: it is computed anew each time."""
    return with_meetings(find_plan(plan_id))


@blueprint.post("/absences/<int:plan_id>/apply")
@scope("book")
@blueprint.arguments(absence_schemas.Decisions)
@blueprint.response(200, absence_schemas.Plan)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such absence")
@blueprint.alt_response(409, schema=schemas.Problem, description="`invalid_transition`: the absence was withdrawn")
def apply_plan(body: dict[str, Any], plan_id: int) -> Any:
    """Carry out the decisions; without any, every proposal as it is now. `results` says what came of each."""
    plan = find_plan(plan_id)
    decisions = [Decision(**one | {"action": Action(one["action"])}) for one in body["decisions"] or []]
    if body["decisions"] is None:
        picture = read(db.session, plan, municipality=municipality(), now=clock.now())
        decisions = [decision_of(proposal) for proposal in picture.proposals.values()]
    if decisions:
        apply(db.session, plan, decisions, actor=calling_actor(), municipality=municipality(), now=clock.now())
        db.session.commit()
    return with_meetings(plan)


@blueprint.post("/absences/<int:plan_id>/undo")
@scope("book")
@blueprint.response(200, absence_schemas.Plan)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such absence")
@blueprint.alt_response(409, schema=schemas.Problem, description="`too_late`: the messages have left")
def undo_plan(plan_id: int) -> Any:
    """Take back what was carried out last, until `undo_until`. What a client has been told of stays: see `results`."""
    plan = find_plan(plan_id)
    undo(db.session, plan, actor=calling_actor(), municipality=municipality(), now=clock.now())
    db.session.commit()
    return with_meetings(plan)
