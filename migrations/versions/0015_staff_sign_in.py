"""Staff sessions as rows, accounts without a password, one-time codes, terms of use.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TENANT_TABLES = ("staff_session", "terms_of_use", "terms_acceptance")


def upgrade() -> None:
    op.alter_column("staff_user", "password_hash", nullable=True)
    for column, kind, default in (
        ("language", "text", "''"),
        ("totp_step", "bigint", "0"),
        ("recovery_codes", "text[]", "'{}'"),
    ):
        op.execute(f"ALTER TABLE staff_user ADD COLUMN {column} {kind} NOT NULL DEFAULT {default}")
        op.alter_column("staff_user", column, server_default=None)
    op.add_column("staff_user", sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff_user", sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
    op.create_table(
        "sign_in_count",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", "kind", name=op.f("pk_sign_in_count")),
    )
    op.create_table(
        "staff_session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_tenant("staff_session"),
        _to("staff_session", "user_id", "staff_user", ondelete="CASCADE"),
        sa.UniqueConstraint("municipality_id", "digest", name=op.f("uq_staff_session_municipality_id_digest")),
    )
    op.create_index("ix_staff_session_user", "staff_session", ["municipality_id", "user_id"])
    op.create_table(
        "terms_of_use",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        *_tenant("terms_of_use"),
        sa.UniqueConstraint("municipality_id", "number", name=op.f("uq_terms_of_use_municipality_id_number")),
    )
    op.create_table(
        "terms_acceptance",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("terms_id", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        *_tenant("terms_acceptance"),
        _to("terms_acceptance", "user_id", "staff_user", ondelete="CASCADE"),
        _to("terms_acceptance", "terms_id", "terms_of_use"),
        sa.UniqueConstraint(
            "municipality_id",
            "user_id",
            "terms_id",
            name=op.f("uq_terms_acceptance_municipality_id_user_id_terms_id"),
        ),
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


def _to(table: str, column: str, other: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["municipality_id", column],
        [f"{other}.municipality_id", f"{other}.id"],
        name=op.f(f"fk_{table}_municipality_id_{column}"),
        ondelete=ondelete,
    )


def downgrade() -> None:
    for table in (*reversed(TENANT_TABLES), "sign_in_count"):
        op.execute(f"DROP TABLE {table}")
    for column in ("language", "totp_step", "recovery_codes", "password_changed_at", "totp_secret"):
        op.drop_column("staff_user", column)
    op.execute("UPDATE staff_user SET password_hash = '' WHERE password_hash IS NULL")
    op.alter_column("staff_user", "password_hash", nullable=False)
