"""Tables of webhooks: who is told, what of, and every try."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.api.webhooks.rules import DeliveryStatus, EndpointState
from app.core.db import Tenant, db, tenant_key, tenant_table


class WebhookEndpoint(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """An address of another system that is told of events; ``events`` empty: of all."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = tenant_table(
        tenant_key("api_key_id", "api_key", ondelete="SET NULL"),
        CheckConstraint(f"state IN {tuple(str(state) for state in EndpointState)}", name="state"),
    )

    url: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    events: Mapped[list[str]] = mapped_column(default=list)
    sealed_secrets: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(default=EndpointState.ACTIVE)
    failures: Mapped[int] = mapped_column(default=0)
    """In a row, up to now."""
    failing_since: Mapped[datetime | None]
    resting_until: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    api_key_id: Mapped[int | None]
    """The key that registered it, which may manage it; none: staff did, or the key is withdrawn."""
    made_by: Mapped[str]
    created_at: Mapped[datetime]


class WebhookDelivery(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """One event on its way to one endpoint, written in the transaction of its cause. ``body`` is what is signed."""

    __tablename__ = "webhook_delivery"
    __table_args__ = tenant_table(
        tenant_key("endpoint_id", "webhook_endpoint", ondelete="CASCADE"),
        UniqueConstraint("municipality_id", "endpoint_id", "event_id"),
        CheckConstraint(f"status IN {tuple(str(status) for status in DeliveryStatus)}", name="status"),
        Index("ix_webhook_delivery_endpoint", "municipality_id", "endpoint_id", "id"),
        Index("ix_webhook_delivery_created", "municipality_id", "created_at"),
    )

    endpoint_id: Mapped[int]
    event_id: Mapped[str]
    event_type: Mapped[str]
    body: Mapped[str]
    status: Mapped[str] = mapped_column(default=DeliveryStatus.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    """Since it was queued last."""
    created_at: Mapped[datetime]
    queued_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class WebhookAttempt(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """One try. Written before it begins: without a duration, the worker ended in the middle of it."""

    __tablename__ = "webhook_attempt"
    __table_args__ = tenant_table(
        tenant_key("delivery_id", "webhook_delivery", ondelete="CASCADE"),
        Index("ix_webhook_attempt_delivery", "municipality_id", "delivery_id", "id"),
    )

    delivery_id: Mapped[int]
    started_at: Mapped[datetime]
    duration_ms: Mapped[int | None]
    status_code: Mapped[int | None]
    failure: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    """The beginning of what the receiver said."""
