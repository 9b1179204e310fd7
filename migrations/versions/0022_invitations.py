"""Invitations: one client may choose a time for a service by a date.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OPEN = "state IN ('created', 'opened', 'sent')"


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("professional_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("book_by", sa.Date(), nullable=False),
        sa.Column("sendings", sa.BigInteger(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_words", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('created', 'sent', 'opened', 'booked', 'declined', 'expired', 'withdrawn')",
            name=op.f("ck_invitation_state"),
        ),
        sa.CheckConstraint(f"({OPEN}) = (settled_at IS NULL)", name=op.f("ck_invitation_settled")),
        sa.CheckConstraint("state <> 'booked' OR appointment_id IS NOT NULL", name=op.f("ck_invitation_booked")),
        sa.CheckConstraint("sendings >= 0", name=op.f("ck_invitation_sendings")),
        *(
            sa.ForeignKeyConstraint(
                ["municipality_id", f"{table}_id"],
                [f"{table}.municipality_id", f"{table}.id"],
                name=op.f(f"fk_invitation_municipality_id_{table}_id"),
                ondelete="CASCADE",
            )
            for table in ("client", "service", "professional", "appointment")
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_invitation_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_invitation_municipality_id_id")),
        sa.UniqueConstraint(
            "municipality_id", "appointment_id", name=op.f("uq_invitation_municipality_id_appointment_id")
        ),
    )
    op.create_index("ix_invitation_client", "invitation", ["municipality_id", "client_id", "id"])
    op.create_index("ix_invitation_open", "invitation", ["municipality_id", "book_by"], postgresql_where=sa.text(OPEN))
    op.execute("ALTER TABLE invitation ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY one_municipality ON invitation "
        "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
    )


def downgrade() -> None:
    op.drop_table("invitation")
    op.execute("DELETE FROM route_token WHERE kind = 'invitation'")
