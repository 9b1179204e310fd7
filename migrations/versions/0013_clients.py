"""The register of clients: search keys, notes, personal identity codes, criteria, merged clients.

Revision ID: 0013
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.booking.register.search_keys import keys_of, typo_keys, words_of

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

AT_ONCE = 5000
NEW_TEXTS = ("area", "service_line", "age_group")
POLICY = "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"


def upgrade() -> None:
    _widen_client()
    _tenant_table(
        "client_search_key",
        [
            sa.Column("kind", sa.Text(), nullable=False),
            sa.Column("key", sa.Text(collation="C"), nullable=False),
            sa.Column("client_id", sa.BigInteger(), nullable=False),
        ],
        _of_client("client_search_key"),
        sa.CheckConstraint(
            "kind IN ('name', 'phone', 'phone_end', 'email', 'external')", name=op.f("ck_client_search_key_kind")
        ),
        sa.UniqueConstraint(
            "municipality_id",
            "kind",
            "key",
            "client_id",
            name=op.f("uq_client_search_key_municipality_id_kind_key_client_id"),
        ),
    )
    op.create_index("ix_client_search_key_client", "client_search_key", ["municipality_id", "client_id"])
    _tenant_table(
        "name_word",
        [sa.Column("key", sa.Text(), nullable=False), sa.Column("word", sa.Text(), nullable=False)],
        sa.UniqueConstraint("municipality_id", "key", "word", name=op.f("uq_name_word_municipality_id_key_word")),
    )
    _tenant_table(
        "client_note",
        [
            sa.Column("client_id", sa.BigInteger(), nullable=False),
            sa.Column("author_id", sa.BigInteger(), nullable=True),
            sa.Column("author_name", sa.Text(), nullable=False),
            sa.Column("audience", sa.Text(), nullable=False),
            sa.Column("text", sa.Text(), nullable=False),
            sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        ],
        _of_client("client_note"),
        sa.ForeignKeyConstraint(
            ["municipality_id", "author_id"],
            ["staff_user.municipality_id", "staff_user.id"],
            name=op.f("fk_client_note_municipality_id_author_id"),
            ondelete="SET NULL (author_id)",
        ),
        sa.CheckConstraint("audience IN ('staff', 'concerned')", name=op.f("ck_client_note_audience")),
    )
    op.create_index("ix_client_note_client", "client_note", ["municipality_id", "client_id", "id"])
    op.create_index("ix_message_client", "message", ["municipality_id", "client_id", "id"])
    _index_clients()
    for table in ("client", "client_search_key", "name_word"):
        op.execute(f"ANALYZE {table}")  # until it has statistics, PostgreSQL plans searches badly


def _widen_client() -> None:
    for name in NEW_TEXTS:
        op.execute(f"ALTER TABLE client ADD COLUMN {name} text NOT NULL DEFAULT ''")
        op.alter_column("client", name, server_default=None)
    op.execute("ALTER TABLE client ADD COLUMN tags text[] NOT NULL DEFAULT '{}'")
    op.alter_column("client", "tags", server_default=None)
    op.add_column("client", sa.Column("unemployed_since", sa.Date(), nullable=True))
    op.add_column("client", sa.Column("identity_code", sa.LargeBinary(), nullable=True))
    op.add_column("client", sa.Column("identity_index", sa.LargeBinary(), nullable=True))
    op.add_column("client", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_client_municipality_id_identity_index"), "client", ["municipality_id", "identity_index"]
    )
    op.create_foreign_key(
        op.f("fk_client_municipality_id_merged_into_id"),
        "client",
        "client",
        ["municipality_id", "merged_into_id"],
        ["municipality_id", "id"],
        ondelete="CASCADE",
    )
    op.create_index("ix_client_merged_into", "client", ["municipality_id", "merged_into_id"])
    op.create_index("ix_client_own_professional", "client", ["municipality_id", "own_professional_id", "name_key"])


def _of_client(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["municipality_id", "client_id"],
        ["client.municipality_id", "client.id"],
        name=op.f(f"fk_{table}_municipality_id_client_id"),
        ondelete="CASCADE",
    )


def _tenant_table(name: str, columns: list[sa.Column], *more: sa.Constraint) -> None:
    op.create_table(
        name,
        *columns,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{name}_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f(f"uq_{name}_municipality_id_id")),
        *more,
    )
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY one_municipality ON {name} {POLICY}")


def _index_clients() -> None:
    """Those who are there already are found, too. (Later: ``flask client index``.)"""
    connection, last = op.get_bind(), 0
    clients = sa.text(
        "SELECT id, municipality_id, name, phone, email, external_id FROM client WHERE id > :last ORDER BY id LIMIT :most"
    )
    key = sa.table("client_search_key", *map(sa.column, ("municipality_id", "client_id", "kind", "key")))
    word = sa.table("name_word", *map(sa.column, ("municipality_id", "key", "word")))
    while rows := connection.execute(clients, {"last": last, "most": AT_ONCE}).all():
        last = rows[-1].id
        keys = [
            {"municipality_id": row.municipality_id, "client_id": row.id, "kind": str(kind), "key": text}
            for row in rows
            for kind, text in keys_of(name=row.name, phone=row.phone, email=row.email, external_id=row.external_id)
        ]
        words = {(row.municipality_id, word) for row in rows for word in words_of(row.name)}
        pairs = [
            {"municipality_id": municipality_id, "key": near, "word": plain}
            for municipality_id, plain in words
            for near in typo_keys(plain)
        ]
        for table, values in ((key, keys), (word, pairs)):
            if values:
                connection.execute(postgresql.insert(table).on_conflict_do_nothing(), values)


def downgrade() -> None:
    op.drop_index("ix_message_client", "message")
    for table in ("client_note", "name_word", "client_search_key"):
        op.drop_table(table)
    op.drop_index("ix_client_own_professional", "client")
    op.drop_index("ix_client_merged_into", "client")
    op.drop_constraint(op.f("fk_client_municipality_id_merged_into_id"), "client", type_="foreignkey")
    op.drop_constraint(op.f("uq_client_municipality_id_identity_index"), "client", type_="unique")
    for column in (*NEW_TEXTS, "tags", "unemployed_since", "identity_code", "identity_index", "merged_into_id"):
        op.drop_column("client", column)
