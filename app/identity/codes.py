"""One-time codes: asked for by a browser for a contact, good for ten minutes in that browser, five guesses each.

Everything is counted in PostgreSQL, so neither a restart nor another web process gives more guesses.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from app.core import tenancy
from app.core.errors import Gone, TooMany
from app.core.i18n import N_
from app.identity.contact import Contact
from app.identity.models import ClientSession, SignInCode
from app.messaging.models import Message
from app.messaging.outbox import CODE_KIND

DIGITS = 6
CODE_LIVES = timedelta(minutes=10)
GUESSES = 5
PER_CONTACT = ((3, timedelta(minutes=15)), (10, timedelta(days=1)))
"""Codes for one number or address, whoever asks: few enough that guessing is hopeless and nobody is flooded."""
PER_ADDRESS = (30, timedelta(hours=1))
KEPT = timedelta(days=1)


def issue(session: Session, *, contact: Contact, visitor: str, address: str, now: datetime) -> tuple[SignInCode, str]:
    """A new code for the contact, to be typed in the browser ``visitor``. Raises ``TooMany``."""
    municipality_id = tenancy.bound_to(session)
    name = f"vuoro.sign_in.{municipality_id}.{contact.value}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))  # so that the count is exact
    _refuse_flood(session, contact, address, now=now)
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    salt = secrets.token_bytes(16)
    row = SignInCode(
        contact=contact.value,
        visitor=visitor,
        address=address,
        salt=salt,
        digest=_digest(salt, code),
        created_at=now,
        expires_at=now + CODE_LIVES,
    )
    session.add(row)
    session.flush()
    return row, code


def _refuse_flood(session: Session, contact: Contact, address: str, *, now: datetime) -> None:
    for most, period in PER_CONTACT:
        if _asked(session, SignInCode.contact == contact.value, since=now - period) >= most:
            words = N_("A code has been asked for many times. Please wait a while and try again, or call us.")
            raise TooMany(words, retry_after=int(period.total_seconds()))
    most, period = PER_ADDRESS
    if address and _asked(session, SignInCode.address == address, since=now - period) >= most:
        words = N_("Many codes have been asked for from your network. Please wait a while and try again, or call us.")
        raise TooMany(words, retry_after=int(period.total_seconds()))


def _asked(session: Session, whose: ColumnElement[bool], *, since: datetime) -> int:
    return session.scalar(select(func.count(SignInCode.id)).where(whose, SignInCode.created_at > since)) or 0


def accept(session: Session, *, contact: Contact, visitor: str, typed: str, now: datetime) -> bool:
    """True once, for the right code; a wrong one is counted (the caller commits either way).

    Raises ``Gone`` where no code can be right any more: expired, used, or guessed at too often.
    """
    query = select(SignInCode).where(
        SignInCode.contact == contact.value,
        SignInCode.visitor == visitor,
        SignInCode.used_at.is_(None),
        SignInCode.expires_at > now,
        SignInCode.attempts < GUESSES,
    )
    codes = session.scalars(query.order_by(SignInCode.id).with_for_update()).all()
    if not codes:
        raise Gone(N_("This code is no longer valid. Ask for a new one."))
    plain = "".join(typed.split())
    right = any(hmac.compare_digest(code.digest, _digest(code.salt, plain)) for code in codes)
    for code in codes:
        code.attempts += 1
        code.used_at = now if right else None
    session.flush()
    return right


def _digest(salt: bytes, code: str) -> bytes:
    return hashlib.sha256(salt + code.encode("utf-8", "surrogatepass")).digest()


def sweep(session: Session, *, now: datetime) -> int:
    """Delete codes and their messages after a day, and sessions that are over. Returns how many rows went."""
    gone = (
        delete(SignInCode).where(SignInCode.created_at < now - KEPT).returning(SignInCode.id),
        delete(Message).where(Message.kind == CODE_KIND, Message.created_at < now - KEPT).returning(Message.id),
        delete(ClientSession).where(ClientSession.expires_at < now).returning(ClientSession.id),
    )
    return sum(len(session.scalars(statement).all()) for statement in gone)
