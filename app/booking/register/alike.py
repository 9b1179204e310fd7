"""Clients who may be the same person: shown before a new one is added, and offered for merging."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.booking.models import Client
from app.booking.register.models import ClientSearchKey
from app.booking.register.search_keys import Kind, single, words_of

MOST = 10


class Why(StrEnum):
    """What two clients have in common."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Alike:
    """A client, and what it has in common with the one asked about."""

    client: Client
    why: tuple[Why, ...]


def alike_to(session: Session, *, name: str, phone: str, email: str, but: int | None = None) -> list[Alike]:
    """Clients with the same name, number or address; those with most in common first."""
    ids = _same_name(session, name)
    same: list[ColumnElement[bool]] = [Client.id.in_(ids)] if ids else []
    same += [Client.phone == phone] if phone else []
    same += [Client.email == email] if email else []
    if not same:
        return []
    query = select(Client).where(or_(*same), Client.id != (but or 0), Client.merged_into_id.is_(None))
    found = [
        Alike(client, _why(client, client.id in ids, phone, email))
        for client in session.scalars(query.order_by(Client.name_key, Client.id).limit(5 * MOST))
    ]
    return sorted(found, key=lambda one: -len(one.why))[:MOST]


def _why(client: Client, same_name: bool, phone: str, email: str) -> tuple[Why, ...]:
    common = {
        Why.NAME: same_name,
        Why.PHONE: bool(phone) and client.phone == phone,
        Why.EMAIL: bool(email) and client.email == email,
    }
    return tuple(why for why, holds in common.items() if holds)


def _same_name(session: Session, name: str) -> set[int]:
    """Clients in whose names all words of this name stand."""
    words = {single(word) for word in words_of(name)}
    if not words:
        return set()
    query = (
        select(ClientSearchKey.client_id)
        .where(ClientSearchKey.kind == Kind.NAME, ClientSearchKey.key.in_(words))
        .group_by(ClientSearchKey.client_id)
        .having(func.count() == len(words))
        .limit(5 * MOST)
    )
    return set(session.scalars(query))
