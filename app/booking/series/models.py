"""The table of series. Which meetings belong to one stands in ``appointment.series_id``."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from app.booking.series.pattern import LONGEST_PAUSE
from app.core.db import Tenant, db, tenant_key, tenant_table


class Series(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """Meetings that were agreed together."""

    __tablename__ = "series"
    __table_args__ = tenant_table(
        tenant_key("client_id", "client", ondelete="CASCADE"),
        CheckConstraint(f"every_weeks BETWEEN 1 AND {LONGEST_PAUSE}", name="every_weeks"),
    )

    client_id: Mapped[int]
    every_weeks: Mapped[int]
    made_by: Mapped[str]
    created_at: Mapped[datetime]
