"""The calendar: from the day to the week, a meeting moved by hand with the mouse, taken back, moved by keyboard."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.orm import Session

from app.booking.contact import ClientDetails
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import SYSTEM
from app.core.permissions import Role
from app.identity.service import create_user
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.factories import World, make_professional
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]
CLIENT = "Åsa O'Neill-Ääkkönen <b>"
DESK = {"width": 1280, "height": 800}
HOUR = 80
"""Pixels of an hour in the calendar."""


@pytest.fixture
def lead(world: World, session: Session) -> str:
    """Who moves everybody's meetings. A client comes to Liisa on a Tuesday at 9; a colleague has the same hours."""
    make_professional(session, services=[world.service], office=world.office, first_name="Mikko", last_name="Niemi")
    order = Order(
        world.service,
        "in_person",
        world.at(9),
        professional_id=world.professional.id,
        office_id=world.office.id,
        client=ClientDetails(CLIENT, "+358401234567", ""),
    )
    book(session, order, actor=SYSTEM, municipality=world.municipality, now=clock.now())
    email = f"lead-{secrets.token_hex(4)}@testila.example"
    with cheap_passwords():
        create_user(session, email=email, password=PASSWORD, name="Paula Rinne", role=Role.LEAD, now=clock.now())
    session.commit()
    return email


def meeting(page: Page) -> Locator:
    return page.locator(".ec-event").filter(has_text=CLIENT)


def address(world: World, view: str) -> str:
    day: date = world.next_working_day()
    return f"/staff/calendar/?view={view}&day={day}&who={world.professional.id}"


def drag(page: Page, hours: float, columns: int = 0) -> None:
    """Move the meeting so many hours down and columns to the right."""
    meeting(page).hover(position={"x": 30, "y": 10})  # waits until it stands still, where nothing covers it
    box = meeting(page).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 10
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + columns * box["width"], y + HOUR * hours / 2, steps=4)
    page.mouse.move(x + columns * box["width"], y + HOUR * hours, steps=4)
    page.mouse.up()


def test_a_meeting_is_moved_by_hand_taken_back_and_moved_by_keyboard(
    open_page: Opener, lead: str, world: World
) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, lead)
    page.get_by_role("link", name="Kalenteriin").click()
    expect(page.get_by_role("navigation", name="Näkymä")).to_be_visible()
    page.goto(address(world, "week"))
    expect(meeting(page)).to_contain_text("9.00–10.00")
    drag(page, 2)
    dialog = page.get_by_role("dialog", name="Siirrä tapaaminen")
    expect(dialog.get_by_label("Alkaa klo")).to_have_value("11.00")
    watched.check_accessible()
    page.keyboard.press("Escape")
    expect(meeting(page)).to_contain_text("9.00–10.00")
    drag(page, 2)
    dialog.get_by_role("button", name="Siirrä tapaaminen").click()
    expect(page.get_by_role("status").filter(has_text="Tapaaminen siirrettiin")).to_be_visible()
    expect(meeting(page)).to_contain_text("11.00–12.00")
    page.get_by_role("button", name="Kumoa").click()
    expect(page.get_by_text("Siirto kumottiin")).to_be_visible()
    expect(meeting(page)).to_contain_text("9.00–10.00")

    meeting(page).get_by_role("button").focus()
    page.keyboard.press("Enter")
    start = dialog.get_by_label("Alkaa klo")
    start.fill("17.10")
    page.keyboard.press("Enter")
    reason = dialog.get_by_label("Syy", exact=True)
    expect(reason).to_be_visible()
    expect(start).to_have_value("17.10")
    reason.fill("Asiakas pääsee vain illalla.")
    dialog.get_by_role("button", name="Siirrä tapaaminen").press("Enter")
    expect(meeting(page)).to_contain_text("17.10–18.10")


def test_in_the_team_a_meeting_is_handed_to_a_colleague(open_page: Opener, lead: str, world: World) -> None:
    page = open_page(viewport=DESK).page
    sign_in(page, lead)
    page.goto(f"/staff/calendar/?view=team&group=all&day={world.next_working_day()}")
    expect(meeting(page)).to_contain_text("Liisa Hakala")
    drag(page, 1, columns=1)
    dialog = page.get_by_role("dialog", name="Siirrä tapaaminen")
    expect(dialog.get_by_label("Ammattilainen").locator("option:checked")).to_have_text("Mikko Niemi")
    dialog.get_by_role("button", name="Siirrä tapaaminen").click()
    expect(meeting(page)).to_contain_text("Mikko Niemi")


def test_every_view_is_accessible_and_reached_by_one_key(open_page: Opener, lead: str, world: World) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, lead)
    page.goto(address(world, "week"))
    for key, view in (("d", "day"), ("m", "month"), ("r", "team"), ("l", "list"), ("w", "week")):
        page.keyboard.press(key)
        page.wait_for_url(re.compile(f"view={view}"))
        expect(page.get_by_text(CLIENT).first).to_be_visible()
        watched.look()
    page.set_viewport_size(DESK)
    heading = page.get_by_role("heading", level=1)
    shown = heading.inner_text()
    page.get_by_role("button", name="Pikanäppäimet").click()
    page.get_by_role("button", name="Poista pikanäppäimet käytöstä").click()
    expect(page.get_by_role("button", name="Pikanäppäimet")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.reload()
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text(shown)
