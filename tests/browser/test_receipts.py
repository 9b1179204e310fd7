"""A job seeker allows a move, says "I'm late" and keeps the receipts; somebody else checks one. Three languages, three sizes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Receipt
from app.core import clock
from tests.browser.conftest import Watched
from tests.factories import World, make_world
from tests.pdf_text import read_pdf

NAME = "Åsa O'Neill-Ääkkönen <b>"
Opener = Callable[..., Watched]


def submit(page: Page) -> None:
    page.locator("main form button[type=submit]").last.click()


def book(page: Page, world: World, language: str, look: Callable[[str], None]) -> str:
    """Book by phone and allow a move; returns the appointment's address."""
    page.goto(f"/m/{world.municipality.slug}/book/{world.service.slug}/times?mode=phone&lang={language}")
    page.locator("button[name=starts_at]").nth(3).click()
    page.wait_for_url("**/details")
    page.locator("#name").fill(NAME)
    page.locator("#phone").fill("040 123 4567")
    page.locator("#may_move").check()
    look("details")
    submit(page)
    page.wait_for_url("**/check")
    look("check")
    submit(page)
    page.wait_for_url("**/a/*")
    look("done")
    return page.url.partition("?")[0]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_receipts_lateness_and_consent_are_accessible_at_every_size(
    open_page: Opener, session: Session, language: str
) -> None:
    world = make_world(session, verification_code=True)
    watched = open_page()
    page = watched.page

    def look(name: str) -> None:
        watched.look()
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{language}.png", full_page=True)

    link = book(page, world, language, look)
    appointment = session.scalars(select(Appointment)).one()
    appointment.starts_at, appointment.ends_at = (clock.now() + timedelta(minutes=minutes) for minutes in (40, 100))
    session.commit()

    page.goto(link)
    look("before")
    page.locator("button[name=minutes][value='10']").click()
    page.wait_for_url("**notice=told")
    expect(page.get_by_role("status")).to_contain_text("Liisa")
    look("late")
    page.locator("button[name=may_move]").click()
    page.wait_for_url("**notice=may_not_move")
    look("withdrawn")
    page.goto(f"{link}/receipt")
    expect(page.locator(".vuoro-receipts > li")).to_have_count(3)
    look("receipts")
    page.locator(".vuoro-receipts h2 a").nth(1).click()
    page.wait_for_url("**/receipts/R-*")
    look("receipt")
    code = page.locator(".vuoro-proof__signs").inner_text()
    page.locator(".vuoro-proof a").click()
    page.wait_for_url("**/verify")
    page.locator("#code").fill("K7MQ 4XTP 9CDE")
    submit(page)
    expect(page.locator("[data-error-summary]")).to_be_visible()
    look("verify")
    page.locator("#code").fill(code.lower())
    submit(page)
    expect(page.locator(".vuoro-panel h1")).to_be_visible()
    expect(page.get_by_text("Åsa")).to_have_count(0)
    look("verified")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_receipt_of_a_booking_is_saved_as_a_file(
    open_page: Opener, world: World, session: Session, javascript: bool
) -> None:
    page = open_page(java_script_enabled=javascript, locale="fi-FI").page
    book(page, world, "fi", lambda name: None)
    page.get_by_role("link", name="Tallenna kuitti").click()
    page.wait_for_url("**/receipts/R-*")
    number = session.scalars(select(Receipt.number)).one()
    with page.expect_download() as saving:
        page.get_by_role("link", name="Lataa PDF").click()
    assert saving.value.suggested_filename == f"vuoro-{number}.pdf"
    assert NAME in read_pdf(Path(saving.value.path()).read_bytes()).lines


def test_a_receipt_on_paper_has_no_buttons(open_page: Opener, world: World) -> None:
    page: Any = open_page().page
    link = book(page, world, "fi", lambda name: None)
    page.goto(f"{link}/receipt")
    page.locator(".vuoro-receipts h2 a").click()
    page.emulate_media(media="print")
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("main .govuk-button:visible, .govuk-back-link:visible").count() == 0
