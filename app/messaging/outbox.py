"""Writing to the outbox: a message exists exactly when its cause exists, and once per cause."""

from __future__ import annotations

from collections.abc import Sequence
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
ACCOUNT_KIND = "staff_account"
SUPERSEDED = "superseded"
"""Why a message was stopped: a newer one of the same cause takes its place."""
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
    made = queue_all(session, [letter], now=now, send_after=send_after, skipped=skipped)
    return made[0] if made else None


def queue_all(
    session: Session, letters: Sequence[Letter], *, now: datetime, send_after: datetime | None = None, skipped: str = ""
) -> list[int]:
    """Add the messages of one cause and their jobs, in one statement each. Returns the ids of those that are new."""
    if not letters:
        return []
    due = send_after or now
    shared = {
        "municipality_id": tenancy.bound_to(session),
        "status": MessageStatus.SKIPPED if skipped else MessageStatus.QUEUED,
        "created_at": now,
        "send_after": due,
        "reason": skipped,
        "provider_id": "",
        "attempts": 0,
        "cause_gone": False,
    }
    rows = [shared | {name: getattr(letter, name) for name in Letter.__slots__} for letter in letters]
    made = session.execute(_NEW_MESSAGES, rows).all()
    jobs = [
        {"municipality_id": shared["municipality_id"], "kind": job_kind(channel), "target_id": id_, "due_at": due}
        for id_, channel in made
    ]
    if jobs:
        session.execute(insert(work.Job.__table__), jobs)
    return [id_ for id_, _ in made]


_NEW_MESSAGES = (  # of the table, not the model: the rows are written by as few statements as can be
    insert(Message.__table__)
    .on_conflict_do_nothing(index_elements=["municipality_id", "dedupe_key"])
    .returning(Message.__table__.c.id, Message.__table__.c.channel)
    # More at once make a text that psycopg takes apart anew each time, in more than linear time.
    .execution_options(insertmanyvalues_page_size=10)
)


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


def revive(session: Session, *, cause: str, key: str, now: datetime) -> None:
    """Let messages of the cause that were stopped for a newer one leave after all; ``key``: how their keys begin."""
    stopped = select(Message).where(
        Message.cause == cause,
        Message.dedupe_key.startswith(key, autoescape=True),
        Message.status == MessageStatus.CANCELLED,
        Message.reason == SUPERSEDED,
    )
    found = session.scalars(stopped.order_by(Message.id).with_for_update()).all()
    for message in found:
        message.status, message.reason, message.cause_gone = MessageStatus.QUEUED, "", False
        due, owner = max(now, message.send_after), message.municipality_id
        kind = job_kind(message.channel)
        work.hasten(session, kind=kind, municipality_id=owner, target_id=message.id, due_at=due)
    session.flush()


def have_left(session: Session, *, cause: str, since: datetime | None = None) -> bool:
    """True where a message of the cause (made at ``since`` or later) is on its way or was tried: it is past calling back.

    The rows stay locked, so that none leaves before the caller is done.
    """
    found = select(Message).where(Message.cause == cause).order_by(Message.id).with_for_update()
    if since is not None:
        found = found.where(Message.created_at >= since)
    unsent = (MessageStatus.QUEUED, MessageStatus.CANCELLED, MessageStatus.SKIPPED)
    messages = session.scalars(found.execution_options(populate_existing=True)).all()
    return any(message.status not in unsent or message.attempts for message in messages)
