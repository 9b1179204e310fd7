"""A form that arrived after the sign-in had ended: kept through signing in again, encrypted, in the page itself.

It is bound to the user who had been signed in and to its address, and is sent again only when that user presses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.crypto import EncryptionNotConfigured, FieldCipher
from app.identity.sign_in import Account

LIVES = timedelta(hours=12)
LARGEST = 300_000  # bytes; a page carries it along

Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where it goes, and what was typed. ``partial``: passwords or files are to be given again."""

    path: str
    fields: Fields
    partial: bool


def seal(account: Account, path: str, fields: Fields, *, files: bool, cipher: FieldCipher, now: datetime) -> str:
    """The form as one unreadable text."""
    kept = [(name, value) for name, value in fields if "password" not in name and name != "code"]
    partial = files or len(kept) < len(fields)
    form = {"account": account, "path": path, "fields": kept, "partial": partial, "at": int(now.timestamp())}
    return cipher.seal(form).decode()


def unseal(sealed: str, account: Account, *, cipher: FieldCipher, now: datetime) -> KeptForm | None:
    """The form, if it is this user's and not too old."""
    try:
        form = cipher.unseal(sealed.encode("utf-8", "replace"))
        mine, at = tuple(form["account"]) == account, datetime.fromtimestamp(form["at"], UTC)
    except (EncryptionNotConfigured, KeyError):
        return None
    if not mine or at + LIVES <= now:
        return None
    return KeptForm(form["path"], [(name, value) for name, value in form["fields"]], form["partial"])
