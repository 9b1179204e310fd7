"""Staff book for a client in four actions, take it back, book the next one, and type a time of their own."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.core import clock
from app.core.audit import SYSTEM
from app.core.permissions import Role
from app.identity.service import create_user
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.factories import World
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]
DESK = {"width": 1280, "height": 800}
NAME = "Åsa O'Neill-Ääkkönen <b>"


@pytest.fixture
def desk(world: World, session: Session) -> str:
    """The e-mail of somebody at the desk, where one client is known."""
    add_client(session, ClientDetails(NAME, "+358401234567"), actor=SYSTEM, now=clock.now())
    email = f"desk-{secrets.token_hex(4)}@testila.example"
    with cheap_passwords():
        create_user(session, email=email, name="Merja", role=Role.DESK, password=PASSWORD, now=clock.now())
    session.commit()
    return email


def test_a_client_is_booked_in_four_actions_taken_back_and_booked_again(
    open_page: Opener, desk: str, world: World
) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, desk)
    page.goto("/staff/clients")
    page.locator("#q").fill("oneill")
    page.locator("[data-result]").first.click()
    page.wait_for_url(re.compile(r"/staff/clients/\d+$"))

    page.get_by_role("link", name="Varaa aika", exact=True).click()  # 1
    watched.look()
    page.locator("#service").select_option(str(world.service.id))  # 2
    page.locator(".vuoro-time--next").first.click()  # 3
    expect(page.get_by_text("Vahvistus tekstiviestillä numeroon 040 123 4567")).to_be_visible()
    watched.look()
    page.get_by_role("button", name="Varaa aika", exact=True).click()  # 4
    page.wait_for_url(re.compile(r"/staff/appointments/\d+"))
    expect(page.locator("[data-said]")).to_contain_text("Varattu: Åsa")
    watched.look()
    page.get_by_role("button", name="Kumoa").click()
    expect(page.get_by_text("Varaus kumottiin.")).to_be_visible()

    page.get_by_role("link", name="Varaa seuraava tapaaminen").click()
    expect(page.locator("#service")).to_have_value(str(world.service.id))
    page.get_by_text("Muu aika", exact=True).click()
    day = world.next_working_day().isoformat()
    page.locator("#day").fill(day)
    page.locator("#time").fill("18.10")
    page.locator("#hand-professional").select_option(str(world.professional.id))
    watched.look()
    page.get_by_role("button", name="Katso tätä aikaa").click()
    page.locator("#untold").check()
    page.get_by_role("button", name="Varaa aika", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("#untold")).to_be_checked()
    page.locator("#reason").fill("Asiakas on päivät töissä.")
    watched.look()
    page.get_by_role("button", name="Varaa aika", exact=True).click()
    page.wait_for_url(re.compile(r"/staff/appointments/\d+"))
    expect(page.get_by_text("Asiakas on päivät töissä.")).to_be_visible()
    expect(page.get_by_text("Viestejä ei vielä ole.")).to_be_visible()


def test_a_client_is_found_and_booked_without_javascript(open_page: Opener, desk: str, world: World) -> None:
    watched = open_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = watched.page
    sign_in(page, desk)
    page.get_by_role("link", name="Varaa asiakkaalle").click()
    page.locator("#q").fill("oneill")
    page.get_by_role("button", name="Hae", exact=True).click()
    page.locator("[data-result]").first.click()
    page.locator("#service").select_option(str(world.service.id))
    page.get_by_role("button", name="Näytä ajat").click()
    page.locator(".vuoro-time--next").first.click()
    page.get_by_role("button", name="Varaa aika", exact=True).click()
    page.wait_for_url(re.compile(r"/staff/appointments/\d+"))
