"""Pictures in a municipality's colours: its icon, and the card that messengers show when a page is shared."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont

from app.core.brand import Palette

FONTS = Path(__file__).parents[1] / "static" / "vendor" / "fonts"
SHARE_WIDTH, SHARE_HEIGHT = 1200, 630
MARGIN, EDGE = 80, 24
NAME_HEIGHT, LEADING = 300, 1.16
SIZES = range(96, 39, -8)
LINE_SIZE, LINE_TOP = 44, SHARE_HEIGHT - 124
LONGEST_PIECE = 28  # signs of a word that fit side by side at the smallest size
MARK_SIZE = 160
BOLD, PLAIN = 700, 450
SMOOTH = 4  # drawn so many times larger, then made smaller: Pillow's lines have no soft edges
GRID = 32  # the icon's own units, the same in SVG and PNG
MARK = ((8.0, 10.0), (16.0, 23.0), (24.0, 10.0))
DOT = (16.0, 8.5, 3.0)
STROKE = 4


def icon_svg(colours: Palette) -> str:
    """The icon, for browsers' tabs."""
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in MARK)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {GRID} {GRID}">'
        f'<rect width="{GRID}" height="{GRID}" rx="7" fill="{colours.brand}"/>'
        f'<path d="{path}" fill="none" stroke="{colours.on_brand}" stroke-width="{STROKE}" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
        f'<circle cx="{DOT[0]:g}" cy="{DOT[1]:g}" r="{DOT[2]:g}" fill="{colours.accent}"/></svg>'
    )


@lru_cache(maxsize=256)
def icon_png(size: int, colours: Palette) -> bytes:
    """The icon as a square without corners, which telephones round by themselves."""
    return _png(_square(size, colours))


def _square(size: int, colours: Palette) -> Image.Image:
    unit = size * SMOOTH / GRID
    image = Image.new("RGB", (size * SMOOTH, size * SMOOTH), colours.brand)
    draw = ImageDraw.Draw(image)
    points = [(x * unit, y * unit) for x, y in MARK]
    draw.line(points, fill=colours.on_brand, width=round(STROKE * unit))
    for x, y in points:
        _disc(draw, x, y, STROKE / 2 * unit, colours.on_brand)
    x, y, radius = (part * unit for part in DOT)
    _disc(draw, x, y, radius, colours.accent)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


@lru_cache(maxsize=128)
def share_picture(name: str, line: str, colours: Palette) -> bytes:
    """The municipality's name and a line on what is done here, 1200 × 630."""
    image = Image.new("RGB", (SHARE_WIDTH, SHARE_HEIGHT), colours.brand)
    image.paste(_square(MARK_SIZE, colours), (MARGIN - MARK_SIZE * 3 // 16, MARGIN - MARK_SIZE // 4))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, SHARE_HEIGHT - EDGE, SHARE_WIDTH, SHARE_HEIGHT), fill=colours.accent)
    size, lines = _fitted(name)
    top = LINE_TOP - LEADING * size * len(lines) - 12
    for number, words in enumerate(lines):
        _write(draw, words, (MARGIN, top + number * LEADING * size), size, BOLD, colours.on_brand)
    _write(draw, line, (MARGIN, LINE_TOP), LINE_SIZE, PLAIN, colours.on_brand)
    return _png(image)


def _fitted(text: str) -> tuple[int, list[str]]:
    """The largest size at which the text fits, and its lines; what fits at no size is broken and cut."""
    for size in SIZES:
        lines = _wrapped(text.split(), size)
        widest = max(_width(line, size, BOLD) for line in lines)
        if widest <= SHARE_WIDTH - 2 * MARGIN and len(lines) * size * LEADING <= NAME_HEIGHT:
            return size, lines
    smallest = SIZES[-1]
    pieces = [piece for word in text.split() for piece in wrap(word, LONGEST_PIECE)]
    return smallest, _wrapped(pieces, smallest)[: int(NAME_HEIGHT / smallest / LEADING)]


def _wrapped(words: list[str], size: int) -> list[str]:
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(longer, size, BOLD) > SHARE_WIDTH - 2 * MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Parts of the text with the font file that has their letters (Sámi names need the second)."""
    for extended, signs in groupby(text, key=lambda sign: "\u0100" <= sign <= "\u1fff"):
        yield "latin-ext" if extended else "latin", "".join(signs)


def _write(draw: ImageDraw.ImageDraw, text: str, at: tuple[float, float], size: int, weight: int, colour: str) -> None:
    x, y = at
    for subset, part in _runs(text):
        font = _font(subset, size, weight)
        draw.text((x, y), part, font=font, fill=colour)
        x += font.getlength(part)


def _width(text: str, size: int, weight: int) -> float:
    return sum(_font(subset, size, weight).getlength(part) for subset, part in _runs(text))


@lru_cache(maxsize=64)
def _font(subset: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    file = max(FONTS.glob(f"source-sans-3-{subset}-[0-9]*.woff2"))
    font = ImageFont.truetype(str(file), size)
    font.set_variation_by_axes([weight])
    return font


def _png(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()
