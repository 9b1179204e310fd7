"""An administrator brings somebody new to work and lets somebody go, in a real browser; and what the log says of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.contact import ClientDetails
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor
from app.core.permissions import Role
from app.identity.models import StaffUser
from app.identity.service import create_user
from app.messaging.models import Message
from app.scheduling.models import Professional
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.factories import World
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]
DESK = {"width": 1280, "height": 800}
SAVE = "main form button[type=submit]"


@pytest.fixture
def email(world: World, session: Session) -> str:
    """Of an administrator who can sign in."""
    address = f"{secrets.token_hex(4)}@testila.example"
    with cheap_passwords():
        create_user(session, email=address, name="Antti Vainio", role=Role.ADMIN, password=PASSWORD, now=clock.now())
    session.commit()
    return address


@pytest.mark.parametrize("scripted", [True, False])
def test_somebody_new_is_invited_and_becomes_a_professional(
    open_page: Opener, world: World, session: Session, email: str, *, scripted: bool
) -> None:
    watched, address = open_page(viewport=DESK, java_script_enabled=scripted), f"{secrets.token_hex(4)}@testila.example"
    page = watched.page
    sign_in(page, email)
    page.get_by_role("button", name="Olen lukenut tämän").click()
    expect(page.get_by_role("heading", name="Tervetuloa")).to_have_count(0)
    page.get_by_role("link", name="Asetukset").click()
    page.get_by_role("link", name="Käyttäjät", exact=True).click()
    page.get_by_role("link", name="Kutsu käyttäjä").click()
    page.get_by_role("button", name="Lähetä kutsu").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("Täytä tämä kenttä")
    if scripted:
        watched.look()
    page.locator("#name").fill("Tuovi Yli-Äyräpää")
    page.locator("#email").fill(address)
    page.get_by_role("button", name="Lähetä kutsu").click()
    expect(page.get_by_text("Kutsu on lähetetty.")).to_be_visible()
    assert session.scalars(select(Message.kind).where(Message.recipient == address)).all() == ["staff_password"]
    if scripted:
        watched.look()
    page.get_by_role("link", name="Lisää ammattilaiseksi").click()
    expect(page.locator("#first_name")).to_have_value("Tuovi")
    page.get_by_role("button", name="Tallenna").click()
    expect(page.get_by_text("Ammattilainen on lisätty.")).to_be_visible()
    made = session.scalars(select(Professional).where(Professional.last_name == "Yli-Äyräpää")).one()
    user = session.scalars(select(StaffUser).where(StaffUser.email == address)).one()
    assert user.professional_id == made.id
    if scripted:
        watched.look()


def test_new_bookings_are_stopped_with_the_meetings_in_sight_and_the_log_says_who_did_it(
    open_page: Opener, world: World, session: Session, email: str
) -> None:
    day = world.next_working_day()
    order = Order(world.service, "phone", world.at(9, day=day), client=ClientDetails("Aino Åkerö", "+358401234567", ""))
    appointment = book(session, order, actor=Actor("client"), municipality=world.municipality, now=clock.now())
    session.commit()
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, email)
    page.goto("/staff/admin/professionals/")
    watched.look()
    page.goto(f"/staff/admin/professionals/{world.professional.id}")
    page.get_by_role("link", name="Lopeta uudet varaukset").click()
    expect(page.get_by_role("cell", name="Aino Åkerö")).to_be_visible()
    watched.look()
    page.get_by_role("button", name="Lopeta uudet varaukset").click()
    expect(page.get_by_text("Tälle ammattilaiselle ei voi enää varata uusia aikoja.")).to_be_visible()
    session.refresh(world.professional)
    session.refresh(appointment)
    assert (world.professional.active, appointment.status) == (False, "booked")

    page.goto("/staff/admin/log/")
    page.locator("#area").select_option("professional")
    page.get_by_role("button", name="Näytä").click()
    expect(page.get_by_role("row", name="Lopetti uudet varaukset")).to_contain_text("Antti Vainio")
    watched.look()
    with page.expect_download() as download:
        page.get_by_role("button", name="Vie löydetyt rivit (CSV)").click()
    assert download.value.suggested_filename.endswith(".csv")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_help_opens_with_the_keyboard_and_the_pages_are_accessible(
    open_page: Opener, world: World, email: str, language: str
) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, email, language)
    watched.look()
    for path in ("admin/users/", "admin/users/invite", "outbox", f"admin/professionals/{world.professional.id}"):
        page.goto(f"/staff/{path}")
        summary = page.locator(".vuoro-help > summary")
        summary.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".vuoro-help__text li").first).to_be_visible()
        watched.look()
