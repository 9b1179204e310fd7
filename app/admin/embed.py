"""What a municipality's own web site and posters need to lead people here: an address, a button, a QR code."""

from __future__ import annotations

from io import BytesIO

import segno
from markupsafe import Markup

from app.core.brand import Palette

LONGEST_LABEL = 60
POSTER_SCALE = 24  # pixels of one square: sharp on an A3 poster


def button_html(address: str, label: str, colours: Palette) -> str:
    """A link that looks like a button in the municipality's colours wherever it is pasted; no script, no frame."""
    style = (
        f"display:inline-block;padding:14px 24px;border-radius:8px;background:{colours.brand};color:{colours.on_brand};"
        "font:600 18px/1.3 sans-serif;text-decoration:none"
    )
    return str(Markup('<a href="{}" style="{}">{}</a>').format(address, style, label))


def qr_svg(address: str) -> bytes:
    """The address as a QR code that can be printed at any size."""
    file = BytesIO()
    _code(address).save(file, kind="svg", scale=8, svgclass=None, lineclass=None)
    return file.getvalue()


def qr_png(address: str) -> bytes:
    """The address as a QR code in pixels."""
    file = BytesIO()
    _code(address).save(file, kind="png", scale=POSTER_SCALE)
    return file.getvalue()


def _code(address: str) -> segno.QRCode:
    return segno.make_qr(address, error="m")
