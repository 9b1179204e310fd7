"""A meeting repeated in a browser: from the client to all times booked, taken back, and booked again from the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from app.core.permissions import Role
from tests.browser.conftest import Watched
from tests.town import PASSWORD, Town, make_town

DESK, SMALL = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WORDS = {
    "fi": (
        "Toista tapaaminen",
        "Katso ajat",
        "Varaa nämä ajat",
        "3 aikaa varattu",
        "Kumoa",
        "Varaukset otettiin takaisin.",
    ),
    "sv": (
        "Upprepa mötet",
        "Se tiderna",
        "Boka de här tiderna",
        "3 tider bokade",
        "Ångra",
        "Bokningarna togs tillbaka.",
    ),
}


@pytest.fixture(scope="module")
def town(app: Flask) -> Town:
    return make_town(app)


@pytest.mark.parametrize(("language", "viewport"), [("fi", DESK), ("sv", SMALL)])
def test_a_meeting_is_repeated_and_taken_back(
    open_page: Callable[..., Watched], town: Town, language: str, viewport: dict[str, int]
) -> None:
    watched = open_page(viewport=viewport)
    page = watched.page
    repeat, see, book, booked, undo, undone = WORDS[language]
    page.goto(f"/staff/sign-in?lang={language}")
    page.fill("[name=email]", town.emails[Role.DESK])
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button").last.click()
    chosen = f"client={town.client_id}&service={town.service_id}&mode=phone&professional={town.professional_id}"
    page.goto(f"/staff/book?{chosen}")
    page.locator("#times button").last.click()
    page.locator("summary", has_text=repeat).click()
    page.fill("#how-many", "3")
    watched.look()
    page.locator("#how-many").press("Enter")
    expect(page).to_have_url(re.compile("/staff/book/series"))
    watched.look()
    for number in range(3):  # whatever is free that week
        page.locator(f"#at-{number}").select_option(index=0)
    if page.locator("#reason").count():
        page.fill("#reason", "Sovittu")
    page.get_by_role("button", name=book).press("Enter")
    expect(page.locator("[data-said]")).to_contain_text(booked)
    watched.look()
    page.get_by_role("button", name=undo).click()
    expect(page.locator("[data-said]")).to_contain_text(undone)
