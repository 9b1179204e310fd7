"""A caseworker's day: who comes next, arrived, begun, completed; a task; all of it by keyboard, at every size."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.orm import Session

from app.booking.contact import ClientDetails
from app.booking.day import advance
from app.booking.lifecycle import Step
from app.booking.models import Appointment
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import SYSTEM
from app.core.permissions import Role
from app.identity.service import create_user
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.factories import World
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]
CLIENT = "Åsa O'Neill-Ääkkönen <b>"
DESK = {"width": 1280, "height": 800}


@pytest.fixture
def caseworker(world: World, session: Session) -> str:
    """Whom two clients come to today: Åsa first, then Kalle. (In the first minutes of the day, so that it is always today.)"""
    midnight = datetime.combine(clock.now().astimezone(world.zone).date(), time(), world.zone)
    for number, name in enumerate((CLIENT, "Kalle Niemi")):
        order = Order(
            world.service,
            "in_person",
            world.at(9 + number),
            professional_id=world.professional.id,
            office_id=world.office.id,
            client=ClientDetails(name, "+358401234567", ""),
        )
        made = book(session, order, actor=SYSTEM, municipality=world.municipality, now=clock.now())
        made.starts_at = midnight + timedelta(minutes=5 * number)
        made.ends_at = made.starts_at + timedelta(minutes=5)
    email = f"caseworker-{secrets.token_hex(4)}@testila.example"
    with cheap_passwords():
        create_user(
            session,
            email=email,
            password=PASSWORD,
            name="Liisa Hakala",
            role=Role.CASEWORKER,
            professional_id=world.professional.id,
            now=clock.now(),
        )
    session.commit()
    return email


def press(page: Page, label: str, what: str) -> Locator:
    """The button of that label for somebody or something."""
    return page.get_by_role("button", name=re.compile(f"^{label} ?: {re.escape(what)}$"))


def test_a_day_is_worked_through(open_page: Opener, caseworker: str) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, caseworker)
    expect(page.locator(".vuoro-next")).to_contain_text(CLIENT)
    press(page, "Saapui", CLIENT).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="merkitty saapuneeksi")).to_be_visible()
    watched.look()
    page.get_by_role("button", name="Kumoa").click()
    expect(page.get_by_text("odotetaan taas tulevaksi")).to_be_visible()
    press(page, "Aloita", CLIENT).click()
    expect(page.locator(".vuoro-next")).to_contain_text("Nyt, alkoi")
    press(page, "Pidetty", CLIENT).click()
    expect(page.locator(".vuoro-next")).to_contain_text("Kalle Niemi")
    page.get_by_text("1 tapaaminen on hoidettu").click()
    page.get_by_role("link", name=CLIENT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CLIENT)
    expect(page.get_by_text("Kesti 0 min")).to_be_visible()
    page.get_by_text("Lisää tehtävä").click()
    page.get_by_label("Mitä pitää tehdä?").fill("Lähetä päätös")
    page.keyboard.press("Enter")
    expect(press(page, "Tehty", "Lähetä päätös")).to_be_visible()
    watched.look()
    press(page, "Tehty", "Lähetä päätös").click()
    expect(page.get_by_text("Tehtävä on merkitty tehdyksi.")).to_be_visible()


def test_the_page_shows_by_itself_who_has_arrived(
    open_page: Opener, caseworker: str, world: World, session: Session
) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    page.clock.install()
    sign_in(page, caseworker)
    expect(page.get_by_text("Kalle Niemi")).not_to_have_count(0)
    kalle = session.query(Appointment).order_by(Appointment.starts_at.desc()).first()
    advance(
        session, kalle, Step.CHECK_IN, actor=SYSTEM, municipality=world.municipality, now=clock.now()
    )  # as the desk would
    session.commit()
    press(page, "Aloita", CLIENT).focus()
    page.clock.fast_forward(21_000)
    expect(page.locator("[data-news-said]")).to_have_text("Kalle Niemi on saapunut.")
    expect(page.get_by_text("1 asiakas odottaa")).to_be_visible()
    expect(press(page, "Aloita", CLIENT)).to_be_focused()
    assert page.title().startswith("(1)")
