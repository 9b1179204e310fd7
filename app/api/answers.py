"""What API answers share: pages by cursor, idempotency, and the free times offered where one was taken."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Response, current_app, g, request
from marshmallow import Schema
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.api.setup import caller
from app.booking.availability import Wish, who_is_free
from app.booking.models import IdempotencyKey
from app.core import clock, tenancy
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, SlotTaken
from app.core.http import field_cipher
from app.core.i18n import N_
from app.core.pages import problem
from app.core.tenancy import Municipality

IDEMPOTENT = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "schema": {"type": "string", "maxLength": 255},
            "description": "The same key and body within two days give the first answer again",
        }
    ]
}
"""For ``blueprint.doc`` of calls that answer through ``created``."""
ALTERNATIVES = 5
LOOK_AHEAD = 14  # days
LONGEST_KEY = 255


def municipality() -> Municipality:
    """The caller's municipality."""
    found: Municipality = g.municipality
    return found


def encode_cursor(*values: object) -> str:
    """An opaque cursor."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> list[Any]:
    """What ``encode_cursor`` took. Raises ``InvalidInput``."""
    try:
        values: list[Any] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise InvalidInput({"cursor": N_("Use the value of next from the page before.")}) from None
    if not isinstance(values, list) or not values or type(values[-1]) is not int or not 0 <= values[-1] < 2**63:
        raise InvalidInput({"cursor": N_("Use the value of next from the page before.")})
    return values


def page_of(rows: Sequence[Any], limit: int, cursor: Callable[[Any], str]) -> dict[str, Any]:
    """``items`` and ``next`` of ``limit + 1`` rows."""
    more = len(rows) > limit
    return {"items": rows[:limit], "next": cursor(rows[limit - 1]) if more else None}


def slots_of(free: Mapping[int, Collection[int]], minutes: int) -> list[dict[str, Any]]:
    """Who is free by start, as JSON shows it (``schemas.Slot``), in the municipality's zone."""
    zone, length = municipality().zone, 60 * minutes

    @cache  # where one ends another starts
    def shown(instant: int) -> str:
        return datetime.fromtimestamp(instant, zone).isoformat()

    return [
        {
            "starts_at": shown(start),
            "ends_at": shown(start + length),
            "professional_ids": sorted(free[start]),
        }
        for start in sorted(free)
    ]


@contextmanager
def offering_alternatives(wish: Wish, wanted: datetime) -> Iterator[None]:
    """Put the nearest free times beside "this time was just taken"."""
    try:
        yield
    except SlotTaken as taken:
        db.session.rollback()
        day = wanted.astimezone(municipality().zone).date()
        wider = replace(wish, first=day, last=day + timedelta(days=LOOK_AHEAD - 1), professional_id=None)
        free = who_is_free(db.session, [wider], zone=municipality().zone, now=clock.now())
        nearest = sorted(free, key=lambda start: abs(start - wanted.timestamp()))[:ALTERNATIVES]
        shown = {start: free[start] for start in nearest}
        raise TakenWithAlternatives(slots_of(shown, wish.service.duration_minutes)) from taken


class TakenWithAlternatives(SlotTaken):
    """``slot_taken`` with other times beside it."""

    def __init__(self, alternatives: list[dict[str, Any]]) -> None:
        super().__init__()
        self.alternatives = alternatives


def on_taken(error: TakenWithAlternatives) -> Response:
    """409 with ``alternatives``."""
    return problem(error.status, error.code, error.text(), alternatives=error.alternatives)


def created(
    schema: Schema,
    do: Callable[[], Any],
    *,
    location: Callable[[Any], str] | None = None,
    sealed: bool = False,
) -> Response:
    """Run ``do`` in one transaction and answer 201; with an ``Idempotency-Key``, once for the same key and body.

    ``sealed``: the answer holds a secret, and is kept encrypted for the next time.
    """
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY:
        raise InvalidInput({"Idempotency-Key": N_("This is too long. Please shorten it.")})
    row = _claim_key(key) if key else None
    if row is not None and row.response is not None:
        return _answer(row.response)
    made = do()
    body = {"body": schema.dump(made), "location": location(made) if location else ""}
    if row is not None:
        row.status_code, row.response = 201, _sealed(body) if sealed else body
    db.session.commit()
    return _answer(body)


def _sealed(body: dict[str, Any]) -> dict[str, Any]:
    return {"sealed": field_cipher().seal(body).decode()}


def _answer(stored: dict[str, Any]) -> Response:
    if "sealed" in stored:
        stored = field_cipher().unseal(stored["sealed"].encode())
    response = Response(current_app.json.dumps(stored["body"]), status=201, mimetype="application/json")
    if stored["location"]:
        response.headers["Location"] = stored["location"]
    return response


def _claim_key(key: str) -> IdempotencyKey:
    """The row of this key: new and empty, or with the answer once given (waits for a call that is under way)."""
    scope = f"{caller().key_id}:{request.path}"
    digest = hashlib.sha256(request.get_data()).digest()
    db.session.execute(
        insert(IdempotencyKey)
        .values(
            municipality_id=tenancy.bound_to(db.session),
            scope=scope,
            key=key,
            request_digest=digest,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["municipality_id", "scope", "key"])
    )
    row = db.session.scalars(
        select(IdempotencyKey).where(IdempotencyKey.scope == scope, IdempotencyKey.key == key)
    ).one()
    if row.request_digest != digest:
        raise Conflict(N_("This Idempotency-Key was used for another request."), code="idempotency_key_reused")
    return row
