"""The table of answers to text messages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Tenant, db, tenant_key, tenant_table


class SmsAnswer(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """What a client answered, and what it led to (``deed``). A provider's repetition of it exists once."""

    __tablename__ = "sms_answer"
    __table_args__ = tenant_table(
        tenant_key("client_id", "client", ondelete="CASCADE"),
        tenant_key("appointment_id", "appointment", ondelete="CASCADE"),
        UniqueConstraint("municipality_id", "client_id", "provider_id"),
        Index("ix_sms_answer_client", "municipality_id", "client_id", "id"),
    )

    client_id: Mapped[int]
    appointment_id: Mapped[int | None]
    provider_id: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    """In the client's own words: for the professional concerned and leads."""
    deed: Mapped[str]
    at: Mapped[datetime]
