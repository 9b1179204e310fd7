"""Editing and publishing the guided choice. Every change locks the draft's row, so that changes come one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.errors import Conflict, NotFound
from app.core.i18n import N_
from app.scheduling.guide import DRAFT, LIVE, Guide, GuideChoice, GuideStep, read_guide, steps_of
from app.scheduling.guide_map import NEW_STEP, Choice, Problem, Step, problems
from app.scheduling.models import Service, WhoMayBook

MOST_STEPS = 40


class ChangedMeanwhile(Conflict):
    """Somebody else was quicker: look at what they did first."""

    code = "changed_meanwhile"
    message = N_("Somebody else has changed this meanwhile.")


def guide_row(session: Session, edition: str, *, lock: bool = False) -> Guide | None:
    """The row of an edition, if there is one."""
    query = select(Guide).where(Guide.edition == edition)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row: Guide | None = session.scalar(query)
    return row


def bookable_modes(session: Session) -> dict[int, list[str]]:
    """The modes of the services that a client may book without being invited or known."""
    query = select(Service.id, Service.modes).where(Service.active, Service.who_may_book == WhoMayBook.ANYONE)
    return {row.id: list(row.modes) for row in session.execute(query)}


def write_guide(session: Session, edition: str, steps: Sequence[Step], *, actor: Actor, now: datetime) -> Guide:
    """Make an edition out of ``steps``, whatever it held before."""
    guide = _opened(session, edition, actor=actor, now=now)
    session.execute(delete(GuideStep).where(GuideStep.guide_id == guide.id))
    rows = {step.number: _add_step(session, guide, step, place, actor, now) for place, step in enumerate(steps)}
    session.flush()
    for step in steps:
        _write_choices(session, rows[step.number], step.choices, {number: row.id for number, row in rows.items()})
    return guide


def _opened(session: Session, edition: str, *, actor: Actor, now: datetime) -> Guide:
    """The row of an edition, made where it is missing, locked, its version raised."""
    first = insert(Guide).values(
        municipality_id=tenancy.bound_to(session), edition=edition, version=0, changed_by="", changed_at=now
    )
    session.execute(first.on_conflict_do_nothing(index_elements=["municipality_id", "edition"]))
    guide = guide_row(session, edition, lock=True)
    assert guide is not None  # noqa: S101 - made above, where it was missing
    guide.version += 1
    guide.changed_by, guide.changed_at = actor.label, now
    return guide


def _add_step(session: Session, guide: Guide, step: Step, place: int, actor: Actor, now: datetime) -> GuideStep:
    row = GuideStep(
        guide_id=guide.id,
        number=step.number,
        position=place,
        question=step.question,
        help=step.help,
        version=guide.version,
        changed_by=actor.label,
        changed_at=now,
    )
    session.add(row)
    return row


def _write_choices(session: Session, row: GuideStep, choices: Sequence[Choice], ids: dict[int, int]) -> None:
    """Replace a question's answers. ``ids``: the questions' rows by number."""
    session.execute(delete(GuideChoice).where(GuideChoice.step_id == row.id))
    for place, choice in enumerate(choices):
        session.add(
            GuideChoice(
                step_id=row.id,
                position=place,
                label=choice.label,
                help=choice.help,
                leads_to=choice.leads_to,
                service_id=choice.service_id,
                mode=choice.mode,
                next_step_id=ids.get(choice.step) if choice.step else None,
            )
        )
    session.flush()


def begin(session: Session, first: Step, *, actor: Actor, now: datetime) -> int:
    """A draft with its first question, where it has none yet. Returns the number of the question that is asked first."""
    guide = _opened(session, DRAFT, actor=actor, now=now)
    rows = steps_of(session, DRAFT)
    if not rows:
        rows = [_add_step(session, guide, first, 0, actor, now)]
        audit.record(session, actor=actor, action="guide.begin", on=guide, now=now)
    return rows[0].number


def save_step(session: Session, step: Step, *, actor: Actor, now: datetime) -> None:
    """Write a question of the draft; an answer that leads to ``NEW_STEP`` makes an empty one.

    ``step.version``: the version that was edited; 0 makes the question again after somebody removed it.
    Raises ``ChangedMeanwhile``.
    """
    guide = _opened(session, DRAFT, actor=actor, now=now)
    rows = {row.number: row for row in steps_of(session, DRAFT)}
    row = rows.get(step.number)
    if (row.version if row is not None else 0) != step.version:
        raise ChangedMeanwhile
    if row is None:
        row = rows[step.number] = _add_step(session, guide, step, len(rows), actor, now)
    row.question, row.help, row.version = step.question, step.help, guide.version
    row.changed_by, row.changed_at = actor.label, now
    choices = []
    for choice in step.choices:
        if choice.step == NEW_STEP:
            number = max(rows) + 1
            if len(rows) >= MOST_STEPS:
                raise Conflict(N_("A guide has room for 40 questions."), code="guide_full")
            rows[number] = _add_step(session, guide, Step(number, {}), len(rows), actor, now)
            choice = replace(choice, step=number)
        choices.append(choice)
    session.flush()
    _write_choices(session, row, choices, {number: other.id for number, other in rows.items()})
    audit.record(session, actor=actor, action="guide.change", on=row, now=now, number=step.number)


def remove_step(session: Session, number: int, version: int, *, actor: Actor, now: datetime) -> None:
    """Take a question out of the draft; answers that led to it lead nowhere until they are mended.

    Raises ``NotFound``, ``ChangedMeanwhile``.
    """
    _opened(session, DRAFT, actor=actor, now=now)
    row = _step_row(session, number)
    if row.version != version:
        raise ChangedMeanwhile
    audit.record(session, actor=actor, action="guide.remove", on=row, now=now, number=number)
    session.delete(row)
    session.flush()


def ask_first(session: Session, number: int, *, actor: Actor, now: datetime) -> None:
    """Make a question of the draft the first one. Raises ``NotFound``."""
    _opened(session, DRAFT, actor=actor, now=now)
    chosen = _step_row(session, number)
    others = [row for row in steps_of(session, DRAFT) if row is not chosen]
    for place, row in enumerate([chosen, *others]):
        row.position = place
    audit.record(session, actor=actor, action="guide.change", on=chosen, now=now, number=number)


def _step_row(session: Session, number: int) -> GuideStep:
    found = [row for row in steps_of(session, DRAFT) if row.number == number]
    if not found:
        raise NotFound(N_("This question has been removed."))
    return found[0]


def publish(session: Session, version: int, languages: Sequence[str], *, actor: Actor, now: datetime) -> list[Problem]:
    """Show the draft to clients, if nothing is wrong with it; else what is. Raises ``ChangedMeanwhile``."""
    draft = guide_row(session, DRAFT, lock=True)
    if draft is None or draft.version != version:
        raise ChangedMeanwhile
    steps = read_guide(session, DRAFT)
    found = problems(steps, languages, bookable_modes(session))
    if steps and not found:
        live = write_guide(session, LIVE, steps, actor=actor, now=now)
        audit.record(session, actor=actor, action="guide.publish", on=live, now=now, steps=len(steps))
    return found


def withdraw(session: Session, *, actor: Actor, now: datetime) -> None:
    """Show clients the list of services again; the draft stays."""
    live = guide_row(session, LIVE, lock=True)
    if live is not None:
        audit.record(session, actor=actor, action="guide.withdraw", on=live, now=now)
        session.delete(live)


def discard(session: Session, *, actor: Actor, now: datetime) -> None:
    """Make the draft what clients see."""
    steps = read_guide(session, LIVE)
    if steps:
        guide = write_guide(session, DRAFT, steps, actor=actor, now=now)
        audit.record(session, actor=actor, action="guide.discard", on=guide, now=now)
