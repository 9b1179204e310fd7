"""How fast a provider is spoken to, by all workers together: each reserves places in a row before it sends a batch."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.messaging.models import ProviderPace


def reserve(session: Session, channel: str, messages: int, per_second: float, *, now: datetime) -> datetime:
    """When the first of so many messages may leave; the others follow at the pace. Nobody else gets these places."""
    taken = timedelta(seconds=messages / per_second)
    row = insert(ProviderPace).values(channel=channel, next_at=now + taken)
    latest = func.greatest(ProviderPace.next_at, now)
    row = row.on_conflict_do_update(index_elements=["channel"], set_={"next_at": latest + taken})
    end: datetime = session.execute(row.returning(ProviderPace.next_at)).scalar_one()
    return end - taken
