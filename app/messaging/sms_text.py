"""Pure: text messages as networks carry them (3GPP TS 23.038): the GSM-7 alphabet, what stands in for signs outside it, parts.

160 signs of the alphabet fit into one message, 153 into each part of a longer one; with a single sign outside the
alphabet 70 and 67 UTF-16 units.
"""

from __future__ import annotations

from dataclasses import dataclass

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Signs that take two places."""
STAND_INS = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u200b": "",
        "\ufeff": "",
        "\u00ad": "",
        "\u2013": "-",
        "\u2014": "-",
        "\u2011": "-",
        "\u2212": "-",
        "\u2019": "'",
        "\u2018": "'",
        "\u00b4": "'",
        "\u201d": '"',
        "\u201c": '"',
        "\u201e": '"',
        "\u00bb": '"',
        "\u00ab": '"',
        "\u2026": "...",
        "\u2022": "-",
        "\u00b7": "-",
        "\t": " ",
    }
)
"""Punctuation that looks the same to a reader. Letters of names (š, ž, õ) are never changed: they cost room instead."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long a text message is: its units (septets or UTF-16 units), how many parts, and whether in GSM-7."""

    units: int
    parts: int
    gsm7: bool
    outside: str = ""
    """The signs that do not belong to the alphabet, each once."""


def normalised(text: str) -> str:
    """The text with punctuation of the alphabet, in so far as there is some."""
    return text.translate(STAND_INS)


def length_of(text: str) -> Length:
    """How the network counts the text."""
    outside = "".join(dict.fromkeys(sign for sign in text if sign not in GSM7_BASIC and sign not in GSM7_EXTENDED))
    if outside:
        units = len(text.encode("utf-16-be")) // 2
        return Length(units, _parts(units, 70, 67), False, outside)
    units = sum(2 if sign in GSM7_EXTENDED else 1 for sign in text)
    return Length(units, _parts(units, 160, 153), True)


def _parts(units: int, alone: int, together: int) -> int:
    return 1 if units <= alone else -(-units // together)
