"""Sending what waits: claim under a lease, send with no transaction open, write down what came of it.

A worker may die at any line: the lease runs out and another takes the job. Only a death between the receiver's answer
and our commit sends twice, and then under the same event id. Rows are locked in one order: job, endpoint, delivery.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.api.webhooks.endpoints import secrets_in_use
from app.api.webhooks.events import JOB
from app.api.webhooks.rules import PING, DeliveryStatus, EndpointState, Failure, rest_after, wait_after
from app.api.webhooks.sending import Outcome, Parcel, Sender
from app.api.webhooks.signature import HEADER, sign
from app.core import tenancy, work

BATCH = 24
KEPT = timedelta(days=30)
log = logging.getLogger(__name__)

Transaction = Callable[[], AbstractContextManager[Session]]
"""Opens a session with one transaction, committed at the end of the block."""


def claim_due(transaction: Transaction, now: datetime) -> list[work.Claim]:
    """Lease a batch of deliveries that are due."""
    with transaction() as session:
        return work.claim(session, kind=JOB, now=now, limit=BATCH)


def deliver(transaction: Transaction, sender: Sender, job: work.Claim, clock: Callable[[], datetime]) -> None:
    """Try one delivery."""
    begun = _begin(transaction, job, clock())
    if begun is None:
        return
    job, attempt_id, parcel = begun
    try:
        outcome = sender.send(parcel)
    except Exception as fault:  # of ours: it must not be tried for ever without a trace
        log.exception("webhook delivery %s met a fault", job.target_id)
        outcome = Outcome(failure=Failure.FAULT, detail=type(fault).__name__)
    _settle(transaction, job, attempt_id, outcome, clock())


def _begin(transaction: Transaction, job: work.Claim, now: datetime) -> tuple[work.Claim, int, Parcel] | None:
    """Note that a try begins, and take the values along; None where nothing is to be sent now."""
    with transaction() as session:
        tenancy.bind(session, job.municipality_id)
        if not work.still_ours(session, job):
            return None
        delivery = session.get(WebhookDelivery, job.target_id)
        if delivery is None:
            work.finish(session, job)
            return None
        endpoint = session.get(WebhookEndpoint, delivery.endpoint_id, with_for_update={"read": True})
        delivery = session.get(WebhookDelivery, job.target_id, with_for_update=True)
        if endpoint is None or delivery is None or delivery.status != DeliveryStatus.WAITING:
            work.finish(session, job)
            return None
        if _is_put_off(session, job, endpoint, delivery, now):
            return None
        delivery.tries += 1
        attempt = WebhookAttempt(delivery_id=delivery.id, started_at=now)
        session.add(attempt)
        session.flush()
        return work.renew(session, job, now=now), attempt.id, _parcel(endpoint, delivery, now)


def _is_put_off(
    session: Session, job: work.Claim, endpoint: WebhookEndpoint, delivery: WebhookDelivery, now: datetime
) -> bool:
    """Hold what goes to a paused endpoint, and let a resting one rest. A test is sent all the same."""
    if delivery.event_type == PING:
        return False
    if endpoint.state != EndpointState.ACTIVE:
        delivery.status, delivery.next_try_at = DeliveryStatus.HELD, None
        work.finish(session, job)
        return True
    if endpoint.resting_until is not None and endpoint.resting_until > now:
        delivery.next_try_at = endpoint.resting_until
        work.postpone(session, job, until=endpoint.resting_until)
        return True
    return False


def _parcel(endpoint: WebhookEndpoint, delivery: WebhookDelivery, now: datetime) -> Parcel:
    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Vuoro",
        "Vuoro-Event": delivery.event_type,
        HEADER: sign(secrets_in_use(endpoint, now=now), body, now),
    }
    return Parcel(endpoint.url, body, headers)


def _settle(transaction: Transaction, job: work.Claim, attempt_id: int, outcome: Outcome, now: datetime) -> None:
    with transaction() as session:
        tenancy.bind(session, job.municipality_id)
        ours = work.still_ours(session, job)
        known = session.get(WebhookDelivery, job.target_id)
        attempt = session.get(WebhookAttempt, attempt_id)
        if known is None or attempt is None:  # the endpoint was removed meanwhile
            work.finish(session, job)
            return
        attempt.duration_ms, attempt.status_code = outcome.duration_ms, outcome.status_code
        attempt.failure, attempt.detail, attempt.answer = outcome.failure or "", outcome.detail, outcome.answer
        if not ours:
            return
        endpoint = session.get_one(WebhookEndpoint, known.endpoint_id, with_for_update={"key_share": True})
        delivery = session.get_one(WebhookDelivery, known.id, with_for_update=True)
        if outcome.failure is None:
            _note_success(endpoint, delivery, now)
            work.finish(session, job)
        else:
            _note_failure(session, job, endpoint, delivery, now)


def _note_success(endpoint: WebhookEndpoint, delivery: WebhookDelivery, now: datetime) -> None:
    delivery.status, delivery.next_try_at, delivery.settled_at = DeliveryStatus.DELIVERED, None, now
    endpoint.failures, endpoint.failing_since, endpoint.resting_until = 0, None, None
    endpoint.last_success_at = now


def _note_failure(
    session: Session, job: work.Claim, endpoint: WebhookEndpoint, delivery: WebhookDelivery, now: datetime
) -> None:
    counts = delivery.event_type != PING
    if counts:
        endpoint.failures += 1
        endpoint.failing_since = endpoint.failing_since or now
        endpoint.resting_until = now + rest_after(endpoint.failures)
    wait = wait_after(delivery.tries, delivery.event_type)
    if wait is not None:
        delivery.next_try_at = now + wait
        work.postpone(session, job, until=delivery.next_try_at)
        return
    delivery.status, delivery.next_try_at, delivery.settled_at = DeliveryStatus.FAILED, None, now
    work.finish(session, job)
    nothing_passed = endpoint.last_success_at is None or endpoint.last_success_at < delivery.queued_at
    if counts and nothing_passed and endpoint.state == EndpointState.ACTIVE:
        endpoint.state = EndpointState.SUSPENDED
        log.warning("webhook endpoint %s is suspended: nothing got through for a day", endpoint.id)


def sweep(session: Session, *, now: datetime) -> int:
    """Forget deliveries that are settled or held for longer than a month. Returns how many."""
    old = WebhookDelivery.created_at < now - KEPT
    settled = WebhookDelivery.status != DeliveryStatus.WAITING
    return len(session.scalars(delete(WebhookDelivery).where(old, settled).returning(WebhookDelivery.id)).all())
