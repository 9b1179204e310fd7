"""Opening hours by weekday, versions of offices and services, and what a municipality sets for its own staff.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLE = "municipality_settings"


def upgrade() -> None:
    op.add_column(
        "office", sa.Column("open_times", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]")
    )
    for table in ("office", "service"):
        op.add_column(table, sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"))
        op.alter_column(table, "version", server_default=None)
    op.alter_column("office", "open_times", server_default=None)
    op.create_table(
        TABLE,
        sa.Column("support_name", sa.Text(), nullable=False),
        sa.Column("support_phone", sa.Text(), nullable=False),
        sa.Column("support_email", sa.Text(), nullable=False),
        sa.Column("start_hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{TABLE}_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f(f"uq_{TABLE}_municipality_id_id")),
        sa.UniqueConstraint("municipality_id", name=op.f(f"uq_{TABLE}_municipality_id")),
    )
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY one_municipality ON {TABLE} "
        "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
    )


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("office", "open_times")
    for table in ("office", "service"):
        op.drop_column(table, "version")
