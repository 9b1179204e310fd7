"""Clients sign in by a code, say what suits them, and say that they are late; wishes of services.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT_TABLES = ("unreachable_time", "sign_in_code", "client_session")


def upgrade() -> None:
    for column in ("own_caseworker_first", "ask_may_move", "verification_code"):
        on = "true" if column == "ask_may_move" else "false"
        op.execute(f"ALTER TABLE service ADD COLUMN {column} boolean NOT NULL DEFAULT {on}")
        op.alter_column("service", column, server_default=None)
    op.execute("ALTER TABLE appointment ADD COLUMN may_move boolean NOT NULL DEFAULT false")
    op.alter_column("appointment", "may_move", server_default=None)
    op.add_column("appointment", sa.Column("late_minutes", sa.BigInteger(), nullable=True))
    op.add_column("appointment", sa.Column("late_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("ALTER TABLE client ADD COLUMN preferred_channel text NOT NULL DEFAULT ''")
    op.alter_column("client", "preferred_channel", server_default=None)
    op.add_column("client", sa.Column("feed_token", sa.Text(), nullable=True))
    op.execute("ALTER TABLE client ADD COLUMN feed_contact text NOT NULL DEFAULT ''")
    op.alter_column("client", "feed_contact", server_default=None)
    op.create_check_constraint(
        op.f("ck_client_preferred_channel"), "client", "preferred_channel IN ('', 'sms', 'email')"
    )
    op.create_table(
        "unreachable_time",
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        *_tenant("unreachable_time"),
        _to_client("unreachable_time"),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_unreachable_time_days")),
        sa.CheckConstraint("part IN ('all', 'morning', 'afternoon')", name=op.f("ck_unreachable_time_part")),
    )
    op.create_index("ix_unreachable_time_client", "unreachable_time", ["municipality_id", "client_id", "last_day"])
    op.create_table(
        "sign_in_code",
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        *_tenant("sign_in_code"),
    )
    op.create_index("ix_sign_in_code_contact", "sign_in_code", ["municipality_id", "contact", "created_at"])
    op.create_index("ix_sign_in_code_address", "sign_in_code", ["municipality_id", "address", "created_at"])
    op.create_table(
        "client_session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *_tenant("client_session"),
        _to_client("client_session"),
        sa.UniqueConstraint("municipality_id", "digest", name=op.f("uq_client_session_municipality_id_digest")),
    )
    op.create_index("ix_client_session_client", "client_session", ["municipality_id", "client_id"])
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


def _to_client(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["municipality_id", "client_id"],
        ["client.municipality_id", "client.id"],
        name=op.f(f"fk_{table}_municipality_id_client_id"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE {table}")
    op.drop_constraint(op.f("ck_client_preferred_channel"), "client")
    for table, columns in {
        "client": ("preferred_channel", "feed_token", "feed_contact"),
        "appointment": ("may_move", "late_minutes", "late_at"),
        "service": ("own_caseworker_first", "ask_may_move", "verification_code"),
    }.items():
        for column in columns:
            op.drop_column(table, column)
