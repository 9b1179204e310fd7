"""A municipality on Monday 23.11.2026 at 8, with a caseworker, a colleague and a lead, each signed in."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.booking.availability import Wish, openings
from app.booking.contact import ClientDetails
from app.booking.models import Appointment
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor, AuditEvent
from app.core.db import db
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.identity.service import create_user
from app.scheduling.hours import plans_of
from app.scheduling.models import Service
from app.scheduling.weekly import WeeklyHours
from app.scheduling.workday import Plan
from tests.factories import make_office, make_professional, make_world, text
from tests.forms import Form, form_of
from tests.town import PASSWORD, Browser, bound, browser, cheap_passwords

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


@dataclass
class Team:
    """Ids and browsers of a municipality, and what is asked of its database."""

    app: Flask
    municipality_id: int
    office_id: int
    second_office_id: int
    service_id: int
    own_id: int
    colleague_id: int
    caseworker: Browser
    lead: Browser

    def url(self, tail: str = "", *, of: int = 0) -> str:
        return f"/staff/hours/{of or self.own_id}{tail}"

    def form(self, tail: str = "", *, query: str = "", who: Browser | None = None, of: int = 0, to: str = "") -> Form:
        """The form of a page that is sent to the page's own address, or to ``to``."""
        page = (who or self.caseworker).get(self.url(tail, of=of) + query)
        assert page.status_code == 200, page.text
        return form_of(page, self.url(to or tail, of=of))

    def plan(self, professional_id: int = 0) -> Plan:
        with bound(self.app, self.municipality_id) as session:
            key = professional_id or self.own_id
            return plans_of(session, [key], since=date(2000, 1, 1))[key]

    def rules(self, professional_id: int = 0) -> set[WeeklyHours]:
        return set(self.plan(professional_id).rules)

    def book(self, day: date, hour: int, *, mode: str = "phone", name: str = "Aino Åkerö", of: int = 0) -> int:
        """A meeting of an hour; its id."""
        with bound(self.app, self.municipality_id) as session:
            municipality = session.get_one(Municipality, self.municipality_id)
            order = Order(
                session.get_one(Service, self.service_id),
                mode,
                datetime.combine(day, time(hour), municipality.zone),
                office_id=self.office_id if mode == "in_person" else None,
                professional_id=of or self.own_id,
                client=ClientDetails(name, f"+35840{secrets.randbelow(9_000_000) + 1_000_000}", ""),
            )
            made = book(session, order, actor=Actor("client"), municipality=municipality, now=clock.now())
            session.commit()
            return made.id

    def status_of(self, key: int) -> str:
        with bound(self.app, self.municipality_id) as session:
            return session.get_one(Appointment, key).status

    def free(self, day: date, *, mode: str = "phone", office: int | None = None, of: int = 0) -> list[str]:
        """The starts that are free on a date, as wall time."""
        with bound(self.app, self.municipality_id) as session:
            zone = session.get_one(Municipality, self.municipality_id).zone
            service = session.get_one(Service, self.service_id)
            wish = Wish(service, mode, day, day, office, of or self.own_id, any_notice=True)
            found = openings(session, wish, zone=zone, now=clock.now())
            return [opening.starts_at.astimezone(zone).strftime("%H.%M") for opening in found]

    def log(self, action: str) -> list[AuditEvent]:
        with bound(self.app, self.municipality_id) as session:
            found = list(session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)))
            session.expunge_all()
            return found

    def staff(self, role: Role, professional_id: int | None = None) -> Browser:
        """A browser in which somebody with the role has signed in, in Finnish."""
        email = f"{role}-{secrets.token_hex(4)}@testila.example"
        with bound(self.app, self.municipality_id) as session, cheap_passwords():
            create_user(
                session,
                email=email,
                name=f"Testi {role}",
                role=role,
                password=PASSWORD,
                now=clock.now(),
                professional_id=professional_id,
            )
            session.commit()
        made = browser(self.app)
        answer = made.post("/staff/sign-in?lang=fi", data={"email": email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return made


def words(page: Any) -> str:
    """What a page says, without its marks."""
    inside = re.search(r"<main.*?</main>", page.text, re.DOTALL)
    assert inside, page.text
    plain = re.sub(r"<(template|option|select)\b.*?</\1>", " ", inside.group(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", plain)).split())


def make_team(app: Flask) -> Team:
    """The rows and the browsers."""
    with app.app_context():
        session = db.session()
        world = make_world(session)
        second = make_office(session, name=text("Lintuvaara"))
        colleague = make_professional(session, services=[world.service], office=world.office, first_name="Mikko")
        session.commit()
        ids = (world.municipality.id, world.office.id, second.id, world.service.id, world.professional.id, colleague.id)
    team = Team(app, *ids, browser(app), browser(app))
    team.caseworker, team.lead = team.staff(Role.CASEWORKER, team.own_id), team.staff(Role.LEAD)
    return team


@pytest.fixture(autouse=True)
def _standing_clock() -> Iterator[None]:
    with clock.standing_at(NOW):
        yield


@pytest.fixture
def team(app: Flask) -> Team:
    """A team of this test's own."""
    return make_team(app)
