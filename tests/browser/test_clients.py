"""Staff find, add, edit and merge clients: by keyboard, at three sizes, and without JavaScript."""

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
def lead(world: World, session: Session) -> str:
    """The e-mail of a lead, in a municipality with a few clients."""
    for name, phone in ((NAME, "+358401234567"), ("Kyösti Määttä", "+358501112222"), ("Asa Oneill-Akkonen b", "")):
        add_client(session, ClientDetails(name, phone), actor=SYSTEM, now=clock.now())
    email = f"lead-{secrets.token_hex(4)}@testila.example"
    with cheap_passwords():
        create_user(session, email=email, name="Paula", role=Role.LEAD, password=PASSWORD, now=clock.now())
    session.commit()
    return email


def test_a_client_is_found_opened_edited_and_merged_from_the_keyboard(open_page: Opener, lead: str) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, lead)
    page.goto("/staff/clients")
    watched.look()
    page.keyboard.press("/")
    page.keyboard.type("asa oneil aakonnen")
    first = page.locator("[data-result]").first
    expect(first).to_have_text(NAME)
    expect(page.locator("#results-status")).to_have_text("2 asiakasta")
    watched.look()
    assert "?" not in page.url
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/staff/clients/\d+$"))
    for summary in page.locator("main details > summary").all():
        summary.click()
    watched.look()
    page.go_back()
    expect(page.locator("#q")).to_have_value("asa oneil aakonnen")
    expect(page.locator("[data-result]")).to_have_count(2)
    page.locator("[data-result]").first.click()

    page.get_by_role("link", name="Muokkaa tietoja").click()
    page.locator("#phone").fill("12")
    page.locator("#identity_code").fill("131052-308A")
    page.get_by_role("button", name="Tallenna", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    watched.look()
    page.locator("#phone").fill("040 765 4321")
    page.locator("#identity_code").fill("131052-308T")
    page.keyboard.press("Enter")
    page.wait_for_url("**notice=saved")
    expect(page.get_by_text("131052-****")).to_be_visible()

    page.get_by_role("link", name="Yhdistä toiseen asiakkaaseen").click()
    watched.look()
    page.get_by_role("button", name="Valitse Asa Oneill-Akkonen b").first.click()
    expect(page.get_by_role("heading", name="Yhdistetäänkö asiakkaat?")).to_be_visible()
    watched.look()
    page.get_by_role("button", name="Yhdistä asiakkaat").click()
    page.wait_for_url("**notice=merged")


def test_a_client_is_added_without_javascript(open_page: Opener, lead: str) -> None:
    watched = open_page(java_script_enabled=False)
    page = watched.page
    sign_in(page, lead)
    page.goto("/staff/clients")
    page.locator("#q").fill("Kyösti Määttänen")
    page.get_by_role("button", name="Hae").click()
    expect(page.get_by_text("Ketään ei löytynyt")).to_be_visible()
    page.get_by_role("button", name="Lisää uusi asiakas").click()
    expect(page.locator("#name")).to_have_value("Kyösti Määttänen")
    page.locator("#phone").fill("050 111 2222")
    page.get_by_role("button", name="Tallenna", exact=True).click()
    expect(page.get_by_role("heading", name="Ehkä sama henkilö")).to_be_visible()
    page.get_by_role("button", name="Ei ole sama: tallenna uusi asiakas").click()
    page.wait_for_url("**notice=added")
    expect(page.get_by_role("heading", name="Kyösti Määttänen")).to_be_visible()
