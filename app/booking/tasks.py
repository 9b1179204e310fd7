"""Tasks: what a person must settle. Open, then done or dropped; by mistake, open again the same day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Task
from app.core import audit
from app.core.audit import Actor
from app.core.errors import InvalidInput, InvalidTransition
from app.core.i18n import N_
from app.core.typed import Unusable, clean_line

LONGEST = 300
"""Characters of a task's text."""


class Kind(StrEnum):
    """What a task came from. Rooms that make tasks add theirs."""

    REMINDER = "reminder"
    CALL_FIRST = "call_first"
    ANSWER = "answer"
    UNDELIVERED = "undelivered"


class State(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.OPEN: frozenset({State.DONE, State.DROPPED}),
    State.DONE: frozenset({State.OPEN}),
    State.DROPPED: frozenset({State.OPEN}),
}


def add_task(
    session: Session,
    words: str,
    *,
    due_on: date,
    actor: Actor,
    now: datetime,
    professional_id: int | None,
    appointment: Appointment | None = None,
    kind: Kind = Kind.REMINDER,
) -> Task:
    """Something to do on a day; ``professional_id`` None makes it anybody's. Raises ``InvalidInput`` (``text``)."""
    try:
        words = clean_line(words, longest=LONGEST)
    except Unusable as problem:
        raise InvalidInput({"text": str(problem)}) from None
    if not words:
        raise InvalidInput({"text": N_("Write what is to be done.")})
    task = Task(
        kind=kind,
        text=words,
        due_on=due_on,
        professional_id=professional_id,
        client_id=appointment.client_id if appointment else None,
        appointment_id=appointment.id if appointment else None,
        made_by=actor.label,
        created_at=now,
    )
    session.add(task)
    session.flush()
    audit.record(session, actor=actor, action="task.add", on=task, now=now, kind=str(kind))
    return task


def settle_task(session: Session, task: Task, state: State, *, actor: Actor, now: datetime) -> None:
    """Tick the task off, drop it, or open it again. Pressed twice, it is done once. Raises ``InvalidTransition``."""
    session.refresh(task, with_for_update=True)
    if task.state == state:
        return
    if state not in TRANSITIONS[State(task.state)]:
        raise InvalidTransition(N_("Somebody settled this meanwhile."))
    task.state = state
    task.settled_at = None if state == State.OPEN else now
    task.settled_by = "" if state == State.OPEN else actor.label
    session.flush()
    audit.record(session, actor=actor, action=f"task.{state}", on=task, now=now)


def open_tasks(*, until: date, professional_id: int | None) -> Select[Any]:
    """What is to be settled by a day, the oldest first: somebody's own and anybody's, or everybody's where None."""
    query = select(Task).where(Task.state == State.OPEN, Task.due_on <= until).order_by(Task.due_on, Task.id)
    if professional_id is None:
        return query
    return query.where(or_(Task.professional_id.is_(None), Task.professional_id == professional_id))
