"""Reminders: when each service reminds, which have been made, and clients who want none.

Revision ID: 0028
Revises: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLE = "reminder"
SPANS = {"reminder_minutes": 1440, "second_reminder_minutes": 0, "call_reminder_minutes": 30}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f(f"uq_{TABLE}_municipality_id_id")),
        sa.UniqueConstraint(
            "municipality_id",
            "appointment_id",
            "starts_at",
            "minutes",
            name=op.f(f"uq_{TABLE}_municipality_id_appointment_id_starts_at_minutes"),
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{TABLE}_municipality_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id", "appointment_id"],
            ["appointment.municipality_id", "appointment.id"],
            name=op.f(f"fk_{TABLE}_municipality_id_appointment_id"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "outcome IN ('queued', 'too_late', 'just_told', 'not_needed', 'paused', 'no_way')",
            name=op.f(f"ck_{TABLE}_outcome"),
        ),
    )
    op.create_index("ix_reminder_planned", TABLE, ["municipality_id", "planned_at"])
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY one_municipality ON {TABLE} "
        "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
    )
    for column, minutes in SPANS.items():
        op.add_column("service", sa.Column(column, sa.BigInteger(), nullable=False, server_default=str(minutes)))
        op.alter_column("service", column, server_default=None)
    op.create_check_constraint(
        op.f("ck_service_reminders"),
        "service",
        " AND ".join(f"{column} BETWEEN 0 AND 20160" for column in SPANS),
    )
    op.add_column("client", sa.Column("reminders_off", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("client", "reminders_off", server_default=None)


def downgrade() -> None:
    op.drop_column("client", "reminders_off")
    op.drop_constraint("ck_service_reminders", "service")
    for column in SPANS:
        op.drop_column("service", column)
    op.drop_table(TABLE)
