"""Plain functions that make rows with sensible defaults. Each World is a municipality of its own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock, tenancy
from app.core.tenancy import Municipality
from app.scheduling.models import (
    Mode,
    Office,
    Professional,
    ProfessionalService,
    Question,
    Service,
    ServiceOffice,
    WorkingHours,
)


@dataclass
class World:
    """What a test starts from."""

    municipality: Municipality
    office: Office
    service: Service
    professional: Professional

    @property
    def zone(self) -> Any:
        return self.municipality.zone

    def next_working_day(self, *, after: int = 7) -> date:
        """A Tuesday that is no holiday, at least ``after`` days ahead."""
        from app.scheduling.holidays import is_public_holiday

        day = clock.now().astimezone(self.zone).date() + timedelta(days=after)
        while day.weekday() != 1 or is_public_holiday(day):
            day += timedelta(days=1)
        return day

    def at(self, hour: int, minute: int = 0, *, day: date | None = None) -> datetime:
        """An instant of local wall time on a working day."""
        when = day or self.next_working_day()
        return datetime(when.year, when.month, when.day, hour, minute, tzinfo=self.zone).astimezone(UTC)


def text(value: str) -> dict[str, str]:
    return {"fi": value, "sv": f"{value} (sv)", "en": f"{value} (en)"}


def make_municipality(session: Session, **values: Any) -> Municipality:
    slug = values.pop("slug", f"m{secrets.token_hex(5)}")
    municipality = Municipality(
        slug=slug,
        name=text("Testilän työllisyyspalvelut"),
        languages=["fi", "sv", "en"],
        phone="+358 9 000 0000",
        email="palvelut@testila.example",
        created_at=clock.now(),
        **values,
    )
    session.add(municipality)
    session.flush()
    tenancy.bind(session, municipality.id)
    return municipality


def make_office(session: Session, **values: Any) -> Office:
    office = Office(
        **{
            "slug": f"office-{secrets.token_hex(3)}",
            "name": text("Keskusta"),
            "street": "Kauppakatu 1",
            "postal_code": "00000",
            "city": "Testilä",
            "arrival": text("Sisään pääovesta."),
            **values,
        }
    )
    session.add(office)
    session.flush()
    return office


def make_service(session: Session, *, offices: list[Office] | None = None, **values: Any) -> Service:
    service = Service(
        **{
            "slug": f"service-{secrets.token_hex(3)}",
            "name": text("Työnhakukeskustelu"),
            "public_label": text("Tapaaminen"),
            "duration_minutes": 60,
            "modes": [Mode.IN_PERSON, Mode.PHONE],
            "horizon_days": 60,
            "several_bookings": True,
            **values,
        }
    )
    session.add(service)
    session.flush()
    for office in offices or []:
        session.add(ServiceOffice(service_id=service.id, office_id=office.id))
    session.flush()
    return service


def make_professional(
    session: Session,
    *,
    services: list[Service],
    office: Office | None = None,
    hours: list[tuple[int, int, int]] | None = None,
    **values: Any,
) -> Professional:
    """``hours``: (weekday, start minute, end minute); default Monday to Friday 9–15."""
    professional = Professional(
        **{
            "slug": f"pro-{secrets.token_hex(4)}",
            "first_name": "Liisa",
            "last_name": "Hakala",
            "title": text("asiantuntija"),
            "languages": ["fi", "sv", "en"],
            "modes": [Mode.IN_PERSON, Mode.PHONE, Mode.VIDEO],
            "video_link": "https://video.example/room",
            **values,
        }
    )
    session.add(professional)
    session.flush()
    for service in services:
        session.add(ProfessionalService(service_id=service.id, professional_id=professional.id))
    for weekday, start, end in hours if hours is not None else [(day, 540, 900) for day in range(5)]:
        session.add(
            WorkingHours(
                professional_id=professional.id,
                office_id=office.id if office else None,
                weekday=weekday,
                start_minute=start,
                end_minute=end,
            )
        )
    session.flush()
    return professional


def make_question(session: Session, service: Service, **values: Any) -> Question:
    question = Question(
        **{
            "service_id": service.id,
            "key": f"q{secrets.token_hex(3)}",
            "kind": "text",
            "label": text("Mikä on ammattisi?"),
            **values,
        }
    )
    session.add(question)
    session.flush()
    return question


def make_world(session: Session, **service_values: Any) -> World:
    municipality = make_municipality(session)
    office = make_office(session)
    service = make_service(session, offices=[office], **service_values)
    professional = make_professional(session, services=[service], office=office)
    session.commit()
    return World(municipality, office, service, professional)
