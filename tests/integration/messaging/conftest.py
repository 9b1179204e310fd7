"""A post office of the test's own, and an outbox in a municipality and a year of its own."""

from __future__ import annotations

import itertools
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import delete

from app.core.work import Job
from app.jobs import transaction
from tests.factories import make_municipality
from tests.post_office import Opening, Outbox, PostOffice, certificate_for_localhost, free_port

_years = itertools.count(1999, -1)


@pytest.fixture
def open_post_office() -> Iterator[Opening]:
    """Opens post offices with aiosmtpd's options, and closes them after the test."""
    controllers = []

    def open_one(port: int = 0, **options: Any) -> PostOffice:
        office = PostOffice(port or free_port())
        controller = Controller(office, hostname="127.0.0.1", port=office.port, **options)
        controller.start()
        controllers.append(controller)
        return office

    yield open_one
    for controller in controllers:
        controller.stop()


@pytest.fixture
def post_office(open_post_office: Opening) -> PostOffice:
    """A post office that takes everything."""
    return open_post_office()


@pytest.fixture
def outbox(app: Flask) -> Iterator[Outbox]:
    """An empty outbox. Later tests stand in earlier years, so that what a test leaves waiting is never due again."""
    with app.app_context(), transaction() as session:
        municipality_id = make_municipality(session).id
    yield Outbox(app, municipality_id, datetime(next(_years), 6, 1, 9, tzinfo=UTC))
    with app.app_context(), transaction() as session:  # jobs are found by every worker: leave none for tests of today
        session.execute(delete(Job).where(Job.due_at < datetime(2001, 1, 1, tzinfo=UTC)))


@pytest.fixture
def trusted_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's TLS context for ``localhost`` whose certificate this process trusts."""
    certificate = certificate_for_localhost(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    return certificate
