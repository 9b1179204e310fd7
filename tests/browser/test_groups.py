"""A group session in a browser: arranged, filled by searching, changed; on a computer and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.core import clock
from app.core.audit import SYSTEM
from app.core.permissions import Role
from tests.browser.conftest import Watched
from tests.town import PASSWORD, Town, bound, make_town

DESK, SMALL = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WORDS = {
    "fi": (
        "Järjestä tilaisuus",
        "Tallenna",
        "Anna paikka",
        "Åsa O'Neill <b> sai paikan.",
        "Muuta tilaisuutta",
    ),
    "sv": (
        "Ordna ett tillfälle",
        "Spara",
        "Ge en plats",
        "Åsa O'Neill <b> har fått en plats.",
        "Ändra tillfället",
    ),
}


@pytest.fixture
def town(app: Flask) -> Town:
    made = make_town(app)
    with bound(app, made.municipality_id) as session:
        details = ClientDetails("Åsa O'Neill <b>", "+358401112223", "asa@posti.example")
        add_client(session, details, actor=SYSTEM, now=clock.now())
        session.commit()
    return made


@pytest.mark.parametrize(("language", "viewport"), [("fi", DESK), ("sv", SMALL)])
def test_a_session_is_arranged_and_filled(
    open_page: Callable[..., Watched], town: Town, language: str, viewport: dict[str, int]
) -> None:
    watched = open_page(viewport=viewport)
    page = watched.page
    arrange, save, give, given, change = WORDS[language]
    page.goto(f"/staff/sign-in?lang={language}")
    page.fill("[name=email]", town.emails[Role.DESK])
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button").last.click()
    page.goto("/staff/groups")
    watched.look()
    page.get_by_role("link", name=arrange).click()
    day = clock.now().date() + timedelta(days=40)
    while day.weekday() != 2:
        day += timedelta(days=1)
    page.fill("[name=title]", "Työnhakuinfo")
    page.select_option("[name=service]", str(town.service_id))
    page.select_option("[name=professional]", str(town.professional_id))
    page.select_option("[name=office]", str(town.office_id))
    page.fill("[name=day]", day.isoformat())
    page.fill("[name=capacity]", "3")
    page.get_by_role("button", name=save).click()
    expect(page.locator("#time-error")).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("Työnhakuinfo")
    watched.look()
    page.fill("[name=time]", "12.30")
    page.get_by_role("button", name=save).click()
    page.locator("#q").press_sequentially("oneill")
    page.locator("#results").get_by_role("button", name=give).click()
    expect(page.get_by_text(given)).to_be_visible()
    expect(page.locator("#participants")).to_contain_text("1/3")
    watched.look()
    page.get_by_role("link", name=change).click()
    expect(page.locator("[name=time]")).to_have_value("12.30")
    watched.look()
