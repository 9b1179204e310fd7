"""Merging two clients who are one person: what would move, what stands in the way, and doing it.

The one that is merged keeps its id and nothing else: whoever asks for it is led to the one that stays. Rows of every
table that refers to a client are moved, also those of rooms that this one does not know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import ExclusionViolation, UniqueViolation
from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.booking.clients import ClientChanged
from app.booking.models import Client, Reservation, UnreachableTime
from app.booking.my_account import remove_feed
from app.booking.register import keys
from app.booking.register.models import ClientSearchKey
from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.db import Base
from app.core.errors import Conflict, InvalidInput
from app.core.events import announce
from app.core.i18n import N_
from app.core.typed import sort_key
from app.identity.models import ClientSession
from app.messaging.models import Message
from app.scheduling.service import lock_professionals

CHOSEN = (
    "name",
    "phone",
    "email",
    "language",
    "preferred_channel",
    "own_professional_id",
    "external_id",
    "area",
    "service_line",
    "unemployed_since",
    "age_group",
)
"""Where the two differ, one of the two values is chosen. Tags of both are kept."""
NOT_MOVED = {Client.__tablename__, ClientSearchKey.__tablename__, ClientSession.__tablename__}
"""The way to the survivor, keys made anew, and sign-ins that proved another contact: these end."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What merging would do. ``moves``: rows by table; ``overlaps``: active times of both at once, which forbid it.

    ``differ``: fields with two values, of which one is chosen; ``completes``: fields that only the merged one has.
    """

    kept: Client
    gone: Client
    moves: dict[str, int]
    overlaps: tuple[tuple[Reservation, Reservation], ...]
    differ: tuple[str, ...]
    completes: tuple[str, ...]
    both_have_codes: bool
    ends_sign_in: bool
    ends_feed: bool

    @property
    def seal(self) -> str:
        """What was looked at: another one means that something changed."""
        seen = (
            self.kept.id,
            self.gone.id,
            self.moves,
            self.both_have_codes,
            [getattr(row, name) for row in (self.kept, self.gone) for name in CHOSEN],
        )
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:20]


def preview(session: Session, kept: Client, gone: Client, *, now: datetime) -> Preview:
    """Count and compare. Raises ``InvalidInput`` where there are no two clients to merge."""
    if kept.id == gone.id or gone.merged_into_id is not None:
        raise InvalidInput({"other": N_("Choose another client: this is the same one.")})
    moves = {name: _count(session, table, gone) for name, table in _tables().items()}
    return Preview(
        kept=kept,
        gone=gone,
        moves={name: count for name, count in moves.items() if count},
        overlaps=tuple(pair for pair in _overlaps(session, kept, gone) if max(row.ends_at for row in pair) > now),
        differ=tuple(name for name in CHOSEN if _differs(getattr(kept, name), getattr(gone, name))),
        completes=tuple(name for name in CHOSEN if getattr(gone, name) and not getattr(kept, name)),
        both_have_codes=None not in (kept.identity_code, gone.identity_code),
        ends_sign_in=session.scalar(select(ClientSession.id).where(ClientSession.client_id == gone.id).limit(1))
        is not None,
        ends_feed=gone.feed_token is not None,
    )


def _differs(one: Any, other: Any) -> bool:
    return one != other and bool(one) and bool(other)


def _tables() -> dict[str, Table]:
    """Every table whose rows belong to a client, by name."""
    client = Client.__table__
    found = {
        table.name: table
        for table in Base.metadata.sorted_tables
        if any(key.referred_table is client for key in table.foreign_key_constraints)
    }
    found[Message.__tablename__] = Message.__table__  # the outbox knows ids only
    return {name: table for name, table in found.items() if name not in NOT_MOVED}


def _count(session: Session, table: Table, client: Client) -> int:
    own = (table.c.municipality_id == client.municipality_id, table.c.client_id == client.id)
    return session.scalar(select(func.count()).select_from(table).where(*own)) or 0


def _overlaps(session: Session, kept: Client, gone: Client) -> list[tuple[Reservation, Reservation]]:
    rows = {client.id: _active(session, client) for client in (kept, gone)}
    return [
        (one, other)
        for one in rows[kept.id]
        for other in rows[gone.id]
        if one.starts_at < other.ends_at and other.starts_at < one.ends_at
    ]


def _active(session: Session, client: Client) -> list[Reservation]:
    query = select(Reservation).where(Reservation.client_id == client.id, Reservation.active)
    return list(session.scalars(query.order_by(Reservation.starts_at)))


def lock_both(session: Session, kept_id: int, gone_id: int) -> tuple[Client, Client]:
    """Lock first the calendars of both clients' meetings, then the clients, each in the order of ids, as bookings do."""
    query = select(Reservation.professional_id).where(
        Reservation.client_id.in_((kept_id, gone_id)), Reservation.professional_id.is_not(None)
    )
    lock_professionals(session, sorted(set(session.scalars(query))))
    both = select(Client).where(Client.id.in_((kept_id, gone_id))).order_by(Client.id)
    locked = both.with_for_update(key_share=True).execution_options(populate_existing=True)
    rows = {client.id: client for client in session.scalars(locked)}
    return rows[kept_id], rows[gone_id]


