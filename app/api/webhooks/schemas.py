"""The shapes of webhooks in the API."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.schemas import Answer, Page, PageQuery
from app.api.webhooks.rules import EVENTS, PING, DeliveryStatus, EndpointState, Failure

STATUSES = [str(status) for status in DeliveryStatus]


def events_field() -> fields.List[Any]:
    """Which events are wanted."""
    return fields.List(
        fields.Str(validate=validate.OneOf(EVENTS)),
        validate=validate.Length(max=len(EVENTS)),
        metadata={"description": "None: all of them", "example": ["appointment.booked", "appointment.cancelled"]},
    )


def url_field(**options: Any) -> fields.Str:
    """Where events are sent."""
    return fields.Str(
        validate=validate.Length(1, 1000),
        metadata={"description": "https://…", "example": "https://system.example.fi/vuoro"},
        **options,
    )


class NewWebhook(Schema):
    """An address that shall be told of events."""

    url = url_field(required=True)
    description = fields.Str(load_default="", validate=validate.Length(max=100))
    events = events_field()


class WebhookPatch(Schema):
    """What to change of a webhook."""

    url = url_field()
    description = fields.Str(validate=validate.Length(max=100))
    events = events_field()
    active = fields.Bool(metadata={"description": "false: pause; true: resume, first with what was held"})


class Webhook(Answer):
    """An address that is told of events."""

    id = fields.Int()
    url = fields.Str()
    description = fields.Str()
    events = fields.List(fields.Str(validate=validate.OneOf(EVENTS)), metadata={"description": "None: all of them"})
    state = fields.Str(
        validate=validate.OneOf([str(state) for state in EndpointState]),
        metadata={"description": "`suspended`: nothing got through for a day; events are held until it is resumed"},
    )
    failing_since = fields.AwareDateTime(allow_none=True)
    last_success_at = fields.AwareDateTime(allow_none=True)
    made_by = fields.Str()
    created_at = fields.AwareDateTime()


class CreatedWebhook(Webhook):
    """A new webhook with its secret."""

    secret = fields.Str(metadata={"description": "Signs every event; told this once"})


class NewSecret(Answer):
    """A new secret; the old one signs beside it for a day."""

    secret = fields.Str()


class WebhookList(Page):
    """Webhooks in the order they were added, a page at a time."""

    items = fields.List(fields.Nested(Webhook))


class Delivery(Answer):
    """One event on its way to one webhook."""

    id = fields.Int()
    event_id = fields.Str()
    event_type = fields.Str(validate=validate.OneOf([*EVENTS, PING]))
    status = fields.Str(validate=validate.OneOf(STATUSES))
    tries = fields.Int(metadata={"description": "Since it was queued last"})
    created_at = fields.AwareDateTime()
    next_try_at = fields.AwareDateTime(allow_none=True)
    settled_at = fields.AwareDateTime(allow_none=True)


class Attempt(Answer):
    """One try. Without a duration, it ended with the worker."""

    started_at = fields.AwareDateTime()
    duration_ms = fields.Int(allow_none=True)
    status_code = fields.Int(allow_none=True)
    failure = fields.Str(validate=validate.OneOf(["", *map(str, Failure)]))
    detail = fields.Str()
    answer = fields.Str(metadata={"description": "The beginning of what the receiver said"})


class DeliveryWithAttempts(Delivery):
    """A delivery with what was sent and every try."""

    body = fields.Dict(metadata={"description": "The event"})
    attempts = fields.List(fields.Nested(Attempt))


class DeliveryList(Page):
    """Deliveries, the newest first, a page at a time."""

    items = fields.List(fields.Nested(Delivery))


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    status = fields.Str(validate=validate.OneOf(STATUSES))
