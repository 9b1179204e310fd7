"""A colleague falls ill: registered, planned, previewed, carried out, taken back and carried out again; what clients see."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.contact import ClientDetails
from app.booking.models import Appointment
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor
from app.core.permissions import Role
from app.identity.service import create_user
from app.messaging.models import Message
from app.scheduling.models import Professional
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.browser.test_booking import submit
from tests.factories import World, make_professional
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]
WORDS = {
    "fi": {
        "new": "Kirjaa poissaolo",
        "register": "Kirjaa ja katso tapaamiset",
        "settle": re.compile(r"^Toteuta 14 "),
        "preview": "Esikatsele viestit",
        "back": "Peru kaikki",
        "menu": "Poissaolot",
    },
    "sv": {
        "new": "Anteckna frånvaro",
        "register": "Anteckna och visa mötena",
        "settle": re.compile(r"^Genomför 14 "),
        "preview": "Förhandsgranska meddelandena",
        "back": "Ta tillbaka allt",
        "menu": "Frånvaro",
    },
}


@pytest.fixture
def lead(world: World, session: Session) -> str:
    """The e-mail of a team lead, in whose house Liisa has fourteen meetings on three days and Mikko is free."""
    make_professional(session, services=[world.service], office=world.office, first_name="Mikko", last_name="Salo")
    email = f"lead-{secrets.token_hex(4)}@testila.example"
    with cheap_passwords():
        create_user(session, email=email, name="Paula", role=Role.LEAD, password=PASSWORD, now=clock.now())
    first = world.next_working_day()
    times = [(first + timedelta(days=number // 6), 9 + number % 6) for number in range(14)]
    for number, (day, hour) in enumerate(times):
        order = Order(
            world.service,
            "phone",
            world.at(hour, day=day),
            professional_id=world.professional.id,
            client=ClientDetails(f"Asiakas {number} <b>", f"+3584012345{number:02d}", f"asiakas{number}@posti.example"),
        )
        book(session, order, actor=Actor("client"), municipality=world.municipality, now=clock.now())
    session.commit()
    return email


@pytest.mark.parametrize(("language", "width"), [("fi", 1280), ("sv", 390)])
def test_a_sick_day_in_at_most_six_clicks(
    open_page: Opener, lead: str, world: World, session: Session, language: str, width: int
) -> None:
    words = WORDS[language]
    watched = open_page(viewport={"width": width, "height": 844})
    page = watched.page
    sign_in(page, lead, language)
    page.goto("/staff/absences")
    watched.look()
    clicks = register(watched, world, words)
    page.get_by_role("button", name=words["settle"]).click()
    clicks += 1
    page.wait_for_url(re.compile("notice=done"))
    assert clicks <= 6
    watched.look()

    page.get_by_role("button", name=words["back"]).click()
    page.wait_for_url(re.compile("notice=undone"))
    watched.look()
    first, second = page.locator("select[name^=do-]").nth(0), page.locator("select[name^=do-]").nth(1)
    first.select_option("cancel")
    page.get_by_role("button", name=words["preview"]).click()
    page.locator("#messages").wait_for()
    watched.look()
    expect(first).to_have_value("cancel")
    expect(second).to_have_value(re.compile("^hand_over:"))
    page.get_by_role("button", name=words["settle"]).click()
    page.wait_for_url(re.compile("notice=done"))

    cancelled, handed = appointments(session, world)[:2]
    check_client_pages(page, session, cancelled, handed)
    watched.look()


def register(watched: Watched, world: World, words: dict[str, str]) -> int:
    """From the list of absences to the plan; how many clicks it took."""
    page = watched.page
    page.get_by_role("link", name=words["new"]).click()
    watched.look()
    first = world.next_working_day()
    page.fill("#first", first.isoformat())
    page.fill("#last", (first + timedelta(days=2)).isoformat())
    page.get_by_label(world.professional.full_name).check()
    page.get_by_role("button", name=words["register"]).click()
    page.wait_for_url(re.compile(r"/staff/absences/\d+$"))
    watched.look()
    return 3


def appointments(session: Session, world: World) -> list[Appointment]:
    session.rollback()
    query = select(Appointment).where(Appointment.municipality_id == world.municipality.id)
    return list(session.scalars(query.order_by(Appointment.starts_at)))


def check_client_pages(page: Page, session: Session, cancelled: Appointment, handed: Appointment) -> None:
    """The link of one shows the new person; the other chooses a new time by the link in the message."""
    new_person = session.get_one(Professional, handed.professional_id)
    page.goto(f"/a/{handed.link_token}?lang=fi")
    expect(page.get_by_text(new_person.first_name).first).to_be_visible()
    query = select(Message.body).where(Message.cause == f"appointment:{cancelled.id}").order_by(Message.id.desc())
    link = re.search(r"/i/\S+", session.scalars(query).first() or "")
    assert link
    page.goto(f"{link.group()}?lang=fi")
    page.get_by_role("button", name="Valitse aika").click()
    page.get_by_text("Puhelimessa").first.click()
    page.locator(".vuoro-time--next").first.click()
    page.get_by_role("button", name="Jatka").click()
    page.wait_for_url("**/check")
    submit(page)
    page.wait_for_url(re.compile(r"/a/\w+"))
