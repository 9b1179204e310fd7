"""Making, changing and deleting services. Coming bookings keep their time; a service that was ever booked stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.admin.editing import ChangedMeanwhile, one_writer
from app.admin.form import what_changed
from app.admin.offices.changing import SLUG_TAKEN
from app.admin.services.facts import ServiceFacts, facts_of, question_rows
from app.admin.services.questions import Asked
from app.booking.lifecycle import ACTIVE
from app.booking.models import Appointment, Reservation
from app.core import audit
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import N_
from app.scheduling.models import Office, Question, Service, ServiceOffice


class InUse(Conflict):
    """The service cannot be deleted; it can be closed for new bookings."""

    code = "service_in_use"
    message = N_("The service has been booked, so it cannot be deleted. Close it for new bookings instead.")


@dataclass(frozen=True, slots=True)
class Uses:
    """How many bookings a service has: still to come, and of all time."""

    coming: int
    ever: int


def uses_of(session: Session, service_id: int, *, now: datetime) -> Uses:
    """Count the bookings of a service."""
    coming = func.count().filter(Appointment.starts_at >= now, Appointment.status.in_(sorted(ACTIVE)))
    row = session.execute(select(coming, func.count()).where(Appointment.service_id == service_id)).one()
    return Uses(*row)


def create_service(session: Session, facts: ServiceFacts, *, actor: Actor, now: datetime) -> Service:
    """A new service, the last in the list. The same form sent twice makes one. Raises ``InvalidInput``."""
    one_writer(session, "services")
    there: Service | None = session.scalar(select(Service).where(Service.slug == facts.slug))
    if there is not None:
        if facts_of(session, there) == facts:
            return there
        raise InvalidInput({"slug": SLUG_TAKEN})
    last = session.scalar(select(func.max(Service.position)))
    service = Service(**facts.columns(), position=0 if last is None else last + 1)
    session.add(service)
    session.flush()
    _link(session, service.id, set(facts.office_ids))
    _write_questions(session, service.id, facts.questions)
    audit.record(session, actor=actor, action="service.add", on=service, now=now, slug=service.slug)
    return service


def change_service(
    session: Session, service_id: int, facts: ServiceFacts, *, opened: int, actor: Actor, now: datetime
) -> Service:
    """Save a service; ``opened``: the version that the form showed. Raises ``ChangedMeanwhile``.

    Bookings that were made before keep their time, place and answers.
    """
    service = _locked(session, service_id)
    before = facts_of(session, service)
    if before == facts:
        return service
    if service.version != opened:
        raise ChangedMeanwhile
    for column, value in facts.columns().items():
        setattr(service, column, value)
    _link(session, service.id, set(facts.office_ids))
    _write_questions(session, service.id, facts.questions)
    service.version += 1
    session.flush()
    changed = what_changed(_told(before), _told(facts))
    audit.record(session, actor=actor, action="service.change", on=service, now=now, changed=changed)
    return service


def move_service(session: Session, service_id: int, *, up: bool, actor: Actor, now: datetime) -> None:
    """Change places with the service before or after it, in the order in which clients see them."""
    one_writer(session, "services")
    services = list(session.scalars(select(Service).where(Service.active).order_by(Service.position, Service.id)))
    place = next((place for place, service in enumerate(services) if service.id == service_id), None)
    if place is None:
        raise NotFound
    other = place - 1 if up else place + 1
    if not 0 <= other < len(services):
        return
    moved = services[place]
    services[place], services[other] = services[other], moved
    for position, service in enumerate(services):
        service.position = position
    session.flush()
    audit.record(session, actor=actor, action="service.move", on=moved, now=now, position=other)


def _told(facts: ServiceFacts) -> dict[str, object]:
    questions = [asked.columns() for asked in facts.questions]
    return {**facts.columns(), "offices": facts.office_ids, "questions": questions}


def _locked(session: Session, service_id: int) -> Service:
    query = select(Service).where(Service.id == service_id).with_for_update(key_share=True)
    service: Service | None = session.scalar(query.execution_options(populate_existing=True))
    if service is None:
        raise NotFound
    return service


def _link(session: Session, service_id: int, wanted: set[int]) -> None:
    """Give the service at exactly these offices; an office whose services change gets a new version."""
    of_service = ServiceOffice.service_id == service_id
    there = set(session.scalars(select(ServiceOffice.office_id).where(of_service)))
    session.execute(delete(ServiceOffice).where(of_service, ServiceOffice.office_id.in_(there - wanted)))
    session.add_all(ServiceOffice(service_id=service_id, office_id=key) for key in sorted(wanted - there))
    changed = select(Office).where(Office.id.in_(there ^ wanted)).order_by(Office.id)
    for office in session.scalars(changed.with_for_update(key_share=True)):
        office.version += 1
    session.flush()


def _write_questions(session: Session, service_id: int, wanted: list[Asked]) -> None:
    """Those that stay keep their rows."""
    rows = {row.key: row for row in question_rows(session, service_id)}
    for key in rows.keys() - {asked.key for asked in wanted}:
        session.delete(rows[key])
    for place, asked in enumerate(wanted):
        row = rows.get(asked.key)
        if row is None:
            row = Question(service_id=service_id, key=asked.key)
            session.add(row)
        for column, value in asked.columns().items():
            setattr(row, column, value)
        row.position = place
    session.flush()


def delete_service(session: Session, service_id: int, *, actor: Actor, now: datetime) -> None:
    """Delete a service that nobody has ever booked. Raises ``InUse``, and ``NotFound`` where somebody was quicker."""
    service = session.scalar(select(Service).where(Service.id == service_id).with_for_update())
    if service is None:
        raise NotFound(N_("This service has been deleted already."))
    if uses_of(session, service_id, now=now).ever:
        raise InUse
    session.execute(
        delete(Reservation).where(
            Reservation.service_id == service_id, Reservation.kind == "hold", Reservation.expires_at <= now
        )
    )
    audit.record(session, actor=actor, action="service.delete", on=service, now=now, slug=service.slug)
    try:
        with session.begin_nested():
            session.delete(service)
            session.flush()
    except IntegrityError as problem:  # somebody is choosing a time of it at this moment, or the guide leads to it
        raise InUse(
            N_("The service is in use: somebody is booking it now, or the guiding questions lead to it.")
        ) from problem
