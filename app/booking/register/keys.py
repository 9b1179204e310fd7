"""Keeps what clients are found by in step with the clients: one function for adding, changing and merging."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.booking.models import Client
from app.booking.register.models import ClientSearchKey, NameWord
from app.booking.register.search_keys import keys_of, typo_keys, words_of
from app.core import tenancy

AT_ONCE = 1000


def index_new(session: Session, client: Client) -> None:
    """Make a client be found who has just been added: there is nothing to take away, at every booking of a stranger."""
    _write(session, [client])


def index(session: Session, client: Client) -> None:
    """Make the client be found by what it is now; one that was merged into another is found no more."""
    session.flush()
    session.execute(delete(ClientSearchKey).where(ClientSearchKey.client_id == client.id))
    if client.merged_into_id is None:
        _write(session, [client])


def index_all(session: Session) -> int:
    """Build everything anew for the bound municipality. Returns how many clients are found. Safe to run twice."""
    done, last = 0, 0
    session.execute(delete(NameWord))
    session.execute(delete(ClientSearchKey))
    while clients := _after(session, last):
        last = clients[-1].id
        _write(session, clients)
        done += len(clients)
    return done


def _after(session: Session, client_id: int) -> Sequence[Any]:
    columns = (Client.id, Client.name, Client.phone, Client.email, Client.external_id)
    query = select(*columns).where(Client.id > client_id, Client.merged_into_id.is_(None)).order_by(Client.id)
    return session.execute(query.limit(AT_ONCE)).all()


def _write(session: Session, clients: Iterable[Any]) -> None:
    """``clients``: rows of the table, or of its columns."""
    own = tenancy.bound_to(session)
    keys, words = [], set[str]()
    for client in clients:
        found = keys_of(name=client.name, phone=client.phone, email=client.email, external_id=client.external_id)
        keys += [
            {"municipality_id": own, "client_id": client.id, "kind": kind, "key": key} for kind, key in sorted(found)
        ]
        words |= set(words_of(client.name))
    pairs = sorted((key, word) for word in words for key in typo_keys(word))  # in order, so that none deadlock
    if keys:
        session.execute(insert(ClientSearchKey).on_conflict_do_nothing(), keys)
    if pairs:
        rows = [{"municipality_id": own, "key": key, "word": word} for key, word in pairs]
        session.execute(insert(NameWord).on_conflict_do_nothing(), rows)
