"""What a municipality needs before its first client books: each point is seen from rows, none is ticked by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.admin.editing import find_statement
from app.booking.models import Appointment
from app.core.i18n import LANGUAGES, gettext, local_text
from app.core.settings import settings_of
from app.core.tenancy import Municipality
from app.core.texts import MunicipalityText
from app.scheduling.models import (
    Mode,
    Office,
    Professional,
    ProfessionalService,
    Service,
    WhoMayBook,
    WorkingHours,
)

TEXTS_OF_A_SERVICE = ("name", "public_label", "description", "instructions")
PRIVACY_TEXTS = ("controller", "data_protection_officer", "privacy")


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that is needed. ``missing``: what, in the reader's language; empty where it is done."""

    name: str
    label: str
    missing: str = ""


def points_of(session: Session, municipality: Municipality, *, channels: Collection[str], today: date) -> list[Point]:
    """Every point, in the order in which they are best done. ``channels``: those that have a provider."""
    services = _open_services(session)
    return [
        Point("contact", gettext("Contact details and colours"), _contact(session, municipality)),
        Point("office", gettext("An office with its address and opening hours"), _office(session, services)),
        Point("service", gettext("A service that clients can book"), _service(services, municipality.languages)),
        Point("professional", gettext("A professional who offers it"), _professional(session, services)),
        Point("hours", gettext("The professional's working hours"), _hours(session, services, today)),
        Point("accessibility", gettext("Accessibility statement"), _statement(session)),
        Point("privacy", gettext("Who answers for personal data"), _privacy(session)),
        Point("mail", gettext("E-mail can be sent"), _mail(channels)),
        Point("booking", gettext("A test booking"), _booking(session)),
    ]


def _open_services(session: Session) -> list[Service]:
    query = select(Service).where(Service.active, Service.who_may_book == WhoMayBook.ANYONE)
    return list(session.scalars(query.order_by(Service.position, Service.id)))


def _contact(session: Session, municipality: Municipality) -> str:
    if not (municipality.phone or municipality.email):
        return gettext("Give the phone number or the e-mail address that clients see.")
    if not settings_of(session).version:
        return gettext("Look at your names and colours, and save them.")
    return ""


def _office(session: Session, services: Sequence[Service]) -> str:
    if services and not any(Mode.IN_PERSON in service.modes for service in services):
        return ""  # everything is remote
    offices = list(session.scalars(select(Office).where(Office.active).order_by(Office.id)))
    if not offices:
        return gettext("Add the office where clients are met.")
    if not any(office.street and office.open_times for office in offices):
        return gettext("Give the address and the opening hours of %(office)s.", office=local_text(offices[0].name))
    return ""


def _service(services: Sequence[Service], languages: Sequence[str]) -> str:
    if not services:
        return gettext("Add a service that anyone may book.")
    untold = [_untold(service, languages) for service in services]
    return "" if "" in untold else untold[0]


def _untold(service: Service, languages: Sequence[str]) -> str:
    """In which languages texts of the service are missing. A text that is written in none of them is not wanted."""
    texts = [text for name in TEXTS_OF_A_SERVICE if (text := getattr(service, name))]
    lacking = [LANGUAGES[code] for code in languages if any(not text.get(code) for text in texts)]
    if not lacking:
        return ""
    name = local_text(service.name)
    return gettext("Texts of %(service)s are missing in: %(languages)s.", service=name, languages=", ".join(lacking))


def _who_offers(services: Sequence[Service]) -> Select[Professional]:
    query = select(Professional).join(ProfessionalService, ProfessionalService.professional_id == Professional.id)
    return query.where(Professional.active, ProfessionalService.service_id.in_([service.id for service in services]))


def _professional(session: Session, services: Sequence[Service]) -> str:
    if session.scalars(_who_offers(services).limit(1)).first() is None:
        return gettext("Add a professional, and choose which services they offer.")
    return ""


def _hours(session: Session, services: Sequence[Service], today: date) -> str:
    in_force = or_(WorkingHours.valid_to.is_(None), WorkingHours.valid_to >= today)
    working = _who_offers(services).join(WorkingHours, WorkingHours.professional_id == Professional.id).where(in_force)
    if session.scalars(working.limit(1)).first() is None:
        return gettext("Set when the professional can be booked.")
    return ""


def _statement(session: Session) -> str:
    return "" if find_statement(session) else gettext("Fill in the accessibility statement: the law asks for it.")


def _privacy(session: Session) -> str:
    written = session.scalars(select(MunicipalityText).where(MunicipalityText.key.in_(PRIVACY_TEXTS)))
    if any(text.texts for text in written):
        return ""
    return gettext("Write who the controller is and how to reach the data protection officer.")


def _mail(channels: Collection[str]) -> str:
    if "email" in channels:
        return ""
    return gettext(
        "No mail server is set, so messages wait unsent. Ask whoever keeps the installation to set SMTP_URL."
    )


def _booking(session: Session) -> str:
    if session.scalars(select(Appointment.id).limit(1)).first() is not None:
        return ""
    return gettext("Book a time yourself as a client would, and see that everything is right.")
