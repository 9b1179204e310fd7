"""What Prometheus is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.api.models import WebhookEndpoint
from app.core import clock, work
from app.core.db import db
from app.core.work import Job
from app.factory import create_app
from app.identity.service import create_api_key
from config import Config
from tests.factories import World, make_world
from tests.live import serving
from tests.town import browser

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Samples:
    """Samples by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(app: Flask) -> Samples:
    token = app.config["SETTINGS"].METRICS_TOKEN
    answer = browser(app).get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    return read(answer.text)


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((f"vuoro_{name}", frozenset(labels.items())), 0.0)


def risen(before: Samples, after: Samples, name: str, **labels: str) -> float:
    return value(after, name, **labels) - value(before, name, **labels)


def book(app: Flask, session: Session, world: World, *starts: datetime) -> None:
    """Book the first time and keep the second."""
    key = create_api_key(session, name="system", now=clock.now())
    session.commit()
    headers = {"Authorization": f"Bearer {key}"}
    order = {"service_id": world.service.id, "starts_at": starts[0].isoformat(), "mode": "phone"}
    person = {"name": "Aino", "phone": "040 123 4567", "email": "aino@example.fi"}
    booked = browser(app).post("/api/v1/appointments", json={**order, "client": person}, headers=headers)
    assert booked.status_code == 201
    held = browser(app).post("/api/v1/holds", json={**order, "starts_at": starts[1].isoformat()}, headers=headers)
    assert held.status_code == 201


def test_the_state_of_all_municipalities_is_added_up(app: Flask, session: Session, world: World) -> None:
    day, starts = world.at(8), (world.at(9), world.at(10))
    with clock.standing_at(day + timedelta(days=1)):
        tomorrow_before = scrape(app)
    with clock.standing_at(day):
        before = scrape(app)
        book(app, session, world, *starts)
        other = make_world(session)  # binds the session to another municipality
        book(app, session, other, *starts)
        session.add(
            WebhookEndpoint(url="https://x.example", sealed_secrets=b"", state="suspended", made_by="", created_at=day)
        )
        session.commit()
        after = scrape(app)
    assert value(after, "database_up") == 1
    assert risen(before, after, "appointments_today", status="booked") == 2
    assert risen(before, after, "messages", channel="sms", status="queued") == 2
    assert risen(before, after, "messages", channel="email", status="queued") == 2
    assert risen(before, after, "live_holds") == 2
    assert risen(before, after, "webhook_endpoints", state="suspended") == 1
    assert risen(before, after, "jobs", kind="message.sms", state="due") == 2
    with clock.standing_at(day + timedelta(days=1)):
        tomorrow = scrape(app)
    assert risen(tomorrow_before, tomorrow, "appointments_today", status="booked") == 0
    assert risen(tomorrow_before, tomorrow, "live_holds") == 0
    assert value(tomorrow, "oldest_due_job_seconds", kind="message.sms") >= 24 * 3600


def test_jobs_are_due_leased_or_later(app: Flask, session: Session, world: World) -> None:
    now, kind = clock.now(), "test of metrics"
    for number, due in enumerate((now - timedelta(minutes=9), now - timedelta(minutes=5), now + timedelta(hours=1))):
        work.enqueue(session, kind=kind, municipality_id=world.municipality.id, target_id=number, due_at=due)
    session.flush()
    work.claim(session, kind=kind, now=now, limit=1)
    session.commit()
    with clock.standing_at(now):
        found = scrape(app)
    assert {state: value(found, "jobs", kind=kind, state=state) for state in ("due", "leased", "later")} == {
        "due": 1,
        "leased": 1,
        "later": 1,
    }
    assert value(found, "oldest_due_job_seconds", kind=kind) == 300
    session.query(Job).where(Job.kind == kind).delete()
    session.commit()


def test_nothing_names_a_person_or_a_municipality(app: Flask, session: Session, world: World) -> None:
    book(app, session, world, world.at(9), world.at(10))
    browser(app).get(f"/m/{world.municipality.slug}/book/{world.service.slug}/times")
    browser(app).get("/a/secret-token")
    token = app.config["SETTINGS"].METRICS_TOKEN
    text = browser(app).get("/metrics", headers={"Authorization": f"Bearer {token}"}).text
    for word in ("Aino", "401234567", world.municipality.slug, world.service.slug, "secret-token"):
        assert word not in text


def test_requests_are_counted_by_endpoint_method_and_class_of_status(app: Flask) -> None:
    before = scrape(app)
    for address, method in (("/health/live", "GET"), ("/health/live", "POST"), ("/nowhere/x", "GET"), ("/x", "ODD")):
        browser(app).open(address, method=method)
    after = scrape(app)
    name = "http_request_seconds_count"
    assert risen(before, after, name, endpoint="health.live", method="GET", status="2xx") == 1
    assert risen(before, after, name, endpoint="nowhere", method="POST", status="4xx") == 1
    assert risen(before, after, name, endpoint="nowhere", method="GET", status="4xx") == 1
    assert risen(before, after, name, endpoint="nowhere", method="other", status="4xx") == 1
    bucket = {"endpoint": "health.live", "method": "GET", "status": "2xx", "le": "+Inf"}
    assert risen(before, after, "http_request_seconds_bucket", **bucket) == 1


def test_without_a_database_it_is_the_metrics_that_tell(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    with app.app_context():
        monkeypatch.setattr(type(db.session()), "execute", fail)
    found = scrape(app)
    assert value(found, "database_up") == 0
    assert value(found, "http_request_seconds_count", endpoint="metrics.metrics", method="GET", status="2xx") >= 0


@pytest.fixture
def without_token(settings: Config) -> Iterator[Flask]:
    """An installation that has not set a token."""
    made = create_app(replace(settings, METRICS_TOKEN=""))
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer x"])
def test_without_a_token_there_is_no_such_page(without_token: Flask, authorization: str) -> None:
    answer = without_token.test_client().get("/metrics", headers={"Authorization": authorization})
    assert answer.status_code == 404


def test_all_workers_of_a_server_are_counted_together(app: Flask, settings: Config, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {settings.METRICS_TOKEN}"}
    folder = settings.instance / "metrics"
    left = folder / "999999999"
    left.mkdir(parents=True)
    others = set(folder.glob("*"))  # servers that other tests have killed may have left theirs
    with serving(settings, workers=2, log=tmp_path / "log") as address:
        for _ in range(60):
            assert requests.get(f"{address}/health/live", timeout=5).status_code == 200
        found = [read(requests.get(f"{address}/metrics", headers=headers, timeout=5).text) for _ in range(6)]
        assert not left.exists()
        assert len(set(folder.glob("*")) - others) == 1
    counts = [
        value(one, "http_request_seconds_count", endpoint="health.live", method="GET", status="2xx") for one in found
    ]
    assert counts == [60.0] * 6
    assert set(folder.glob("*")) <= others
