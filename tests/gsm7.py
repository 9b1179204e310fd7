"""The alphabet of text messages (3GPP TS 23.038): one sign outside it makes every part of a message less than half as long."""

from __future__ import annotations

EXTENSION = frozenset("^{}\\[~]|€\f")
GSM7 = EXTENSION | frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


def septets(text: str) -> int:
    """How much of a text message the text takes; 160 fit into one, 153 into each part of a longer one."""
    assert set(text) <= GSM7, set(text) - GSM7
    return sum(2 if sign in EXTENSION else 1 for sign in text)
