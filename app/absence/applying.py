"""Carrying a plan out: each meeting is handed over, moved, cancelled or put on somebody's list, all in one transaction.

A meeting that cannot be settled as decided (somebody took the time, the client cancelled) is left as it was and named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.absence.announced import AbsenceChanged
from app.absence.models import AbsenceItem, AbsencePlan
from app.absence.plan import Action, Proposal
from app.absence.reading import affected
from app.absence.states import ItemState, State, may_become
from app.booking import by_hand, tasks
from app.booking.changes import cancel
from app.booking.invited import service as invitations
from app.booking.models import Appointment
from app.booking.service import Telling
from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.errors import ChangedMeanwhile, Conflict, DomainError, InvalidInput, InvalidTransition
from app.core.events import announce
from app.core.http import public_url
from app.core.i18n import N_, format_instant, gettext
from app.core.tenancy import Municipality
from app.scheduling.models import Absence
from app.scheduling.service import lock_professionals

UNDO_TIME = timedelta(minutes=2)
"""For so long everything can be taken back; the messages wait as long."""
CHOOSE_WITHIN = timedelta(days=14)
"""For so long a client whose meeting was cancelled may choose another time by the link."""
WORDINGS = {Action.HAND_OVER: "hand_over", Action.MOVE: "absence_move", Action.CANCEL: "absence_cancellation"}


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one meeting. ``version``: of the appointment as whoever decided saw it; None: as it is."""

    appointment_id: int
    action: Action
    professional_id: int | None = None
    starts_at: datetime | None = None
    office_id: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class _Act:
    """What every step needs to know."""

    plan: AbsencePlan
    inside: frozenset[int]
    """The meetings of the absence as it is now: no other is touched, whatever is asked."""
    actor: Actor
    municipality: Municipality
    now: datetime
    undo_until: datetime


def decision_of(proposal: Proposal, version: int | None = None) -> Decision:
    """The proposal taken as it stands."""
    place = proposal.place
    if place is None:
        return Decision(proposal.appointment_id, proposal.action, version=version)
    return Decision(
        proposal.appointment_id, proposal.action, place.professional_id, place.starts_at, place.office_id, version
    )


def apply(
    session: Session,
    plan: AbsencePlan,
    decisions: Sequence[Decision],
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
) -> list[AbsenceItem]:
    """Settle the meetings as decided. Returns what came of each; what is settled already is not settled again.

    Raises ``InvalidTransition`` where the absence was withdrawn, ``InvalidInput`` where nothing is decided.
    """
    session.refresh(plan, with_for_update=True)
    if not may_become(plan.state, State.APPLIED):
        raise InvalidTransition(N_("The absence has been withdrawn."))
    settled = set(session.scalars(_items(plan, ItemState.DONE).with_only_columns(AbsenceItem.appointment_id)))
    todo = [decision for decision in decisions if decision.appointment_id not in settled]
    if not decisions:
        raise InvalidInput({"decisions": N_("Choose what happens to at least one meeting.")})
    if not todo:
        return []
    _lock_everybody(session, plan, todo)
    inside = frozenset(appointment.id for appointment in affected(session, plan, now=now))
    act = _Act(plan, inside, actor, municipality, now, now + UNDO_TIME)
    items = [_settle(session, act, decision) for decision in todo]
    if any(item.state == ItemState.DONE for item in items):
        plan.state, plan.applied_at, plan.undo_until = State.APPLIED, now, act.undo_until
    session.flush()
    done = sum(item.state == ItemState.DONE for item in items)
    audit.record(
        session, actor=actor, action="absence_plan.apply", on=plan, now=now, done=done, failed=len(items) - done
    )
    announce(session, AbsenceChanged(plan, "apply", actor, now))
    return items


def _items(plan: AbsencePlan, *states: ItemState) -> Any:
    return select(AbsenceItem).where(AbsenceItem.plan_id == plan.id, AbsenceItem.state.in_(states))


def _lock_everybody(session: Session, plan: AbsencePlan, decisions: Sequence[Decision]) -> None:
    """All calendars at once, in order: meeting by meeting, two plans could wait for each other."""
    ids = [decision.appointment_id for decision in decisions]
    owners = select(Appointment.professional_id).where(Appointment.id.in_(ids))
    away = select(Absence.professional_id).where(Absence.plan_id == plan.id)
    taking = {decision.professional_id for decision in decisions if decision.professional_id is not None}
    lock_professionals(session, {*session.scalars(owners), *session.scalars(away), *taking})


