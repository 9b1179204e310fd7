"""What browsers, search engines and messengers ask of a municipality's pages: icons, manifest, share picture, robots.txt."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Flask, Response, current_app, request, url_for

from app.core import pictures
from app.core.brand import Palette, palette
from app.core.db import db
from app.core.errors import NotFound
from app.core.http import public_url
from app.core.i18n import LANGUAGES, current_language, gettext, local_text, speaking
from app.core.pages import current_municipality, kept_for_a_year, open_municipality
from app.core.permissions import public
from app.core.settings import settings_of
from app.core.tenancy import Municipality

blueprint = Blueprint("head", __name__)

TOUCH_ICON = 180
ICON_SIZES = (TOUCH_ICON, 192, 512)
DRAWING = "1"
"""Raised when the pictures are drawn in another way, so that nobody keeps the old ones."""
LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
NOT_FOR_ROBOTS = (
    "/a/",
    "/i/",
    "/my",
    "/staff",
    "/api/",
    "/ics/",
    "/kiosk",
    "/display/",
    "/demo/",
    "/health/",
    "/m/*/book/*/",  # free times and forms; the page of a service itself may be found
)


def install(app: Flask) -> None:
    """Attach the addresses of this file and what the base template's head shows."""
    app.register_blueprint(blueprint)
    app.context_processor(head_values)


def head_values() -> dict[str, Any]:
    """Icons and colour of every page of a municipality; how a public page is found and shared."""
    municipality = current_municipality()
    if municipality is None:
        return {}
    colours = _colours(municipality)
    kept: dict[str, Any] = {"slug": municipality.slug, "v": _version(repr(colours))}
    return {
        "head": {
            "icon": url_for("head.icon", **kept),
            "touch_icon": url_for("head.icon_png", size=TOUCH_ICON, **kept),
            "manifest": url_for("head.manifest", slug=municipality.slug),
            "colour": colours.brand,
        },
        "share": _share(municipality) if _is_public() else None,
    }


def _is_public() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(getattr(view, "__access__", None), "audience", "") == "public"


def _share(municipality: Municipality) -> dict[str, Any]:
    language = current_language()
    lasting = set(request.args) <= {"lang"}  # not a choice of somebody's on the way to a time
    page = public_url(quote(request.path))
    return {
        "url": page + (f"?lang={language}" if "lang" in request.args else "") if lasting else "",
        "alternates": {**{code: f"{page}?lang={code}" for code in municipality.languages}, "x-default": page}
        if lasting
        else {},
        "locale": LOCALES[language],
        "picture": {
            "url": public_url(_picture_url(municipality, language)),
            "width": pictures.SHARE_WIDTH,
            "height": pictures.SHARE_HEIGHT,
        },
    }


def _picture_url(municipality: Municipality, language: str) -> str:
    version = _version(*_picture_words(municipality), repr(_colours(municipality)))
    return url_for("head.share_picture", slug=municipality.slug, language=language, v=version)


def _picture_words(municipality: Municipality) -> Sequence[str]:
    """The two texts of the share picture, in the language in use."""
    return local_text(municipality.name), gettext("Book an appointment")


def _colours(municipality: Municipality) -> Palette:
    return palette(municipality.brand_colour, municipality.accent_colour)


def _version(*parts: str) -> str:
    return sha256("\n".join((DRAWING, *parts)).encode()).hexdigest()[:10]


@blueprint.get("/m/<slug>/icon.svg")
@public
def icon(slug: str) -> Response:
    """The municipality's icon."""
    drawn = pictures.icon_svg(_colours(open_municipality(slug)))
    return kept_for_a_year(Response(drawn, mimetype="image/svg+xml"))


@blueprint.get("/m/<slug>/icon-<int:size>.png")
@public
def icon_png(slug: str, size: int) -> Response:
    """The icon for a telephone's home screen."""
    if size not in ICON_SIZES:
        raise NotFound
    drawn = pictures.icon_png(size, _colours(open_municipality(slug)))
    return kept_for_a_year(Response(drawn, mimetype="image/png"))


@blueprint.get("/m/<slug>/logo.png")
@public
def logo(slug: str) -> Response:
    """The municipality's logo."""
    open_municipality(slug)
    picture = settings_of(db.session).logo
    if picture is None:
        raise NotFound
    return kept_for_a_year(Response(picture, mimetype="image/png"))


@blueprint.get("/m/<slug>/share-<language>.png")
@public
def share_picture(slug: str, language: str) -> Response:
    """The picture that messengers show with a link."""
    if language not in LANGUAGES:
        raise NotFound
    municipality = open_municipality(slug)
    with speaking(language):
        drawn = pictures.share_picture(*_picture_words(municipality), _colours(municipality))
    return kept_for_a_year(Response(drawn, mimetype="image/png"))


@blueprint.get("/m/<slug>/site.webmanifest")
@public
def manifest(slug: str) -> Response:
    """What a telephone needs to put the service on its home screen."""
    municipality = open_municipality(slug)
    colours = _colours(municipality)
    kept: dict[str, Any] = {"slug": slug, "v": _version(repr(colours))}
    icons = [
        {"src": url_for("head.icon_png", size=size, **kept), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in ICON_SIZES[1:]
    ]
    about = {
        "name": local_text(municipality.name),
        "short_name": gettext("Appointments"),
        "lang": current_language(),
        "start_url": url_for("booking.front", slug=slug),
        "scope": "/",
        "display": "browser",
        "theme_color": colours.brand,
        "background_color": "#ffffff",
        "icons": [{"src": url_for("head.icon", **kept), "sizes": "any", "type": "image/svg+xml"}, *icons],
    }
    return Response(current_app.json.dumps(about), mimetype="application/manifest+json")


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    """Where search engines have nothing to find."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS)]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
