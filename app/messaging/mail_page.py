"""An e-mail's HTML: one page for everything that is written, in the municipality's colours."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app

from app.core.brand import palette
from app.core.i18n import current_language, local_text
from app.core.tenancy import Municipality


def html_of(
    municipality: Municipality,
    subject: str,
    paragraphs: Sequence[str],
    *,
    facts: Sequence[tuple[str, str]] = (),
    button: tuple[str, str] | None = None,
    footer: Sequence[str] | None = None,
) -> str:
    """The page in the language in use. ``button``: label and address; ``footer``: else name, phone and e-mail."""
    colours, name = palette(municipality.brand_colour, municipality.accent_colour), local_text(municipality.name)
    # Not render_template: its context processors belong to pages, and messages are also written outside requests.
    return current_app.jinja_env.get_template("messages/email.html").render(
        lang=current_language(),
        subject=subject,
        municipality_name=name,
        brand_colour=colours.brand,
        on_brand_colour=colours.on_brand,
        paragraphs=paragraphs,
        facts=[fact for fact in facts if fact[1]],
        button={"label": button[0], "url": button[1]} if button else None,
        footer_lines=[part for part in footer or (name, municipality.phone, municipality.email) if part],
    )
