"""Tables of the register: what clients are found by, and notes about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.booking.register.search_keys import Kind
from app.core.db import Tenant, db, tenant_key, tenant_table

AUDIENCES = ("staff", "concerned")


class ClientSearchKey(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """One key that a client is found by (``search_keys.keys_of``). Written by ``keys`` only."""

    __tablename__ = "client_search_key"
    __table_args__ = tenant_table(
        tenant_key("client_id", "client", ondelete="CASCADE"),
        CheckConstraint(f"kind IN {tuple(str(kind) for kind in Kind)}", name="kind"),
        UniqueConstraint("municipality_id", "kind", "key", "client_id"),
        Index("ix_client_search_key_client", "municipality_id", "client_id"),
    )

    kind: Mapped[str]
    key: Mapped[str] = mapped_column(Text(collation="C"))  # so that the keys of a prefix lie between two bounds
    client_id: Mapped[int]


class NameWord(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A word that stands in names, under the keys that it and words one typo apart share (``search_keys.typo_keys``)."""

    __tablename__ = "name_word"
    __table_args__ = tenant_table(UniqueConstraint("municipality_id", "key", "word"))

    key: Mapped[str]
    word: Mapped[str]


class ClientNote(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """What staff note about a client. ``audience``: all staff who meet clients, or only whom it concerns."""

    __tablename__ = "client_note"
    __table_args__ = tenant_table(
        tenant_key("client_id", "client", ondelete="CASCADE"),
        tenant_key("author_id", "staff_user", ondelete="SET NULL"),
        CheckConstraint(f"audience IN {AUDIENCES}", name="audience"),
        Index("ix_client_note_client", "municipality_id", "client_id", "id"),
    )

    client_id: Mapped[int]
    author_id: Mapped[int | None]
    author_name: Mapped[str]
    audience: Mapped[str]
    text: Mapped[str]
    written_at: Mapped[datetime]
