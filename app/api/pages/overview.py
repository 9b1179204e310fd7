"""All that is joined to this municipality: webhooks and keys on one page."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from flask import Blueprint, render_template, url_for
from sqlalchemy import func, select

from app.api.key_use import last_uses
from app.api.models import WebhookDelivery, WebhookEndpoint
from app.api.pages.views import SCOPE_NAMES, webhook_view
from app.api.webhooks.rules import DeliveryStatus
from app.core.db import db
from app.core.i18n import format_short_date, gettext
from app.identity.access import own_municipality, staff
from app.identity.models import ApiKey
from app.identity.staff_frame import staff_page

blueprint = Blueprint("integrations", __name__, url_prefix="/staff/integrations")


def page(template: str, **values: Any) -> str:
    """A page of this room, in the staff's frame."""
    return render_template(f"integrations/{template}", **values, **staff_page("integrations"))


@blueprint.get("")
@staff("settings.manage")
def overview() -> Any:
    """Who is told, and who has a key."""
    zone, unsettled = own_municipality().zone, count_unsettled()
    endpoints = db.session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.id))
    webhooks = [webhook_view(endpoint, unsettled[endpoint.id], zone) for endpoint in endpoints]
    return page(
        "overview.html",
        webhooks=webhooks,
        suspended=[webhook["name"] for webhook in webhooks if webhook["suspended"]],
        keys=_keys(),
    )


def count_unsettled() -> dict[int, dict[str, int]]:
    """By endpoint, how many deliveries wait or are held."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    query = select(WebhookDelivery.endpoint_id, WebhookDelivery.status, func.count()).where(
        WebhookDelivery.status.in_((DeliveryStatus.WAITING, DeliveryStatus.HELD))
    )
    for endpoint_id, status, count in db.session.execute(query.group_by(*query.selected_columns[:2])):
        found[endpoint_id][status] = count
    return found


def _keys() -> list[dict[str, Any]]:
    zone, used = own_municipality().zone, last_uses(db.session)
    return [
        {
            "name": key.name,
            "scopes": [gettext(SCOPE_NAMES[scope]) for scope in key.scopes],
            "created": format_short_date(key.created_at.astimezone(zone).date()),
            "used": format_short_date(used[key.id].astimezone(zone).date()) if key.id in used else "",
            "withdraw_url": url_for("integrations.withdraw_key", key_id=key.id),
        }
        for key in db.session.scalars(select(ApiKey).order_by(ApiKey.id))
    ]
