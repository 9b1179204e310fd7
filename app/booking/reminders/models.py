"""The table of reminders: each that was due, once, with what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.booking.reminders.timing import Outcome
from app.core.db import Tenant, db, tenant_key, tenant_table


class Reminder(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A reminder of an appointment's time (``starts_at``: a moved meeting is reminded of anew)."""

    __tablename__ = "reminder"
    __table_args__ = tenant_table(
        tenant_key("appointment_id", "appointment", ondelete="CASCADE"),
        UniqueConstraint("municipality_id", "appointment_id", "starts_at", "minutes"),
        CheckConstraint(f"outcome IN {tuple(str(outcome) for outcome in Outcome)}", name="outcome"),
        Index("ix_reminder_planned", "municipality_id", "planned_at"),
    )

    appointment_id: Mapped[int]
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    outcome: Mapped[str]
    planned_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(default="")
