"""The administrator's pages about other systems, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.api.models import WebhookDelivery, WebhookEndpoint
from app.core import clock
from app.core.audit import AuditEvent
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.core.work import Job
from app.identity.models import ApiKey
from app.identity.service import create_user
from app.jobs import deliver_webhooks
from tests.factories import World
from tests.receiver import Receiver, answer
from tests.town import PASSWORD, Browser, browser, cheap_passwords

HERE = "/staff/integrations"


@pytest.fixture
def admin(app: Flask, session: Session, world: World) -> Iterator[Browser]:
    """An administrator of a municipality that has nothing joined yet."""
    email = f"admin-{world.municipality.slug}@testila.example"
    with cheap_passwords():
        create_user(session, email=email, name="Antti Vainio", role=Role.ADMIN, password=PASSWORD, now=clock.now())
    session.commit()
    staff = browser(app)
    assert staff.post("/staff/sign-in", data={"email": email, "password": PASSWORD}).status_code == 303
    staff.get("/staff/?lang=en")
    yield staff
    session.rollback()
    session.execute(delete(Job).where(Job.municipality_id == world.municipality.id, Job.kind == "webhook"))
    session.commit()


def add(admin: Browser, receiver: Receiver, **more: Any) -> str:
    """Add a webhook by its form; returns the address of its page."""
    made = admin.post(f"{HERE}/webhooks/new", data={"url": receiver.url, "description": "Case system", **more})
    assert made.status_code == 200, made.text
    return re.search(rf'href="({HERE}/webhooks/\d+)"', made.text).group(1)  # type: ignore[union-attr]


def secret_in(page: Any) -> str:
    assert page.headers["Cache-Control"] == "no-store"
    return re.search(r"<code>((?:whsec|vuoro)_[\w-]+)</code>", page.text).group(1)  # type: ignore[union-attr]


def test_where_nothing_is_joined_the_page_says_what_could_be(admin: Browser) -> None:
    page = admin.get(HERE)
    assert page.status_code == 200
    for words in ("No system is told of changes yet", "No other system has a key yet", "/api/guide", "/api/docs"):
        assert words in page.text
    assert f'href="{HERE}" aria-current="page"' in page.text


def test_an_administrator_adds_tests_and_follows_a_webhook(
    app: Flask, admin: Browser, receiver: Receiver, session: Session
) -> None:
    made = admin.post(f"{HERE}/webhooks/new", data={"url": receiver.url, "events": ["appointment.booked"]})
    assert secret_in(made).startswith("whsec_")
    listed = admin.get(HERE).text
    assert "Appointment booked" in listed
    assert "Nothing delivered yet" in listed
    here = re.search(rf'href="({HERE}/webhooks/\d+)"', listed).group(1)  # type: ignore[union-attr]
    assert secret_in(made) not in admin.get(here).text
    receiver.then(answer(503, "<script>alert(1)</script>"))
    assert admin.post(f"{here}/test").location == here
    assert "Waiting" in admin.get(here).text
    deliver_webhooks(app)
    shown = admin.get(here).text
    assert "Failed" in shown
    one = re.search(rf'href="({here}/deliveries/\d+)"', shown).group(1)  # type: ignore[union-attr]
    detail = admin.get(one).text
    assert "The receiver answered 503." in detail
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in detail
    assert "&#34;type&#34;: &#34;ping&#34;" in detail
    assert admin.post(f"{one}/redeliver").location == one
    deliver_webhooks(app)
    assert "The receiver took it (200)." in admin.get(one).text
    assert "Delivered" in admin.get(here).text
    who = select(AuditEvent.actor_label).where(AuditEvent.action.startswith("webhook."))
    assert set(session.scalars(who)) == {"Antti Vainio"}


def test_what_cannot_be_added_is_told_and_nothing_typed_is_lost(
    admin: Browser, receiver: Receiver, session: Session
) -> None:
    typed = {"url": "ftp://x", "description": "Järjestelmä <1>", "events": ["client.added"]}
    refused = admin.post(f"{HERE}/webhooks/new", data=typed)
    assert refused.status_code == 422
    assert 'value="ftp://x"' in refused.text
    assert "Järjestelmä &lt;1&gt;" in refused.text
    assert re.search(r'value="client.added" checked', refused.text)
    assert session.scalars(select(WebhookEndpoint)).all() == []
    add(admin, receiver)
    again = admin.post(f"{HERE}/webhooks/new", data={"url": receiver.url})
    assert (again.status_code, "This address is there already." in again.text) == (422, True)


def test_a_webhook_is_changed_paused_resumed_and_gets_a_new_secret(
    admin: Browser, receiver: Receiver, session: Session
) -> None:
    here = add(admin, receiver)
    changed = admin.post(f"{here}/edit", data={"url": receiver.url, "description": "CRM", "events": ["client.added"]})
    assert changed.location == here
    assert "CRM" in admin.get(here).text
    assert admin.post(f"{here}/edit", data={"url": ""}).status_code == 422
    assert admin.post(f"{here}/pause").location == here
    assert "This webhook is paused." in admin.get(here).text
    assert admin.post(f"{here}/resume").location == here
    assert "This webhook is paused." not in admin.get(here).text
    asked = admin.post(f"{here}/secret")
    assert "Do you want to make a new secret?" in asked.text
    assert secret_in(admin.post(f"{here}/secret", data={"confirm": "yes"})).startswith("whsec_")
    endpoint = session.scalars(select(WebhookEndpoint)).one()
    assert (endpoint.description, endpoint.events, endpoint.state) == ("CRM", ["client.added"], "active")


def test_a_webhook_is_removed_only_after_being_asked(
    admin: Browser, receiver: Receiver, session: Session, world: World
) -> None:
    here = add(admin, receiver)
    for answered in (admin.get(f"{here}/remove"), admin.post(f"{here}/remove")):
        assert "Do you want to remove this webhook?" in answered.text
    assert len(session.scalars(select(WebhookEndpoint.id)).all()) == 1
    session.rollback()
    assert admin.post(f"{here}/remove", data={"confirm": "yes"}).location == HERE
    assert session.scalars(select(WebhookEndpoint.id)).all() == []
    assert session.get_one(Municipality, world.municipality.id, populate_existing=True).has_listeners is False
    assert admin.get(here).status_code == 404


def test_a_suspended_webhook_is_seen_at_once_and_sends_nothing_by_hand(
    admin: Browser, receiver: Receiver, session: Session
) -> None:
    here = add(admin, receiver)
    assert admin.post(f"{here}/test").status_code == 303
    session.execute(update(WebhookEndpoint).values(state="suspended", failing_since=clock.now()))
    session.execute(update(WebhookDelivery).values(event_type="client.added", status="held"))
    session.commit()
    page = admin.get(HERE).text
    assert "Nothing got through to Case system for a day" in page
    assert "1 held" in page
    one = re.search(rf'href="({here}/deliveries/\d+)"', admin.get(here).text).group(1)  # type: ignore[union-attr]
    refused = admin.post(f"{one}/redeliver")
    assert (refused.status_code, "Resume it first" in refused.text) == (409, True)


def test_deliveries_are_filtered_by_state(admin: Browser, receiver: Receiver, app: Flask) -> None:
    here = add(admin, receiver)
    admin.post(f"{here}/test")
    deliver_webhooks(app)
    assert "/deliveries/" in admin.get(f"{here}?status=delivered").text
    assert "No such deliveries." in admin.get(f"{here}?status=failed").text
    assert "/deliveries/" in admin.get(f"{here}?status=nonsense").text


def test_a_key_is_made_shown_once_used_and_withdrawn(
    app: Flask, admin: Browser, session: Session, world: World
) -> None:
    made = admin.post(f"{HERE}/keys/new", data={"name": "Asianhallinta", "scopes": ["read"]})
    headers = {"Authorization": f"Bearer {secret_in(made)}"}
    listed = admin.get(HERE).text
    assert "Asianhallinta" in listed
    assert "Not used yet" in listed
    assert secret_in(made) not in listed
    assert browser(app).get("/api/v1/offices", headers=headers).status_code == 200
    assert "Last used" in admin.get(HERE).text
    key = session.scalars(select(ApiKey)).one()
    assert key.scopes == ["read"]
    session.rollback()
    here = f"{HERE}/keys/{key.id}/withdraw"
    assert "Do you want to withdraw the key Asianhallinta?" in admin.post(here).text
    assert browser(app).get("/api/v1/offices", headers=headers).status_code == 200
    assert admin.post(here, data={"confirm": "yes"}).location == HERE
    assert browser(app).get("/api/v1/offices", headers=headers).status_code == 401
    assert admin.get(here).status_code == 404
    again = admin.post(f"{HERE}/keys/new", data={"name": "Asianhallinta", "scopes": ["read", "book"]})
    assert again.status_code == 200, "its name is free again"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "", "scopes": ["read"]}, "Say which system gets the key."),
        ({"name": "  ", "scopes": ["read"]}, "Say which system gets the key."),
        ({"name": "A", "scopes": []}, "Choose among the scopes read, book and admin."),
        ({"name": "A", "scopes": ["root"]}, "Choose among the scopes read, book and admin."),
        ({"name": "x" * 101, "scopes": ["read"]}, "This is too long."),
        ({"name": "a\x00b", "scopes": ["read"]}, "There are characters here that we cannot save."),
    ],
)
def test_a_key_that_cannot_be_made_is_told_why(
    admin: Browser, session: Session, typed: dict[str, Any], words: str
) -> None:
    refused = admin.post(f"{HERE}/keys/new", data=typed)
    assert (refused.status_code, words in refused.text) == (422, True)
    assert session.scalars(select(ApiKey)).all() == []


def test_webhooks_stay_when_the_key_that_registered_them_is_withdrawn(
    app: Flask, admin: Browser, session: Session, receiver: Receiver
) -> None:
    made = admin.post(f"{HERE}/keys/new", data={"name": "CRM", "scopes": ["read", "book"]})
    headers = {"Authorization": f"Bearer {secret_in(made)}"}
    registered = browser(app).post("/api/v1/webhooks", json={"url": receiver.url}, headers=headers)
    assert registered.status_code == 201
    key_id = session.scalars(select(ApiKey.id)).one()
    session.rollback()
    admin.post(f"{HERE}/keys/{key_id}/withdraw", data={"confirm": "yes"})
    endpoint = session.scalars(select(WebhookEndpoint)).one()
    assert (endpoint.api_key_id, endpoint.made_by) == (None, "CRM")
    assert receiver.url.partition("?")[0] in admin.get(HERE).text
