"""Pure: the life of a message."""

from __future__ import annotations

from enum import StrEnum


class MessageStatus(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


TRANSITIONS: dict[MessageStatus, frozenset[MessageStatus]] = {
    MessageStatus.QUEUED: frozenset({MessageStatus.SENDING, MessageStatus.CANCELLED, MessageStatus.SKIPPED}),
    MessageStatus.SENDING: frozenset(
        {
            MessageStatus.SENT,
            MessageStatus.FAILED,
            MessageStatus.QUEUED,
            MessageStatus.CANCELLED,
            MessageStatus.SKIPPED,
        }
    ),
    MessageStatus.SENT: frozenset({MessageStatus.DELIVERED, MessageStatus.FAILED}),
    MessageStatus.DELIVERED: frozenset(),
    MessageStatus.FAILED: frozenset(),
    MessageStatus.CANCELLED: frozenset(),
    MessageStatus.SKIPPED: frozenset(),
}


def may_become(status: str, target: MessageStatus) -> bool:
    """True if a message in ``status`` may become ``target``."""
    return target in TRANSITIONS[MessageStatus(status)]
