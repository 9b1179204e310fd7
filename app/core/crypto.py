"""Encryption of personal fields at rest, and secrets that are hard to guess and easy to read aloud."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

LINK_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class EncryptionNotConfigured(RuntimeError):
    """FIELD_ENCRYPTION_KEYS is missing or malformed."""


def _split(keys: str) -> list[str]:
    return [pair.split(":", 1)[-1].strip() for pair in keys.split(",") if pair.strip()]


@cache
def _box(keys: str) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in _split(keys)])
    except ValueError as problem:
        raise EncryptionNotConfigured(
            "FIELD_ENCRYPTION_KEYS must hold `id:key` pairs; make a key with "
            '`python -c "import base64,os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"`'
        ) from problem


class FieldCipher:
    """Encrypts with the newest key, decrypts with any of them."""

    def __init__(self, keys: str) -> None:
        """``keys``: comma-separated ``id:key``, newest first."""
        self._keys = keys

    def seal(self, value: dict[str, Any]) -> bytes:
        """Encrypt a JSON object."""
        return _box(self._keys).encrypt(json.dumps(value, ensure_ascii=False).encode())

    def unseal(self, sealed: bytes) -> dict[str, Any]:
        """Decrypt what ``seal`` made. Raises ``EncryptionNotConfigured`` when no present key fits."""
        try:
            value: dict[str, Any] = json.loads(_box(self._keys).decrypt(sealed))
        except InvalidToken as problem:
            raise EncryptionNotConfigured("none of FIELD_ENCRYPTION_KEYS opens this field") from problem
        return value

    def blind_indexes(self, value: str, *, scope: str) -> list[bytes]:
        """What a sealed value is found by, one index for each key, the newest first. Nobody guesses it without the key.

        ``scope`` keeps apart what must not be compared: kinds of values, municipalities.
        """
        _box(self._keys)  # refuses keys that are no keys
        message = f"{scope}\0{value}".encode()
        keys = [hmac.digest(key.encode(), b"vuoro blind index", hashlib.sha256) for key in _split(self._keys)]
        return [hmac.digest(key, message, hashlib.sha256) for key in keys]


def link_token() -> str:
    """12 characters for a personal link: 70 bits, no look-alikes."""
    return "".join(secrets.choice(LINK_ALPHABET) for _ in range(12))


def check_in_code() -> str:
    """6 characters from A–Z and digits, for a keypad or a scanner."""
    return _groups(1, 6)


def reference() -> str:
    """A reference to read out on the telephone: ``K7MQ-4XTP``."""
    return _groups(2, 4)


def receipt_number() -> str:
    """A receipt's own number, not to be taken for a reference: ``R-K7MQ4-XTP9C``."""
    return "R-" + _groups(2, 5)


def verification_code() -> str:
    """What proves a receipt to somebody else: ``K7MQ-4XTP-9CDE``, 59 bits."""
    return _groups(3, 4)


def _groups(count: int, length: int) -> str:
    return "-".join("".join(secrets.choice(CODE_ALPHABET) for _ in range(length)) for _ in range(count))


def feed_token() -> str:
    """For the address of a calendar feed, which stays in other programs for years."""
    return secrets.token_urlsafe(24)


def api_key() -> str:
    """A key for another system; shown once."""
    return "vuoro_" + secrets.token_urlsafe(32)
