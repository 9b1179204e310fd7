"""Clients: adding, changing, and recognising those that a calling system names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.contact import ClientDetails
from app.booking.models import Client
from app.core import audit
from app.core.audit import Actor
from app.core.errors import Conflict
from app.core.i18n import N_
from app.core.typed import sort_key


def client_of(session: Session, details: ClientDetails, *, actor: Actor, now: datetime) -> Client:
    """The client that a calling system names, else a new one. An unverified visitor is never joined to a client."""
    if details.external_id is not None and not actor.is_client:
        query = select(Client).where(Client.external_id == details.external_id)
        known: Client | None = session.scalar(query.with_for_update(key_share=True))
        if known is not None:
            return known
    return add_client(session, details, actor=actor, now=now)


def add_client(session: Session, details: ClientDetails, *, actor: Actor, now: datetime) -> Client:
    """A new client. Raises ``Conflict`` (``external_id_taken``)."""
    _refuse_taken(session, details.external_id, None)
    client = Client(
        external_id=None if actor.is_client else details.external_id,
        name=details.name,
        name_key=sort_key(details.name),
        phone=details.phone,
        email=details.email,
        language=details.language,
        verified=not actor.is_client,
        created_at=now,
    )
    session.add(client)
    session.flush()
    audit.record(session, actor=actor, action="client.add", on=client, now=now)
    return client


def change_client(session: Session, client: Client, details: ClientDetails, *, actor: Actor, now: datetime) -> None:
    """Take over the details. Raises ``Conflict`` (``external_id_taken``)."""
    _refuse_taken(session, details.external_id, client.id)
    client.name, client.name_key = details.name, sort_key(details.name)
    client.phone, client.email, client.language = details.phone, details.email, details.language
    client.external_id = details.external_id
    session.flush()
    audit.record(session, actor=actor, action="client.change", on=client, now=now)


def _refuse_taken(session: Session, external_id: str | None, own_id: int | None) -> None:
    """The unique constraint decides; ``ON CONFLICT`` cannot, because the audit line needs the row."""
    if external_id is None:
        return
    other = session.scalar(select(Client.id).where(Client.external_id == external_id))
    if other not in (None, own_id):
        raise Conflict(N_("There is already a client with this external_id."), code="external_id_taken")
