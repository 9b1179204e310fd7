"""How messages are forgotten: their text after a year, and all of them with the client."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.core.retention import MESSAGE_YEARS, YEAR
from app.messaging.models import Message
from app.messaging.status import MessageStatus

_NO_TEXT = {"subject": "", "body": "", "html": "", "calendar": ""}


def forget(session: Session, *, now: datetime) -> int:
    """Wipe the text of messages past their time; that they were sent, when and to whom, stays. Returns how many.

    What still waits keeps its text: a wiped message would arrive empty.
    """
    old = update(Message).where(
        Message.created_at < now - MESSAGE_YEARS * YEAR,
        Message.status.not_in((MessageStatus.QUEUED, MessageStatus.SENDING)),
        Message.body != "",
    )
    return len(session.scalars(old.values(**_NO_TEXT).returning(Message.id)).all())


def forget_clients(session: Session, client_ids: Collection[int]) -> None:
    """Delete every message to the clients."""
    session.execute(delete(Message).where(Message.client_id.in_(client_ids)))