def _settle(session: Session, act: _Act, decision: Decision) -> AbsenceItem:
    """One meeting, in a savepoint: whatever stops it leaves nothing half done."""
    noted: dict[str, Any] = {"before": {}, "version": 0, "state": ItemState.FAILED, "cause": ""}
    try:
        with session.begin_nested():
            appointment = _found(session, act, decision)
            noted["before"] = _before(appointment)
            more = _STEPS[decision.action](session, act, appointment, decision)
        noted |= {"version": appointment.version, "state": ItemState.DONE, **more}
    except DomainError as problem:
        noted["cause"] = problem.code
    return _note(session, act, decision, noted)


def _found(session: Session, act: _Act, decision: Decision) -> Appointment:
    """The appointment as it was seen, if it is still in the absence. Raises ``ChangedMeanwhile``."""
    if decision.appointment_id not in act.inside:
        raise ChangedMeanwhile
    appointment = session.get(Appointment, decision.appointment_id, with_for_update=True, populate_existing=True)
    if appointment is None or decision.version not in (None, appointment.version):
        raise ChangedMeanwhile
    return appointment


def _before(appointment: Appointment) -> dict[str, Any]:
    starts_at, minutes, professional_id, office_id = by_hand.place_of_row(appointment)
    return {
        "starts_at": starts_at.isoformat(),
        "minutes": minutes,
        "professional_id": professional_id,
        "office_id": office_id,
    }


def _note(session: Session, act: _Act, decision: Decision, noted: dict[str, Any]) -> AbsenceItem:
    """The item; it takes the place of one that had failed or was undone."""
    values = {
        "municipality_id": tenancy.bound_to(session),
        "plan_id": act.plan.id,
        "appointment_id": decision.appointment_id,
        "action": decision.action,
        "applied_at": act.now,
        "invitation_id": None,
        "task_id": None,
        **noted,
    }
    statement = insert(AbsenceItem).values(values)
    keys = ["municipality_id", "plan_id", "appointment_id"]
    changed = {name: statement.excluded[name] for name in values if name not in keys}
    upsert = statement.on_conflict_do_update(index_elements=keys, set_=changed).returning(AbsenceItem)
    item: AbsenceItem = session.scalars(upsert, execution_options={"populate_existing": True}).one()
    return item


def _move(session: Session, act: _Act, appointment: Appointment, decision: Decision) -> dict[str, Any]:
    """Hand over or move: the same row, with another professional, at the same or another time."""
    if decision.professional_id is None:
        raise InvalidInput({"professional": N_("Choose somebody from the list.")})
    starts_at = decision.starts_at or appointment.starts_at
    action = Action.HAND_OVER if starts_at == appointment.starts_at else Action.MOVE
    if action == Action.MOVE and not appointment.may_move:
        raise Conflict(N_("The client has not allowed us to move the time."), code="no_consent")
    to = by_hand.ByHand(
        appointment.version,
        starts_at,
        by_hand.place_of_row(appointment)[1],
        decision.professional_id,
        decision.office_id or appointment.office_id,
        telling=Telling(WORDINGS[action], not_before=act.undo_until),
    )
    by_hand.move(session, appointment, to, actor=act.actor, municipality=act.municipality, now=act.now)
    return {"action": action}


def _cancel(session: Session, act: _Act, appointment: Appointment, decision: Decision) -> dict[str, Any]:
    """Cancel, with a link by which this client may choose another time even where times are given by staff."""
    link, made = "", None
    if appointment.service.active:
        book_by = (act.now + CHOOSE_WITHIN).astimezone(act.municipality.zone).date()
        wanted = invitations.Wanted(appointment.client_id, appointment.service, book_by)
        invitation, secret, is_new = invitations.link_to_choose(
            session, wanted, actor=act.actor, municipality=act.municipality, now=act.now
        )
        link, made = public_url(f"/i/{secret}"), invitation.id if is_new else None
    telling = Telling(WORDINGS[Action.CANCEL], link=link, not_before=act.undo_until)
    cancel(session, appointment, actor=act.actor, municipality=act.municipality, now=act.now, telling=telling)
    return {"invitation_id": made}


def _call_first(session: Session, act: _Act, appointment: Appointment, decision: Decision) -> dict[str, Any]:
    """Nothing is changed: somebody calls the client."""
    when = format_instant(appointment.starts_at, act.municipality.zone)
    task = tasks.add_task(
        session,
        gettext("Call the client: the meeting %(when)s cannot be held as agreed", when=when),
        due_on=act.now.astimezone(act.municipality.zone).date(),
        actor=act.actor,
        now=act.now,
        professional_id=None,
        appointment=appointment,
        kind=tasks.Kind.CALL_FIRST,
    )
    return {"task_id": task.id}


_STEPS = {Action.HAND_OVER: _move, Action.MOVE: _move, Action.CANCEL: _cancel, Action.CALL_FIRST: _call_first}
