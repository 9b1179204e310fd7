"""A municipality's own texts, its accessibility statement, and feedback on the service.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TENANT_TABLES = ("municipality_text", "accessibility_statement", "feedback")


def upgrade() -> None:
    op.create_table(
        "municipality_text",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("texts", JSONB(), nullable=False),
        sa.Column("shown_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_until", sa.DateTime(timezone=True), nullable=True),
        *_edited(),
        *_tenant("municipality_text"),
        sa.UniqueConstraint("municipality_id", "key", name=op.f("uq_municipality_text_municipality_id_key")),
        sa.CheckConstraint("shown_from < shown_until", name=op.f("ck_municipality_text_shown")),
    )
    op.create_table(
        "accessibility_statement",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("assessed_by", sa.Text(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("updated_on", sa.Date(), nullable=False),
        *_edited(),
        *_tenant("accessibility_statement"),
        sa.UniqueConstraint("municipality_id", name=op.f("uq_accessibility_statement_municipality_id")),
        sa.CheckConstraint("status IN ('full', 'partly', 'not')", name=op.f("ck_accessibility_statement_status")),
    )
    op.create_table(
        "feedback",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.Text(), nullable=False),
        *_tenant("feedback"),
        sa.UniqueConstraint("municipality_id", "reference", name=op.f("uq_feedback_municipality_id_reference")),
        sa.UniqueConstraint("municipality_id", "digest", name=op.f("uq_feedback_municipality_id_digest")),
        sa.CheckConstraint("kind IN ('accessibility', 'other')", name=op.f("ck_feedback_kind")),
    )
    op.create_index("ix_feedback_created", "feedback", ["municipality_id", "created_at", "id"])
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY one_municipality ON {table} "
            "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
        )


def _edited() -> list[sa.Column[object]]:
    """Who changed a row last, and how often it has been changed."""
    return [
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _tenant(table: str) -> list[sa.schema.SchemaItem]:
    """What every tenant table has."""
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{table}_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f(f"uq_{table}_municipality_id_id")),
    ]


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE {table}")
