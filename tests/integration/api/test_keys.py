"""Keys: how often they may be used, and what is known of their use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.key_use import last_uses
from app.core import clock
from app.core.audit import AuditEvent
from app.core.db import db
from app.factory import create_app
from app.identity.models import ApiKey
from app.identity.service import create_api_key
from config import Config
from tests.factories import World


@pytest.fixture
def strict(settings: Config) -> Iterator[Flask]:
    """An application of low limits."""
    made = create_app(replace(settings, API_CALLS_PER_KEY="3/hour", API_WRONG_KEYS_PER_ADDRESS="3/hour"))
    yield made
    with made.app_context():
        db.engine.dispose()


def new_key(session: Session, name: str = "system") -> str:
    key = create_api_key(session, name=name, now=clock.now())
    session.commit()
    return key


def call(app: Flask, authorization: str = "", address: str = "192.0.2.1") -> Any:
    headers = {"Authorization": authorization} if authorization else {}
    return app.test_client().get("/api/v1/offices", headers=headers, environ_base={"REMOTE_ADDR": address})


def assert_too_many(answer: Any) -> None:
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert (answer.json["code"], answer.json["status"]) == ("too_many", 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 2 * 3600


def test_a_key_that_calls_too_often_waits_and_another_does_not(strict: Flask, session: Session, world: World) -> None:
    one, other = (f"Bearer {new_key(session, name)}" for name in ("one", "other"))
    assert [call(strict, one).status_code for _ in range(3)] == [200] * 3
    assert_too_many(call(strict, one, address="192.0.2.9"))
    assert call(strict, other).status_code == 200


def test_an_address_that_tries_wrong_keys_waits_but_its_right_key_is_let_in(
    strict: Flask, session: Session, world: World
) -> None:
    right = new_key(session)
    for number in range(3):
        assert call(strict, f"Bearer wrong-{number}").status_code == 401
    assert_too_many(call(strict, "Bearer wrong-4"))
    assert call(strict, "Bearer wrong-5", address="192.0.2.2").status_code == 401
    assert call(strict, f"Bearer {right}").status_code == 200


def test_calls_without_a_key_are_not_counted_as_wrong_keys(strict: Flask, world: World) -> None:
    assert {call(strict).status_code for _ in range(5)} == {401}
    assert call(strict, "Bearer wrong").status_code == 401


def test_the_first_call_of_a_day_leaves_a_line_in_the_audit_log(app: Flask, session: Session, world: World) -> None:
    key = f"Bearer {new_key(session)}"
    key_id = session.scalars(select(ApiKey.id)).one()
    assert last_uses(session) == {}
    morning = datetime(2030, 5, 6, 7, tzinfo=UTC)
    for at in (morning, morning + timedelta(hours=3), morning + timedelta(days=2)):
        with clock.standing_at(at):
            assert call(app, key).status_code == 200
    lines = session.scalars(select(AuditEvent).where(AuditEvent.action == "api_key.use").order_by(AuditEvent.at)).all()
    assert [(line.at, line.actor_kind, line.object_id) for line in lines] == [
        (morning, "api", key_id),
        (morning + timedelta(days=2), "api", key_id),
    ]
    assert lines[0].address == "192.0.2.1"
    assert last_uses(session) == {key_id: morning + timedelta(days=2)}


def test_a_call_that_is_refused_for_its_key_leaves_no_line(app: Flask, session: Session, world: World) -> None:
    assert call(app, "Bearer wrong").status_code == 401
    assert last_uses(session) == {}
