"""One caseworker, one client, from signing in to the next appointment: booked, moved by hand and by keyboard, met."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.booking.models import Appointment
from app.core import clock
from app.core.audit import SYSTEM
from app.core.permissions import Role
from app.identity.service import create_user
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.browser.test_calendar import drag, meeting
from tests.browser.test_the_day import press
from tests.factories import World
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]
CLIENT = "Åsa O'Neill-Ääkkönen <b>"
DESK = {"width": 1280, "height": 800}


@pytest.fixture
def caseworker(world: World, session: Session) -> str:
    """Liisa's e-mail address; she knows one client."""
    add_client(session, ClientDetails(CLIENT, "+358401234567"), actor=SYSTEM, now=clock.now())
    email = f"caseworker-{secrets.token_hex(4)}@testila.example"
    who = {"name": "Liisa Hakala", "role": Role.CASEWORKER, "professional_id": world.professional.id}
    with cheap_passwords():
        create_user(session, email=email, password=PASSWORD, now=clock.now(), **who)
    session.commit()
    return email


def test_from_signing_in_to_the_next_appointment(
    open_page: Opener, caseworker: str, world: World, session: Session
) -> None:
    page = open_page(viewport=DESK).page
    sign_in(page, caseworker)
    page.get_by_role("link", name="Asiakkaat", exact=True).click()
    page.locator("#q").fill("oneill")
    page.locator("[data-result]").first.click()
    book_in_four_actions(page, world)
    made = session.scalars(select(Appointment)).one()
    moved_by_hand_and_by_keyboard(page, made, world)
    as_if_it_were_today(session, made, world)
    met_today(page)

    page.get_by_role("link", name="Varaa seuraava tapaaminen").click()
    page.locator(".vuoro-time--next").first.click()
    page.get_by_role("button", name="Varaa aika", exact=True).click()
    page.wait_for_url(re.compile(r"/staff/appointments/\d+"))
    session.rollback()
    following = session.scalars(select(Appointment).where(Appointment.id != made.id)).one()
    assert (following.client_id, following.service_id, following.status) == (made.client_id, made.service_id, "booked")


def book_in_four_actions(page: Page, world: World) -> None:
    """From the client's page; what is chosen already is not chosen again."""
    page.get_by_role("link", name="Varaa aika", exact=True).click()  # 1
    page.locator("#service").select_option(str(world.service.id))  # 2
    page.locator("button[name=starts_at][value*='T09:00']").first.click()  # 3
    page.get_by_role("button", name="Varaa aika", exact=True).click()  # 4
    page.wait_for_url(re.compile(r"/staff/appointments/\d+"))
    expect(page.locator("[data-said]")).to_contain_text("Varattu: Åsa")


def moved_by_hand_and_by_keyboard(page: Page, made: Appointment, world: World) -> None:
    """An hour later with the mouse, and another hour with the form that Enter opens."""
    local = made.starts_at.astimezone(world.zone)
    page.goto(f"/staff/calendar/?view=week&day={local.date()}&who={world.professional.id}")
    expect(meeting(page)).to_contain_text(f"{local.hour}.00")
    drag(page, 1)
    dialog = page.get_by_role("dialog", name="Siirrä tapaaminen")
    dialog.get_by_role("button", name="Siirrä tapaaminen").click()
    expect(meeting(page)).to_contain_text(f"{local.hour + 1}.00–")
    meeting(page).get_by_role("button").focus()
    page.keyboard.press("Enter")
    dialog.get_by_label("Alkaa klo").fill(f"{local.hour + 2}.00")
    page.keyboard.press("Enter")
    expect(meeting(page)).to_contain_text(f"{local.hour + 2}.00–")


def as_if_it_were_today(session: Session, made: Appointment, world: World) -> None:
    """The days until the meeting pass."""
    session.refresh(made)
    made.starts_at = datetime.combine(clock.now().astimezone(world.zone).date(), time(), world.zone)
    made.ends_at = made.starts_at + timedelta(minutes=5)
    session.commit()


def met_today(page: Page) -> None:
    """Arrived, begun, held: each with one press on the page of the day; then the page of the appointment."""
    page.goto("/staff/")
    for label in ("Saapui", "Aloita", "Pidetty"):
        press(page, label, CLIENT).click()
    page.get_by_text("1 tapaaminen on hoidettu").click()
    page.get_by_role("link", name=CLIENT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CLIENT)
