"""A caseworker sets working hours: by keyboard, at three sizes, in three languages, and without JavaScript."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from app.booking.contact import ClientDetails
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import SYSTEM, Actor
from app.core.permissions import Role
from app.identity.service import create_user
from app.scheduling.service import add_busy_time, close_office
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.factories import World, make_office, make_professional, text
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]
SIZES = ((390, 844), (320, 640), (1280, 800))
DESK = {"width": 1280, "height": 800}
CLIENT = "Åsa O'Neill-Ääkkönen <b>"


@dataclass
class Town:
    """A world with a second office, a colleague, a meeting at 14 on ``day``, and who may sign in."""

    world: World
    day: date
    caseworker: str
    lead: str

    @property
    def url(self) -> str:
        return f"/staff/hours/{self.world.professional.id}"


@pytest.fixture
def town(world: World, session: Session) -> Town:
    """Everything that the pages can show."""
    make_office(session, name=text("Lintuvaaran yhteispalvelupiste"))
    make_professional(session, services=[world.service], office=world.office, first_name="Mikko", hours=[(0, 480, 600)])
    day = world.next_working_day()
    who = {"actor": SYSTEM, "now": clock.now()}
    order = Order(world.service, "phone", world.at(14, day=day), client=ClientDetails(CLIENT, "+358401234567", ""),
                  professional_id=world.professional.id)  # fmt: skip
    book(session, order, actor=Actor("client"), municipality=world.municipality, now=clock.now())
    next_day = day + timedelta(days=1)
    span = {"starts_at": world.at(10, day=next_day), "ends_at": world.at(11, 30, day=next_day)}
    add_busy_time(session, professional_id=world.professional.id, title="Hammaslääkäri", **span, **who)  # type: ignore[arg-type]
    close_office(session, office_id=world.office.id, title=text("Inventaario"), **span, **who)  # type: ignore[arg-type]
    emails = [f"{role}-{secrets.token_hex(4)}@testila.example" for role in (Role.CASEWORKER, Role.LEAD)]
    with cheap_passwords():
        for email, role, own in zip(emails, (Role.CASEWORKER, Role.LEAD), (world.professional.id, None), strict=True):
            create_user(session, email=email, name="Liisa", role=role, password=PASSWORD, now=clock.now(),
                        professional_id=own)  # fmt: skip
    session.commit()
    return Town(world, day, *emails)


def tab_to(page: Page, wanted: str, *, most: int = 60) -> None:
    """Press Tab until the element that has the focus says or is called ``wanted``."""
    for _ in range(most):
        page.keyboard.press("Tab")
        named = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText).trim()"
        )
        if named.startswith(wanted):
            return
    raise AssertionError(f"{wanted!r} is not reached by the keyboard")


def test_hours_are_set_from_the_keyboard_with_their_effect_in_sight(open_page: Opener, town: Town) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, town.caseworker)
    page.goto(f"/staff/hours?week={town.day}")
    picture = page.locator(".vuoro-week")
    expect(picture).to_contain_text("9.00–15.00")

    tab_to(page, "Tiistai: päättyy")
    page.keyboard.press("Control+A")
    page.keyboard.type("1345")
    page.keyboard.press("Tab")
    expect(page.locator('[data-day="0.1"] [name=end]')).to_have_value("13.45")
    expect(picture).to_contain_text("9.00–13.45")
    expect(page.locator(".vuoro-hours__effect")).to_have_text("1 tuleva tapaaminen jää työajan ulkopuolelle.")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    expect(page.locator('[data-day="0.1"] [name=end]')).to_have_value("13.30")
    expect(picture).to_contain_text("9.00–13.30")

    tab_to(page, "Lisää")
    page.keyboard.press("Enter")
    added = page.locator('[data-day="0.2"] [name=start]').nth(1)
    expect(added).to_be_focused()
    page.keyboard.type("16")
    page.keyboard.press("Tab")
    page.keyboard.type("17")
    expect(added).to_have_value("16.00")
    expect(picture).to_contain_text("16.00–17.00")

    page.locator('[data-day="0.2"] summary').focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.locator('[data-day="0.2"] [data-copy]').focus()
    page.keyboard.press("Enter")
    expect(page.locator('[data-day="0.2"] summary')).to_be_focused()
    expect(page.locator('[data-day="0.0"] [name=start]')).to_have_count(2)
    expect(page.locator('[data-day="0.0"] [name=row]').last).to_have_value("0.0")

    page.locator('[data-day="0.4"] [data-remove]').focus()
    page.keyboard.press("Enter")
    expect(page.locator('[data-day="0.4"] [data-run]')).to_have_count(0)
    expect(page.locator('[data-day="0.4"] [data-add]')).to_be_focused()

    page.locator('[data-day="0.1"] [name=start]').focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="1 tuleva tapaaminen jää työajan ulkopuolelle.").wait_for()
    expect(page.get_by_role("cell", name=CLIENT)).to_be_visible()
    page.get_by_role("button", name="Tallenna, tapaamiset pysyvät").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**notice=saved*")
    expect(page.locator('[data-day="0.1"] [name=end]')).to_have_value("13.30")
    expect(page.locator('[data-day="0.0"] [name=end]').nth(1)).to_have_value("17.00")
    expect(page.locator('[data-day="0.4"] [data-run]')).to_have_count(0)


def test_another_week_is_turned_to_without_losing_what_was_typed(open_page: Opener, town: Town) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, town.caseworker)
    page.goto(f"/staff/hours?week={town.day}")
    page.locator('[data-day="0.3"] [name=start]').fill("klo 10")
    page.locator('[name=do][value^="week:"]').last.click()
    following = town.day + timedelta(days=7)
    expect(page.locator(".vuoro-week")).to_contain_text(f"{following.day}.{following.month}.")
    expect(page.locator('[data-day="0.3"] [name=start]')).to_have_value("klo 10")
    expect(page.locator(".vuoro-hours__effect")).to_have_text("Kaikkia aikoja ei voi vielä lukea.")
    left: list[str] = []
    page.on("dialog", lambda dialog: (left.append(dialog.type), dialog.accept()))
    page.goto("/staff/")
    assert left == ["beforeunload"], "leaving asks first"


def test_every_page_is_accessible_at_every_size(open_page: Opener, town: Town) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page

    def look() -> None:
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            watched.check_accessible()

    sign_in(page, town.caseworker)
    page.goto(f"/staff/hours?week={town.day}")
    for summary in page.locator(".vuoro-period summary").all()[:2]:
        summary.click()
    look()
    page.locator('[data-day="0.1"] [name=end]').fill("8")
    page.get_by_role("button", name="Tallenna", exact=True).last.click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    look()
    page.locator('[data-day="0.1"] [name=end]').fill("12")
    page.get_by_role("button", name="Tallenna", exact=True).last.click()
    page.get_by_role("button", name="Takaisin muokkaamaan").wait_for()
    look()
    page.goto(f"{town.url}/days?week={town.day}")
    look()
    page.locator("#exception_day").fill(str(town.day))
    page.locator("#exception_start").fill("20")
    page.locator("#exception_end").fill("21")
    page.get_by_role("button", name="Lisää poikkeus").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    look()
    page.locator(".vuoro-week th a").nth(1).click()
    page.locator("[name=end]").fill("12")
    look()


def test_who_looks_after_everybody_copies_hours_to_a_colleague(open_page: Opener, town: Town) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, town.lead)
    page.goto("/staff/hours")
    watched.check_accessible()
    page.get_by_role("link", name="Liisa Hakala").click()
    page.get_by_role("link", name="Kopioi työkavereille").click()
    page.get_by_label("Mikko Hakala").check(force=True)
    watched.check_accessible()
    page.get_by_role("button", name="Katso, mikä muuttuu").click()
    expect(page.get_by_role("heading", name="1 työkaveri saa nämä työajat")).to_be_visible()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        watched.check_accessible()
    page.get_by_role("button", name="Kopioi 1 työkaverille").click()
    page.wait_for_url("**notice=copied")


def test_one_day_is_changed_without_javascript(open_page: Opener, town: Town) -> None:
    page = open_page(java_script_enabled=False).page
    sign_in(page, town.caseworker)
    page.goto(f"{town.url}/days?week={town.day}")
    page.locator(".vuoro-week th a").nth(1).click()
    page.get_by_role("button", name="Lisää rivi").click()
    page.locator("[name=start]").nth(1).fill("16")
    page.locator("[name=end]").nth(1).fill("1730")
    page.get_by_role("button", name="Tallenna päivä").last.click()
    page.wait_for_url("**notice=day")
    expect(page.locator(".vuoro-week")).to_contain_text("16.00–17.30")
    page.goto(f"/staff/hours?week={town.day}")
    page.locator("[name=do][value='add:0.5']").click()
    page.locator('[data-day="0.5"] [name=start]').fill("10")
    page.locator('[data-day="0.5"] [name=end]').fill("12")
    page.get_by_role("button", name="Näytä viikko").click()
    expect(page.locator(".vuoro-week")).to_contain_text("10.00–12.00")
    page.get_by_role("button", name="Tallenna", exact=True).last.click()
    page.wait_for_url("**notice=saved*")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_pages_speak_the_other_languages(open_page: Opener, town: Town, language: str) -> None:
    watched = open_page(viewport=DESK)
    page = watched.page
    sign_in(page, town.caseworker, language)
    expected = {"sv": "Arbetstider", "en": "Working hours"}[language]
    for tail in ("", f"/days?week={town.day}", f"/day?day={town.day}"):
        page.goto(town.url + tail)
        expect(page.locator("h1")).to_have_text(expected)
        watched.check_accessible()
