"""Staff sessions: one row per browser, found by a secret that only the browser has."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.audit import SYSTEM, Actor
from app.core.tenancy import digest_of
from app.identity.models import StaffSession, StaffUser, TermsAcceptance, TermsOfUse

SEEN_EVERY = timedelta(minutes=5)
"""How often it is written down that a session is in use."""
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts: without a click, and at the very most."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Found:
    """A session with its user, and whether the terms in force were accepted, or ever any."""

    row: StaffSession
    user: StaffUser
    terms_accepted: bool
    terms_known: bool


def begin(
    session: Session, user: StaffUser, *, way: str, device: str, address: str, lifetime: Lifetime, now: datetime
) -> None:
    """Sign the user in; ``user.session_token`` is the secret for the browser. ``way``: how they showed who they are."""
    user.session_token = secrets.token_urlsafe(24)
    row = StaffSession(
        digest=digest_of(user.session_token),
        user_id=user.id,
        device=device,
        address=address,
        created_at=now,
        seen_at=now,
        expires_at=now + min(lifetime.idle, lifetime.longest),
    )
    session.add(row)
    session.flush()
    actor = Actor("staff", user.id, user.name, address, trusted=True)
    audit.record(session, actor=actor, action="user.sign_in", on=user, now=now, session_id=row.id, way=way)


def find(session: Session, token: str, *, now: datetime) -> Found | None:
    """The living session of a secret and its user, in one query; None where it is over or the user is not active."""
    in_force = select(func.max(TermsOfUse.id)).scalar_subquery()
    accepted = (
        select(func.max(TermsAcceptance.terms_id)).where(TermsAcceptance.user_id == StaffUser.id).scalar_subquery()
    )
    query = (
        select(StaffSession, StaffUser, in_force, accepted)
        .join(StaffUser, StaffUser.id == StaffSession.user_id)
        .where(StaffSession.digest == digest_of(token), *_living(now), StaffUser.active)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, user, latest, own = found
    user.session_token = token
    return Found(row, user, terms_accepted=latest is None or own == latest, terms_known=own is not None)


def last(session: Session, token: str) -> StaffSession | None:
    """The session of a secret, over or not."""
    found: StaffSession | None = session.scalar(select(StaffSession).where(StaffSession.digest == digest_of(token)))
    return found


def _living(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (StaffSession.ended_at.is_(None), StaffSession.expires_at > now)


def touch(session: Session, row: StaffSession, *, lifetime: Lifetime, now: datetime) -> None:
    """Write down that the session is in use."""
    values = {"seen_at": now, "expires_at": min(now + lifetime.idle, row.created_at + lifetime.longest)}
    unseen = (StaffSession.id == row.id, StaffSession.seen_at <= now - SEEN_EVERY)
    session.execute(
        update(StaffSession).where(*unseen).values(**values), execution_options={"synchronize_session": False}
    )


def living(session: Session, user_id: int, *, now: datetime) -> list[StaffSession]:
    """Where the user is signed in, the latest first."""
    query = select(StaffSession).where(StaffSession.user_id == user_id, *_living(now))
    return list(session.scalars(query.order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())))


def end(
    session: Session,
    user: StaffUser,
    *,
    only: int | None = None,
    but: int | None = None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> int:
    """End the user's sessions: ``only`` one, or all ``but`` one. Returns how many were ended."""
    query = update(StaffSession).where(StaffSession.user_id == user.id, StaffSession.ended_at.is_(None))
    if only is not None:
        query = query.where(StaffSession.id == only)
    if but is not None:
        query = query.where(StaffSession.id != but)
    ended = session.scalars(query.values(ended_at=now).returning(StaffSession.id)).all()
    _note(session, ended, reason=reason, on=user, actor=actor, now=now)
    return len(ended)


def _note(session: Session, ended: Collection[int], *, reason: str, on: StaffUser, actor: Actor, now: datetime) -> None:
    for row_id in ended:
        audit.record(session, actor=actor, action="user.session_end", on=on, now=now, session_id=row_id, reason=reason)


def sweep(session: Session, *, now: datetime) -> int:
    """Write down which sessions have run out; forget old ones. Returns how many rows changed."""
    over = select(StaffSession, StaffUser).join(StaffUser, StaffUser.id == StaffSession.user_id)
    over = over.where(StaffSession.ended_at.is_(None), StaffSession.expires_at <= now)
    ended = session.execute(over).all()
    for row, user in ended:
        row.ended_at = row.expires_at
        _note(session, [row.id], reason="unused", on=user, actor=SYSTEM, now=now)
    session.flush()
    old = delete(StaffSession).where(StaffSession.ended_at < now - KEPT).returning(StaffSession.id)
    return len(ended) + len(session.scalars(old).all())
