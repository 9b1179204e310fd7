"""Tables of what a municipality says of its service, and what people say of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Tenant, db, tenant_table

ANSWER_WITHIN = timedelta(days=14)
"""Accessibility feedback is answered within two weeks (law 306/2019)."""


class Conformance(StrEnum):
    """How far the service meets the accessibility requirements."""

    FULL = "full"
    PARTLY = "partly"
    NOT = "not"


class FeedbackKind(StrEnum):
    """What feedback is about."""

    ACCESSIBILITY = "accessibility"
    OTHER = "other"


class AccessibilityStatement(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """The facts of the accessibility statement; its words are texts. ``assessed_by`` empty: the municipality itself."""

    __tablename__ = "accessibility_statement"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id"),
        CheckConstraint(f"status IN {tuple(str(status) for status in Conformance)}", name="status"),
    )

    status: Mapped[str]
    assessed_by: Mapped[str] = mapped_column(default="")
    assessed_on: Mapped[date] = mapped_column(Date)
    published_on: Mapped[date] = mapped_column(Date)
    updated_on: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


class Feedback(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """What somebody wrote about the service. Open until staff have handled it; ``digest``: the same form sent twice."""

    __tablename__ = "feedback"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "reference"),
        UniqueConstraint("municipality_id", "digest"),
        CheckConstraint(f"kind IN {tuple(str(kind) for kind in FeedbackKind)}", name="kind"),
        Index("ix_feedback_created", "municipality_id", "created_at", "id"),
    )

    reference: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str]
    text: Mapped[str]
    contact: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    created_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[str] = mapped_column(default="")

    @property
    def due_at(self) -> datetime | None:
        """When it must have been answered, where the law says so."""
        return self.created_at + ANSWER_WITHIN if self.kind == FeedbackKind.ACCESSIBILITY else None
