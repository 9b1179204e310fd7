"""The table of group sessions. Who has a seat stands in ``appointment`` (``group_session_id``, ``seat_no``)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Tenant, belongs_to, db, tenant_key, tenant_table
from app.scheduling.models import Office, Professional, Service

MOST_SEATS = 500


class GroupSession(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A meeting of many. Its reservation takes the professional's time; the seats take that of their clients."""

    __tablename__ = "group_session"
    __table_args__ = tenant_table(
        tenant_key("reservation_id", "reservation"),
        tenant_key("service_id", "service"),
        tenant_key("professional_id", "professional"),
        tenant_key("office_id", "office"),
        UniqueConstraint("municipality_id", "reservation_id"),
        CheckConstraint(f"capacity BETWEEN 1 AND {MOST_SEATS}", name="capacity"),
        CheckConstraint("mode IN ('in_person', 'video')", name="mode"),
        Index("ix_group_session_starts", "municipality_id", "starts_at", "id"),
        Index("ix_group_session_professional", "municipality_id", "professional_id", "starts_at"),
    )

    title: Mapped[str]
    """What the staff call it. Clients see the service's name, and in messages its public label."""
    reservation_id: Mapped[int]
    service_id: Mapped[int]
    professional_id: Mapped[int]
    office_id: Mapped[int | None]
    mode: Mapped[str]
    capacity: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    """For colleagues; never shown to clients."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    service: Mapped[Service] = belongs_to("Service", "GroupSession.service_id")
    professional: Mapped[Professional] = belongs_to("Professional", "GroupSession.professional_id")
    office: Mapped[Office | None] = belongs_to("Office", "GroupSession.office_id")

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60
