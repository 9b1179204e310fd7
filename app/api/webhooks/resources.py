"""Webhooks by the API. A key manages what it registered itself; with the scope ``admin``, all of its municipality's."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, current_app
from flask_smorest import Blueprint
from sqlalchemy import Select, select

from app.api.answers import IDEMPOTENT, created, decode_cursor, encode_cursor, municipality, page_of
from app.api.description import LOCATION
from app.api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.api.schemas import PageQuery, Problem
from app.api.setup import caller, calling_actor, scope
from app.api.webhooks import endpoints, schemas
from app.api.webhooks.addresses import Policy
from app.api.webhooks.endpoints import Wanted
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import N_

blueprint = Blueprint("api_webhooks", __name__, url_prefix="/api/v1", description="Webhooks")

ENDPOINT = ("id", "url", "description", "events", "state", "made_by")
DELIVERY = ("id", "event_id", "event_type", "status", "tries")


def policy() -> Policy:
    """Which addresses this installation sends to."""
    return Policy.of(current_app.config["SETTINGS"])


def shown(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """A webhook as the API shows one; never with its secret."""
    return {
        **{name: getattr(endpoint, name) for name in ENDPOINT},
        **_instants(endpoint, "failing_since", "last_success_at", "created_at"),
    }


def _instants(row: Any, *names: str) -> dict[str, Any]:
    zone = municipality().zone
    return {name: value and value.astimezone(zone) for name in names for value in [getattr(row, name)]}


def shown_delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    """A delivery as the API shows one."""
    return {
        **{name: getattr(delivery, name) for name in DELIVERY},
        **_instants(delivery, "created_at", "next_try_at", "settled_at"),
    }


def _own() -> Select[Any]:
    query = select(WebhookEndpoint).order_by(WebhookEndpoint.id)
    return query if "admin" in caller().scopes else query.where(WebhookEndpoint.api_key_id == caller().key_id)


def _find(webhook_id: int) -> WebhookEndpoint:
    endpoint: WebhookEndpoint | None = db.session.scalar(_own().where(WebhookEndpoint.id == webhook_id))
    if endpoint is None:
        raise NotFound(N_("There is no such webhook."))
    return endpoint


def _find_delivery(webhook_id: int, delivery_id: int) -> WebhookDelivery:
    delivery = db.session.get(WebhookDelivery, delivery_id)
    if delivery is None or delivery.endpoint_id != _find(webhook_id).id:
        raise NotFound(N_("There is no such delivery."))
    return delivery


@blueprint.get("/webhooks")
@scope("read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.WebhookList)
def webhooks(query: dict[str, Any]) -> Any:
    """Webhooks that this key registered; with the scope `admin`, all."""
    statement = _own().limit(query["limit"] + 1)
    if "cursor" in query:
        statement = statement.where(WebhookEndpoint.id > decode_cursor(query["cursor"])[-1])
    page = page_of(list(db.session.scalars(statement)), query["limit"], lambda last: encode_cursor(last.id))
    return {**page, "items": [shown(endpoint) for endpoint in page["items"]]}


@blueprint.post("/webhooks")
@scope("book")
@blueprint.doc(**IDEMPOTENT)
@blueprint.arguments(schemas.NewWebhook)
@blueprint.response(201, schemas.CreatedWebhook, headers=LOCATION)
@blueprint.alt_response(409, schema=Problem, description="`too_many_webhooks`, `idempotency_key_reused`")
def new_webhook(body: dict[str, Any]) -> Response:
    """Be told of events. `secret` signs them and is told this once."""
    wanted = Wanted(body["url"], body["description"], body.get("events", ()))

    def do() -> dict[str, Any]:
        endpoint, secret = endpoints.add(
            db.session,
            wanted,
            policy=policy(),
            actor=calling_actor(),
            now=clock.now(),
            api_key_id=caller().key_id,
        )
        return {**shown(endpoint), "secret": secret}

    return created(schemas.CreatedWebhook(), do, location=lambda made: f"/api/v1/webhooks/{made['id']}", sealed=True)


@blueprint.get("/webhooks/<int:webhook_id>")
@scope("read")
@blueprint.response(200, schemas.Webhook)
def webhook(webhook_id: int) -> Any:
    """One webhook."""
    return shown(_find(webhook_id))


@blueprint.patch("/webhooks/<int:webhook_id>")
@scope("book")
@blueprint.arguments(schemas.WebhookPatch)
@blueprint.response(200, schemas.Webhook)
def patch_webhook(body: dict[str, Any], webhook_id: int) -> Any:
    """Change what is given, leave the rest; `active` pauses and resumes."""
    found = _find(webhook_id)
    who: dict[str, Any] = {"actor": calling_actor(), "now": clock.now()}
    if body.keys() - {"active"}:
        present = {name: getattr(found, name) for name in ("url", "description", "events")}
        wanted = Wanted(**{**present, **{name: body[name] for name in present if name in body}})
        endpoints.change(db.session, found, wanted, policy=policy(), **who)
    if "active" in body:
        (endpoints.resume if body["active"] else endpoints.pause)(db.session, found, **who)
    db.session.commit()
    return shown(found)


@blueprint.delete("/webhooks/<int:webhook_id>")
@scope("book")
@blueprint.response(204)
def delete_webhook(webhook_id: int) -> None:
    """Forget a webhook and its deliveries."""
    endpoints.remove(db.session, _find(webhook_id), actor=calling_actor(), now=clock.now())
    db.session.commit()


@blueprint.post("/webhooks/<int:webhook_id>/secret")
@scope("book")
@blueprint.response(200, schemas.NewSecret)
def new_secret(webhook_id: int) -> Any:
    """Change the secret; for a day the old one signs too."""
    secret = endpoints.renew_secret(db.session, _find(webhook_id), actor=calling_actor(), now=clock.now())
    db.session.commit()
    return {"secret": secret}


@blueprint.post("/webhooks/<int:webhook_id>/ping")
@scope("book")
@blueprint.response(202, schemas.Delivery)
def ping(webhook_id: int) -> Any:
    """Send a `ping` event, once."""
    delivery = endpoints.send_test(db.session, _find(webhook_id), municipality(), now=clock.now())
    db.session.commit()
    return shown_delivery(delivery)


@blueprint.get("/webhooks/<int:webhook_id>/deliveries")
@scope("read")
@blueprint.arguments(schemas.DeliveryQuery, location="query")
@blueprint.response(200, schemas.DeliveryList)
def deliveries(query: dict[str, Any], webhook_id: int) -> Any:
    """What was sent, the newest first; kept for 30 days."""
    statement = (
        select(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == _find(webhook_id).id)
        .order_by(WebhookDelivery.id.desc())
        .limit(query["limit"] + 1)
    )
    if "status" in query:
        statement = statement.where(WebhookDelivery.status == query["status"])
    if "cursor" in query:
        statement = statement.where(WebhookDelivery.id < decode_cursor(query["cursor"])[-1])
    page = page_of(list(db.session.scalars(statement)), query["limit"], lambda last: encode_cursor(last.id))
    return {**page, "items": [shown_delivery(delivery) for delivery in page["items"]]}


@blueprint.get("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>")
@scope("read")
@blueprint.response(200, schemas.DeliveryWithAttempts)
def delivery(webhook_id: int, delivery_id: int) -> Any:
    """One delivery: what was sent, and every try."""
    found = _find_delivery(webhook_id, delivery_id)
    attempts = select(WebhookAttempt).where(WebhookAttempt.delivery_id == found.id).order_by(WebhookAttempt.id)
    names = ("duration_ms", "status_code", "failure", "detail", "answer")
    return {
        **shown_delivery(found),
        "body": json.loads(found.body),
        "attempts": [
            {**{name: getattr(row, name) for name in names}, **_instants(row, "started_at")}
            for row in db.session.scalars(attempts)
        ],
    }


@blueprint.post("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/redeliver")
@scope("book")
@blueprint.response(202, schemas.Delivery)
def redeliver(webhook_id: int, delivery_id: int) -> Any:
    """Send it once more, at once, with all its retries."""
    found = _find_delivery(webhook_id, delivery_id)
    endpoints.redeliver(db.session, found, actor=calling_actor(), now=clock.now())
    db.session.commit()
    return shown_delivery(found)
