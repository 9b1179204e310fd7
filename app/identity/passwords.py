"""Passwords: kept as slow hashes, checked in the same time whether or not there is anything to check."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.core import crypto
from app.core.i18n import N_

SHORTEST, LONGEST = 12, 200
FEWEST_SIGNS = 5

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(crypto.api_key())


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """True for the right password. Where there is none it takes as long, so that nobody learns who has one."""
    try:
        return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def weakness(password: str, *, email: str) -> str:
    """Why it cannot be a password, as a msgid; empty where it can."""
    if len(password) < SHORTEST:
        return N_("The password must have at least 12 characters.")
    if len(password) > LONGEST:
        return N_("The password can have at most 200 characters.")
    if len(set(password)) < FEWEST_SIGNS or password.lower() == email.lower():
        return N_("This password is too easy to guess. Use several words, for example.")
    return ""
