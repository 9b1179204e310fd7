"""A municipality on Monday 23.11.2026 at 8: Liisa falls ill, Mikko and Johan are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.absence.applying import Decision, apply, decision_of
from app.absence.models import AbsenceItem, AbsencePlan
from app.absence.reading import Picture, read
from app.absence.registering import NewAbsence, register
from app.absence.undoing import Undone, undo
from app.booking.contact import ClientDetails
from app.booking.models import Appointment
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor
from app.core.db import db
from app.core.tenancy import Municipality
from app.messaging.models import Message
from app.scheduling.models import Service
from tests.factories import make_professional, make_world
from tests.town import bound

TUESDAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
LEAD = Actor("staff", 1, "Paula Rinne", trusted=True)


@dataclass
class House:
    """Ids, and the steps of a plan, each in a transaction of its own."""

    app: Flask
    municipality_id: int
    service_id: int
    office_id: int
    ill_id: int
    mikko_id: int
    johan_id: int
    zone: Any

    def at(self, hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
        return datetime.combine(day, time(hour, minute), self.zone)

    def book(self, hour: int, *, day: date = TUESDAY, of: int = 0, phone: str = "", **more: Any) -> int:
        """A meeting of an hour by phone, with an e-mail address unless ``phone`` or ``email`` says otherwise; its id."""
        with bound(self.app, self.municipality_id) as session:
            municipality = session.get_one(Municipality, self.municipality_id)
            email = more.pop("email", f"asiakas{hour}.{day.day}@posti.example")
            details = ClientDetails(more.pop("name", f"Asiakas {hour}"), phone, email, more.pop("language", "fi"))
            order = Order(
                session.get_one(Service, self.service_id),
                more.pop("mode", "phone"),
                self.at(hour, day=day),
                professional_id=of or self.ill_id,
                client=details,
                **more,
            )
            actor = Actor("client") if details.email or details.phone else LEAD
            made = book(session, order, actor=actor, municipality=municipality, now=clock.now())
            session.commit()
            return made.id

    def register(self, **more: Any) -> int:
        """Liisa is away on Tuesday; the plan's id."""
        with bound(self.app, self.municipality_id) as session:
            values = {
                "professional_ids": [self.ill_id],
                "starts_at": self.at(0),
                "ends_at": self.at(23, 59),
                "reason": "sick",
                **more,
            }
            plan = register(session, NewAbsence(**values), actor=LEAD, now=clock.now())
            session.commit()
            return plan.id

    def read(self, plan_id: int) -> Picture:
        with bound(self.app, self.municipality_id) as session:
            municipality = session.get_one(Municipality, self.municipality_id)
            found = read(session, session.get_one(AbsencePlan, plan_id), municipality=municipality, now=clock.now())
            session.expunge_all()
            return found

    def apply(self, plan_id: int, decisions: list[Decision] | None = None) -> dict[int, AbsenceItem]:
        """As proposed, or as decided; what came of each meeting, by its id."""
        wanted = decisions or [decision_of(one) for one in self.read(plan_id).proposals.values()]
        with bound(self.app, self.municipality_id) as session:
            plan = session.get_one(AbsencePlan, plan_id)
            municipality = session.get_one(Municipality, self.municipality_id)
            items = apply(session, plan, wanted, actor=LEAD, municipality=municipality, now=clock.now())
            session.commit()
            found = {item.appointment_id: item for item in items}
            for item in items:
                session.refresh(item)
            session.expunge_all()
            return found

    def undo(self, plan_id: int) -> Undone:
        with bound(self.app, self.municipality_id) as session:
            municipality = session.get_one(Municipality, self.municipality_id)
            plan = session.get_one(AbsencePlan, plan_id)
            done = undo(session, plan, actor=LEAD, municipality=municipality, now=clock.now())
            session.commit()
            return done

    def row(self, key: int) -> Appointment:
        with bound(self.app, self.municipality_id) as session:
            found = session.get_one(Appointment, key)
            session.expunge_all()
            return found

    def state(self, plan_id: int) -> str:
        with bound(self.app, self.municipality_id) as session:
            return session.get_one(AbsencePlan, plan_id).state

    def messages(self, key: int) -> list[Message]:
        """About an appointment, in order."""
        with bound(self.app, self.municipality_id) as session:
            query = select(Message).where(Message.cause == f"appointment:{key}").order_by(Message.id)
            found = list(session.scalars(query))
            session.expunge_all()
            return found


@pytest.fixture
def now() -> Iterator[datetime]:
    with clock.standing_at(NOW):
        yield NOW


@pytest.fixture
def house(app: Flask, now: datetime) -> House:
    with app.app_context():
        session = db.session()
        world = make_world(session)
        colleagues = [
            make_professional(session, services=[world.service], office=world.office, first_name=name)
            for name in ("Mikko", "Johan")
        ]
        session.commit()
        return House(
            app,
            world.municipality.id,
            world.service.id,
            world.office.id,
            world.professional.id,
            *(person.id for person in colleagues),
            world.zone,
        )
