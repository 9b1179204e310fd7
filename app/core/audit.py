"""The audit log: who saw or changed what, when, from where. Rows are only ever appended (the database refuses more)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, func, select
from sqlalchemy.orm import Mapped, Session

from app.core.db import Tenant, db, tenant_table
from app.core.retention import AUDIT_YEARS, YEAR


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: ``client``, ``staff``, ``api`` or ``system``, with the row's id where there is one."""

    kind: str
    id: int | None = None
    label: str = ""
    address: str = ""
    trusted: bool = False
    """May book what is not open to everybody: staff, and systems whose key has the ``admin`` scope."""
    way: str = ""
    """How a client came, for the receipt: ``link``, ``signed_in``, or neither."""

    @property
    def is_client(self) -> bool:
        """True for clients and unverified visitors, whom cut-offs and the online rules concern."""
        return self.kind == "client"


SYSTEM = Actor("system", trusted=True)


class AuditEvent(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """One line of the log."""

    __tablename__ = "audit_event"
    __table_args__ = tenant_table(
        Index("ix_audit_event_object", "municipality_id", "object_type", "object_id", "at"),
        Index("ix_audit_event_at", "municipality_id", "at"),
    )

    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None]
    actor_label: Mapped[str]
    address: Mapped[str]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[int | None]
    data: Mapped[dict[str, Any]]


def record(session: Session, *, actor: Actor, action: str, on: Any, now: datetime, **data: Any) -> None:
    """Append one line: ``actor`` did ``action`` on the row ``on`` (``data``: JSON values, never free text of clients)."""
    session.add(
        AuditEvent(
            at=now,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_label=actor.label,
            address=actor.address,
            action=action,
            object_type=on.__tablename__,
            object_id=on.id,
            data=data,
        )
    )


def forget(session: Session, *, now: datetime) -> int:
    """Delete events past their time, by the owner's function that alone may. Returns how many."""
    return int(session.scalar(select(func.forget_audit_events(now - AUDIT_YEARS * YEAR))) or 0)
