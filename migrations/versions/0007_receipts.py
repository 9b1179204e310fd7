"""A receipt for every action of a client.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipt",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("verification_code", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_receipt_municipality_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id", "client_id"],
            ["client.municipality_id", "client.id"],
            name=op.f("fk_receipt_municipality_id_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "appointment_id"],
            ["appointment.municipality_id", "appointment.id"],
            name=op.f("fk_receipt_municipality_id_appointment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_receipt_municipality_id_id")),
        sa.UniqueConstraint("municipality_id", "number", name=op.f("uq_receipt_municipality_id_number")),
        sa.UniqueConstraint(
            "municipality_id", "verification_code", name=op.f("uq_receipt_municipality_id_verification_code")
        ),
    )
    op.create_index("ix_receipt_appointment", "receipt", ["municipality_id", "appointment_id", "id"])
    op.create_index("ix_receipt_client", "receipt", ["municipality_id", "client_id", "id"])
    op.execute("ALTER TABLE receipt ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY one_municipality ON receipt "
        "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
    )


def downgrade() -> None:
    op.drop_table("receipt")
