"""The lasting rows of a demo town: municipality, offices, services, professionals, working hours, guide, staff users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy.orm import Session

from app.core import tenancy
from app.core.audit import SYSTEM
from app.core.settings import MunicipalitySettings
from app.core.tenancy import Municipality
from app.demo import content, guide, people, services
from app.demo.seed_towns import PASSWORD, Town
from app.identity import terms
from app.identity.service import create_user
from app.scheduling.guide import DRAFT, LIVE
from app.scheduling.guide_map import Choice, Leads, Step
from app.scheduling.guide_service import write_guide
from app.scheduling.models import (
    Office,
    Professional,
    ProfessionalService,
    Question,
    Service,
    ServiceOffice,
    WorkingHours,
)
from app.scheduling.opening_times import as_rows


@dataclass(frozen=True, slots=True)
class Structure:
    """A town's rows by slug, in the order of the content."""

    municipality: Municipality
    offices: dict[str, Office]
    services: dict[str, Service]
    professionals: dict[str, Professional]


def build(session: Session, town: Town, *, now: datetime) -> Structure:
    """Make the town and bind the session to it."""
    municipality = _municipality(town.municipality, now)
    session.add(municipality)
    session.flush()
    tenancy.bind(session, municipality.id)
    session.add(_settings(town.municipality, now))
    structure = Structure(
        municipality=municipality,
        offices={office.slug: _office(office) for office in town.offices},
        services={service.slug: _service(service, number) for number, service in enumerate(town.services)},
        professionals={person.slug: _professional(person) for person in town.professionals},
    )
    for rows in (structure.offices, structure.services, structure.professionals):
        session.add_all(rows.values())
    session.flush()
    session.add_all(_details(town, structure))
    session.flush()
    _guide(session, town, structure, now)
    _sign_ins(session, town, structure, now)
    return structure


def _municipality(given: content.Municipality, now: datetime) -> Municipality:
    return Municipality(
        slug=given.slug,
        name=given.name,
        languages=list(given.languages),
        phone=given.phone,
        email=given.email,
        brand_colour=given.brand,
        accent_colour=given.accent,
        created_at=now,
    )


def _settings(given: content.Municipality, now: datetime) -> MunicipalitySettings:
    """Whom staff ask; the demo has been set up already, so that the first-day checklist is put away."""
    domain = given.email.partition("@")[2]
    return MunicipalitySettings(
        support_name="Tietohallinnon palvelupiste",
        support_phone=given.phone,
        support_email=f"tuki@{domain}",
        start_hidden_at=now,
        version=1,
    )


def _office(given: content.Office) -> Office:
    return Office(
        slug=given.slug,
        name=given.name,
        street=given.street,
        postal_code=given.postal_code,
        city=given.city,
        arrival=given.arrival,
        open_times=as_rows({day: [(_minute(first), _minute(last))] for day, (first, last) in given.hours.items()}),
        phone=given.phone,
    )


def _service(given: services.Service, position: int) -> Service:
    return Service(
        slug=given.slug,
        position=position,
        name=given.name,
        description=given.description,
        instructions=given.instructions,
        public_label=given.public_label,
        duration_minutes=given.duration_minutes,
        buffer_before=given.buffer_before,
        buffer_after=given.buffer_after,
        step_minutes=given.step_minutes,
        modes=list(given.modes),
        who_may_book=given.who_may_book,
        minimum_notice_minutes=given.minimum_notice_minutes,
        horizon_days=given.horizon_days,
        change_cutoff_minutes=given.change_cutoff_minutes,
        limit_per_professional=given.limit_per_professional_day,
        several_bookings=given.several_bookings,
        phone_required=given.phone_required,
        own_caseworker_first=given.own_caseworker_first,
        verification_code=given.verification_code,
    )


def _professional(given: people.Professional) -> Professional:
    return Professional(
        slug=given.slug,
        first_name=given.first_name,
        last_name=given.last_name,
        title=given.title,
        languages=list(given.languages),
        modes=list(given.modes),
        video_link=given.video_link or "",
        daily_limit=given.daily_limit,
    )


def _details(town: Town, structure: Structure) -> Iterator[Any]:
    """Which service is given where, with which questions and by whom, and when everybody works."""
    for service in town.services:
        service_id = structure.services[service.slug].id
        for slug in service.offices:
            yield ServiceOffice(service_id=service_id, office_id=structure.offices[slug].id)
        for position, question in enumerate(service.questions):
            yield _question(question, service_id, position)
    for person in town.professionals:
        professional_id = structure.professionals[person.slug].id
        for slug in person.services:
            yield ProfessionalService(service_id=structure.services[slug].id, professional_id=professional_id)
        yield from _working_hours(person, professional_id, structure)


def _question(given: content.Question, service_id: int, position: int) -> Question:
    return Question(
        service_id=service_id,
        key=given.key,
        position=position,
        kind=given.kind,
        label=given.label,
        help=given.help or {},
        options=[{"value": value, "label": label} for value, label in given.options],
        required=given.required,
        modes=list(given.modes) if given.modes else None,
    )


def _working_hours(person: people.Professional, professional_id: int, structure: Structure) -> Iterator[WorkingHours]:
    for weekday, shifts in people.PATTERNS[person.pattern].items():
        for shift in shifts:
            yield WorkingHours(
                professional_id=professional_id,
                office_id=structure.offices[shift.office].id if shift.office else None,
                weekday=weekday,
                start_minute=_minute(shift.start),
                end_minute=_minute(shift.end),
            )


def _guide(session: Session, town: Town, structure: Structure, now: datetime) -> None:
    """The guiding questions, published."""
    steps = [
        Step(
            given.number,
            given.question,
            given.help or {},
            tuple(_choice(answer, structure) for answer in given.answers),
        )
        for given in town.guide
    ]
    for edition in (DRAFT, LIVE):
        write_guide(session, edition, steps, actor=SYSTEM, now=now)


def _choice(given: guide.Answer, structure: Structure) -> Choice:
    if given.service:
        service_id = structure.services[given.service].id
        return Choice(given.label, given.help or {}, Leads.SERVICE, service_id=service_id)
    leads_to = Leads.CALL if given.question is None else Leads.STEP
    return Choice(given.label, given.help or {}, leads_to, step=given.question)


def _minute(wall: time) -> int:
    """Minutes from midnight."""
    return 60 * wall.hour + wall.minute


def _sign_ins(session: Session, town: Town, structure: Structure, now: datetime) -> None:
    edition = terms.publish_default(session, actor=SYSTEM, now=now)
    for person in town.sign_ins:
        user = create_user(
            session,
            email=person.email,
            name=person.name,
            role=person.role,
            password=PASSWORD,
            now=now,
            professional_id=structure.professionals[person.professional].id if person.professional else None,
        )
        terms.accept(session, user, edition.id, actor=SYSTEM, now=now)
