"""Making, changing and stopping professionals. Nothing here moves a booking: those that are made stay where they are.

What somebody offers changes what is free, so every change takes the lock of the calendar first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.db import LocalText
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import N_
from app.scheduling.models import Professional, ProfessionalService
from app.scheduling.service import lock_professionals


@dataclass(frozen=True, slots=True)
class ProfessionalFacts:
    """Columns of a professional, and the services that they give. ``online``: clients may book them themselves."""

    slug: str = ""
    first_name: str = ""
    last_name: str = ""
    title: LocalText = field(default_factory=dict)
    languages: list[str] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)
    phone: str = ""
    video_link: str = ""
    daily_limit: int | None = None
    online: bool = True
    service_ids: list[int] = field(default_factory=list)

    def columns(self) -> dict[str, Any]:
        """What stands in the professional's own row."""
        return {name: value for name, value in asdict(self).items() if name != "service_ids"}


class ProfessionalChangedMeanwhile(Conflict):
    """Somebody else saved the professional after the form was opened."""

    code = "changed_meanwhile"
    message = N_("Somebody else saved this after you opened it.")


def facts_of(session: Session, person: Professional) -> ProfessionalFacts:
    """What is saved of a professional."""
    columns = {name: getattr(person, name) for name in ProfessionalFacts.__slots__ if name != "service_ids"}
    given = select(ProfessionalService.service_id).where(ProfessionalService.professional_id == person.id)
    return ProfessionalFacts(**columns, service_ids=sorted(session.scalars(given)))


def add_professional(session: Session, facts: ProfessionalFacts, *, actor: Actor, now: datetime) -> Professional:
    """A new professional, without working hours yet. The same form sent twice makes one. Raises ``InvalidInput``."""
    _one_at_a_time(session)
    there: Professional | None = session.scalar(select(Professional).where(Professional.slug == facts.slug))
    if there is not None:
        if facts_of(session, there) == facts:
            return there
        _slug_taken()
    person = Professional(**facts.columns())
    session.add(person)
    session.flush()
    _give(session, person.id, facts.service_ids)
    audit.record(session, actor=actor, action="professional.add", on=person, now=now, slug=person.slug)
    return person


def change_professional(
    session: Session, person_id: int, facts: ProfessionalFacts, *, opened: int, actor: Actor, now: datetime
) -> Professional:
    """Save a professional; ``opened``: the version that the form showed.

    Raises ``InvalidInput``, ``NotFound``, ``ProfessionalChangedMeanwhile``.
    """
    _one_at_a_time(session)
    person = _locked(session, person_id)
    before = facts_of(session, person)
    if before == facts:
        return person
    if person.version != opened:
        raise ProfessionalChangedMeanwhile
    if session.scalar(select(Professional.id).where(Professional.slug == facts.slug, Professional.id != person.id)):
        _slug_taken()
    for column, value in facts.columns().items():
        setattr(person, column, value)
    _give(session, person.id, facts.service_ids)
    person.version += 1
    session.flush()
    was, becomes = asdict(before), asdict(facts)
    changed = {name: [was[name], value] for name, value in becomes.items() if was[name] != value}
    audit.record(session, actor=actor, action="professional.change", on=person, now=now, changed=changed)
    return person


def set_bookable(session: Session, person_id: int, bookable: bool, *, actor: Actor, now: datetime) -> Professional:
    """Stop new bookings of a professional at once, or allow them again. Raises ``NotFound``."""
    person = _locked(session, person_id)
    if person.active != bookable:
        person.active, person.version = bookable, person.version + 1
        session.flush()
        action = "professional.resume" if bookable else "professional.stop"
        audit.record(session, actor=actor, action=action, on=person, now=now)
    return person


def _locked(session: Session, person_id: int) -> Professional:
    found = lock_professionals(session, [person_id])
    if not found:
        raise NotFound
    session.refresh(found[0])
    return found[0]


def _give(session: Session, person_id: int, wanted: Collection[int]) -> None:
    own = ProfessionalService.professional_id == person_id
    there = set(session.scalars(select(ProfessionalService.service_id).where(own)))
    gone = there - set(wanted)
    session.execute(delete(ProfessionalService).where(own, ProfessionalService.service_id.in_(gone)))
    session.add_all(
        ProfessionalService(service_id=key, professional_id=person_id) for key in sorted(set(wanted) - there)
    )
    session.flush()


def _slug_taken() -> None:
    raise InvalidInput({"slug": N_("Another one has this address already. Choose another.")})


def _one_at_a_time(session: Session) -> None:
    key = func.hashtext(f"vuoro.people.{tenancy.bound_to(session)}")
    session.execute(select(func.pg_advisory_xact_lock(key)))
