"""The first-day checklist: each point is computed from rows, and the card on the page of the day goes with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.admin.editing import Span, change_statement, change_text
from app.admin.municipality.facts import change_municipality, facts_of
from app.admin.start.checklist import points_of
from app.core import clock
from app.core.audit import SYSTEM, AuditEvent
from app.core.i18n import speaking
from app.core.permissions import Role
from app.core.texts import KINDS
from app.scheduling.models import ProfessionalService, WorkingHours
from tests.factories import World, make_world
from tests.integration.admin.conftest import SignIn
from tests.integration.admin.test_offices import meeting

START = "/staff/admin/start/"
Missing = Callable[[], dict[str, str]]


@pytest.fixture
def missing(world: World, session: Session) -> Missing:
    """What the checklist misses, by point."""

    def run(channels: tuple[str, ...] = ("email",)) -> dict[str, str]:
        today = clock.now().astimezone(world.zone).date()
        with speaking("en"):
            points = points_of(session, world.municipality, channels=channels, today=today)
        return {point.name: point.missing for point in points if point.missing}

    return run


def make_ready(world: World, session: Session) -> None:
    who: dict[str, Any] = {"actor": SYSTEM, "now": clock.now()}
    municipality = world.municipality
    change_municipality(session, municipality.id, facts_of(session, municipality), opened=0, **who)
    world.office.open_times = [[0, 540, 900]]
    dates = dict.fromkeys(("assessed_on", "published_on", "updated_on"), "2026-10-01")
    change_statement(session, {"status": "full", "assessed_by": "", **dates}, opened=0, **who)
    change_text(session, KINDS["controller"], {"fi": "Alkulan kunta"}, opened=0, span=Span(), **who)
    session.commit()


def test_every_point_is_done_by_its_rows_and_undone_with_them(world: World, session: Session, missing: Missing) -> None:
    assert missing().keys() == {"contact", "office", "accessibility", "privacy", "booking"}
    make_ready(world, session)
    assert missing().keys() == {"booking"}
    meeting(session, world, 9)
    assert missing() == {}
    assert missing(()).keys() == {"mail"}

    world.municipality.phone = world.municipality.email = ""
    world.office.street = ""
    assert missing().keys() == {"contact", "office"}
    assert missing()["office"] == "Give the address and the opening hours of Keskusta (en)."


def test_a_service_must_be_told_in_every_language_that_is_offered(
    world: World, session: Session, missing: Missing
) -> None:
    make_ready(world, session)
    world.service.description = {"fi": "Keskustellaan."}
    session.flush()
    assert missing()["service"] == "Texts of Työnhakukeskustelu (en) are missing in: Svenska, English."
    world.municipality.languages = ["fi"]
    assert "service" not in missing()
    world.service.who_may_book = "staff"
    session.flush()
    assert missing().keys() >= {"service", "professional", "hours"}


def test_the_professional_must_offer_that_service_and_work(world: World, session: Session, missing: Missing) -> None:
    make_ready(world, session)
    session.execute(WorkingHours.__table__.update().values(valid_to=date.today() - timedelta(days=3)))  # noqa: DTZ011
    assert missing().keys() == {"hours", "booking"}
    session.execute(delete(ProfessionalService))
    assert missing().keys() == {"professional", "hours", "booking"}


def test_without_meetings_in_person_no_office_is_needed(world: World, session: Session, missing: Missing) -> None:
    world.service.modes, world.office.active = ["phone"], False
    session.flush()
    assert "office" not in missing()


def test_the_card_of_the_day_is_for_administrators_until_it_is_put_away(
    world: World, session: Session, sign_in: SignIn
) -> None:
    staff = sign_in()
    card = f'href="{START}"'
    assert card in staff.get("/staff/").text
    assert card not in sign_in(Role.LEAD).get("/staff/").text
    for _ in range(2):
        assert staff.post(f"{START}hide").status_code == 303
    assert card not in staff.get("/staff/").text
    assert staff.post(f"{START}hide", data={"hidden": "0"}).status_code == 303
    assert card in staff.get("/staff/").text
    events = select(AuditEvent.action).where(AuditEvent.action.startswith("start.")).order_by(AuditEvent.id)
    assert session.scalars(events).all() == ["start.hide", "start.show"]


def test_another_municipalitys_rows_count_for_nothing(world: World, session: Session, sign_in: SignIn) -> None:
    for role in (Role.DESK, Role.CASEWORKER, Role.LEAD):
        assert sign_in(role).get(START).status_code == 403
    staff = sign_in()
    meeting(session, make_world(session), 9)
    assert "Book a time yourself" in staff.get(f"{START}?lang=en").text
