"""The schedule table, and the only importer of APScheduler: it ticks, PostgreSQL decides who does what.

Every job is safe to run twice, in several processes, and to be killed at any line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin import feedback
from app.api.webhooks import delivery
from app.api.webhooks.addresses import Policy
from app.api.webhooks.sending import Sender
from app.booking import holds
from app.booking import retention as clients
from app.booking.invited import service as invitations
from app.booking.reminders import planning as reminders
from app.booking.replies import service as answers
from app.core import audit, clock, tenancy, work
from app.core.db import db
from app.core.tenancy import Municipality
from app.identity import codes, counts, password_links, sessions
from app.messaging import retention as messages
from app.messaging.channels import configured_channels
from app.messaging.dispatcher import Limits, dispatch_due

WEBHOOKS_AT_ONCE = 8  # one receiver that keeps silent must not hold up the others
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Something done every ``seconds``."""

    name: str
    seconds: int
    run: Callable[[Flask], object]


@contextmanager
def transaction() -> Iterator[Session]:
    """A session of its own with one transaction."""
    with db.session_maker() as session, session.begin():
        yield session


def send_messages(app: Flask) -> int:
    """Send what is due until nothing is; several workers share the work."""
    settings, total = app.config["SETTINGS"], 0
    channels, limits = configured_channels(settings), Limits.of(settings)
    try:
        while tried := dispatch_due(transaction, channels, clock.now, limits=limits):
            total += tried
    finally:
        for channel in channels.values():
            channel.close()
    return total


def deliver_webhooks(app: Flask) -> int:
    """Tell other systems until nothing is due; several workers share the work."""
    sender, total = Sender(Policy.of(app.config["SETTINGS"])), 0

    def one(job: work.Claim) -> None:
        with app.app_context():
            delivery.deliver(transaction, sender, job, clock.now)

    with ThreadPoolExecutor(WEBHOOKS_AT_ONCE) as hands:
        while jobs := delivery.claim_due(transaction, clock.now()):
            total += len(list(hands.map(one, jobs)))
    return total


def plan_reminders(app: Flask) -> int:
    """Make the reminders that are due, in each municipality by one process at a time, until none is."""
    rounds = 0
    for municipality_id in municipality_ids():
        place: reminders.Place | None = reminders.BEGINNING
        while place is not None:
            with transaction() as session, work.only_one(session, f"reminders.{municipality_id}") as mine:
                tenancy.bind(session, municipality_id)
                place = reminders.plan_due(session, now=clock.now(), after=place) if mine else None
            rounds += 1
    return rounds


def sweep(app: Flask) -> None:
    """Delete what was kept for a while only."""
    rooms = (holds, invitations, codes, sessions, counts, password_links, feedback, delivery)
    _in_each_municipality("sweep", [room.sweep for room in rooms])


def forget(app: Flask) -> None:
    """Delete personal data that was kept for the years that the privacy page tells."""
    _in_each_municipality("forget", (messages.forget, answers.forget, clients.forget, audit.forget))


def municipality_ids() -> list[int]:
    """Every municipality of the installation."""
    with transaction() as session:
        return list(session.scalars(select(Municipality.id)))


def _in_each_municipality(name: str, steps: Iterable[Callable[..., int]]) -> None:
    """Do the steps, for each municipality in one process at a time."""
    for municipality_id in municipality_ids():
        with transaction() as session, work.only_one(session, f"{name}.{municipality_id}") as mine:
            if mine:
                tenancy.bind(session, municipality_id)
                for step in steps:
                    step(session, now=clock.now())


SCHEDULE = (
    PeriodicJob("send messages", 1, send_messages),
    PeriodicJob("plan reminders", 30, plan_reminders),
    PeriodicJob("deliver webhooks", 1, deliver_webhooks),
    PeriodicJob("sweep", 60, sweep),
    PeriodicJob("forget", 600, forget),
)


def run_worker(app: Flask) -> None:
    """Tick until told to stop."""
    scheduler = BlockingScheduler(timezone="UTC")
    for job in SCHEDULE:
        scheduler.add_job(
            _guarded(app, job), "interval", seconds=job.seconds, name=job.name, max_instances=1, coalesce=True
        )
    scheduler.start()


def _guarded(app: Flask, job: PeriodicJob) -> Callable[[], None]:
    def tick() -> None:
        with app.app_context():
            try:
                job.run(app)
            except Exception:
                log.exception("the job %r failed; it comes again in %s s", job.name, job.seconds)

    return tick
