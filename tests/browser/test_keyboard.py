"""With the keyboard alone: Tab comes to everything that a story needs, Enter and Space press it, and the focus can be seen."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.booking.models import Appointment
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
FARTHEST = 150
"""More presses of Tab than the fullest of these pages has places."""
SHOWN = """element => {
    const places = [element, element.labels?.[0], element.parentElement].filter(Boolean);
    const read = () => places.flatMap(place => ["", "::before", "::after"].map(part => getComputedStyle(place, part)))
        .map(style => [style.outline, style.boxShadow, style.backgroundColor, style.borderColor, style.color].join())
        .join(";");
    const focused = read();
    element.blur();
    const plain = read();
    element.focus();
    return focused !== plain;
}"""
"""Does anything about it or around it look otherwise than without the focus?"""


@pytest.fixture
def lead(world: World, session: Session) -> str:
    """The e-mail of a team lead; Liisa meets a client on a Tuesday, and Mikko is free then."""
    make_professional(session, services=[world.service], office=world.office, first_name="Mikko", last_name="Salo")
    client = add_client(session, ClientDetails(CLIENT, "+358401234567"), actor=SYSTEM, now=clock.now())
    order = Order(world.service, "phone", world.at(9), professional_id=world.professional.id, client_id=client.id)
    book(session, order, actor=SYSTEM, municipality=world.municipality, now=clock.now())
    email = f"lead-{secrets.token_hex(4)}@testila.example"
    with cheap_passwords():
        create_user(session, email=email, name="Paula", role=Role.LEAD, password=PASSWORD, now=clock.now())
    session.commit()
    return email


def tab_to(page: Page, place: Locator) -> None:
    """Press Tab until the place has the focus, which must be seen."""
    expect(place).to_be_visible()
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        if place.evaluate("element => element === document.activeElement"):
            assert place.evaluate(SHOWN), "the focus cannot be seen"
            return
    raise AssertionError(f"Tab does not come to {place}")


def press(page: Page, role: str, name: str | re.Pattern[str], key: str = "Enter") -> None:
    """Come to a link, button or box with Tab and press it."""
    tab_to(page, page.get_by_role(role, name=name, exact=isinstance(name, str)).first)  # type: ignore[arg-type]
    page.keyboard.press(key)


def test_an_absence_is_settled_and_taken_back(open_page: Opener, lead: str, world: World, session: Session) -> None:
    page = open_page(viewport=DESK).page
    sign_in(page, lead)
    press(page, "link", "Poissaolot")
    page.wait_for_url("**/staff/absences")
    press(page, "link", "Kirjaa poissaolo")
    page.wait_for_url("**/staff/absences/new")
    press(page, "checkbox", world.professional.full_name, "Space")
    expect(page.get_by_role("checkbox", name=world.professional.full_name)).to_be_checked()
    day = world.next_working_day().isoformat()
    for name in ("#first", "#last"):
        page.locator(name).fill(day)
    press(page, "button", "Kirjaa ja katso tapaamiset")
    page.wait_for_url(re.compile(r"/staff/absences/\d+$"))
    choice = page.locator("select[name^=do-]")
    tab_to(page, choice)
    page.keyboard.press("End")
    expect(choice).to_have_value("later")
    page.keyboard.press("Home")
    expect(choice).to_have_value(re.compile("^hand_over:"))
    press(page, "button", re.compile("^Toteuta 1 "))
    page.wait_for_url(re.compile("notice=done"))
    press(page, "button", "Peru kaikki")
    page.wait_for_url(re.compile("notice=undone"))
    appointment = session.scalars(select(Appointment)).one()
    session.refresh(appointment)
    assert (appointment.professional_id, appointment.version) == (world.professional.id, 3)


def test_a_client_is_found_and_booked(open_page: Opener, lead: str, world: World, session: Session) -> None:
    page = open_page(viewport=DESK).page
    sign_in(page, lead)
    press(page, "link", "Asiakkaat")
    page.wait_for_url("**/staff/clients")
    tab_to(page, page.locator("#q"))
    page.keyboard.type("oneill")
    tab_to(page, page.locator("[data-result]").first)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/staff/clients/\d+$"))
    press(page, "link", "Varaa aika")
    page.wait_for_url("**/staff/book**")
    tab_to(page, page.locator("#service"))
    page.locator("#service").select_option(str(world.service.id))
    tab_to(page, page.locator(".vuoro-time--next").first)
    page.keyboard.press("Enter")
    press(page, "button", "Varaa aika")
    page.wait_for_url(re.compile(r"/staff/appointments/\d+"))
    session.rollback()
    assert len(session.scalars(select(Appointment)).all()) == 2


def test_a_meeting_is_moved_from_the_calendars_list(
    open_page: Opener, lead: str, world: World, session: Session
) -> None:
    page = open_page(viewport=DESK).page
    sign_in(page, lead)
    page.goto(f"/staff/calendar/?view=list&day={world.next_working_day()}&who={world.professional.id}")
    press(page, "link", re.compile("^Siirrä"))
    start = page.get_by_label("Alkaa klo")
    tab_to(page, start)
    start.fill("13.00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tapaaminen siirrettiin").first).to_be_visible()
    session.rollback()
    assert session.scalars(select(Appointment)).one().starts_at == world.at(13)