def merge(
    session: Session, seen: Preview, *, take_from_gone: Mapping[str, bool], actor: Actor, now: datetime
) -> Client:
    """Make one of two. ``take_from_gone``: the fields in which the other's value stays. The caller holds the locks.

    Raises ``Conflict`` where active times overlap.
    """
    kept, gone = seen.kept, seen.gone
    if seen.overlaps:
        raise Conflict(OVERLAP, code="client_times_overlap")
    try:
        with session.begin_nested():
            _move(session, kept, gone)
    except IntegrityError as problem:
        if not isinstance(problem.orig, (ExclusionViolation, UniqueViolation)):
            raise
        raise Conflict(OVERLAP, code="client_times_overlap") from problem
    remove_feed(session, gone, actor=actor, now=now)
    session.execute(delete(ClientSession).where(ClientSession.client_id == gone.id))
    _take_values(session, kept, gone, take_from_gone)
    for client in (gone, kept):
        keys.index(session, client)
    audit.record(session, actor=actor, action="client.merge", on=kept, now=now, merged=gone.id, moved=seen.moves)
    audit.record(session, actor=actor, action="client.merged_into", on=gone, now=now, into=kept.id)
    for client in (kept, gone):
        announce(session, ClientChanged(client, "change", now))
    return kept


OVERLAP = N_("Both have appointments at the same time. Move or cancel one of them first.")


def _move(session: Session, kept: Client, gone: Client) -> None:
    """Every row of the one becomes the other's; the same days of absence are not noted twice.

    Of two past meetings at the same time, the one no longer occupies anybody.
    """
    for _, past in _overlaps(session, kept, gone):
        past.active = False
    times = {(row.first_day, row.last_day, row.part): row for row in _away(session, kept)}
    for row in _away(session, gone):
        if (row.first_day, row.last_day, row.part) in times:
            session.delete(row)
    session.flush()
    for table in _tables().values():
        own = (table.c.municipality_id == tenancy.bound_to(session), table.c.client_id == gone.id)
        session.execute(update(table).where(*own).values(client_id=kept.id))
    earlier = update(Client).where(Client.merged_into_id == gone.id).values(merged_into_id=kept.id)
    session.execute(earlier, execution_options={"synchronize_session": False})


def _away(session: Session, client: Client) -> list[UnreachableTime]:
    return list(session.scalars(select(UnreachableTime).where(UnreachableTime.client_id == client.id)))


def _take_values(session: Session, kept: Client, gone: Client, take_from_gone: Mapping[str, bool]) -> None:
    """The survivor gets what was chosen and what it lacks; then the other is emptied, for ids and codes are unique.

    An id of another system that is not taken over stays with the other one, so that that system is still led right.
    """
    taken = {
        name: getattr(gone, name)
        for name in CHOSEN
        if getattr(gone, name) and (take_from_gone.get(name) or not getattr(kept, name))
    }
    code = (gone.identity_code, gone.identity_index)
    if take_from_gone.get("identity_code") or kept.identity_code is None:
        taken |= {"identity_code": code[0], "identity_index": code[1]} if code[0] else {}
    swapped = kept.external_id if "external_id" in taken else gone.external_id
    gone.phone = gone.email = gone.area = gone.service_line = gone.age_group = ""
    gone.external_id = gone.own_professional_id = gone.unemployed_since = gone.identity_code = gone.identity_index = (
        None
    )
    gone.merged_into_id = kept.id
    kept_tags, gone_tags, gone.tags = kept.tags, gone.tags, []
    kept.external_id = None if "external_id" in taken else kept.external_id
    session.flush()
    for name, value in taken.items():
        setattr(kept, name, value)
    gone.external_id = swapped
    kept.tags = list(dict.fromkeys([*kept_tags, *gone_tags]))
    kept.name_key = sort_key(kept.name)
    kept.verified = kept.verified or gone.verified
    session.flush()
