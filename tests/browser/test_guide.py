"""The guided choice, direct links and the time page in a real browser: few taps, every language, keyboard, no JavaScript."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Client
from app.core import clock
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.demo.seed_structure import build
from app.demo.seed_towns import KOIVULA
from app.identity.service import create_user
from app.scheduling.models import Professional
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.town import PASSWORD, accept_terms, cheap_passwords

Opener = Callable[..., Watched]
NARROW = (320, 640)
SIZES = ((390, 844), NARROW, (1280, 800))
WORDS = {
    "fi": ("Etsin työtä", "Minulla on jo työllistymissuunnitelma"),
    "sv": ("Jag söker jobb", "Jag har redan en sysselsättningsplan"),
    "en": ("I am looking for work", "I already have an employment plan"),
}


@pytest.fixture
def koivula(session: Session) -> Municipality:
    """The demo's town with its guide and empty calendars, under another slug."""
    slug = f"koivula-{secrets.token_hex(4)}"
    town = replace(KOIVULA, municipality=replace(KOIVULA.municipality, slug=slug), sign_ins=())
    municipality = build(session, town, now=clock.now()).municipality
    session.commit()
    return municipality


class Taps:
    """Counts presses of the finger."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, target: Locator) -> None:
        target.click()
        self.count += 1


def button(page: Page) -> Locator:
    """The button that leads on."""
    return page.locator("main form .govuk-button-group button[type=submit]").first


@pytest.mark.parametrize(
    "answers", [["Minulla on lyhyt kysymys"], [*WORDS["fi"], "Puhelimessa"]], ids=["short question", "job search"]
)
def test_a_phone_call_is_booked_in_seven_taps(
    open_page: Opener, koivula: Municipality, session: Session, answers: list[str]
) -> None:
    page, tap = open_page(locale="fi-FI").page, Taps()
    page.goto(f"/m/{koivula.slug}/")
    for answer in answers:
        tap(page.get_by_role("link", name=answer))
    tap(page.locator("button[name=starts_at]").first)
    page.wait_for_url("**/questions")
    page.locator("textarea").first.fill("Kysyisin palkkatuesta.")
    tap(button(page))
    page.wait_for_url("**/details")
    page.locator("#name").fill("Aino Åkerö")
    page.locator("#phone").fill("040 123 4567")
    tap(button(page))
    page.wait_for_url("**/check")
    tap(button(page))
    page.wait_for_url("**/a/*")
    assert tap.count <= 7
    assert session.scalars(select(Appointment.mode)).one() == "phone"


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_ways_in_are_accessible_at_every_size(open_page: Opener, koivula: Municipality, language: str) -> None:
    watched = open_page()
    page, home = watched.page, f"/m/{koivula.slug}"

    def call_us() -> Locator:
        return page.locator("main a[href^='tel:']").first

    page.goto(f"{home}/?lang={language}")
    expect(call_us()).to_be_visible()
    watched.look()
    first, second = WORDS[language]
    page.get_by_role("link", name=first).click()
    page.wait_for_url("**/guide/2")
    expect(call_us()).to_be_visible()
    watched.look()
    page.get_by_role("link", name=second).click()
    page.wait_for_url("**/book/tyonhakukeskustelu")
    page.go_back()
    expect(page.get_by_role("link", name=second)).to_be_visible()
    for path in ("/guide/1/7", "/services", "/office/saaristo", "/with/liisa-hakala", "/with/nobody"):
        page.goto(home + path)
        expect(call_us()).to_be_visible()
        watched.look()
    page.goto(f"{home}/book/tyonhakukeskustelu/times?mode=any")
    page.locator(".vuoro-more summary").click()
    watched.look()
    page.locator("#filter-mode").select_option("phone")
    page.locator("#filter-language").select_option("sv")
    page.locator("#filter-professional").select_option(label=option_of(page, "Pekka"))
    expect(page.locator(".vuoro-way").first).to_be_visible()  # Pekka speaks no Swedish: what else one can do
    expect(call_us()).to_be_visible()
    watched.look()


def option_of(page: Page, name: str) -> str:
    """The whole text of the professional's option."""
    return page.locator("#filter-professional option", has_text=name).inner_text()


