"""Writing to the outbox: a message exists exactly when its cause exists, and once per cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import tenancy, work
from app.messaging.models import Message
from app.messaging.status import MessageStatus


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent: to whom, over which channel, what it says, and what caused it."""

    kind: str
    channel: str
    language: str
    recipient: str
    body: str
    cause: str
    dedupe_key: str
    subject: str = ""
    html: str = ""
    calendar: str = ""
    calendar_method: str = ""
    client_id: int | None = None


def job_kind(channel: str) -> str:
    """Jobs are claimed per channel, so that a channel without a provider keeps its messages waiting, untouched."""
    return f"message.{channel}"


def queue(session: Session, letter: Letter, *, now: datetime, send_after: datetime | None = None) -> int | None:
    """Add the message and its job. Returns its id, or None where the same cause has made it already."""
    municipality_id = tenancy.bound_to(session)
    due = send_after or now
    values = {name: getattr(letter, name) for name in Letter.__slots__}
    message_id = session.scalar(
        insert(Message)
        .values(
            municipality_id=municipality_id,
            status=MessageStatus.QUEUED,
            created_at=now,
            send_after=due,
            reason="",
            provider_id="",
            attempts=0,
            **values,
        )
        .on_conflict_do_nothing(index_elements=["municipality_id", "dedupe_key"])
        .returning(Message.id)
    )
    if message_id is not None:
        work.enqueue(
            session, kind=job_kind(letter.channel), municipality_id=municipality_id, target_id=message_id, due_at=due
        )
    return message_id


def cancel_waiting(session: Session, *, cause: str, reason: str) -> int:
    """Stop the messages of a cause that have not left yet. Returns how many. Their jobs find nothing to do."""
    waiting = select(Message.id).where(Message.cause == cause, Message.status == MessageStatus.QUEUED).with_for_update()
    ids = list(session.scalars(waiting))
    if ids:
        session.execute(
            update(Message)
            .where(Message.id.in_(ids))
            .values(status=MessageStatus.CANCELLED, reason=reason)
            .execution_options(synchronize_session=False)
        )
    return len(ids)
