"""Pure: what an answered text message means. Only a message that is nothing but a known word is taken at its word."""

from __future__ import annotations

from enum import StrEnum

LONGEST = 40
"""Signs of an answer that may still be a single word."""


class Word(StrEnum):
    """What an answer says."""

    YES = "yes"
    CANCEL = "cancel"
    STOP = "stop"
    START = "start"
    OTHER = "other"


WORDS = {
    Word.YES: {"k", "kyllä", "kylla", "joo", "ja", "j", "yes", "y", "ok"},
    Word.CANCEL: {"peru", "peruuta", "perun", "avboka", "avbokar", "cancel"},
    Word.STOP: {"stop", "stopp", "seis", "unsubscribe", "end", "quit", "stopall"},
    Word.START: {"start", "unstop"},
}


def understand(text: str) -> Word:
    """``" Kyllä! "`` is a yes; ``"kyllä mutta myöhemmin"`` is for a person to read."""
    bare = text.strip().strip(".!?,;:\"'()").strip().casefold()
    if not bare or len(bare) > LONGEST:
        return Word.OTHER
    return next((word for word, known in WORDS.items() if bare in known), Word.OTHER)
