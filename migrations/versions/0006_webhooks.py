"""Other systems are told of changes: webhook endpoints, deliveries and attempts. A key's last use stands in the audit log.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TENANT_TABLES = ("webhook_endpoint", "webhook_delivery", "webhook_attempt")


def upgrade() -> None:
    op.drop_column("api_key", "last_used_on")
    op.execute("ALTER TABLE municipality ADD COLUMN has_listeners boolean NOT NULL DEFAULT false")
    op.alter_column("municipality", "has_listeners", server_default=None)
    op.create_table(
        "webhook_endpoint",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resting_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("api_key_id", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_tenant("webhook_endpoint"),
        sa.ForeignKeyConstraint(
            ["municipality_id", "api_key_id"],
            ["api_key.municipality_id", "api_key.id"],
            name=op.f("fk_webhook_endpoint_municipality_id_api_key_id"),
            ondelete="SET NULL (api_key_id)",
        ),
        sa.CheckConstraint("state IN ('active', 'paused', 'suspended')", name=op.f("ck_webhook_endpoint_state")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("endpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        *_tenant("webhook_delivery"),
        _within("webhook_delivery", "endpoint_id", "webhook_endpoint"),
        sa.UniqueConstraint(
            "municipality_id",
            "endpoint_id",
            "event_id",
            name=op.f("uq_webhook_delivery_municipality_id_endpoint_id_event_id"),
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'held', 'delivered', 'failed')", name=op.f("ck_webhook_delivery_status")
        ),
    )
    op.create_index("ix_webhook_delivery_endpoint", "webhook_delivery", ["municipality_id", "endpoint_id", "id"])
    op.create_index("ix_webhook_delivery_created", "webhook_delivery", ["municipality_id", "created_at"])
    op.create_table(
        "webhook_attempt",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("status_code", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        *_tenant("webhook_attempt"),
        _within("webhook_attempt", "delivery_id", "webhook_delivery"),
    )
    op.create_index("ix_webhook_attempt_delivery", "webhook_attempt", ["municipality_id", "delivery_id", "id"])
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY one_municipality ON {table} "
            "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
        )


def _tenant(table: str) -> list[sa.schema.SchemaItem]:
    """What every tenant table has."""
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{table}_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f(f"uq_{table}_municipality_id_id")),
    ]


def _within(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    """A row that goes with the row it belongs to."""
    return sa.ForeignKeyConstraint(
        ["municipality_id", column],
        [f"{other}.municipality_id", f"{other}.id"],
        name=op.f(f"fk_{table}_municipality_id_{column}"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE {table}")
    op.drop_column("municipality", "has_listeners")
    op.add_column("api_key", sa.Column("last_used_on", sa.DateTime(timezone=True), nullable=True))
