"""Plans of absences: what becomes of the meetings of somebody who is away.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = ("absence_plan", "absence_item")


def upgrade() -> None:
    op.create_table(
        "absence_plan",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("closure_id", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_own("absence_plan"),
        _key("absence_plan", "office_id", "office", "CASCADE"),
        _key("absence_plan", "closure_id", "closure", "SET NULL (closure_id)"),
        sa.CheckConstraint(
            "state IN ('planned', 'applied', 'undone', 'withdrawn')", name=op.f("ck_absence_plan_state")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_absence_plan_span")),
        sa.CheckConstraint("state <> 'applied' OR applied_at IS NOT NULL", name=op.f("ck_absence_plan_applied")),
    )
    op.create_index("ix_absence_plan_ends", "absence_plan", ["municipality_id", "ends_at", "id"])
    op.create_table(
        "absence_item",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=True),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        *_own("absence_item"),
        _key("absence_item", "plan_id", "absence_plan", "CASCADE"),
        _key("absence_item", "appointment_id", "appointment", "CASCADE"),
        _key("absence_item", "invitation_id", "invitation", "SET NULL (invitation_id)"),
        _key("absence_item", "task_id", "task", "SET NULL (task_id)"),
        sa.UniqueConstraint(
            "municipality_id",
            "plan_id",
            "appointment_id",
            name=op.f("uq_absence_item_municipality_id_plan_id_appointment_id"),
        ),
        sa.CheckConstraint(
            "action IN ('hand_over', 'move', 'cancel', 'call_first')", name=op.f("ck_absence_item_action")
        ),
        sa.CheckConstraint("state IN ('done', 'failed', 'undone')", name=op.f("ck_absence_item_state")),
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY one_municipality ON {table} "
            "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
        )
    op.add_column("absence", sa.Column("plan_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_absence_municipality_id_plan_id"),
        "absence",
        "absence_plan",
        ["municipality_id", "plan_id"],
        ["municipality_id", "id"],
        ondelete="CASCADE",
    )
    op.create_index("ix_absence_plan", "absence", ["municipality_id", "plan_id"])


def _own(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f(f"uq_{table}_municipality_id_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{table}_municipality_id")),
    ]


def _key(table: str, column: str, other: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["municipality_id", column],
        [f"{other}.municipality_id", f"{other}.id"],
        name=op.f(f"fk_{table}_municipality_id_{column}"),
        ondelete=ondelete,
    )


def downgrade() -> None:
    op.drop_index("ix_absence_plan", "absence")
    op.drop_constraint("fk_absence_municipality_id_plan_id", "absence")
    op.drop_column("absence", "plan_id")
    for table in reversed(TABLES):
        op.drop_table(table)
