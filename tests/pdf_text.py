"""Reads a PDF back as a reading program does: what is drawn, through the fonts' ToUnicode maps. Knows what fpdf2 writes."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
_DRAWN = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:[^\\()]|\\.)*)\) Tj", re.DOTALL)
_MAPPED = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>$", re.MULTILINE)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True)
class Document:
    """What a reading program finds. ``lines``: every text that is drawn, in the order of drawing."""

    title: str
    language: str
    pages: int
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class _Font:
    signs: dict[int, str]
    glyphs: bytes

    def decode(self, drawn: bytes) -> str:
        codes = [int.from_bytes(drawn[at : at + 2]) for at in range(0, len(drawn), 2)]
        empty = [code for code in codes if self.glyphs[2 * code : 2 * code + 2] == b"\0\0"]
        assert not empty, f"signs without a glyph are drawn: {[self.signs.get(code) for code in empty]}"
        return "".join(self.signs[code] for code in codes)


def read_pdf(data: bytes) -> Document:
    """The document of a file."""
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    objects = {int(number): body for number, body in _OBJECT.findall(data)}
    root = next(body for body in objects.values() if b"/Type /Catalog" in body)
    info = next(body for body in objects.values() if b"/Title" in body)
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\b(?!s)", body)]
    lines = [line for page in pages for line in _lines(page, objects)]
    language = re.search(rb"/Lang \((\w+)\)", root)
    return Document(_title(info), language[1].decode() if language else "", len(pages), lines)


def _title(info: bytes) -> str:
    hexadecimal = re.search(rb"/Title <([0-9A-Fa-f]+)>", info)
    if hexadecimal:
        return bytes.fromhex(hexadecimal[1].decode()).decode("utf-16")
    plain = re.search(rb"/Title \((.*?)\)\n", info)
    assert plain
    return plain[1].decode()


def _lines(page: bytes, objects: dict[int, bytes]) -> list[str]:
    fonts = {
        name: _font(objects[int(at)], objects)
        for name, at in re.findall(rb"/(F\d+) (\d+) 0 R", _at(page, b"Resources", objects))
    }
    font, lines = None, []
    for name, drawn in _DRAWN.findall(_content(_at(page, b"Contents", objects))):
        if name:
            font = fonts[name]
        else:
            assert font is not None
            lines.append(font.decode(_unescaped(drawn)))
    return lines


def _font(body: bytes, objects: dict[int, bytes]) -> _Font:
    mapped = _MAPPED.findall(_content(_at(body, b"ToUnicode", objects)))
    descendant = _at(body, b"DescendantFonts", objects)
    signs = {int(code, 16): bytes.fromhex(sign.decode()).decode("utf-16-be") for code, sign in mapped}
    return _Font(signs, _content(_at(descendant, b"CIDToGIDMap", objects)))


def _at(body: bytes, name: bytes, objects: dict[int, bytes]) -> bytes:
    found = re.search(rb"/" + name + rb" \[?(\d+) 0 R", body)
    assert found, name
    return objects[int(found[1])]


def _content(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found
    return zlib.decompress(found[1]) if b"/FlateDecode" in body.partition(b"stream")[0] else found[1]


def _unescaped(drawn: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), drawn, flags=re.DOTALL)
