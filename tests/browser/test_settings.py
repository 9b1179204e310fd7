"""An administrator sets up what can be booked: offices and closures, in a real browser, at three sizes."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.contact import ClientDetails
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor
from app.core.permissions import Role
from app.identity.service import create_user
from app.scheduling.models import Closure, Service
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.factories import World
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]
DESK = {"width": 1280, "height": 800}


@pytest.fixture
def email(world: World, session: Session) -> str:
    """Of an administrator who can sign in."""
    address = f"{secrets.token_hex(4)}@testila.example"
    with cheap_passwords():
        create_user(session, email=address, name="Antti Vainio", role=Role.ADMIN, password=PASSWORD, now=clock.now())
    session.commit()
    return address


def fill_local(page: Page, name: str, text: str) -> None:
    """The same text in every language, marked by it."""
    for code in ("fi", "sv", "en"):
        page.locator(f"#{name}-{code}").fill(f"{text} {code}")


@pytest.mark.parametrize("scripted", [True, False])
def test_an_office_is_closed_with_its_affected_bookings_in_sight(
    open_page: Opener, world: World, session: Session, email: str, *, scripted: bool
) -> None:
    day = world.next_working_day()
    order = Order(world.service, "in_person", world.at(9, day=day), client=ClientDetails("Aino Åkerö", "+358401234567", ""),
                  office_id=world.office.id)  # fmt: skip
    book(session, order, actor=Actor("client"), municipality=world.municipality, now=clock.now())
    session.commit()
    watched = open_page(viewport=DESK, java_script_enabled=scripted)
    page = watched.page
    sign_in(page, email)
    page.get_by_role("link", name="Asetukset").click()
    page.get_by_role("link", name="Toimipisteet", exact=True).click()
    page.get_by_role("link", name="Sulut").click()
    page.locator("#first").fill(day.isoformat())
    page.locator("#last_time").fill("12")
    fill_local(page, "title", "Henkilöstön koulutus")
    page.get_by_role("button", name="Tallenna").click()
    expect(page.get_by_text("Se koskee 1 tulevaa tapaamista.").first).to_be_visible()
    expect(page.get_by_role("cell", name="Aino Åkerö")).to_be_visible()
    if scripted:
        watched.look()
    assert session.scalars(select(Closure)).all() == []
    page.get_by_role("button", name="Tallenna, tapaamiset pysyvät").click()
    expect(page.get_by_text("Sulku on tallennettu.")).to_be_visible()
    assert session.scalars(select(Closure)).one().starts_at == world.at(0, day=day)
    page.goto(f"/m/{world.municipality.slug}/office/{world.office.slug}")
    expect(page.get_by_text("Henkilöstön koulutus fi")).to_be_visible()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_pages_of_offices_are_accessible(open_page: Opener, world: World, email: str, language: str) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, email)
    offices = "/staff/admin/offices"
    page.goto(f"/staff/admin/?lang={language}")
    watched.look()
    for path in ("/", f"/{world.office.id}", f"/{world.office.id}/close", "/new"):
        page.goto(offices + path)
        watched.look()
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    watched.look()
    page.goto("/staff/admin/closures/")
    watched.look()


@pytest.mark.parametrize("scripted", [True, False])
def test_a_service_with_a_question_is_made_and_looked_at_before_it_is_saved(
    open_page: Opener, world: World, session: Session, email: str, *, scripted: bool
) -> None:
    watched = open_page(viewport=DESK, java_script_enabled=scripted)
    page = watched.page
    sign_in(page, email)
    page.goto("/staff/admin/services/")
    page.get_by_role("link", name="Lisää palvelu").click()
    fill_local(page, "name", "Uraohjaus")
    page.get_by_role("button", name="Lisää kysymys").click()
    fill_local(page, "question-0-label", "Mikä on ammattisi?")
    page.locator("#question-0-kind").select_option("choice")
    page.locator("#question-0 summary").first.click()
    for code in ("fi", "sv", "en"):
        page.locator(f"#question-0-options-{code}").fill("Putkimies\nKokki")
    page.get_by_role("button", name="Katso asiakkaan silmin").click()
    expect(page.get_by_text("Mitään ei ole vielä tallennettu.")).to_be_visible()
    expect(page.get_by_text("Uraohjaus fi").first).to_be_visible()
    expect(page.get_by_label("Putkimies")).to_be_visible()
    if scripted:
        watched.look()
    page.get_by_role("button", name="Takaisin muokkaamaan").click()
    expect(page.locator("#name-sv")).to_have_value("Uraohjaus sv")
    if scripted:
        watched.look()
    page.get_by_role("button", name="Tallenna").click()
    expect(page.get_by_text("Palvelu on lisätty.")).to_be_visible()
    assert session.scalars(select(Service.slug).where(Service.id != world.service.id)).one() == "uraohjaus-fi"
    if scripted:
        watched.look()


def test_colours_are_seen_while_they_are_typed_and_a_bad_one_comes_with_a_better(
    open_page: Opener, world: World, email: str
) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, email)
    page.goto("/staff/admin/municipality")
    head = page.locator(".vuoro-brand-preview .vuoro-header")
    expect(head).to_have_css("background-color", "rgb(18, 80, 74)")
    page.locator("#brand_colour").fill("#00205b")
    expect(head).to_have_css("background-color", "rgb(0, 32, 91)")
    expect(page.locator(".vuoro-nav")).not_to_have_css("background-color", "rgb(0, 32, 91)")
    watched.look()
    page.locator("#brand_colour").fill("#777777")
    page.get_by_role("button", name="Tallenna").click()
    page.get_by_role("button", name="Käytä väriä #767676").click()
    expect(page.locator("#brand_colour")).to_have_value("#767676")
    watched.look()
    page.get_by_role("button", name="Tallenna").click()
    expect(page.get_by_text("Asetukset on tallennettu.")).to_be_visible()
    page.goto(f"/m/{world.municipality.slug}/")
    expect(page.locator(".vuoro-header")).to_have_css("background-color", "rgb(118, 118, 118)")
    watched.check_accessible()
