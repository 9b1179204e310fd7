"""A municipality's logo. What is sent is read as a picture and drawn anew, so that nothing but pixels is kept of it."""

from __future__ import annotations

import io
import warnings
from datetime import datetime
from hashlib import sha256

from PIL import Image, UnidentifiedImageError
from sqlalchemy.orm import Session

from app.admin.editing import one_writer
from app.admin.municipality.facts import own_settings
from app.core import audit
from app.core.audit import Actor
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.core.typed import Unusable

FORMATS = ("PNG", "JPEG")
LARGEST = 500_000  # bytes
MOST_PIXELS = 4000 * 4000
SIZE = (480, 144)
"""Shown 36 pixels high, sharp on every screen."""


def clean_logo(data: bytes) -> bytes:
    """The picture as a PNG that fits the header. Raises ``Unusable`` (SVG runs scripts, and is not taken)."""
    if len(data) > LARGEST:
        raise Unusable(N_("The picture is too large: at most 500 kB."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise Unusable(N_("The picture is too large: at most 4000 × 4000 pixels."))
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombWarning) as problem:
        if isinstance(problem, Unusable):
            raise
        raise Unusable(N_("Choose a PNG or JPEG picture.")) from problem
    drawn.thumbnail(SIZE, Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    drawn.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def set_logo(
    session: Session, municipality: Municipality, picture: bytes | None, *, actor: Actor, now: datetime
) -> None:
    """Put a cleaned picture into the header of every page, or take it away (None)."""
    one_writer(session, "municipality")
    settings = own_settings(session)
    digest = sha256(picture).hexdigest()[:16] if picture else ""
    if municipality.logo_digest == digest:
        return
    settings.logo, municipality.logo_digest = picture, digest
    settings.version += 1
    session.flush()
    audit.record(session, actor=actor, action="settings.logo", on=settings, now=now, logo=digest)
