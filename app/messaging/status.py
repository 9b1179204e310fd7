"""Pure: the life of a message."""

from __future__ import annotations

from collections.abc import Iterable
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


DELIVERED_WORDS = frozenset({"delivered", "read"})
FAILED_WORDS = frozenset({"undelivered", "failed", "canceled"})


def outcome(words: Iterable[str]) -> MessageStatus | None:
    """What a provider's receipts come to, in whatever order and however often they came; None: nothing final yet.

    Once delivered it stays delivered: networks send a late "failed" for a second copy.
    """
    heard = set(words)
    if heard & DELIVERED_WORDS:
        return MessageStatus.DELIVERED
    return MessageStatus.FAILED if heard & FAILED_WORDS else None


def may_become(status: str, target: MessageStatus) -> bool:
    """True if a message in ``status`` may become ``target``."""
    return target in TRANSITIONS[MessageStatus(status)]
