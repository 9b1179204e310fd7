"""The table of invitations. The secret of its link is nowhere in it: only its digest leads here (``route_token``)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.booking.invited.states import OPEN, State
from app.booking.models import Client
from app.core.db import Tenant, belongs_to, db, tenant_key, tenant_table
from app.scheduling.models import Professional, Service

_OPEN = f"state IN {tuple(sorted(map(str, OPEN)))}"


class Invitation(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A client may choose a time for the service until the end of ``book_by``; ``professional_id`` None: anybody's."""

    __tablename__ = "invitation"
    __table_args__ = tenant_table(
        tenant_key("client_id", "client", ondelete="CASCADE"),
        tenant_key("service_id", "service", ondelete="CASCADE"),
        tenant_key("professional_id", "professional", ondelete="CASCADE"),
        tenant_key("appointment_id", "appointment", ondelete="CASCADE"),
        UniqueConstraint("municipality_id", "appointment_id"),
        CheckConstraint(f"state IN {tuple(str(state) for state in State)}", name="state"),
        CheckConstraint(f"({_OPEN}) = (settled_at IS NULL)", name="settled"),
        CheckConstraint("state <> 'booked' OR appointment_id IS NOT NULL", name="booked"),
        CheckConstraint("sendings >= 0", name="sendings"),
        Index("ix_invitation_client", "municipality_id", "client_id", "id"),
        Index("ix_invitation_open", "municipality_id", "book_by", postgresql_where=text(_OPEN)),
    )

    client_id: Mapped[int]
    service_id: Mapped[int]
    professional_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(default=State.CREATED)
    book_by: Mapped[date] = mapped_column(Date)
    sendings: Mapped[int] = mapped_column(default=0)
    """How often its message was written; each has a link of its own, and all of them work."""
    invited_by: Mapped[str]
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    decline_words: Mapped[str] = mapped_column(default="")
    """What the client wrote when declining: for those who may read clients' words."""
    appointment_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    client: Mapped[Client] = belongs_to("Client", "Invitation.client_id")
    service: Mapped[Service] = belongs_to("Service", "Invitation.service_id")
    professional: Mapped[Professional | None] = belongs_to("Professional", "Invitation.professional_id")
