"""Webhooks by the API, and what other systems are told of."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from app.api.models import WebhookDelivery, WebhookEndpoint
from app.api.webhooks.rules import APPOINTMENT_EVENTS
from app.booking.models import IdempotencyKey
from app.core import clock, tenancy
from app.core.audit import AuditEvent
from app.core.db import db
from app.core.work import Job
from app.factory import create_app
from app.identity.service import create_api_key
from app.jobs import deliver_webhooks
from config import Config
from tests.factories import World, make_world
from tests.receiver import Receiver, answer


class Caller:
    """Another system with a key."""

    def __init__(self, client: Any, key: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {key}"}

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers, **more)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query_string=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, headers=headers)


NewKey = Callable[..., Caller]


@pytest.fixture
def new_key(client: Any, session: Session, world: World) -> NewKey:
    """Makes keys of the world's municipality."""

    def make(*scopes: str) -> Caller:
        names = select(AuditEvent).where(AuditEvent.action == "api_key.create")
        name = f"system {len(session.scalars(names).all())}"
        key = create_api_key(session, name=name, now=clock.now(), scopes=scopes or ("read", "book"))
        session.commit()
        return Caller(client, key)

    return make


@pytest.fixture
def api(new_key: NewKey) -> Caller:
    return new_key()


@pytest.fixture(autouse=True)
def leave_no_jobs(session: Session, world: World) -> Iterator[None]:
    """What a test leaves waiting is not sent by another test's worker."""
    yield
    session.rollback()
    session.execute(delete(Job).where(Job.municipality_id == world.municipality.id, Job.kind == "webhook"))
    session.commit()


def order(world: World, hour: int = 9, **more: Any) -> dict[str, Any]:
    return {
        "service_id": world.service.id,
        "starts_at": world.at(hour).isoformat(),
        "mode": "in_person",
        "client": {"name": "Matti Meikäläinen", "phone": "040 123 4567", "email": "matti@example.fi"},
        **more,
    }


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are run on the database meanwhile."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def told(session: Session) -> list[dict[str, Any]]:
    """The events that were written, in order."""
    return [json.loads(row) for row in session.scalars(select(WebhookDelivery.body).order_by(WebhookDelivery.id))]


# — from booking to receiver —


def test_a_receiver_follows_an_appointment_from_booking_to_the_end(
    app: Flask, api: Caller, world: World, session: Session, receiver: Receiver
) -> None:
    made = api.post("/webhooks", {"url": receiver.url, "description": "Asianhallinta"})
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    booked = api.post("/appointments", order(world)).json
    here = f"/appointments/{booked['id']}"
    assert api.post(f"{here}/reschedule", {"starts_at": world.at(10).isoformat()}).status_code == 200
    for step in ("check-in", "start", "complete"):
        assert api.post(f"{here}/{step}").status_code == 200
    assert [sent.body for sent in receiver.got] == [], "nothing is sent in a request"
    deliver_webhooks(app)
    events = [json.loads(sent.body) for sent in receiver.got]
    assert sorted(event["type"] for event in events) == [
        "appointment.booked",
        "appointment.checked_in",
        "appointment.completed",
        "appointment.rescheduled",
        "appointment.started",
        "client.added",
    ]
    appointment = [event["data"] for event in events if event["type"].startswith("appointment.")]
    assert sorted(data["version"] for data in appointment) == [1, 2, 3, 4, 5]
    last = max(appointment, key=lambda data: data["version"])
    shown = api.get(here).json
    assert last == {name: shown[name] for name in last}
    assert {event["municipality"] for event in events} == {world.municipality.slug}
    assert len({event["id"] for event in events}) == len(events)


def test_events_carry_ids_and_nothing_personal(api: Caller, world: World, session: Session, receiver: Receiver) -> None:
    api.post("/webhooks", {"url": receiver.url})
    booked = api.post("/appointments", order(world)).json
    api.call("PATCH", f"/clients/{booked['client_id']}", {"name": "Maija Meikäläinen"})
    api.post(f"/appointments/{booked['id']}/cancel", {"reason": "siirtyi töihin"})
    events = told(session)
    assert [event["type"] for event in events] == [
        "client.added",
        "appointment.booked",
        "client.changed",
        "appointment.cancelled",
    ]
    written = json.dumps(events, ensure_ascii=False)
    for personal in (
        "Meikäläinen",
        "040 123",
        "+35840",
        "1234567",
        "example.fi",
        "siirtyi",
        booked["manage_url"][-12:],
    ):
        assert personal not in written
    assert events[0]["data"] == {"id": booked["client_id"]}
    assert events[1]["data"].keys() == {
        "id",
        "reference",
        "status",
        "service_id",
        "professional_id",
        "client_id",
        "office_id",
        "mode",
        "version",
        "starts_at",
        "ends_at",
    }


def test_what_is_undone_is_not_told(api: Caller, world: World, session: Session, receiver: Receiver) -> None:
    api.post("/webhooks", {"url": receiver.url})
    assert api.post("/appointments", order(world)).status_code == 201
    assert api.post("/appointments", order(world)).status_code == 409
    assert [event["type"] for event in told(session)] == ["client.added", "appointment.booked"]


