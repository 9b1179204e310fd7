"""Clients with whom there has been no contact for the time that the privacy page tells are forgotten, and all of theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, select
from sqlalchemy.orm import Session

from app.booking.clients import ClientChanged
from app.booking.models import Appointment, Client, Receipt, Reservation
from app.booking.my_account import FEED_KIND
from app.core import audit, tenancy
from app.core.audit import SYSTEM
from app.core.events import announce
from app.core.retention import CLIENT_DATA_YEARS, YEAR
from app.core.tenancy import RouteToken
from app.identity.models import ClientSession
from app.messaging import retention as messages

AT_ONCE = 200
"""So many in one transaction; the rest the next time."""


def forget(session: Session, *, now: datetime) -> int:
    """Delete clients past their time, with appointments, receipts, messages and secrets. Returns how many."""
    silent = _silent_since(now - CLIENT_DATA_YEARS * YEAR)
    candidates = select(Client.id).where(silent).order_by(Client.id).limit(AT_ONCE)
    locked = session.scalars(candidates.with_for_update(skip_locked=True)).all()
    # Asked again under the lock: somebody may have come back while we waited for it.
    gone = session.scalars(select(Client).where(Client.id.in_(locked), silent)).all()
    for client in gone:
        audit.record(session, actor=SYSTEM, action="client.forget", on=client, now=now)
        announce(session, ClientChanged(client, "forget", now))
    if gone:
        session.flush()
        _delete(session, [client.id for client in gone])
    return len(gone)


def _silent_since(moment: datetime) -> ColumnElement[bool]:
    """No appointment, no action of theirs, no sign-in, nor were they added, since the moment."""
    return and_(
        Client.created_at < moment,
        Client.merged_into_id.is_(None),  # goes with the one that stays
        ~exists().where(_of_client(Appointment), Appointment.starts_at >= moment),
        ~exists().where(_of_client(Receipt), Receipt.at >= moment),
        ~exists().where(_of_client(ClientSession)),
    )


def _of_client(table: type[Appointment | Receipt | ClientSession]) -> ColumnElement[bool]:
    return and_(table.municipality_id == Client.municipality_id, table.client_id == Client.id)


def _delete(session: Session, client_ids: Sequence[int]) -> None:
    """Receipts, wishes and codes go with their rows (ON DELETE CASCADE); the audit log keeps ids, no names."""
    appointments = session.scalars(select(Appointment.id).where(Appointment.client_id.in_(client_ids))).all()
    _delete_routes(session, "appointment", appointments)
    _delete_routes(session, FEED_KIND, client_ids)
    messages.forget_clients(session, client_ids)
    for table in (Appointment, Reservation):
        session.execute(delete(table).where(table.client_id.in_(client_ids)))
    session.execute(delete(Client).where(Client.id.in_(client_ids)))


def _delete_routes(session: Session, kind: str, target_ids: Collection[int]) -> None:
    session.execute(
        delete(RouteToken).where(
            RouteToken.municipality_id == tenancy.bound_to(session),
            RouteToken.kind == kind,
            RouteToken.target_id.in_(target_ids),
        )
    )
