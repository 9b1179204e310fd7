"""The outbox: one row per outgoing message, written in the transaction of its cause."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Tenant, db, tenant_key, tenant_table
from app.messaging.status import MessageStatus


class Message(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """One outgoing message. ``cause`` names what made it (``appointment:17``), ``dedupe_key`` makes it exist once."""

    __tablename__ = "message"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "dedupe_key"),
        CheckConstraint(f"status IN {tuple(str(status) for status in MessageStatus)}", name="status"),
        CheckConstraint("channel IN ('sms', 'email', 'kivra', 'letter')", name="channel"),
        Index("ix_message_cause", "municipality_id", "cause"),
        Index("ix_message_client", "municipality_id", "client_id", "id"),
        Index("ix_message_created", "municipality_id", "created_at", "id"),
    )

    kind: Mapped[str]
    channel: Mapped[str]
    language: Mapped[str]
    recipient: Mapped[str]
    client_id: Mapped[int | None]
    subject: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    html: Mapped[str] = mapped_column(default="")
    calendar: Mapped[str] = mapped_column(default="")
    calendar_method: Mapped[str] = mapped_column(default="")
    cause: Mapped[str]
    dedupe_key: Mapped[str]
    status: Mapped[str] = mapped_column(default=MessageStatus.QUEUED)
    reason: Mapped[str] = mapped_column(default="")
    provider_id: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    cause_gone: Mapped[bool] = mapped_column(default=False)
    """Its cause ended while a worker was sending it: if that try fails, there is no other."""
    send_after: Mapped[datetime]
    useful_until: Mapped[datetime | None]
    """Later than this it would only confuse: it is skipped, with the reason."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class MessageReceipt(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """What a provider said of a message: each word once. ``code``: its number for what went wrong."""

    __tablename__ = "message_receipt"
    __table_args__ = tenant_table(
        tenant_key("message_id", "message", ondelete="CASCADE"),
        UniqueConstraint("municipality_id", "message_id", "provider_id", "word"),
    )

    message_id: Mapped[int]
    provider_id: Mapped[str]
    word: Mapped[str]
    code: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class ProviderPace(db.Model):  # type: ignore[name-defined,misc]
    """When a channel's next message may leave. Of the installation, not of a municipality: providers count us as one."""

    __tablename__ = "provider_pace"

    channel: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
