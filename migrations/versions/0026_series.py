"""Series: several meetings of one client, agreed at once.

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLE = "series"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("every_weeks", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f(f"uq_{TABLE}_municipality_id_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{TABLE}_municipality_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id", "client_id"],
            ["client.municipality_id", "client.id"],
            name=op.f(f"fk_{TABLE}_municipality_id_client_id"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("every_weeks BETWEEN 1 AND 8", name=op.f(f"ck_{TABLE}_every_weeks")),
    )
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY one_municipality ON {TABLE} "
        "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
    )
    op.add_column("appointment", sa.Column("series_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_appointment_municipality_id_series_id"),
        "appointment",
        TABLE,
        ["municipality_id", "series_id"],
        ["municipality_id", "id"],
        ondelete="SET NULL (series_id)",
    )
    op.create_index(
        "ix_appointment_series",
        "appointment",
        ["municipality_id", "series_id"],
        postgresql_where=sa.text("series_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_appointment_series", "appointment")
    op.drop_constraint("fk_appointment_municipality_id_series_id", "appointment")
    op.drop_column("appointment", "series_id")
    op.drop_table(TABLE)
