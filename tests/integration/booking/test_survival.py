"""The whole demo under ``kill -9``: web, worker and database die at random moments while a thousand people book."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import func, select

from app.booking.models import Appointment, Reservation
from app.core import clock, embedded
from app.core.audit import AuditEvent
from app.core.db import db
from app.core.tenancy import Municipality, bind
from app.factory import create_app
from app.identity.service import create_api_key
from app.messaging.models import Message
from config import PROJECT, Config
from tests.concurrently import run_at_once
from tests.factories import make_municipality, make_office, make_professional, make_service
from tests.live import free_port, wait_until_ready

BOOKINGS, PEOPLE, KILLS = 1000, 20, 12
PATIENCE = 120  # seconds that a client goes on trying


class Letterbox:
    """Takes every e-mail and remembers its Message-ID."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        lines = envelope.content.decode("utf-8", "replace").splitlines()
        self.ids.append(next(line for line in lines if line.lower().startswith("message-id:")))
        return "250 OK"


@dataclass
class Running:
    """The demo as a newcomer starts it."""

    instance: Path
    address: str
    letterbox: Letterbox

    def victims(self) -> list[tuple[str, int]]:
        """Everything that may die: web master, web workers, background worker, postmaster and backends."""
        found = []
        for pid, _ in json.loads((self.instance / "demo.lock").read_text())["children"]:
            with suppress(psutil.NoSuchProcess):
                parent = psutil.Process(pid)
                kind = "web" if "gunicorn" in " ".join(parent.cmdline()) else "worker"
                found.append((kind, pid))
                found += [(kind, child.pid) for child in parent.children()]
        with suppress(FileNotFoundError, psutil.NoSuchProcess, ValueError):
            pid = int((embedded.data_dir(self.instance) / "postmaster.pid").read_text().split("\n")[0])
            found.append(("database", pid))
            found += [("database", child.pid) for child in psutil.Process(pid).children()]
        return found


@pytest.fixture
def running() -> Iterator[Running]:
    instance = Path(tempfile.mkdtemp(prefix="vuoro-survival-"))
    letterbox = Letterbox()
    post = Controller(letterbox, hostname="127.0.0.1", port=free_port())
    post.start()
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")},
        "VUORO_INSTANCE": str(instance),
        "PORT": str(port),
        "SMTP_URL": f"smtp://127.0.0.1:{post.port}",
    }
    log = instance / "demo.log"
    with log.open("wb") as output:
        demo = subprocess.Popen(
            [sys.executable, "-m", "scripts.demo_server"], cwd=PROJECT, env=environment, stdout=output, stderr=output
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(address, demo, seconds=120)
        yield Running(instance, address, letterbox)
        assert demo.poll() is None, log.read_text()[-3000:]
    finally:
        demo.terminate()
        demo.wait(timeout=60)
        post.stop()
        embedded.delete(instance)


def application(running: Running) -> Flask:
    return create_app(Config(VUORO_INSTANCE=str(running.instance), DATABASE_POOL_SIZE="2"))


def prepare(app: Flask) -> tuple[str, int, list[dict[str, Any]]]:
    """A municipality with room for everybody; a key, and one body per booking, each for a time of its own."""
    with app.app_context():
        session = db.session
        municipality = make_municipality(session)
        office = make_office(session)
        service = make_service(session, offices=[office], duration_minutes=15)
        hours = [(weekday, 480, 960) for weekday in range(7)]
        people = [make_professional(session, services=[service], office=office, hours=hours) for _ in range(PEOPLE)]
        key = create_api_key(session, name="survival", now=clock.now())
        session.commit()
        monday = clock.now().astimezone(municipality.zone).replace(hour=8, minute=0, second=0, microsecond=0)
        first = monday + timedelta(days=(7 - monday.weekday()) % 7 + 7)
        first += timedelta(days=7) if first.month == 12 and first.day > 18 else timedelta(0)
        bodies = [
            {
                "service_id": service.id,
                "professional_id": people[n % PEOPLE].id,
                "starts_at": (first + timedelta(days=n // PEOPLE // 25, minutes=15 * (n // PEOPLE % 25))).isoformat(),
                "mode": "phone",
                "client": {"name": f"Asiakas {n}", "phone": "0401234567", "email": f"asiakas{n}@example.fi"},
            }
            for n in range(BOOKINGS)
        ]
        return key, municipality.id, bodies


def book_patiently(running: Running, key: str, n: int, body: dict[str, Any]) -> dict[str, Any]:
    """As a well-behaved system does: the same key again, until there is an answer."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"survival-{n}"}
    deadline = time.monotonic() + PATIENCE
    last = ""
    while time.monotonic() < deadline:
        try:
            answer = requests.post(f"{running.address}/api/v1/appointments", json=body, headers=headers, timeout=30)
            if answer.status_code == 201:
                return dict(answer.json())
            last = answer.text
            assert answer.status_code in (500, 503), answer.text
        except requests.RequestException as problem:
            last = repr(problem)
        time.sleep(0.3)
    raise AssertionError(f"no answer for booking {n}: {last}")


def kill_now_and_then(running: Running, done: threading.Event, killed: list[str], chance: random.Random) -> None:
    while len(killed) < KILLS and not done.wait(chance.uniform(1.0, 3.0)):
        kind = chance.choice(["web", "worker", "database"])
        victims = [pid for name, pid in running.victims() if name == kind]
        if victims:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(victims), signal.SIGKILL)
                killed.append(kind)


@pytest.mark.slow
@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="kills the embedded PostgreSQL, not somebody's server")
def test_every_booking_answered_with_success_survives_and_none_exists_twice(running: Running) -> None:
    app = application(running)
    key, municipality_id, bodies = prepare(app)
    done, killed = threading.Event(), list[str]()
    killer = threading.Thread(target=kill_now_and_then, args=(running, done, killed, random.Random(7)))
    killer.start()
    calls = [lambda n=n, body=body: book_patiently(running, key, n, body) for n, body in enumerate(bodies)]
    answers = run_at_once(calls, workers=10)
    done.set()
    killer.join()
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert len(killed) >= 5
    wait_until_ready(running.address, seconds=60)
    with app.app_context():
        db.engine.dispose()
        bind(db.session, municipality_id)
        assert db.session.get(Municipality, municipality_id) is not None
        references = list(db.session.scalars(select(Appointment.reference)))
        assert sorted(references) == sorted(answer["reference"] for answer in answers)
        assert db.session.scalar(select(func.count()).select_from(Reservation)) == BOOKINGS
        causes = Counter(db.session.scalars(select(Message.cause)))
        assert set(causes.values()) == {2}, "one e-mail and one text message each"
        assert len(causes) == BOOKINGS
        booked = select(func.count()).where(AuditEvent.action == "appointment.book")
        assert db.session.scalar(booked) == BOOKINGS
        wait_for_post(running, municipality_id)
        db.engine.dispose()
    ours = [line for line in running.letterbox.ids if "testila" in line]
    assert len(set(ours)) == BOOKINGS
    assert len(ours) - BOOKINGS <= len(killed), "a killed process repeats at most the message it was sending"


def wait_for_post(running: Running, municipality_id: int) -> None:
    """Until every e-mail has left: leases of killed workers run out after a minute and a half."""
    for _ in range(180):
        db.session.rollback()
        left = select(func.count()).where(Message.channel == "email", Message.status != "sent")
        if db.session.scalar(left) == 0:
            return
        time.sleep(1)
    raise AssertionError("some e-mails never left")
