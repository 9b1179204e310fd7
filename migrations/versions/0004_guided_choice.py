"""The guided choice: a few questions that lead to a service.

Revision ID: 0004
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

TENANT_TABLES = ("guide", "guide_step", "guide_choice")


def upgrade() -> None:
    op.create_table(
        "guide",
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        *_tenant("guide"),
        sa.UniqueConstraint("municipality_id", "edition", name=op.f("uq_guide_municipality_id_edition")),
        sa.CheckConstraint("edition IN ('draft', 'live')", name=op.f("ck_guide_edition")),
    )
    op.create_table(
        "guide_step",
        sa.Column("guide_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("question", JSONB(), nullable=False),
        sa.Column("help", JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        *_tenant("guide_step"),
        _key("guide_step", "guide_id", "guide", "CASCADE"),
        sa.UniqueConstraint(
            "municipality_id", "guide_id", "number", name=op.f("uq_guide_step_municipality_id_guide_id_number")
        ),
    )
    op.create_table(
        "guide_choice",
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("label", JSONB(), nullable=False),
        sa.Column("help", JSONB(), nullable=False),
        sa.Column("leads_to", sa.Text(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("next_step_id", sa.BigInteger(), nullable=True),
        *_tenant("guide_choice"),
        _key("guide_choice", "step_id", "guide_step", "CASCADE"),
        _key("guide_choice", "service_id", "service", "SET NULL (service_id)"),
        _key("guide_choice", "next_step_id", "guide_step", "SET NULL (next_step_id)"),
        sa.UniqueConstraint(
            "municipality_id", "step_id", "position", name=op.f("uq_guide_choice_municipality_id_step_id_position")
        ),
        sa.CheckConstraint("leads_to IN ('service', 'step', 'call')", name=op.f("ck_guide_choice_leads_to")),
        sa.CheckConstraint("mode IN ('', 'in_person', 'phone', 'video')", name=op.f("ck_guide_choice_mode")),
    )
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


def _key(table: str, column: str, other: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["municipality_id", column],
        [f"{other}.municipality_id", f"{other}.id"],
        name=op.f(f"fk_{table}_municipality_id_{column}"),
        ondelete=ondelete,
    )


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE {table}")
