"""Receivers of webhooks, and a municipality in a season of its own that tells them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.api.webhooks import endpoints, events
from app.api.webhooks.addresses import Policy
from app.api.webhooks.delivery import claim_due, deliver
from app.api.webhooks.endpoints import Wanted
from app.api.webhooks.sending import Sender
from app.core import tenancy
from app.core.audit import Actor
from app.core.tenancy import Municipality
from app.core.work import Job
from app.jobs import transaction
from tests.factories import make_municipality
from tests.receiver import Receiver, listening

HERE = Policy(plain_http=True, private=True)
ADMIN = Actor("staff", 1, "Antti Vainio", trusted=True)
_seasons = itertools.count()


@dataclass
class Line:
    """One municipality that tells others, at an instant of its own. No other test's deliveries are due in its time."""

    app: Flask
    municipality_id: int
    now: datetime
    sender: Sender = field(default_factory=lambda: Sender(HERE, silence=0.4, whole=1.0))

    def change(self, act: Callable[[Session], Any]) -> Any:
        """Do something in a transaction of the municipality."""
        with self.app.app_context(), transaction() as session:
            tenancy.bind(session, self.municipality_id)
            return act(session)

    def add(self, url: str, *wanted: str) -> tuple[int, str]:
        """Register an address; returns the endpoint's id and secret."""

        def act(session: Session) -> tuple[int, str]:
            endpoint, secret = endpoints.add(
                session, Wanted(url, events=wanted), policy=HERE, actor=ADMIN, now=self.now
            )
            return endpoint.id, secret

        made: tuple[int, str] = self.change(act)
        return made

    def happen(self, event_type: str = "appointment.booked", **data: Any) -> str:
        """Something happens; returns the event's id."""

        def act(session: Session) -> str:
            municipality = session.get_one(Municipality, self.municipality_id)
            return events.write(session, municipality, event_type, {"id": 1, "version": 1, **data}, now=self.now)

        return str(self.change(act))

    def on(self, endpoint_id: int, act: Callable[..., Any], **more: Any) -> Any:
        """Call a function of ``endpoints`` on an endpoint."""
        who = {"actor": ADMIN, "now": self.now, **more}
        return self.change(lambda session: act(session, session.get_one(WebhookEndpoint, endpoint_id), **who))

    def redeliver(self, event_id: str) -> None:
        """Send an event once more."""
        query = select(WebhookDelivery).where(WebhookDelivery.event_id == event_id)
        self.change(
            lambda session: endpoints.redeliver(session, session.scalars(query).one(), actor=ADMIN, now=self.now)
        )

    def ping(self, endpoint_id: int) -> None:
        """Send a test."""

        def act(session: Session) -> None:
            municipality = session.get_one(Municipality, self.municipality_id)
            endpoints.send_test(session, session.get_one(WebhookEndpoint, endpoint_id), municipality, now=self.now)

        self.change(act)

    def claim(self) -> list[Any]:
        """What a worker takes."""
        with self.app.app_context():
            return claim_due(transaction, self.now)

    def deliver(self, job: Any, sender: Sender | None = None) -> None:
        """What a worker does with one of them."""
        with self.app.app_context():
            deliver(transaction, sender or self.sender, job, lambda: self.now)

    def work(self) -> int:
        """A worker's round; returns how many deliveries it took."""
        taken = 0
        while jobs := self.claim():
            for job in jobs:
                self.deliver(job)
            taken += len(jobs)
        return taken

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def endpoint(self, endpoint_id: int) -> WebhookEndpoint:
        """As it stands in the database."""
        found: WebhookEndpoint = self.change(lambda session: session.get_one(WebhookEndpoint, endpoint_id))
        return found

    def deliveries(self) -> list[WebhookDelivery]:
        """All of the municipality's, in order."""
        query = select(WebhookDelivery).order_by(WebhookDelivery.id)
        return list(self.change(lambda session: session.scalars(query).all()))

    def attempts(self) -> list[WebhookAttempt]:
        """All of the municipality's, in order."""
        query = select(WebhookAttempt).order_by(WebhookAttempt.id)
        return list(self.change(lambda session: session.scalars(query).all()))

    def jobs(self) -> list[Job]:
        """What workers have still to do for the municipality."""
        query = select(Job).where(Job.kind == events.JOB, Job.municipality_id == self.municipality_id)
        return list(self.change(lambda session: session.scalars(query).all()))


@pytest.fixture
def line(app: Flask) -> Iterator[Line]:
    """Later tests stand 90 days earlier, so that what a test leaves waiting is never due again."""
    with app.app_context(), transaction() as session:
        municipality_id = make_municipality(session).id
    yield Line(app, municipality_id, datetime(2025, 6, 1, 9, tzinfo=UTC) - timedelta(days=90 * next(_seasons)))
    with app.app_context(), transaction() as session:
        session.execute(delete(Job).where(Job.kind == events.JOB, Job.municipality_id == municipality_id))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything, unless it is told otherwise."""
    with listening() as one:
        yield one