def test_the_times_are_narrowed_by_keyboard_alone_and_the_focus_stays(open_page: Opener, koivula: Municipality) -> None:
    page = open_page(locale="fi-FI").page
    page.goto(f"/m/{koivula.slug}/")

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} cannot be reached with Tab")

    tab_to("a[href$='/guide/2']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/guide/2")
    tab_to("a[href$='tyonhakukeskustelu']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tyonhakukeskustelu")
    tab_to("a[href*='mode=phone']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/times?mode=phone")
    page.evaluate("window.stillHere = true")
    expect(page.locator("#filter-office")).to_be_hidden()
    tab_to(".vuoro-more summary")
    page.keyboard.press("Enter")
    tab_to("#filter-mode")
    page.keyboard.press("ArrowUp")  # from the phone to the office
    page.wait_for_url("**mode=in_person**")
    expect(page.locator("#chosen")).to_contain_text("Toimipisteessä")
    expect(page.locator("#filter-office")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "filter-mode"
    offices = re.compile("Koivulan keskusta|Itäharju|Saariston palvelupiste")  # whichever is free first at this hour
    expect(page.locator(".vuoro-times__way").first).to_have_text(offices)
    tab_to("#filter-office")
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**office=*")
    expect(page.locator("#chosen")).to_contain_text("Koivulan keskusta")
    tab_to("#filter-from")
    assert page.evaluate("window.stillHere") is True
    tab_to("button[name=starts_at]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/questions")


def test_without_javascript_filters_and_links_do_the_same(
    open_page: Opener, koivula: Municipality, session: Session
) -> None:
    page = open_page(java_script_enabled=False, locale="fi-FI").page
    page.goto(f"/m/{koivula.slug}/with/liisa-hakala")
    page.get_by_role("link", name="Työnhakukeskustelu").click()
    page.get_by_role("link", name="Videolla").click()
    page.locator("input[name=part][value=afternoon]").check(force=True)
    page.locator(".vuoro-filters button").click()
    page.wait_for_url("**part=afternoon**")
    expect(page.locator("#chosen")).to_contain_text("Liisa, työnhaun asiantuntija")
    page.get_by_role("link", name="Poista rajaukset").click()
    expect(page.locator("#chosen")).not_to_contain_text("Liisa")
    page.get_by_role("link", name="Aikaisin aika missä tahansa").click()
    page.locator("section button[name=starts_at]").first.click()
    page.wait_for_url("**/questions")


def test_who_books_again_by_a_link_meets_the_own_caseworker_and_types_nothing(
    open_page: Opener, koivula: Municipality, session: Session
) -> None:
    watched = open_page(locale="fi-FI")
    page = watched.page

    def book(*, typing: bool) -> None:
        page.locator("button[name=starts_at]").first.click()
        page.wait_for_url("**/questions")
        button(page).click()
        page.wait_for_url("**/details")
        if typing:
            page.locator("#name").fill("Aino Åkerö")
            page.locator("#phone").fill("040 123 4567")
        else:
            expect(page.get_by_text("Varaat nimellä Aino Åkerö")).to_be_visible()
            expect(page.get_by_text("040 *** ** 67")).to_be_visible()
            watched.check_accessible()
        button(page).click()
        page.wait_for_url("**/check")
        button(page).click()
        page.wait_for_url("**/a/*")

    page.goto(f"/m/{koivula.slug}/book/tyonhakukeskustelu/times?mode=phone")
    book(typing=True)
    liisa = session.scalars(select(Professional).where(Professional.slug == "liisa-hakala")).one()
    session.scalars(select(Client)).one().own_professional_id = liisa.id
    session.commit()
    link = page.url.partition("?")[0]
    page.goto(f"{link}/cancel")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**notice=cancelled")
    page.get_by_role("link", name="Varaa uusi aika").click()
    page.get_by_role("link", name="Puhelimessa").click()
    expect(page.locator(".vuoro-h2").first).to_have_text("Oman asiantuntijasi seuraavat vapaat ajat: Liisa")
    watched.check_accessible()
    page.locator("input[name=own]").check(force=True)
    page.wait_for_url("**own=1**")
    expect(page.locator("#chosen")).to_contain_text("Liisa")
    book(typing=False)
    rows = session.execute(select(Appointment.client_id, Appointment.professional_id).order_by(Appointment.id)).all()
    assert rows[1] == (rows[0][0], liisa.id)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_administrator_edits_the_guide(
    open_page: Opener, koivula: Municipality, session: Session, javascript: bool
) -> None:
    email = f"antti@{koivula.slug}.example"
    with cheap_passwords():
        antti = create_user(session, email=email, name="Antti", role=Role.ADMIN, password=PASSWORD, now=clock.now())
    accept_terms(session, antti)
    session.commit()
    watched = open_page(java_script_enabled=javascript, locale="fi-FI")
    page = watched.page

    def look() -> None:
        if javascript:  # axe is a script, too
            watched.look()

    sign_in(page, email)
    page.goto("/staff/guide/")
    look()
    page.locator("#question-2").get_by_role("link", name="Muokkaa").click()
    page.get_by_role("button", name="Lisää vastaus").click()
    page.locator("#answer-3-fi").fill("Haluan puhua kurssista")
    page.get_by_role("button", name="Siirrä ylös Vastaus 4").click()
    expect(page.locator("#answer-2-fi")).to_have_value("Haluan puhua kurssista")
    page.locator("#answer-2-fi").press("Enter")  # saves, and does not move or remove anything
    expect(page.locator("[data-error-summary]")).to_be_visible()  # it leads nowhere yet
    look()
    page.locator("#answer-2-to").select_option(label="Uraohjaus")
    page.get_by_role("button", name="Tallenna", exact=True).last.click()
    page.wait_for_url("**notice=saved")
    expect(page.get_by_text("Korjattava ennen julkaisemista")).to_be_visible()
    look()
    page.get_by_role("link", name="vastauksen 3 teksti puuttuu").click()
    page.locator("#answer-2-sv").fill("Jag vill prata om en kurs")
    page.locator("#answer-2-en").fill("I want to talk about a course")
    page.get_by_role("button", name="Tallenna ja katso").click()
    page.wait_for_url("**/preview/2")
    expect(page.get_by_role("link", name="Haluan puhua kurssista")).to_be_visible()
    look()
    page.goto("/staff/guide/")
    page.get_by_role("button", name="Julkaise").click()
    page.wait_for_url("**notice=published")
    page.goto(f"/m/{koivula.slug}/guide/2")
    expect(page.get_by_role("link", name="Haluan puhua kurssista")).to_be_visible()


def test_the_front_page_and_the_mixed_times_are_light(open_page: Opener, koivula: Municipality) -> None:
    for path in ("/", "/book/tyonhakukeskustelu/times?mode=any"):
        watched = open_page()
        sizes: list[Any] = []
        watched.page.on(
            "requestfinished", lambda request, sizes=sizes: sizes.append(sum(list(request.sizes().values())[2:]))
        )
        watched.page.goto(f"/m/{koivula.slug}{path}")
        watched.page.wait_for_load_state("networkidle")
        assert 20_000 < sum(sizes) <= 100_000, (path, sizes)
