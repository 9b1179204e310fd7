"""One delivery: what was sent, every try, and sending it once more."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import select

from app.api.models import WebhookAttempt, WebhookDelivery
from app.api.pages.overview import blueprint, page
from app.api.pages.views import attempt_view, delivery_view
from app.api.webhooks import endpoints
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.http import see_other
from app.identity.access import own_municipality, staff, staff_actor


@blueprint.get("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>")
@staff("settings.manage")
def delivery(webhook_id: int, delivery_id: int) -> Any:
    """One delivery: what was sent, and every try."""
    return _delivery_page(webhook_id, _find(webhook_id, delivery_id))


def _find(webhook_id: int, delivery_id: int) -> WebhookDelivery:
    found = db.session.get(WebhookDelivery, delivery_id)
    if found is None or found.endpoint_id != webhook_id:
        raise NotFound
    return found


def _delivery_page(webhook_id: int, found: WebhookDelivery, problem: str = "") -> str:
    zone = own_municipality().zone
    attempts = select(WebhookAttempt).where(WebhookAttempt.delivery_id == found.id).order_by(WebhookAttempt.id.desc())
    return page(
        "delivery.html",
        problem=problem,
        delivery=delivery_view(found, zone),
        attempts=[attempt_view(attempt, zone) for attempt in db.session.scalars(attempts)],
        redeliver_url=url_for("integrations.redeliver", webhook_id=webhook_id, delivery_id=found.id),
        back_url=url_for("integrations.webhook", webhook_id=webhook_id),
    )


@blueprint.post("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/redeliver")
@staff("settings.manage")
def redeliver(webhook_id: int, delivery_id: int) -> Any:
    """Send it once more."""
    found = _find(webhook_id, delivery_id)
    try:
        endpoints.redeliver(db.session, found, actor=staff_actor(), now=clock.now())
    except Conflict as problem:
        db.session.rollback()
        return _delivery_page(webhook_id, found, problem.text()), 409
    db.session.commit()
    return see_other(url_for("integrations.delivery", webhook_id=webhook_id, delivery_id=delivery_id))
