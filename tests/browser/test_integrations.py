"""The administrator's pages about other systems, in a browser: accessible, with and without JavaScript, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.core import clock
from app.core.permissions import Role
from app.core.work import Job
from app.identity.service import create_user
from app.jobs import deliver_webhooks
from tests.browser.conftest import PHONE, Watched
from tests.browser.staff import sign_in
from tests.factories import World
from tests.receiver import Receiver, answer, hang_up, listening
from tests.town import PASSWORD, cheap_passwords

DESK = {"width": 1280, "height": 800}
HERE = "/staff/integrations"
LONG = "Asianhallintajärjestelmän varausten seurantapalvelu"


@pytest.fixture
def admin(app: Flask, session: Session, world: World) -> Iterator[str]:
    """The e-mail address of an administrator of a municipality that has nothing joined yet."""
    email = f"admin-{world.municipality.slug}@testila.example"
    with cheap_passwords():
        create_user(session, email=email, name="Antti Vainio", role=Role.ADMIN, password=PASSWORD, now=clock.now())
    session.commit()
    yield email
    session.rollback()
    session.execute(delete(Job).where(Job.municipality_id == world.municipality.id, Job.kind == "webhook"))
    session.commit()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as one:
        yield one


def look(watched: Watched, address: str) -> None:
    watched.page.goto(address)
    watched.check_accessible()


@pytest.mark.parametrize("scripted", [True, False])
def test_an_administrator_joins_a_system_from_nothing(
    app: Flask, open_page: Callable[..., Watched], admin: str, receiver: Receiver, scripted: bool
) -> None:
    watched = open_page(viewport=PHONE, java_script_enabled=scripted)
    page = watched.page
    sign_in(page, admin, "en")
    page.goto(HERE)
    page.click("text=Make a key")
    page.fill("#name", "Case system")
    page.click("main button[type=submit]")
    assert page.inner_text("main code").startswith("vuoro_")
    page.click("text=I have copied it")
    page.click("text=Add a webhook")
    page.fill("#url", receiver.url)
    page.check("text=Appointment booked")
    page.click("main button[type=submit]")
    assert page.inner_text("main code").startswith("whsec_")
    page.click("text=I have copied it")
    page.click("text=Send a test")
    deliver_webhooks(app)
    page.reload()
    assert page.is_visible('text="Delivered"')
    page.click("text=Remove")
    page.click("text=Remove the webhook")
    assert page.is_visible("text=No system is told of changes yet")
    assert len(receiver.got) == 1


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_is_accessible_in_every_state(
    app: Flask,
    session: Session,
    open_page: Callable[..., Watched],
    admin: str,
    receiver: Receiver,
    language: str,
    viewport: dict[str, int],
) -> None:
    watched = open_page(viewport=viewport)
    page = watched.page
    sign_in(page, admin, language)
    look(watched, HERE)
    look(watched, f"{HERE}/keys/new")
    page.fill("#name", LONG)
    page.click("main button[type=submit]")
    watched.check_accessible()
    look(watched, f"{HERE}/webhooks/new")
    page.click("main button[type=submit]")
    watched.check_accessible()  # with errors
    page.fill("#url", receiver.url + "&" + "x" * 200)
    page.fill("#description", LONG)
    page.click("main button[type=submit]")
    watched.check_accessible()
    here = page.get_attribute("main a.govuk-button", "href")
    receiver.then(answer(503, "<h1>Service Unavailable</h1>\n" + "out of order " * 40), hang_up, answer(200, "ok"))
    for _ in range(3):
        page.goto(here)
        page.click(f"form[action='{here}/test'] button")
        deliver_webhooks(app)
    look(watched, here)
    suspend(session)
    look(watched, here)
    look(watched, HERE)
    for one in session.scalars(select(WebhookDelivery.id)).all():
        look(watched, f"{here}/deliveries/{one}")
    for more in ("edit", "secret", "remove"):
        look(watched, f"{here}/{more}")


def suspend(session: Session) -> None:
    """As after a day of failures, with an interrupted try and events held."""
    endpoint = session.scalars(select(WebhookEndpoint)).one()
    endpoint.state, endpoint.failing_since = "suspended", clock.now() - timedelta(days=1)
    first, *_, last = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()
    last.status, last.event_type = "held", "appointment.rescheduled"
    session.add(WebhookAttempt(delivery_id=first.id, started_at=clock.now()))
    session.commit()
