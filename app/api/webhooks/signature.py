"""Pure: the signature by which a receiver knows that an event is ours and fresh. ``docs/api.md`` shows how to check it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

HEADER = "Vuoro-Signature"


def sign(secrets: Sequence[str], body: bytes, at: datetime) -> str:
    """``t=1764000000,v1=…``; while a secret is being changed, one ``v1`` for each that is in use."""
    seconds = str(int(at.timestamp()))
    signed = seconds.encode() + b"." + body
    marks = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join([f"t={seconds}", *(f"v1={mark}" for mark in marks)])
