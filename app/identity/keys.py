"""Withdrawing keys: from then on they open nothing, and their names are free again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core import audit
from app.core.audit import Actor
from app.core.tenancy import RouteToken
from app.identity.models import ApiKey


def withdraw_api_key(session: Session, key: ApiKey, *, actor: Actor, now: datetime) -> None:
    """Forget the key; what it did stays in the audit log under its name."""
    ways_in = delete(RouteToken).where(
        RouteToken.municipality_id == key.municipality_id, RouteToken.kind == "api_key", RouteToken.target_id == key.id
    )
    session.execute(ways_in)
    audit.record(session, actor=actor, action="api_key.withdraw", on=key, now=now, name=key.name)
    session.delete(key)
    session.flush()
