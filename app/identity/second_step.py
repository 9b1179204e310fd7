"""Signing in with a one-time code besides the password: turning it on and off, checking codes, recovery codes."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from app.core import audit, crypto
from app.core.audit import Actor
from app.core.crypto import FieldCipher
from app.core.errors import InvalidInput
from app.core.i18n import N_
from app.identity import account_letter, totp
from app.identity.account import checked
from app.identity.models import StaffUser
from app.identity.sign_in import Account, count_failure, locked_user, refuse_paused

RECOVERY_CODES = 10


def turn_on(
    session: Session,
    user: StaffUser,
    *,
    secret: str,
    code: str,
    password: str,
    cipher: FieldCipher,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """From now on signing in takes a code of the app that has ``secret``. Returns the recovery codes, shown once.

    Raises ``WrongPassword``, ``InvalidInput``, ``TooMany``.
    """
    own = checked(session, user, password, actor=actor, now=now)
    step = totp.step_of(secret, code, now=now, after=0)
    if step is None:
        raise InvalidInput({"code": N_("The code is not right. Type the one that the app shows now.")})
    own.totp_secret, own.totp_step = cipher.seal({"secret": secret}), step
    audit.record(session, actor=actor, action="user.codes_on", on=own, now=now)
    return _new_recovery_codes(own)


def turn_off(session: Session, user: StaffUser, *, password: str, actor: Actor, now: datetime) -> None:
    """The password alone is enough again. Raises ``WrongPassword``, ``InvalidInput``, ``TooMany``."""
    forget(session, checked(session, user, password, actor=actor, now=now), actor=actor, now=now)


def forget(session: Session, user: StaffUser, *, actor: Actor, now: datetime) -> None:
    """Turn it off for somebody who has lost telephone and recovery codes."""
    user.totp_secret, user.totp_step, user.recovery_codes = None, 0, []
    audit.record(session, actor=actor, action="user.codes_off", on=user, now=now)
    account_letter.tell(session, user, "codes_off", now=now)
    session.flush()


def renew_recovery_codes(session: Session, user: StaffUser, *, password: str, actor: Actor, now: datetime) -> list[str]:
    """Other recovery codes; those before are worth nothing. Raises ``WrongPassword``, ``InvalidInput``, ``TooMany``."""
    own = checked(session, user, password, actor=actor, now=now)
    audit.record(session, actor=actor, action="user.recovery_codes", on=own, now=now)
    return _new_recovery_codes(own)


def _new_recovery_codes(user: StaffUser) -> list[str]:
    codes = [crypto.verification_code() for _ in range(RECOVERY_CODES)]
    user.recovery_codes = [_digest(user, code) for code in codes]
    return codes


def _digest(user: StaffUser, code: str) -> str:
    """59 bits by chance: a quick hash of them cannot be guessed back."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return sha256(f"{user.municipality_id}:{user.id}:{plain}".encode("utf-8", "surrogatepass")).hexdigest()


def accept(
    session: Session, account: Account, typed: str, *, cipher: FieldCipher, address: str, now: datetime
) -> StaffUser | None:
    """The user, for a code of the app or a recovery code, each of which works once; wrong ones count as passwords do.

    The caller commits either way. Raises ``TooMany``.
    """
    user = locked_user(session, account)
    if user is None or user.totp_secret is None:
        return None
    refuse_paused(user, now=now)
    if _uses_code(user, typed, cipher=cipher, now=now):
        return user
    digest = _digest(user, typed)
    if digest in user.recovery_codes:
        user.recovery_codes = [code for code in user.recovery_codes if code != digest]
        actor, left = Actor("staff", user.id, user.name, address), len(user.recovery_codes)
        audit.record(session, actor=actor, action="user.recovery_code_used", on=user, now=now, left=left)
        return user
    count_failure(session, account, address=address, now=now, what="code")
    return None


def _uses_code(user: StaffUser, typed: str, *, cipher: FieldCipher, now: datetime) -> bool:
    secret = str(cipher.unseal(user.totp_secret or b"")["secret"])
    step = totp.step_of(secret, typed, now=now, after=user.totp_step)
    if step is not None:
        user.totp_step = step
    return step is not None