def test_without_listeners_a_booking_costs_no_query_more_and_with_them_one_for_each_event(
    api: Caller, world: World, receiver: Receiver
) -> None:
    person = {"name": "Matti", "external_id": "a"}
    api.post("/appointments", order(world, client=person))
    with counted() as without:
        api.post("/appointments", order(world, 10, client=person))
    assert not [statement for statement in without if "webhook" in statement]
    for _ in range(3):
        api.post("/webhooks", {"url": receiver.url, "events": ["appointment.booked"]})
    with counted() as with_three:
        api.post("/appointments", order(world, 11, client=person))
    assert len([statement for statement in with_three if "webhook" in statement]) == 1
    assert len(with_three) == len(without) + 1


def test_every_event_of_an_appointment_can_be_subscribed_to(api: Caller, receiver: Receiver) -> None:
    wanted = [*APPOINTMENT_EVENTS.values()]
    made = api.post("/webhooks", {"url": receiver.url, "events": wanted[::-1]}).json
    assert made["events"] == wanted


# — the calls —


def test_webhooks_are_listed_changed_and_removed_without_showing_their_secrets(
    api: Caller, session: Session, receiver: Receiver
) -> None:
    ids = [api.post("/webhooks", {"url": receiver.url}).json["id"] for _ in range(3)]
    first = api.get("/webhooks", limit=2).json
    rest = api.get("/webhooks", limit=2, cursor=first["next"]).json
    assert [item["id"] for item in first["items"] + rest["items"]] == ids
    assert rest["next"] is None
    assert "secret" not in first["items"][0]
    here = f"/webhooks/{ids[0]}"
    changed = api.call("PATCH", here, {"events": ["client.added"], "description": "CRM", "active": False})
    assert (changed.status_code, changed.json["state"]) == (200, "paused")
    assert (changed.json["events"], changed.json["description"]) == (["client.added"], "CRM")
    assert api.get(here).json == changed.json
    resumed = api.call("PATCH", here, {"active": True}).json
    assert (resumed["state"], resumed["events"]) == ("active", ["client.added"])
    gone = api.call("DELETE", here)
    assert (gone.status_code, gone.data) == (204, b"")
    assert api.get(here).status_code == 404
    assert session.scalars(select(WebhookEndpoint.id).order_by(WebhookEndpoint.id)).all() == ids[1:]


def test_when_the_last_webhook_is_removed_nothing_is_written_any_more(
    api: Caller, world: World, session: Session, receiver: Receiver
) -> None:
    ids = [api.post("/webhooks", {"url": receiver.url}).json["id"] for _ in range(2)]
    assert api.call("DELETE", f"/webhooks/{ids[0]}").status_code == 204
    api.post("/appointments", order(world))
    assert len(told(session)) == 2
    assert api.call("DELETE", f"/webhooks/{ids[1]}").status_code == 204
    with counted() as statements:
        api.post("/appointments", order(world, 10))
    assert not [statement for statement in statements if "webhook" in statement]


def test_a_key_manages_its_own_webhooks_and_one_with_admin_all(new_key: NewKey, receiver: Receiver) -> None:
    one, other, admin, reader = new_key(), new_key(), new_key("read", "book", "admin"), new_key("read")
    made = one.post("/webhooks", {"url": receiver.url}).json
    here = f"/webhooks/{made['id']}"
    assert made["made_by"] == "system 0"
    for stranger in (other, reader):
        assert stranger.get("/webhooks").json["items"] == []
        assert stranger.get(here).status_code == 404
    for method, path in (("DELETE", here), ("POST", f"{here}/ping"), ("POST", f"{here}/secret"), ("PATCH", here)):
        assert other.call(method, path, {}).status_code == 404
        assert reader.call(method, path, {}).status_code == 403
    assert [item["id"] for item in admin.get("/webhooks").json["items"]] == [made["id"]]
    assert admin.call("DELETE", here).status_code == 204


