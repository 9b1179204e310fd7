"""One installation, many municipalities: who they are, and how a session is bound to exactly one of them.

Binding does two things: the ORM adds ``municipality_id = …`` to every statement (and refuses one that is not bound),
and each transaction sets ``vuoro.municipality``, from which the row-level security policies decide.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Identity,
    Index,
    LargeBinary,
    Text,
    cast,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    mapped_column,
    scoped_session,
    with_loader_criteria,
)

from app.core.db import LocalText, Tenant, db

BOUND = "municipality_id"
SETTING = "vuoro.municipality"


class Unbound(RuntimeError):
    """A tenant's rows were asked for by a session that is bound to no municipality: a programming error."""


class Municipality(db.Model):  # type: ignore[name-defined,misc]
    """A tenant. Carries only what every visitor may see, because it is read before a session is bound."""

    __tablename__ = "municipality"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    host: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[LocalText]
    languages: Mapped[list[str]]
    timezone: Mapped[str] = mapped_column(default="Europe/Helsinki")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    brand_colour: Mapped[str] = mapped_column(default="#12504a")
    accent_colour: Mapped[str] = mapped_column(default="#f4b942")
    logo_digest: Mapped[str] = mapped_column(default="")
    """Of the picture in ``settings.MunicipalitySettings``; empty where there is none."""
    has_listeners: Mapped[bool] = mapped_column(default=False)
    """Other systems are told of changes. Where none is, announcing a change costs no query."""
    services_edition: Mapped[int] = mapped_column(server_default="0")
    """Raised by the database with every change of a service: until then processes may keep services (decision 18)."""
    created_at: Mapped[datetime]

    @property
    def zone(self) -> ZoneInfo:
        """The municipality's time zone."""
        return ZoneInfo(self.timezone)


class RouteToken(db.Model):  # type: ignore[name-defined,misc]
    """What must be found before a municipality is known: hash of a secret → municipality and row. No content."""

    __tablename__ = "route_token"
    __table_args__ = (Index("ix_route_token_target", "municipality_id", "kind", "target_id"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int]
    expires_at: Mapped[datetime | None]


def digest_of(secret: str) -> bytes:
    """SHA-256 of a high-entropy secret (link token, API key) or of a sign-in name."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def add_route(
    session: Session,
    *,
    kind: str,
    secret: str,
    municipality_id: int,
    target_id: int,
    expires_at: datetime | None = None,
) -> None:
    """Make ``secret`` lead to a row of a municipality."""
    session.add(
        RouteToken(
            digest=digest_of(secret),
            kind=kind,
            municipality_id=municipality_id,
            target_id=target_id,
            expires_at=expires_at,
        )
    )


def prolong_route(session: Session, *, kind: str, secret: str, until: datetime) -> None:
    """Let ``secret`` lead there until another moment."""
    for route in find_routes(session, kind=kind, secret=secret):
        route.expires_at = until


def find_routes(session: Session, *, kind: str, secret: str) -> list[RouteToken]:
    """Where ``secret`` leads; several only for staff e-mail addresses. Expired ones included: the caller decides."""
    query = select(RouteToken).where(RouteToken.digest == digest_of(secret), RouteToken.kind == kind)
    return list(session.scalars(query))


def bind(session: Session, municipality_id: int, *, told: bool = False) -> None:
    """Bind the session to one municipality, in this transaction and those that follow.

    ``told``: the statement that found it has told the database of it already.
    """
    session = session() if isinstance(session, scoped_session) else session
    if session.info.get(BOUND) == municipality_id and not session.in_nested_transaction():
        return  # the database was told by the first bind, or is told when the transaction begins
    if session.info.get(BOUND) not in (None, municipality_id):
        if session.new or session.dirty or session.deleted:
            raise Unbound("the session holds unwritten rows of another municipality")
        session.expunge_all()
    session.info[BOUND] = municipality_id
    if session.in_transaction() and not told:
        _tell_database(session.connection(), municipality_id)


def bound_to(session: Session) -> int:
    """The municipality that the session is bound to."""
    municipality_id = session.info.get(BOUND)
    if municipality_id is None:
        raise Unbound("bind the session to a municipality first")
    return int(municipality_id)


def tell(municipality_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[str]:
    """For a statement that finds the municipality by itself: tells the database whose rows it may show from here on."""
    told: ColumnElement[str] = func.set_config(SETTING, cast(municipality_id, Text), True)
    return told


def _tell_database(connection: Connection, municipality_id: int) -> None:
    connection.execute(
        text(f"SELECT set_config('{SETTING}', :municipality, true)"), {"municipality": str(municipality_id)}
    )


def install(session_factory: Any) -> None:
    """Attach the scope to every session of ``session_factory``."""
    event.listen(session_factory, "after_begin", _after_begin)
    event.listen(session_factory, "do_orm_execute", _scope_statement)
    event.listen(session_factory, "before_flush", _fill_municipality)


def _after_begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    municipality_id = session.info.get(BOUND)
    if municipality_id is not None and not transaction.nested:  # a savepoint is told by what is around it
        _tell_database(connection, municipality_id)


def _scope_statement(state: ORMExecuteState) -> None:
    if not any(issubclass(mapper.class_, Tenant) for mapper in state.all_mappers):
        return
    municipality_id = bound_to(state.session)
    if state.is_column_load or state.is_relationship_load:
        return  # these start from rows that were scoped already, and carry the option along
    state.statement = state.statement.options(
        with_loader_criteria(
            Tenant, lambda cls: cls.municipality_id == municipality_id, include_aliases=True, propagate_to_loaders=True
        )
    )


def _fill_municipality(session: Session, context: UOWTransaction, instances: object) -> None:
    for row in session.new:
        if isinstance(row, Tenant):
            municipality_id = bound_to(session)
            if row.municipality_id is None:
                row.municipality_id = municipality_id
            elif row.municipality_id != municipality_id:
                raise Unbound(f"{type(row).__name__} belongs to another municipality than the session")
