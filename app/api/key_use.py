"""When keys were used last: a line a day in the audit log, for reading with a key may change nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import Actor, AuditEvent, record
from app.identity.models import ApiKey

ACTION = "api_key.use"


def note_use(session: Session, actor: Actor, *, now: datetime) -> None:
    """Write down, at a key's first call of a day in this process, that it was used; commits."""
    noted: dict[Any, Any] = current_app.extensions.setdefault("vuoro_keys_noted", {})
    if noted.get(actor.id) == now.date():
        return
    noted[actor.id] = now.date()
    record(session, actor=actor, action=ACTION, on=session.get_one(ApiKey, actor.id), now=now)
    session.commit()


def last_uses(session: Session) -> dict[int, datetime]:
    """The last use of each key of the municipality, as exact as a day."""
    query = select(AuditEvent.object_id, func.max(AuditEvent.at)).where(
        AuditEvent.object_type == ApiKey.__tablename__, AuditEvent.action == ACTION
    )
    return {key: at for key, at in session.execute(query.group_by(AuditEvent.object_id)) if key is not None}
