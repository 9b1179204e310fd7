"""Choosing a password through a link sent by e-mail: the first one, and a new one for a forgotten one.

A link works once and for a while. Looking at its page uses nothing up: mail scanners open links.
"""

from __future__ import annotations

import math
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core import audit, tenancy
from app.core.audit import SYSTEM, Actor
from app.core.errors import Gone, InvalidInput, TooMany
from app.core.i18n import N_
from app.core.tenancy import Municipality, RouteToken, digest_of
from app.identity import account_letter, passwords, sessions
from app.identity.counts import locked_count
from app.identity.models import StaffUser
from app.identity.password_letter import letter, pretend
from app.identity.sign_in import accounts_of, forget_failures, locked_user
from app.messaging.outbox import queue

KIND = "staff_password"
RESET_LIVES = timedelta(hours=1)
INVITATION_LIVES = timedelta(days=7)
PER_HOUR = 3
"""Links for one address, whoever asks."""


def ask(session: Session, *, email: str, address: str, now: datetime) -> None:
    """Send a link to the users with this address, if there are any; the caller learns nothing of it.

    Raises ``TooMany``, also for an address that nobody has.
    """
    email = email.strip().lower()
    _count(session, email, now=now)
    users = [user for account in accounts_of(session, email) if (user := _asked(session, account, address, now=now))]
    if not users:
        pretend(now)  # the same work, so that nobody learns who has an account by how long an answer takes


def _count(session: Session, email: str, *, now: datetime) -> None:
    row = locked_count(session, "reset", email, now=now)
    if row.until is None or row.until <= now:
        row.count, row.until = 0, now + timedelta(hours=1)
    if row.count >= PER_HOUR:
        seconds = math.ceil((row.until - now).total_seconds())
        raise TooMany(N_("A link has been asked for many times."), retry_after=seconds, limit="password_link")
    row.count, row.changed_at = row.count + 1, now
    session.flush()


def _asked(session: Session, account: tuple[int, int], address: str, *, now: datetime) -> StaffUser | None:
    user = locked_user(session, account)
    if user is not None:
        actor = Actor("staff", user.id, user.name, address)
        audit.record(session, actor=actor, action="user.password_link", on=user, now=now)
        _send(session, user, "reset", expires_at=now + RESET_LIVES, now=now)
    return user


def invite(session: Session, user: StaffUser, *, actor: Actor = SYSTEM, now: datetime) -> None:
    """Send the user of the bound municipality a link to the first password."""
    audit.record(session, actor=actor, action="user.invite", on=user, now=now)
    _send(session, user, "invitation", expires_at=now + INVITATION_LIVES, now=now)


def send_reset(session: Session, user: StaffUser, *, actor: Actor, now: datetime) -> None:
    """Send the user of the bound municipality a link to a new password, asked for by somebody else."""
    audit.record(session, actor=actor, action="user.password_link", on=user, now=now)
    _send(session, user, "reset", expires_at=now + RESET_LIVES, now=now)


def _send(session: Session, user: StaffUser, what: str, *, expires_at: datetime, now: datetime) -> None:
    token = secrets.token_urlsafe(24)
    municipality = session.get_one(Municipality, user.municipality_id)
    tenancy.add_route(
        session,
        kind=KIND,
        secret=token,
        municipality_id=user.municipality_id,
        target_id=user.id,
        expires_at=expires_at,
    )
    queue(session, letter(what, user, token, municipality, expires_at=expires_at), now=now)
    session.flush()  # before another municipality is bound


def open_link(session: Session, token: str, *, now: datetime) -> StaffUser:
    """Whose password the link is for; binds the session. Raises ``Gone``."""
    for route in tenancy.find_routes(session, kind=KIND, secret=token):
        if route.expires_at is not None and route.expires_at <= now:
            continue
        tenancy.bind(session, route.municipality_id)
        user = session.get(StaffUser, route.target_id)
        if user is not None and user.active:
            return user
    raise Gone(N_("This link has been used already, or it is too old."))


def choose(session: Session, token: str, password: str, *, address: str, now: datetime) -> StaffUser:
    """Set the password and use the link up. Raises ``Gone``, ``InvalidInput``; a refused password leaves the link."""
    found = open_link(session, token, now=now)
    user = locked_user(session, (found.municipality_id, found.id))
    if user is None:
        raise Gone(N_("This link has been used already, or it is too old."))
    refuse_weak(password, user)
    if digest_of(token) not in forget_links(session, user):  # somebody was quicker with it
        raise Gone(N_("This link has been used already, or it is too old."))
    forget_failures(user)
    actor = Actor("staff", user.id, user.name, address)
    set_password(session, user, password, actor=actor, action="user.password_reset", now=now)
    return user


def refuse_weak(password: str, user: StaffUser) -> None:
    """Raises ``InvalidInput`` where it cannot be the user's password."""
    if weakness := passwords.weakness(password, email=user.email):
        raise InvalidInput({"new_password": weakness})


def set_password(
    session: Session,
    user: StaffUser,
    password: str,
    *,
    actor: Actor,
    action: str,
    now: datetime,
    keep: int | None = None,
) -> None:
    """Change it, end the user's sessions (but ``keep``) and the links that wait."""
    if user.password_hash is not None:  # the first one is no news to whoever chooses it
        account_letter.tell(session, user, "password", now=now)
    user.password_hash, user.password_changed_at = passwords.hashed(password), now
    forget_links(session, user)
    audit.record(session, actor=actor, action=action, on=user, now=now)
    sessions.end(session, user, but=keep, reason="password", actor=actor, now=now)
    session.flush()


def forget_links(session: Session, user: StaffUser) -> set[bytes]:
    """Links that wait for the user lead nowhere from now on. Returns their digests."""
    waiting = delete(RouteToken).where(
        RouteToken.municipality_id == user.municipality_id, RouteToken.kind == KIND, RouteToken.target_id == user.id
    )
    return set(session.scalars(waiting.returning(RouteToken.digest)))


def sweep(session: Session, *, now: datetime) -> int:
    """Delete the bound municipality's links that are too old. Returns how many."""
    old = delete(RouteToken).where(
        RouteToken.municipality_id == tenancy.bound_to(session), RouteToken.kind == KIND, RouteToken.expires_at < now
    )
    return len(session.scalars(old.returning(RouteToken.digest)).all())
