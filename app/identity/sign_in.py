"""Recognising staff by e-mail and password, and pausing after wrong ones, twice as long each time.

Wrong passwords are counted in PostgreSQL: for each account, and for an address that nobody has just the same, so that
no answer tells who has an account.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.errors import TooMany
from app.core.i18n import N_
from app.identity import passwords
from app.identity.counts import locked_count
from app.identity.models import StaffUser

TRIES_BEFORE_PAUSE = 5
LONGEST_PAUSE = 60  # minutes

Account = tuple[int, int]
"""Municipality and user."""


def recognise(session: Session, *, email: str, password: str, address: str, now: datetime) -> StaffUser | None:
    """The user, with the session bound to the user's municipality; None where e-mail or password is wrong.

    An address may have users in several municipalities: the password decides. The caller commits either way.
    Raises ``TooMany`` while every account of the address pauses.
    """
    email = email.strip().lower()
    tried: list[Account] = []
    pauses: list[datetime] = []
    for account in accounts_of(session, email):
        user = locked_user(session, account)
        if user is None:
            continue
        if user.locked_until is not None and user.locked_until > now:
            pauses.append(user.locked_until)
        elif passwords.matches(user.password_hash, password):
            return user
        else:
            tried.append(account)
    for account in tried:  # only now: the right password for one is no wrong one for the others
        count_failure(session, account, address=address, now=now)
    if not tried:
        _refuse_paused(pauses, now=now)
        _nobody(session, email, password, now=now)
    return None


def accounts_of(session: Session, email: str) -> list[Account]:
    """Every user with the address, in order, so that none deadlock."""
    routes = tenancy.find_routes(session, kind="staff_email", secret=email)
    return sorted((route.municipality_id, route.target_id) for route in routes)


def locked_user(session: Session, account: Account) -> StaffUser | None:
    """The active user, locked, with the session bound to the municipality."""
    tenancy.bind(session, account[0])
    options = {"populate_existing": True}
    user = session.get(StaffUser, account[1], with_for_update={"key_share": True}, execution_options=options)
    return user if user is not None and user.active else None


def count_failure(session: Session, account: Account, *, address: str, now: datetime, what: str = "password") -> None:
    """Count something wrong that was typed (``what``: a password or a code) and pause where it was once too often."""
    user = locked_user(session, account)
    if user is None:
        return
    user.failed_attempts += 1
    actor = Actor("staff", user.id, user.name, address)
    attempts = user.failed_attempts
    audit.record(session, actor=actor, action="user.sign_in_failed", on=user, now=now, attempts=attempts, what=what)
    until = pause_after(attempts, now=now)
    if until is not None:
        user.locked_until = until
        audit.record(session, actor=actor, action="user.pause", on=user, now=now, until=until.isoformat())
    session.flush()  # before another municipality is bound


def pause_after(attempts: int, *, now: datetime) -> datetime | None:
    """Until when an account pauses after so many wrong ones in a row."""
    beyond = attempts - TRIES_BEFORE_PAUSE
    return now + timedelta(minutes=min(2 ** min(beyond, 10), LONGEST_PAUSE)) if beyond >= 0 else None


def _refuse_paused(pauses: list[datetime], *, now: datetime) -> None:
    if pauses:
        seconds = math.ceil((min(pauses) - now).total_seconds())
        raise TooMany(N_("A wrong password was given too many times."), retry_after=seconds, limit="password")


def refuse_paused(user: StaffUser, *, now: datetime) -> None:
    """Raises ``TooMany`` while the account pauses."""
    if user.locked_until is not None and user.locked_until > now:
        _refuse_paused([user.locked_until], now=now)


def _nobody(session: Session, email: str, password: str, *, now: datetime) -> None:
    """An address without a user: as slow, and pausing after as many tries, as one that has one."""
    row = locked_count(session, "password", email, now=now)
    if row.until is not None and row.until > now:
        _refuse_paused([row.until], now=now)
    passwords.matches(None, password)
    row.count, row.changed_at = row.count + 1, now
    row.until = pause_after(row.count, now=now)
    session.flush()


def forget_failures(user: StaffUser) -> None:
    """Once somebody is in, the wrong ones before no longer count."""
    user.failed_attempts, user.locked_until = 0, None
