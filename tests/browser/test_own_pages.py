"""A client signs in with a code on a phone and looks after the own appointments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from app.booking.contact import ClientDetails
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor
from tests.browser.conftest import Watched
from tests.factories import World
from tests.town import code_in_last_message

NAME = "Åsa O'Neill-Ääkkönen <b>"


@pytest.fixture
def booked(world: World, session: Session) -> World:
    """Åsa has an appointment."""
    order = Order(world.service, "phone", world.at(9), client=ClientDetails(NAME, "+358401234567", "asa@example.fi"))
    book(session, order, actor=Actor("client"), municipality=world.municipality, now=clock.now())
    session.commit()
    return world


@pytest.mark.parametrize(
    ("language", "javascript"), [("fi", True), ("sv", False), ("en", True)], ids=["fi", "sv without JavaScript", "en"]
)
def test_a_client_signs_in_and_looks_after_the_own_appointments(
    open_page: Callable[..., Watched], app: Flask, booked: World, language: str, javascript: bool
) -> None:
    watched = open_page(java_script_enabled=javascript)
    page = watched.page

    def look() -> None:
        if javascript:  # axe is a script, too
            watched.look()

    page.goto(f"/m/{booked.municipality.slug}/?lang={language}")
    page.locator(".vuoro-header__my").click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.locator("#contact").fill("12")
    page.keyboard.press("Enter")
    expect(page.locator("[data-error-summary]")).to_be_visible()
    look()
    page.locator("#contact").fill("040-123 45 67")
    page.keyboard.press("Enter")
    page.wait_for_url("**/code")
    look()
    page.locator("#code").fill(code_in_last_message(app, booked.municipality.id))
    page.keyboard.press("Enter")
    page.wait_for_url("**/my")
    expect(page.get_by_text(NAME).first).to_be_visible()
    look()

    page.goto("/my/wishes")
    page.locator("input[name=channel][value=email]").check(force=True)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**notice=wishes")
    first_day = clock.now().astimezone(booked.zone).date() + timedelta(days=1)
    page.locator("#first_day").fill(first_day.isoformat())
    page.locator("#first_day").press("Enter")
    page.wait_for_url("**notice=away*")
    expect(page.locator(".vuoro-away li")).to_have_count(1)
    look()
    page.goto("/my/calendar")
    page.locator("main form button[type=submit]").first.click()
    feed = page.locator("#feed").input_value().replace("http://localhost", watched.address)
    assert "BEGIN:VCALENDAR" in page.context.request.get(feed).text()
    look()
    page.goto("/my")
    page.locator(".vuoro-mine a").first.click()
    page.wait_for_url("**/a/*")
    page.go_back()
    page.locator(".vuoro-signed-in button").first.click()
    page.wait_for_url(f"**/m/{booked.municipality.slug}/")
    page.goto("/my")
    page.wait_for_url("**/sign-in**")
