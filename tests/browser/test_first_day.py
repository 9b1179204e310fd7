"""From an empty municipality to its first client's booking, along the first-day checklist."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Appointment
from app.core import tenancy
from app.core.tenancy import Municipality
from app.scheduling.models import Service
from tests.browser.conftest import Watched
from tests.browser.staff import TODAY, fill_sign_in
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]
DESK = {"width": 1280, "height": 800}


@pytest.fixture
def empty(app: Flask, session: Session) -> tuple[str, str]:
    """A municipality as the commands make it: its slug, and its administrator's e-mail address."""
    slug, email = f"d{secrets.token_hex(4)}", f"{secrets.token_hex(4)}@alku.example"
    run = app.test_cli_runner().invoke
    with cheap_passwords():
        for arguments in (
            ["municipality", "create", slug, "--name", "Alkulan työllisyyspalvelut"],
            ["user", "create", email, "--municipality", slug, "--role", "admin", "--password", PASSWORD],
        ):
            made = run(args=arguments)
            assert made.exit_code == 0, made.output
    municipality = session.scalars(select(Municipality).where(Municipality.slug == slug)).one()
    tenancy.bind(session, municipality.id)
    return slug, email


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def fill_local(page: Page, name: str, text: str) -> None:
    for code in ("fi", "sv", "en"):
        page.locator(f"#{name}-{code}").fill(f"{text} {code}")


def point(page: Page, name: str) -> None:
    """Open a point of the checklist, which is still to be done."""
    page.goto("/staff/admin/start/")
    row = page.locator("li", has=page.get_by_role("link", name=name, exact=True))
    expect(row.get_by_text("Tekemättä")).to_be_visible()
    row.get_by_role("link").click()


def test_an_empty_municipality_gets_its_first_booking(
    open_page: Opener, empty: tuple[str, str], session: Session
) -> None:
    slug, email = empty
    watched = open_page(viewport=DESK, locale="fi-FI")
    page = watched.page
    page.goto("/staff/sign-in")
    fill_sign_in(page, email)
    page.wait_for_url("**/staff/terms?**")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(TODAY)
    expect(page.get_by_role("heading", name="Aloitus")).to_be_visible()
    watched.look()
    page.get_by_role("link", name="Katso tarkistuslista").click()
    watched.look()

    point(page, "Yhteystiedot ja värit")
    page.locator("#phone").fill("09 000 1234")
    press(page, "Tallenna")
    expect(page.get_by_text("Asetukset on tallennettu.")).to_be_visible()

    point(page, "Toimipiste, sen osoite ja aukioloajat")
    page.get_by_role("link", name="Lisää toimipiste").click()
    fill_local(page, "name", "Keskusta")
    page.locator("#street").fill("Torikatu 1")
    page.locator("#city").fill("Alkula")
    for day in range(5):
        page.locator(f"#open-{day}").fill("9-15")
    press(page, "Tallenna")
    expect(page.get_by_text("Toimipiste on lisätty.")).to_be_visible()

    point(page, "Palvelu, jonka asiakkaat voivat varata")
    page.get_by_role("link", name="Lisää palvelu").click()
    fill_local(page, "name", "Alkukeskustelu")
    press(page, "Tallenna")
    expect(page.get_by_text("Palvelu on lisätty.")).to_be_visible()

    point(page, "Ammattilainen, joka antaa sitä")
    page.get_by_role("link", name="Lisää ammattilainen").click()
    page.locator("#first_name").fill("Liisa")
    page.locator("#last_name").fill("Hakala")
    for name in ("Suomi", "Alkukeskustelu fi", "Puhelimessa"):
        page.get_by_role("checkbox", name=name, exact=True).check()
    press(page, "Tallenna")
    expect(page.get_by_text("Ammattilainen on lisätty.")).to_be_visible()
    watched.look()

    point(page, "Ammattilaisen työajat")
    page.get_by_role("link", name="Liisa Hakala").click()
    for number in range(5):
        day = page.locator(f'[data-day="0.{number}"]')
        if not day.locator("[name=start]").count():
            day.locator("[data-add]").click()
        day.locator("[name=start]").fill("9")
        day.locator("[name=end]").fill("15")
    press(page, "Tallenna")
    expect(page.get_by_text("Työajat on tallennettu.")).to_be_visible()
    service = session.scalars(select(Service)).one()

    client = open_page(locale="fi-FI").page
    client.goto(f"/m/{slug}/")
    client.get_by_role("link", name="Alkukeskustelu fi").click()
    client.get_by_role("link", name="Puhelimessa").click()
    client.locator("button[name=starts_at]").first.click()
    client.wait_for_url("**/details")
    client.locator("#name").fill("Aino Åkerö")
    client.locator("#phone").fill("040 123 4567")
    client.locator("main form button[type=submit]").last.click()
    client.wait_for_url("**/check")
    client.locator("main form button[type=submit]").last.click()
    client.wait_for_url("**/a/*")
    assert session.scalars(select(Appointment)).one().service_id == service.id

    page.goto("/staff/admin/start/")
    for done in ("Ammattilainen, joka antaa sitä", "Ammattilaisen työajat", "Kokeiluvaraus"):
        row = page.locator("li", has=page.get_by_role("link", name=done, exact=True))
        expect(row.get_by_text("Tehty", exact=True)).to_be_visible()
    watched.look()
    press(page, "Älä näytä päivän sivulla")
    page.wait_for_url(TODAY)
    expect(page.get_by_role("heading", name="Aloitus")).to_have_count(0)
