"""Endpoints: adding, changing, pausing, resuming and removing them; their secrets; tests and redeliveries."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.api.models import WebhookDelivery, WebhookEndpoint
from app.api.webhooks import events
from app.api.webhooks.addresses import Policy, check_url
from app.api.webhooks.rules import EVENTS, PING, DeliveryStatus, EndpointState
from app.core import audit, tenancy, work
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput
from app.core.http import field_cipher
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.core.typed import Unusable, clean_line

MOST = 20
"""Endpoints of one municipality: each is written to with every booking."""
OLD_SECRET_LIVES = timedelta(hours=24)
LONGEST_DESCRIPTION = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an endpoint shall be; ``events`` empty: all of them."""

    url: str
    description: str = ""
    events: Sequence[str] = ()


def add(
    session: Session, wanted: Wanted, *, policy: Policy, actor: Actor, now: datetime, api_key_id: int | None = None
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which is told once. Raises ``InvalidInput``, ``Conflict`` (``too_many_webhooks``)."""
    url, description = _checked(wanted, policy)
    municipality = _lock_list(session)
    known = session.scalars(select(WebhookEndpoint.id)).all()
    if len(known) >= MOST:
        raise Conflict(N_("There are as many webhooks as there can be. Remove one first."), code="too_many_webhooks")
    secret = _new_secret()
    endpoint = WebhookEndpoint(
        url=url,
        description=description,
        events=_in_order(wanted.events),
        sealed_secrets=field_cipher().seal({"current": secret}),
        api_key_id=api_key_id,
        made_by=actor.label,
        created_at=now,
    )
    session.add(endpoint)
    municipality.has_listeners = True
    session.flush()
    audit.record(session, actor=actor, action="webhook.add", on=endpoint, now=now, url=url)
    return endpoint, secret


def _checked(wanted: Wanted, policy: Policy) -> tuple[str, str]:
    errors: dict[str, str] = {}
    url = description = ""
    try:
        url = check_url(wanted.url, policy)
    except Unusable as problem:
        errors["url"] = str(problem)
    try:
        description = clean_line(wanted.description, longest=LONGEST_DESCRIPTION)
    except Unusable as problem:
        errors["description"] = str(problem)
    if set(wanted.events) - set(EVENTS):
        errors["events"] = N_("Choose among the events that there are.")
    if errors:
        raise InvalidInput(errors)
    return url, description


def _in_order(chosen: Sequence[str]) -> list[str]:
    return [event for event in EVENTS if event in chosen]


def _new_secret() -> str:
    return "whsec_" + secrets.token_urlsafe(32)


def _lock_list(session: Session) -> Municipality:
    """The municipality, locked: its endpoints are added and removed one after the other."""
    return session.get_one(
        Municipality,
        tenancy.bound_to(session),
        with_for_update={"key_share": True},
        populate_existing=True,
    )


def _lock(session: Session, endpoint: WebhookEndpoint) -> None:
    session.flush()  # refreshing would forget what was changed a moment ago
    session.refresh(endpoint, with_for_update={"key_share": True})


def change(
    session: Session, endpoint: WebhookEndpoint, wanted: Wanted, *, policy: Policy, actor: Actor, now: datetime
) -> None:
    """Take over address, description and events. Raises ``InvalidInput``."""
    url, description = _checked(wanted, policy)
    _lock(session, endpoint)
    endpoint.url, endpoint.description, endpoint.events = url, description, _in_order(wanted.events)
    audit.record(session, actor=actor, action="webhook.change", on=endpoint, now=now, url=url)


def pause(session: Session, endpoint: WebhookEndpoint, *, actor: Actor, now: datetime) -> None:
    """Stop sending; what happens meanwhile is held."""
    _lock(session, endpoint)
    if endpoint.state != EndpointState.PAUSED:
        endpoint.state = EndpointState.PAUSED
        audit.record(session, actor=actor, action="webhook.pause", on=endpoint, now=now)


def resume(session: Session, endpoint: WebhookEndpoint, *, actor: Actor, now: datetime) -> None:
    """Send again, first what was held."""
    _lock(session, endpoint)
    if endpoint.state == EndpointState.ACTIVE:
        return
    endpoint.state = EndpointState.ACTIVE
    endpoint.failures, endpoint.failing_since, endpoint.resting_until = 0, None, None
    _queue_held(session, endpoint, now=now)
    audit.record(session, actor=actor, action="webhook.resume", on=endpoint, now=now)


def _queue_held(session: Session, endpoint: WebhookEndpoint, *, now: datetime) -> None:
    held = (
        update(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.status == DeliveryStatus.HELD)
        .values(status=DeliveryStatus.WAITING, tries=0, queued_at=now, next_try_at=now)
        .returning(WebhookDelivery.id)
        .execution_options(synchronize_session=False)
    )
    for delivery_id in sorted(session.scalars(held)):
        work.hasten(
            session,
            kind=events.JOB,
            municipality_id=endpoint.municipality_id,
            target_id=delivery_id,
            due_at=now,
        )


def remove(session: Session, endpoint: WebhookEndpoint, *, actor: Actor, now: datetime) -> None:
    """Forget the endpoint and its deliveries; jobs that are left find nothing to do."""
    municipality = _lock_list(session)
    others = select(WebhookEndpoint.id).where(WebhookEndpoint.id != endpoint.id).limit(1)
    municipality.has_listeners = session.scalar(others) is not None
    audit.record(session, actor=actor, action="webhook.remove", on=endpoint, now=now, url=endpoint.url)
    session.delete(endpoint)
    session.flush()


def renew_secret(session: Session, endpoint: WebhookEndpoint, *, actor: Actor, now: datetime) -> str:
    """A new secret, told once. The old one signs beside it for a day, so that the receiver can be changed in peace."""
    _lock(session, endpoint)
    secret, until = _new_secret(), now + OLD_SECRET_LIVES
    old = _unsealed(endpoint)["current"]
    endpoint.sealed_secrets = field_cipher().seal({"current": secret, "old": old, "old_until": until.isoformat()})
    audit.record(session, actor=actor, action="webhook.renew_secret", on=endpoint, now=now)
    return secret


def secrets_in_use(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """The secrets that sign at this moment, the newest first."""
    kept = _unsealed(endpoint)
    both = "old" in kept and now < datetime.fromisoformat(kept["old_until"])
    return [kept["current"], kept["old"]] if both else [kept["current"]]


def _unsealed(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return field_cipher().unseal(endpoint.sealed_secrets)


def send_test(
    session: Session, endpoint: WebhookEndpoint, municipality: Municipality, *, now: datetime
) -> WebhookDelivery:
    """Queue a ``ping``; a paused endpoint gets it too."""
    event_id = events.write(session, municipality, PING, {}, now=now, endpoint_id=endpoint.id)
    query = select(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.event_id == event_id
    )
    return session.scalars(query).one()


def redeliver(session: Session, delivery: WebhookDelivery, *, actor: Actor, now: datetime) -> None:
    """Send once more, at once, with all its retries. Raises ``Conflict`` (``webhook_paused``)."""
    work.hasten(session, kind=events.JOB, municipality_id=delivery.municipality_id, target_id=delivery.id, due_at=now)
    endpoint = session.get_one(WebhookEndpoint, delivery.endpoint_id)
    _lock(session, endpoint)
    if endpoint.state != EndpointState.ACTIVE and delivery.event_type != PING:
        raise Conflict(
            N_("This webhook is paused. Resume it first: then everything held is sent."), code="webhook_paused"
        )
    session.refresh(delivery, with_for_update=True)
    delivery.status, delivery.tries = DeliveryStatus.WAITING, 0
    delivery.queued_at = delivery.next_try_at = now
    delivery.settled_at = None
    endpoint.resting_until = None
    audit.record(session, actor=actor, action="webhook.redeliver", on=delivery, now=now)