def test_a_webhook_of_another_municipality_is_neither_seen_nor_told(
    api: Caller, world: World, session: Session, client: Any, receiver: Receiver
) -> None:
    made = api.post("/webhooks", {"url": receiver.url}).json
    make_world(session)  # binds the session to another municipality
    key = create_api_key(session, name="other", now=clock.now(), scopes=("read", "book", "admin"))
    session.commit()
    other = Caller(client, key)
    assert other.get(f"/webhooks/{made['id']}").status_code == 404
    assert other.post("/clients", {"name": "Aino"}).status_code == 201
    tenancy.bind(session, world.municipality.id)
    assert told(session) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "ftp://system.example.fi/"}, "url"),
        ({"url": ""}, "url"),
        ({"url": "https://user:secret@system.example.fi/"}, "url"),
        ({"events": ["appointment.exploded"]}, "events.0"),
        ({"description": "x" * 101}, "description"),
        ({"description": "a\x00b"}, "description"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_by_field(
    api: Caller, session: Session, change: dict[str, Any], field: str
) -> None:
    refused = api.post("/webhooks", {"url": "https://system.example.fi/", **change})
    assert (refused.status_code, list(refused.json["fields"])) == (422, [field])
    assert session.scalars(select(WebhookEndpoint)).all() == []


def test_a_municipality_has_only_so_many_webhooks(api: Caller, receiver: Receiver) -> None:
    answers = [api.post("/webhooks", {"url": receiver.url}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [409]
    assert answers[-1].json["code"] == "too_many_webhooks"


def test_the_answer_with_the_secret_is_given_again_for_the_same_idempotency_key_and_kept_sealed(
    api: Caller, session: Session, receiver: Receiver
) -> None:
    first = api.post("/webhooks", {"url": receiver.url}, **{"Idempotency-Key": "w1"})
    second = api.post("/webhooks", {"url": receiver.url}, **{"Idempotency-Key": "w1"})
    assert first.json == second.json
    assert second.headers["Location"] == f"/api/v1/webhooks/{first.json['id']}"
    assert len(session.scalars(select(WebhookEndpoint)).all()) == 1
    kept = json.dumps(session.scalars(select(IdempotencyKey.response)).one())
    assert first.json["secret"] not in kept


def test_deliveries_tell_every_try_and_can_be_sent_again(
    app: Flask, api: Caller, session: Session, receiver: Receiver
) -> None:
    here = f"/webhooks/{api.post('/webhooks', {'url': receiver.url}).json['id']}"
    receiver.then(answer(500, "<b>out of order</b>"))
    pinged = api.post(f"{here}/ping")
    assert (pinged.status_code, pinged.json["status"]) == (202, "waiting")
    deliver_webhooks(app)
    listed = api.get(f"{here}/deliveries").json["items"]
    assert [(item["id"], item["status"]) for item in listed] == [(pinged.json["id"], "failed")]
    one = f"{here}/deliveries/{pinged.json['id']}"
    shown = api.get(one).json
    assert (shown["body"]["id"], shown["body"]["type"]) == (pinged.json["event_id"], "ping")
    (attempt,) = shown["attempts"]
    assert (attempt["status_code"], attempt["failure"], attempt["answer"]) == (500, "status", "<b>out of order</b>")
    assert attempt["duration_ms"] >= 0
    again = api.post(f"{one}/redeliver")
    assert (again.status_code, again.json["status"]) == (202, "waiting")
    deliver_webhooks(app)
    assert api.get(one).json["status"] == "delivered"
    assert len(api.get(one).json["attempts"]) == 2
    assert [json.loads(sent.body)["id"] for sent in receiver.got] == [pinged.json["event_id"]] * 2
    assert api.get(f"{here}/deliveries", status="failed").json["items"] == []
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.action.startswith("webhook."))).all()
    assert sorted(actions) == ["webhook.add", "webhook.redeliver"]


def test_deliveries_come_the_newest_first_in_pages_and_under_their_own_webhook(api: Caller, receiver: Receiver) -> None:
    one, other = (f"/webhooks/{api.post('/webhooks', {'url': receiver.url}).json['id']}" for _ in range(2))
    ids = [api.post(f"{one}/ping").json["id"] for _ in range(3)]
    first = api.get(f"{one}/deliveries", limit=2).json
    rest = api.get(f"{one}/deliveries", limit=2, cursor=first["next"]).json
    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert api.get(f"{other}/deliveries").json["items"] == []
    assert api.get(f"{other}/deliveries/{ids[0]}").status_code == 404
    assert api.post(f"{other}/deliveries/{ids[0]}/redeliver").status_code == 404


def test_a_paused_webhook_is_not_sent_to_by_hand(api: Caller, receiver: Receiver) -> None:
    here = f"/webhooks/{api.post('/webhooks', {'url': receiver.url}).json['id']}"
    api.post("/clients", {"name": "Aino"})
    delivery = api.get(f"{here}/deliveries").json["items"][0]["id"]
    api.call("PATCH", here, {"active": False})
    refused = api.post(f"{here}/deliveries/{delivery}/redeliver")
    assert (refused.status_code, refused.json["code"]) == (409, "webhook_paused")


def test_outside_a_demo_only_encrypted_addresses_of_the_internet_are_taken(
    settings: Config, session: Session, world: World
) -> None:
    key = create_api_key(session, name="strict", now=clock.now())
    session.commit()
    strict = create_app(replace(settings, VUORO_DEMO=""))
    api = Caller(strict.test_client(), key)
    for url in ("http://system.example.fi/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/"):
        refused = api.post("/webhooks", {"url": url})
        assert (refused.status_code, list(refused.json["fields"])) == (422, ["url"]), url
    assert api.post("/webhooks", {"url": "https://system.example.fi/"}).status_code == 201
    with strict.app_context():
        db.engine.dispose()


def test_no_secret_is_logged(api: Caller, receiver: Receiver, app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        secret = api.post("/webhooks", {"url": receiver.url}).json["secret"]
        api.post("/clients", {"name": "Aino"})
        deliver_webhooks(app)
    assert len(receiver.got) == 1
    assert secret not in caplog.text
