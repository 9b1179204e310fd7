"""Registering an absence: new bookings are blocked from that moment, what is booked already waits for the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.absence.announced import AbsenceChanged
from app.absence.models import AbsencePlan
from app.absence.states import State, may_become
from app.core import audit
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput, InvalidTransition
from app.core.events import announce
from app.core.i18n import LANGUAGES, N_, gettext, speaking
from app.scheduling.models import Absence, Closure, Office, Professional
from app.scheduling.service import (
    ABSENCE_REASONS,
    close_office,
    end_absence,
    end_closure,
    lock_all_professionals,
    lock_professionals,
    register_absence,
)

LONGEST = timedelta(days=400)
SENT_TWICE = timedelta(minutes=5)
"""The same absence registered again so soon is the same form, sent twice."""


@dataclass(frozen=True, slots=True)
class NewAbsence:
    """Who is away, from when until when, and why: ``sick``, ``leave``, ``training`` or ``other``.

    ``office_id``: an office that is closed, instead of people.
    """

    professional_ids: Sequence[int]
    starts_at: datetime
    ends_at: datetime
    reason: str
    office_id: int | None = None


def register(session: Session, new: NewAbsence, *, actor: Actor, now: datetime) -> AbsencePlan:
    """Block the time of everybody named, or of meetings at the office. Sent twice, the same plan comes back.

    Raises ``InvalidInput`` (``professional``, ``office``, ``from``, ``to``, ``reason``).
    """
    _refuse(new, now)
    _lock(session, new)
    made = _made_before(session, new, actor, now)
    if made is not None:
        return made
    plan = AbsencePlan(
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        reason=new.reason,
        office_id=new.office_id,
        made_by=actor.label,
        created_at=now,
    )
    session.add(plan)
    session.flush()
    if new.office_id is not None:
        _close(session, plan, new.office_id, actor, now)
    for professional_id in sorted(set(new.professional_ids)):
        register_absence(
            session,
            actor=actor,
            now=now,
            professional_id=professional_id,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
            reason=new.reason,
            plan_id=plan.id,
        )
    announce(session, AbsenceChanged(plan, "register", actor, now))
    return plan


def _refuse(new: NewAbsence, now: datetime) -> None:
    errors = {}
    if not new.professional_ids and new.office_id is None:
        errors["professional"] = N_("Choose who is away.")
    if new.starts_at >= new.ends_at:
        errors["to"] = N_("The end must be after the start.")
    elif new.ends_at <= now:
        errors["to"] = N_("This time has already passed.")
    elif new.ends_at - new.starts_at > LONGEST:
        errors["to"] = N_("An absence can last about a year at most.")
    if new.reason not in ABSENCE_REASONS:
        errors["reason"] = N_("Choose one of the reasons.")
    if errors:
        raise InvalidInput(errors)


def _lock(session: Session, new: NewAbsence) -> None:
    """Everybody concerned, in one order. Raises ``InvalidInput`` where somebody or the office is not there."""
    if new.office_id is not None:
        office = session.get(Office, new.office_id)
        if office is None or not office.active:
            raise InvalidInput({"office": N_("Choose an office.")})
        lock_all_professionals(session)
    people = {row.id for row in lock_professionals(session, new.professional_ids) if row.active}
    if people != set(new.professional_ids):
        raise InvalidInput({"professional": N_("Choose somebody from the list.")})


def _close(session: Session, plan: AbsencePlan, office_id: int, actor: Actor, now: datetime) -> None:
    title = {}
    for language in LANGUAGES:
        with speaking(language):
            title[language] = gettext("Closed for now")
    closure = close_office(
        session,
        actor=actor,
        now=now,
        office_id=office_id,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        title=title,
    )
    plan.closure_id = closure.id
    session.flush()


def _made_before(session: Session, new: NewAbsence, actor: Actor, now: datetime) -> AbsencePlan | None:
    query = select(AbsencePlan).where(
        AbsencePlan.created_at > now - SENT_TWICE,
        AbsencePlan.starts_at == new.starts_at,
        AbsencePlan.ends_at == new.ends_at,
        AbsencePlan.reason == new.reason,
        AbsencePlan.office_id.is_not_distinct_from(new.office_id),
        AbsencePlan.made_by == actor.label,
        AbsencePlan.state != State.WITHDRAWN,
    )
    same = (
        plan for plan in session.scalars(query) if {one.id for one in away(session, plan)} == {*new.professional_ids}
    )
    return next(same, None)


def away(session: Session, plan: AbsencePlan) -> list[Professional]:
    """Who is away by the plan, in the order of names."""
    query = select(Professional).join(Absence, Absence.professional_id == Professional.id)
    found = session.scalars(query.where(Absence.plan_id == plan.id)).unique()
    return sorted(found, key=lambda person: (person.last_name, person.first_name, person.id))


def come_back(session: Session, plan: AbsencePlan, *, at: datetime, actor: Actor, now: datetime) -> None:
    """End the absence at ``at`` (before it began: withdraw it): the time is offered again. Said twice, it is said once.

    What was settled stays. Raises ``InvalidInput`` (``at``), ``Conflict`` (``still_undoable``).
    """
    session.refresh(plan, with_for_update=True)
    if plan.state == State.WITHDRAWN or (plan.ended_at is not None and plan.ends_at <= at):
        return
    _refuse_end(plan, at, now)
    _give_back(session, plan, at, actor, now)
    plan.ended_at = now
    if at <= plan.starts_at:
        plan.state = State.WITHDRAWN
    else:
        plan.ends_at = at
    session.flush()
    audit.record(session, actor=actor, action="absence_plan.come_back", on=plan, now=now, at=at.isoformat())
    announce(session, AbsenceChanged(plan, "come_back", actor, now))


def _refuse_end(plan: AbsencePlan, at: datetime, now: datetime) -> None:
    if not may_become(plan.state, State.WITHDRAWN):
        raise InvalidTransition
    if not now - timedelta(minutes=1) <= at < plan.ends_at:
        raise InvalidInput({"at": N_("Choose a time from now on, before the end of the absence.")})
    if plan.undo_until is not None and now < plan.undo_until and plan.state == State.APPLIED:
        raise Conflict(N_("Take the changes back first, or wait until the messages have left."), code="still_undoable")


def _give_back(session: Session, plan: AbsencePlan, at: datetime, actor: Actor, now: datetime) -> None:
    """The time of everybody who is away, and the office's."""
    closure = session.get(Closure, plan.closure_id) if plan.closure_id is not None else None
    if closure is not None:
        lock_all_professionals(session)
    absences = list(
        session.scalars(select(Absence).where(Absence.plan_id == plan.id).order_by(Absence.professional_id))
    )
    lock_professionals(session, [absence.professional_id for absence in absences])
    for absence in absences:
        end_absence(session, absence, at=at, actor=actor, now=now)
    if closure is not None:
        end_closure(session, closure, at=at, actor=actor, now=now)
