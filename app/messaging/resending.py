"""Sending a message once more, because it did not arrive. Pressed twice, it is sent once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.audit import Actor
from app.core.errors import Conflict
from app.core.i18n import N_
from app.messaging.models import Message
from app.messaging.outbox import SECRET_KINDS, Letter, queue
from app.messaging.status import MessageStatus

HAS_LEFT = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED)


class CannotResend(Conflict):
    """It would only confuse: it waits still, it is out of date, or a newer message says what is true now."""

    code = "cannot_resend"
    message = N_("This message is out of date: a newer one has taken its place, or it is too late for it.")


def may_resend(message: Message, *, now: datetime) -> bool:
    """True if it has left or failed, holds no secret, and is still of use; ``resend`` looks for newer ones."""
    timely = message.useful_until is None or message.useful_until > now
    return message.status in HAS_LEFT and message.kind not in SECRET_KINDS and timely and not message.cause_gone


def resend(session: Session, message: Message, *, recipient: str, actor: Actor, now: datetime) -> None:
    """Queue the same words once more, to ``recipient``: a number or address may have been mended meanwhile.

    Raises ``CannotResend``.
    """
    session.refresh(message, with_for_update=True)
    key = f"resend:{message.id}"
    if session.scalar(select(Message.id).where(Message.dedupe_key == key)) is not None:
        return  # the second press of the same button
    if not may_resend(message, now=now) or not recipient or _has_newer(session, message):
        raise CannotResend
    copied = ("kind", "channel", "language", "body", "cause", "subject", "html", "calendar", "calendar_method")
    again = Letter(
        **{name: getattr(message, name) for name in (*copied, "client_id", "useful_until")},
        recipient=recipient,
        dedupe_key=key,
    )
    if queue(session, again, now=now) is not None:
        changed = recipient != message.recipient
        audit.record(session, actor=actor, action="message.resend", on=message, now=now, other_address=changed)


def _has_newer(session: Session, message: Message) -> bool:
    newer = select(Message.id).where(
        Message.cause == message.cause, Message.channel == message.channel, Message.id > message.id
    )
    return session.scalar(newer.limit(1)) is not None
