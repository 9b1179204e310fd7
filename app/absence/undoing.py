"""Taking back what a plan has just settled, as exactly as it was, while the messages about it still wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.absence.announced import AbsenceChanged
from app.absence.models import AbsenceItem, AbsencePlan
from app.absence.plan import Action
from app.absence.states import ItemState, State
from app.booking import tasks
from app.booking.availability import Opening
from app.booking.changes import move_to, refuse_step, restore
from app.booking.invited import service as invitations
from app.booking.invited.models import Invitation
from app.booking.lifecycle import Step
from app.booking.models import Appointment, Task
from app.booking.reserve import epoch_of
from app.booking.service import settle
from app.core import audit
from app.core.audit import Actor
from app.core.errors import ChangedMeanwhile, Conflict, DomainError
from app.core.events import announce
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.messaging.outbox import have_left, revive
from app.scheduling.models import Absence
from app.scheduling.service import lock_professionals

TOLD = "told"
"""Why an item stays as it is: its client has been told."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and what stays."""

    back: list[AbsenceItem] = field(default_factory=list)
    stay: list[AbsenceItem] = field(default_factory=list)


def may_undo(plan: AbsencePlan, *, now: datetime) -> bool:
    """True while the messages wait."""
    return plan.state == State.APPLIED and plan.undo_until is not None and now < plan.undo_until


def undo(session: Session, plan: AbsencePlan, *, actor: Actor, municipality: Municipality, now: datetime) -> Undone:
    """Put every meeting of the last step back. What a client has been told of, or what changed since, stays.

    Pressed twice, it is undone once. Raises ``Conflict`` (``too_late``).
    """
    session.refresh(plan, with_for_update=True)
    if plan.state == State.UNDONE:
        return Undone()
    if not may_undo(plan, now=now):
        raise Conflict(N_("The messages have left: this cannot be taken back any more."), code="too_late")
    query = select(AbsenceItem).where(
        AbsenceItem.plan_id == plan.id,
        AbsenceItem.state == ItemState.DONE,
        AbsenceItem.applied_at == plan.applied_at,
    )
    items = list(session.scalars(query.order_by(AbsenceItem.id)))
    _lock_everybody(session, plan, items)
    result = Undone()
    for item in items:
        _take_back(session, item, actor, municipality, now)
        (result.back if item.state == ItemState.UNDONE else result.stay).append(item)
    plan.state = State.APPLIED if result.stay or _settled_earlier(session, plan) else State.UNDONE
    plan.undo_until = None
    session.flush()
    counts = {"undone": len(result.back), "stayed": len(result.stay)}
    audit.record(session, actor=actor, action="absence_plan.undo", on=plan, now=now, **counts)
    announce(session, AbsenceChanged(plan, "undo", actor, now))
    return result


def _settled_earlier(session: Session, plan: AbsencePlan) -> bool:
    session.flush()
    query = select(AbsenceItem.id).where(AbsenceItem.plan_id == plan.id, AbsenceItem.state == ItemState.DONE)
    return session.scalar(query.limit(1)) is not None


def _lock_everybody(session: Session, plan: AbsencePlan, items: list[AbsenceItem]) -> None:
    ids = [item.appointment_id for item in items]
    now_with = session.scalars(select(Appointment.professional_id).where(Appointment.id.in_(ids)))
    away = session.scalars(select(Absence.professional_id).where(Absence.plan_id == plan.id))
    lock_professionals(session, {*now_with, *away, *(item.before["professional_id"] for item in items)})


def _take_back(session: Session, item: AbsenceItem, actor: Actor, municipality: Municipality, now: datetime) -> None:
    """One meeting, in a savepoint; the item says what came of it."""
    try:
        with session.begin_nested():
            _put_back(session, item, actor, municipality, now)
        item.state, item.cause = ItemState.UNDONE, ""
    except DomainError as problem:
        item.cause = problem.code


def _put_back(session: Session, item: AbsenceItem, actor: Actor, municipality: Municipality, now: datetime) -> None:
    appointment = session.get_one(Appointment, item.appointment_id, with_for_update=True, populate_existing=True)
    if appointment.version != item.version:
        raise ChangedMeanwhile
    if have_left(session, cause=f"appointment:{appointment.id}", since=item.applied_at):
        raise Conflict(N_("The client has been told already."), code=TOLD)
    if item.action == Action.CALL_FIRST:
        task = session.get(Task, item.task_id) if item.task_id else None
        if task is not None:
            tasks.settle_task(session, task, tasks.State.DROPPED, actor=actor, now=now)
    elif item.action == Action.CANCEL:
        restore(session, appointment, actor=actor, municipality=municipality, now=now)
        invitation = session.get(Invitation, item.invitation_id) if item.invitation_id else None
        if invitation is not None:
            invitations.withdraw(session, invitation, actor=actor, municipality=municipality, now=now)
    else:
        _move_back(session, appointment, item, actor, municipality, now)
    cause = f"appointment:{appointment.id}"
    revive(session, cause=cause, key=f"{cause}:v{item.version - 1}:", now=now)


def _move_back(
    session: Session,
    appointment: Appointment,
    item: AbsenceItem,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
) -> None:
    """Into the time of the absence, where nobody could book meanwhile: the constraints say whether it is free."""
    refuse_step(appointment, Step.RESCHEDULE, actor, now=now)
    before, moved_from = item.before, appointment.starts_at
    start = epoch_of(datetime.fromisoformat(before["starts_at"]))
    opening = Opening(start, before["professional_id"], before["office_id"])
    move_to(session, appointment, opening, minutes=before["minutes"])
    settle(
        session,
        appointment,
        municipality,
        Step.RESCHEDULE,
        actor=actor,
        now=now,
        before=moved_from,
        untold=True,
        noted={"absence_undone": item.plan_id},
    )
