"""What providers tell of messages they took: repeated, late, and in any order. What counts is all that was told.

A receipt may come before the worker has written down that the provider took the message: it is kept, and counted then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import tenancy
from app.core.events import announce
from app.messaging.models import Message, MessageReceipt
from app.messaging.status import MessageStatus, outcome


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """Announced when a message has failed for good, in that transaction."""

    message: Message
    now: datetime


def take_receipt(
    session: Session, message: Message, *, provider_id: str, word: str, code: str = "", now: datetime
) -> None:
    """Keep what the provider said of the message, and let it count."""
    session.refresh(message, with_for_update=True)
    kept = insert(MessageReceipt).values(
        municipality_id=tenancy.bound_to(session),
        message_id=message.id,
        provider_id=provider_id,
        word=word,
        code=code,
        at=now,
    )
    session.execute(
        kept.on_conflict_do_nothing(index_elements=["municipality_id", "message_id", "provider_id", "word"])
    )
    if message.status == MessageStatus.SENT:
        settle(session, message, now=now)


def settle(session: Session, message: Message, *, now: datetime) -> None:
    """Let the receipts decide about a message that the provider has taken."""
    rows = session.execute(
        select(MessageReceipt.word, MessageReceipt.code)
        .where(MessageReceipt.message_id == message.id, MessageReceipt.provider_id == message.provider_id)
        .order_by(MessageReceipt.id)
    ).all()
    reached = outcome(word for word, _ in rows)
    if reached == MessageStatus.DELIVERED:
        message.status, message.reason = reached, ""
    elif reached == MessageStatus.FAILED:
        fail(session, message, _reason(rows), now=now)


def _reason(rows: Iterable[tuple[str, str]]) -> str:
    """The provider's last word and its code."""
    word, code = next(((word, code) for word, code in reversed(list(rows)) if code), ("undelivered", ""))
    return f"{word} {code}".strip()


def fail(session: Session, message: Message, reason: str, *, now: datetime) -> None:
    """Write down that the message will not arrive, and tell the house."""
    message.status, message.reason = MessageStatus.FAILED, reason
    session.flush()
    announce(session, MessageFailed(message, now))
