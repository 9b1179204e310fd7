"""Somebody new on the staff: from the invitation to one-time codes, and a sign-in that ends in the middle of a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.audit import SYSTEM
from app.core.permissions import Role
from app.core.texts import MunicipalityText
from app.identity import password_links, terms
from app.identity.service import create_user
from app.messaging.models import Message
from tests.browser.conftest import Watched
from tests.browser.staff import TODAY, fill_sign_in
from tests.factories import World
from tests.town import PASSWORD

SEND = "main form button.govuk-button:not(.govuk-button--secondary)"


@pytest.fixture
def invited(app: Flask, session: Session, world: World) -> tuple[str, str]:
    """The e-mail address of an administrator to be, and the link in the invitation."""
    email = f"uusi@{world.municipality.slug}.example"
    terms.publish_default(session, actor=SYSTEM, now=clock.now())
    user = create_user(session, email=email, name="Tuovi Yli-Äyräpää", role=Role.ADMIN, password=None, now=clock.now())
    password_links.invite(session, user, now=clock.now())
    session.commit()
    body = session.scalars(select(Message.body).where(Message.recipient == email)).one()
    return email, re.search(r"/staff/password/\S+", body).group()  # type: ignore[union-attr]


def test_from_the_invitation_to_one_time_codes_and_a_sentence_that_survives(
    open_page: Callable[..., Watched], session: Session, world: World, invited: tuple[str, str]
) -> None:
    email, link = invited
    watched = open_page(locale="fi-FI")
    page = watched.page

    page.goto(link)
    page.fill("#new_password", "lyhyt")
    page.click("[data-show-password]")
    expect(page.locator("#new_password")).to_have_attribute("type", "text")
    page.click(SEND)
    expect(page.locator("[data-error-summary]")).to_contain_text("vähintään 12 merkkiä")
    watched.look()
    page.fill("#new_password", PASSWORD)
    page.click(SEND)
    expect(page.locator("main")).to_contain_text("Salasanasi on vaihdettu")
    watched.look()

    fill_sign_in(page, email)
    page.wait_for_url("**/staff/terms?**")
    expect(page.locator("main")).to_contain_text("salassa pidettäviä")
    watched.look()
    page.click(SEND)
    page.wait_for_url(TODAY)

    page.set_viewport_size({"width": 1280, "height": 800})
    page.click(".vuoro-nav__account")
    expect(page.locator("h1")).to_have_text("Oma tili")
    watched.look()
    page.goto("/staff/account/codes")
    watched.look()
    page.click("main .govuk-details summary")
    secret = page.inner_text("main code").replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).now())
    page.fill("#password", PASSWORD)
    page.click(SEND)
    expect(page.locator(".vuoro-recovery li")).to_have_count(10)
    recovery = page.locator(".vuoro-recovery li").all_inner_texts()
    watched.look()

    elsewhere = open_page(locale="fi-FI")
    elsewhere.page.goto("/staff/sign-in")
    fill_sign_in(elsewhere.page, email)
    elsewhere.page.wait_for_url("**/staff/sign-in/code?**")
    elsewhere.look()
    elsewhere.page.fill("#code", recovery[0])
    elsewhere.page.keyboard.press("Enter")
    elsewhere.page.wait_for_url(TODAY)

    page.goto("/staff/texts/contact")
    page.fill("#text_fi", "Torikatu 8,\n06990 Testilä")
    elsewhere.page.goto("/staff/account")
    elsewhere.page.click("text=Kirjaudu ulos kaikkialta muualta")
    expect(elsewhere.page.locator("main")).to_contain_text("Kirjautuminen on päätetty")
    elsewhere.look()

    page.click(SEND)
    expect(page.locator("main")).to_contain_text("Kirjoittamasi on tallessa")
    watched.look()
    fill_sign_in(page, email)
    page.fill("#code", recovery[1])
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Olet taas kirjautuneena")
    watched.look()
    page.click(SEND)
    page.wait_for_url("**/staff/texts/?saved=contact")
    kept = session.scalars(select(MunicipalityText.texts).where(MunicipalityText.key == "contact")).one()
    assert kept["fi"] == "Torikatu 8,\n06990 Testilä"
