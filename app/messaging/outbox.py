"""Writing to the outbox: a message exists exactly when its cause exists, and once per cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import tenancy, work
from app.messaging.models import Message
from app.messaging.status import MessageStatus

CODE_KIND = "sign_in_code"
PASSWORD_KIND = "staff_password"  # noqa: S105 - a name
SECRET_KINDS = frozenset({CODE_KIND, PASSWORD_KIND})
"""Messages with a secret in them: staff never see their text, and it is wiped once it has left."""


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
    useful_until: datetime | None = None


def job_kind(channel: str) -> str:
    """Jobs are claimed per channel, so that a channel without a provider keeps its messages waiting, untouched."""
    return f"message.{channel}"


def queue(
    session: Session, letter: Letter, *, now: datetime, send_after: datetime | None = None, skipped: str = ""
) -> int | None:
    """Add the message and its job. Returns its id, or None where the same cause has made it already.

    ``skipped``: why it is never to be sent; its job then finds nothing to do.
    """
    municipality_id = tenancy.bound_to(session)
    due = send_after or now
    values = {name: getattr(letter, name) for name in Letter.__slots__}
    message_id = session.scalar(
        insert(Message)
        .values(
            municipality_id=municipality_id,
            status=MessageStatus.SKIPPED if skipped else MessageStatus.QUEUED,
            created_at=now,
            send_after=due,
            reason=skipped,
            provider_id="",
            attempts=0,
            cause_gone=False,
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
    """Stop the messages of a cause that have not left yet. Returns how many; one that is being sent gets no second try.

    Their jobs stay and find nothing to do: a worker locks the job first and then the message, so we do not the reverse.
    """
    unsent = (MessageStatus.QUEUED, MessageStatus.SENDING)
    found = select(Message).where(Message.cause == cause, Message.status.in_(unsent)).order_by(Message.id)
    stopped = 0
    for message in session.scalars(found.with_for_update().execution_options(populate_existing=True)):
        message.cause_gone = True
        if message.status == MessageStatus.QUEUED:
            message.status, message.reason = MessageStatus.CANCELLED, reason
            stopped += 1
    session.flush()
    return stopped
