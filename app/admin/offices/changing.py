"""Making, changing and closing offices. Nothing here moves a booking: an office with coming meetings stays open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.admin.editing import ChangedMeanwhile, one_writer
from app.admin.form import what_changed
from app.admin.offices.effects import coming_at
from app.admin.offices.facts import OfficeFacts, facts_of
from app.core import audit
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import N_
from app.scheduling.models import Office, Service, ServiceOffice
from app.scheduling.service import lock_all_professionals

SLUG_TAKEN = N_("Another one has this address already. Choose another.")


class MeetingsComing(Conflict):
    """The office cannot be closed for good: people are coming there."""

    code = "meetings_coming"
    message = N_("There are coming meetings at this office. Move or cancel them first.")


def create_office(session: Session, facts: OfficeFacts, *, actor: Actor, now: datetime) -> Office:
    """A new office. The same form sent twice makes one. Raises ``InvalidInput``."""
    one_writer(session, "offices")
    there: Office | None = session.scalar(select(Office).where(Office.slug == facts.slug))
    if there is not None:
        if facts_of(session, there) == facts:
            return there
        raise InvalidInput({"slug": SLUG_TAKEN})
    office = Office(**facts.columns())
    session.add(office)
    session.flush()
    link(session, {office.id: facts.service_ids})
    audit.record(session, actor=actor, action="office.add", on=office, now=now, slug=office.slug)
    return office


def change_office(
    session: Session, office_id: int, facts: OfficeFacts, *, opened: int, actor: Actor, now: datetime
) -> Office:
    """Save an office; ``opened``: the version that the form showed. Raises ``InvalidInput``, ``ChangedMeanwhile``."""
    one_writer(session, "offices")
    office = locked(session, office_id)
    before = facts_of(session, office)
    if before == facts:
        return office
    if office.version != opened:
        raise ChangedMeanwhile
    taken = select(Office.id).where(Office.slug == facts.slug, Office.id != office.id)
    if session.scalar(taken) is not None:
        raise InvalidInput({"slug": SLUG_TAKEN})
    for column, value in facts.columns().items():
        setattr(office, column, value)
    link(session, {office.id: facts.service_ids})
    office.version += 1
    session.flush()
    changed = what_changed(
        {**before.columns(), "services": before.service_ids}, {**facts.columns(), "services": facts.service_ids}
    )
    audit.record(session, actor=actor, action="office.change", on=office, now=now, changed=changed)
    return office


def locked(session: Session, office_id: int) -> Office:
    """The office, as nobody else changes it meanwhile. Raises ``NotFound``."""
    query = select(Office).where(Office.id == office_id).with_for_update(key_share=True)
    office: Office | None = session.scalar(query.execution_options(populate_existing=True))
    if office is None:
        raise NotFound
    return office


def link(session: Session, wanted: Mapping[int, Collection[int]]) -> None:
    """Give offices (by id) exactly these services; a service whose offices change gets a new version."""
    for office_id, service_ids in wanted.items():
        of_office = ServiceOffice.office_id == office_id
        there = set(session.scalars(select(ServiceOffice.service_id).where(of_office)))
        session.execute(delete(ServiceOffice).where(of_office, ServiceOffice.service_id.in_(there - set(service_ids))))
        session.add_all(ServiceOffice(service_id=key, office_id=office_id) for key in sorted(set(service_ids) - there))
        changed = select(Service).where(Service.id.in_(there ^ set(service_ids))).order_by(Service.id)
        for service in session.scalars(changed.with_for_update(key_share=True)):
            service.version += 1
    session.flush()


def close_for_good(session: Session, office_id: int, *, actor: Actor, now: datetime) -> Office:
    """Take an office out of use. Raises ``MeetingsComing`` while somebody is to come there.

    Under every calendar's lock, so that no booking slips in between the look and the closing.
    """
    lock_all_professionals(session)
    office = locked(session, office_id)
    if office.active:
        if coming_at(session, office.id, now=now):
            raise MeetingsComing
        _set_active(session, office, active=False, actor=actor, now=now)
    return office


def open_again(session: Session, office_id: int, *, actor: Actor, now: datetime) -> Office:
    """Take an office into use again."""
    office = locked(session, office_id)
    if not office.active:
        _set_active(session, office, active=True, actor=actor, now=now)
    return office


def _set_active(session: Session, office: Office, *, active: bool, actor: Actor, now: datetime) -> None:
    office.active, office.version = active, office.version + 1
    session.flush()
    audit.record(session, actor=actor, action="office.open" if active else "office.close", on=office, now=now)
