"""One-time codes of an app on one's telephone (RFC 6238): six digits, a new code every half minute."""

from __future__ import annotations

from datetime import datetime

import pyotp
from pyotp.exceptions import OTPVerificationError

DIGITS = 6
TOLERANCE = 1  # steps: clocks differ, and typing takes time


def new_secret() -> str:
    """A secret for an app, in base 32."""
    return pyotp.random_base32()


def step_of(secret: str, typed: str, *, now: datetime, after: int) -> int | None:
    """The time step of a code that is right now; None for a wrong one, and for one not later than ``after``: used up."""
    code = "".join(typed.split())
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    try:
        step = pyotp.TOTP(secret).verify_and_get_timecode(code, for_time=now, valid_window=TOLERANCE)
    except OTPVerificationError:
        return None
    return step if step > after else None


def address_of(secret: str, *, account: str, issuer: str) -> str:
    """What the app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def spoken(secret: str) -> str:
    """The secret in groups, for typing it into the app."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
