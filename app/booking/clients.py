"""Clients: adding, changing, and recognising those that a calling system names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from psycopg.errors import UniqueViolation
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.booking.contact import ClientDetails
from app.booking.models import Client
from app.booking.register import keys
from app.core import audit
from app.core.audit import Actor
from app.core.errors import Conflict
from app.core.events import announce
from app.core.i18n import N_
from app.core.typed import sort_key


@dataclass(frozen=True, slots=True)
class ClientChanged:
    """Announced when a client is added, changed or forgotten (``step``: ``add``, ``change``, ``forget``), in its transaction."""

    client: Client
    step: str
    now: datetime


def client_of(
    session: Session, details: ClientDetails, *, actor: Actor, now: datetime, known_id: int | None = None
) -> Client:
    """The client that is known, or that a calling system names, else a new one.

    ``known_id`` comes from a personal link or a sign-in; an unverified visitor is never joined to a client.
    """
    if known_id is not None:
        return locked_client(session, known_id)
    if details.external_id is None or actor.is_client:
        return add_client(session, details, actor=actor, now=now)
    known = _named(session, details.external_id)
    if known is not None:
        return known
    try:
        return add_client(session, details, actor=actor, now=now)
    except Conflict:  # added by another call meanwhile
        known = _named(session, details.external_id)
        if known is None:
            raise
        return known


def is_stranger(details: ClientDetails, *, actor: Actor, known_id: int | None = None) -> bool:
    """True where ``client_of`` adds a new client, whoever else is there."""
    return known_id is None and (details.external_id is None or actor.is_client)


def _named(session: Session, external_id: str) -> Client | None:
    """The client of that name, locked: bookings for one client are made one after the other."""
    client_id = session.scalar(select(Client.id).where(Client.external_id == external_id))
    return None if client_id is None else locked_client(session, client_id)


def locked_client(session: Session, client_id: int) -> Client:
    """The client, locked; where it was merged into another, that one. Raises ``NoResultFound``."""
    client = session.get_one(Client, client_id, with_for_update={"key_share": True}, populate_existing=True)
    return client if client.merged_into_id is None else locked_client(session, client.merged_into_id)


def find_client(session: Session, client_id: int) -> Client | None:
    """The client with this id, or the one that it was merged into."""
    client = session.get(Client, client_id)
    if client is None or client.merged_into_id is None:
        return client
    return find_client(session, client.merged_into_id)


def add_client(session: Session, details: ClientDetails, *, actor: Actor, now: datetime) -> Client:
    """A new client. Raises ``Conflict`` (``external_id_taken``)."""
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
    if client.external_id is None:
        session.add(client)
        session.flush()
    else:
        with unique_ids(session):
            session.add(client)
    keys.index_new(session, client)
    audit.record(session, actor=actor, action="client.add", on=client, now=now)
    announce(session, ClientChanged(client, "add", now))
    return client


@contextmanager
def unique_ids(session: Session) -> Iterator[None]:
    """Write what the block changes; a constraint's refusal becomes the friendly error and undoes only that."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as problem:
        if not isinstance(problem.orig, UniqueViolation):
            raise
        if "identity_index" in str(problem.orig.diag.constraint_name):
            raise Conflict(
                N_("Another client was given this personal identity code just now."), code="identity_code_taken"
            ) from problem
        raise Conflict(N_("There is already a client with this external_id."), code="external_id_taken") from problem


def change_client(session: Session, client: Client, details: ClientDetails, *, actor: Actor, now: datetime) -> None:
    """Take over the details. Raises ``Conflict`` (``external_id_taken``)."""
    with unique_ids(session):
        client.name, client.name_key = details.name, sort_key(details.name)
        client.phone, client.email, client.language = details.phone, details.email, details.language
        client.external_id = details.external_id
    keys.index(session, client)
    audit.record(session, actor=actor, action="client.change", on=client, now=now)
    announce(session, ClientChanged(client, "change", now))
