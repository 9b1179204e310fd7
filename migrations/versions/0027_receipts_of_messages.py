"""Receipts of messages, clients who want no text messages, and appointments that were confirmed by an answer.

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = ("message_receipt", "sms_answer")


def upgrade() -> None:
    op.create_table(
        "message_receipt",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_own("message_receipt"),
        _key("message_receipt", "message_id", "message"),
        sa.UniqueConstraint(
            "municipality_id",
            "message_id",
            "provider_id",
            "word",
            name=op.f("uq_message_receipt_municipality_id_message_id_provider_id_word"),
        ),
    )
    op.create_table(
        "sms_answer",
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_own("sms_answer"),
        _key("sms_answer", "client_id", "client"),
        _key("sms_answer", "appointment_id", "appointment"),
        sa.UniqueConstraint(
            "municipality_id",
            "client_id",
            "provider_id",
            name=op.f("uq_sms_answer_municipality_id_client_id_provider_id"),
        ),
    )
    op.create_index("ix_sms_answer_client", "sms_answer", ["municipality_id", "client_id", "id"])
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY one_municipality ON {table} "
            "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
        )
    op.add_column("client", sa.Column("sms_stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("appointment", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))


def _own(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f(f"uq_{table}_municipality_id_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{table}_municipality_id")),
    ]


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["municipality_id", column],
        [f"{other}.municipality_id", f"{other}.id"],
        name=op.f(f"fk_{table}_municipality_id_{column}"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_column("appointment", "confirmed_at")
    op.drop_column("client", "sms_stopped_at")
    for table in reversed(TABLES):
        op.drop_table(table)
