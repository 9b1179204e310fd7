"""Staff send one client a link; the client opens it on a telephone, chooses a time, and staff see it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.core import clock
from app.core.audit import SYSTEM
from app.core.permissions import Role
from app.identity.service import create_user
from app.messaging.models import Message
from app.scheduling.models import WhoMayBook
from tests.browser.conftest import Watched
from tests.browser.staff import sign_in
from tests.browser.test_booking import submit
from tests.factories import World
from tests.town import PASSWORD, cheap_passwords

Opener = Callable[..., Watched]


@pytest.fixture
def lead(world: World, session: Session) -> tuple[str, int]:
    """The e-mail of a lead, and the only client; the service is for the invited."""
    world.service.who_may_book = WhoMayBook.INVITED
    client = add_client(session, ClientDetails("Aino Virtanen", "+358401234567"), actor=SYSTEM, now=clock.now())
    email = f"lead-{secrets.token_hex(4)}@testila.example"
    with cheap_passwords():
        create_user(session, email=email, name="Paula", role=Role.LEAD, password=PASSWORD, now=clock.now())
    session.commit()
    return email, client.id


def test_a_link_is_sent_opened_on_a_telephone_and_used(
    open_page: Opener, lead: tuple[str, int], world: World, session: Session
) -> None:
    watched = open_page(viewport={"width": 1280, "height": 800})
    page = watched.page
    sign_in(page, lead[0])
    page.goto(f"/staff/clients/{lead[1]}")
    page.get_by_role("link", name="Lähetä linkki").click()
    page.locator("#service").select_option(str(world.service.id))
    expect(page.get_by_text("Tekstiviesti numeroon 040 123 4567")).to_be_visible()
    watched.look()
    page.get_by_role("button", name="Lähetä linkki").click()
    expect(page.get_by_text("Linkki on matkalla asiakkaalle.")).to_be_visible()
    watched.look()

    body = session.scalars(select(Message.body).where(Message.kind == "invitation")).one()
    phone = open_page(viewport={"width": 390, "height": 844})
    mobile = phone.page
    mobile.goto(re.search(r"/i/\w+$", body).group() + "?lang=fi")  # type: ignore[union-attr]
    phone.look()
    mobile.get_by_role("button", name="Valitse aika").click()
    mobile.get_by_text("Puhelimessa").first.click()
    mobile.locator(".vuoro-time--next").first.click()
    mobile.get_by_role("button", name="Jatka").click()
    mobile.wait_for_url("**/check")
    submit(mobile)
    mobile.wait_for_url(re.compile(r"/a/\w+"))

    page.reload()
    expect(page.get_by_text("Aika valittu")).to_be_visible()
    page.get_by_role("link", name="Varaukseen").click()
    page.wait_for_url(re.compile(r"/staff/appointments/\d+"))
    mobile.goto(re.search(r"/i/\w+$", body).group())  # type: ignore[union-attr]
    expect(mobile.get_by_role("heading", level=1)).to_have_text("Olet valinnut ajan")
    phone.look()
