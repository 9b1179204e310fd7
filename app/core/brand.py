"""Pure: a municipality's two colours made into a readable palette (WCAG 2.2 AA), as CSS custom properties."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
INK, WHITE, BLACK = "#16201f", "#ffffff", "#000000"
AA = 4.5
"""Text against what is behind it."""
NON_TEXT = 3.0
"""What marks a state against what is beside it."""

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as ``#rrggbb``: ``on_brand`` and ``on_accent`` are readable upon them; ``text`` reads on white."""

    brand: str
    on_brand: str
    strong: str
    soft: str
    text: str
    accent: str
    on_accent: str


def palette(brand: str, accent: str) -> Palette:
    """Make the palette; what is not a colour becomes Vuoro's own green or yellow."""
    brand = brand if _HEX.fullmatch(brand) else "#12504a"
    accent = accent if _HEX.fullmatch(accent) else "#f4b942"
    text = brand
    while contrast(text, WHITE) < AA + 1:
        text = mix(text, "#000000", 0.1)
    return Palette(
        brand=brand,
        on_brand=readable_on(brand),
        strong=mix(text, "#000000", 0.28),
        soft=mix(brand, WHITE, 0.9),
        text=text,
        accent=accent,
        on_accent=readable_on(accent),
    )


def is_colour(text: str) -> bool:
    """True for ``#rrggbb``."""
    return _HEX.fullmatch(text) is not None


def marks_on_menu(brand: str, accent: str) -> bool:
    """True if the accent stands out on the staff's menu, where it marks the current page."""
    return contrast(accent, palette(brand, accent).strong) >= NON_TEXT


def nearest(colour: str, is_good: Callable[[str], bool]) -> str:
    """The least darkened or lightened colour that is good."""
    mixed = (mix(colour, end, share / 100) for share in range(101) for end in (BLACK, WHITE))
    return next((candidate for candidate in mixed if is_good(candidate)), BLACK)


def readable_on(background: str) -> str:
    """White or ink, whichever contrasts more; black on the middling colours where neither is enough."""
    better = max((WHITE, INK), key=lambda ink: contrast(ink, background))
    return better if contrast(better, background) >= AA else BLACK


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """``colour`` with ``share`` (0 to 1) of ``other`` in it."""
    mixed = (round(255 * (a * (1 - share) + b * share)) for a, b in zip(_parts(colour), _parts(other), strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _parts(colour: str) -> Colour:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
