"""The pages about the service, and those where a municipality writes its own words, in a real browser."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.editing import Span, change_statement, change_text
from app.admin.models import Feedback
from app.core import clock
from app.core.audit import SYSTEM
from app.core.permissions import Role
from app.core.texts import KINDS, MunicipalityText
from app.identity.service import create_user
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.factories import World
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]
LONG = "Työllisyyspalvelujenyhteispalvelupisteenasiakaspalvelunumero https://www.testila.example/" + "a" * 80


@pytest.fixture
def town(world: World, session: Session) -> World:
    """Every text is written, with long words; the statement is filled in; an administrator can sign in."""
    for key in KINDS:
        texts = {code: f"{key} ({code})\n- {LONG}\n- toinen" for code in ("fi", "sv", "en")}
        if len(LONG) + 60 < KINDS[key].longest:
            change_text(session, KINDS[key], texts, opened=0, span=Span(), actor=SYSTEM, now=clock.now())
    dates = dict.fromkeys(("assessed_on", "published_on", "updated_on"), "2026-10-01")
    facts = {"status": "partly", "assessed_by": "Esteetön Oy", **dates}
    change_statement(session, facts, opened=0, actor=SYSTEM, now=clock.now())
    session.commit()
    return world


@pytest.fixture
def email(world: World, session: Session) -> str:
    """Of an administrator who can sign in."""
    address = f"{secrets.token_hex(4)}@testila.example"
    with cheap_passwords():
        create_user(session, email=address, name="Antti Vainio", role=Role.ADMIN, password=PASSWORD, now=clock.now())
    session.commit()
    return address


@pytest.mark.parametrize("language", ["fi-FI", "sv-FI", "en-GB"])
def test_the_pages_about_the_service_are_accessible_and_set_no_cookie(
    open_page: Opener, town: World, language: str
) -> None:
    watched = open_page(locale=language)
    page, base = watched.page, f"/m/{town.municipality.slug}"
    for path in ("/", "/accessibility", "/privacy", "/feedback", "/nowhere"):
        page.goto(base + path)
        expect(page.locator("html")).to_have_attribute("lang", language[:2])
        expect(page.locator(".vuoro-strip")).to_be_visible()
        watched.look()
    assert page.context.cookies() == []


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_somebody_follows_the_footer_and_gives_feedback(
    open_page: Opener, world: World, session: Session, javascript: bool
) -> None:
    watched = open_page(java_script_enabled=javascript, locale="fi-FI")
    page = watched.page
    page.goto(f"/m/{world.municipality.slug}/")
    page.get_by_role("link", name="Saavutettavuusseloste").click()
    page.get_by_role("link", name="Anna palautetta saavutettavuudesta").click()
    expect(page.locator("input[value=accessibility]")).to_be_checked()
    page.locator("main form button[type=submit]").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    page.locator("#text").fill("En löydä aikoja.")
    page.locator("#contact").fill("aino@example.fi")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/feedback/thanks**")
    if javascript:
        watched.look()
    assert session.scalars(select(Feedback.text)).one() == "En löydä aikoja."
    assert page.context.cookies() == []


@pytest.mark.parametrize("language", ["fi-FI", "sv-FI", "en-GB"])
def test_the_pages_where_texts_are_written_are_accessible(
    open_page: Opener, town: World, email: str, language: str
) -> None:
    watched = open_page(locale=language)
    sign_in(watched.page, email, language[:2])
    for path in ("texts/", "texts/notice", "texts/supervising_authority", "texts/accessibility-statement", "embed/"):
        watched.page.goto(f"/staff/{path}")
        watched.look()
    watched.page.goto("/staff/texts/notice")
    watched.page.locator("button[value=preview]").click()
    expect(watched.page.locator("#preview-title")).to_be_visible()
    watched.look()


def test_two_administrators_at_once_lose_nothing(open_page: Opener, world: World, session: Session, email: str) -> None:
    first, second = open_page(locale="fi-FI"), open_page(locale="fi-FI")
    for watched in (first, second):
        sign_in(watched.page, email)
        watched.page.goto("/staff/texts/contact")
    first.page.locator("#text_fi").fill("Torikatu 8")
    first.page.get_by_role("button", name="Tallenna").click()
    first.page.wait_for_url("**/staff/texts/?saved=contact")
    second.page.locator("#text_fi").fill("Torikatu 10")
    second.page.get_by_role("button", name="Tallenna").click()
    expect(second.page.get_by_text("Torikatu 8")).to_be_visible()
    expect(second.page.locator("#text_fi")).to_have_value("Torikatu 10")
    second.look()
    second.page.get_by_role("button", name="Tallenna").click()
    second.page.wait_for_url("**/staff/texts/?saved=contact")
    assert session.scalars(select(MunicipalityText.texts)).one() == {"fi": "Torikatu 10"}


def test_a_button_of_the_links_page_is_copied(open_page: Opener, world: World, email: str) -> None:
    watched = open_page(locale="fi-FI", permissions=["clipboard-read", "clipboard-write"])
    sign_in(watched.page, email)
    watched.page.goto("/staff/embed/")
    watched.page.locator("[data-copy=button-html]").click()
    expect(watched.page.get_by_text("Kopioitu.")).to_be_visible()
    copied = watched.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith('<a href="')
    assert f"/m/{world.municipality.slug}/" in copied


@pytest.mark.parametrize("path", ["accessibility", "privacy"])
def test_a_printed_page_carries_its_text_and_no_buttons(open_page: Opener, town: World, path: str) -> None:
    page = open_page(locale="fi-FI").page
    page.goto(f"/m/{town.municipality.slug}/{path}")
    page.emulate_media(media="print")
    expect(page.locator(".vuoro-prose h2").first).to_be_visible()
    for gone in (".vuoro-languages", ".vuoro-footer__links", ".vuoro-strip"):
        expect(page.locator(gone)).to_be_hidden()
