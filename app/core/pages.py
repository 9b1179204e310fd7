"""What every page shares: the municipality of the address, its colours, versioned assets, and pages for what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, render_template, request, url_for
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled
from sqlalchemy import select
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequest, HTTPException

from app.core import i18n, tenancy
from app.core.brand import palette
from app.core.db import db
from app.core.errors import DomainError, InvalidInput, NotFound, TooMany
from app.core.i18n import LANGUAGES, N_, gettext, local_text
from app.core.permissions import declare, public
from app.core.tenancy import Municipality

log = logging.getLogger(__name__)

STATUS_TEXTS: dict[int, tuple[str, str]] = {
    400: (N_("Something is missing"), N_("The address or the form was not complete. Go back and try again.")),
    403: (N_("You cannot open this page"), N_("You do not have permission to do this.")),
    404: (N_("Page not found"), N_("Check the address, or start from the front page.")),
    405: (N_("Page not found"), N_("Check the address, or start from the front page.")),
    409: (N_("This did not go through"), N_("Something changed meanwhile. Look at the page again.")),
    410: (N_("This link is no longer in use"), N_("The link is old or not complete.")),
    413: (N_("This is too long"), N_("What you sent is too long. Go back and shorten your text.")),
    422: (N_("Please check the form"), N_("Please check the fields that are marked.")),
    429: (N_("Please wait a moment"), N_("Too many attempts. Please wait a moment and try again.")),
    500: (
        N_("Something went wrong on our side"),
        N_("We have noted the fault. Nothing that you confirmed is lost. Try again."),
    ),
    503: (
        N_("The service pauses for a moment"),
        N_("Please try again in a minute. Nothing that you confirmed is lost."),
    ),
}


def install(app: Flask) -> None:
    """Attach shared values, error pages and the brand's stylesheet."""
    app.context_processor(shared_values)
    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(DBAPIError, on_database_error)
    app.register_error_handler(PoolTimeout, lambda error: _fault(503))
    app.register_error_handler(Exception, on_fault)
    app.add_url_rule("/m/<slug>/brand.css", view_func=brand_css)
    app.view_functions["static"] = declare("public")(app.view_functions["static"])
    app.jinja_env.globals["static"] = static


def open_municipality(slug: str) -> Municipality:
    """The municipality of a public address; the session is bound to it. Raises ``NotFound``."""
    municipality = db.session.scalar(select(Municipality).where(Municipality.slug == slug))
    if municipality is None:
        raise NotFound
    return enter(municipality)


def host_municipality(everyone: Sequence[Municipality]) -> Municipality | None:
    """The municipality of the request's host name, or the only one there is."""
    host = request.host.partition(":")[0].lower()
    own = [municipality for municipality in everyone if municipality.host == host]
    return own[0] if own else everyone[0] if len(everyone) == 1 else None


def enter(municipality: Municipality) -> Municipality:
    """Bind this request to the municipality."""
    tenancy.bind(db.session, municipality.id)
    g.municipality = municipality
    if _is_for_clients() and i18n.current_language() not in municipality.languages:
        i18n.set_language(municipality.languages[0])
    return municipality


def _is_for_clients() -> bool:
    """Clients read the languages that the municipality offers; staff and other systems read any."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(getattr(view, "__access__", None), "audience", "public") in ("public", "link", "client")


def current_municipality() -> Municipality | None:
    """The municipality that this request is bound to, if any."""
    found: Municipality | None = g.get("municipality")
    return found


def shared_values() -> dict[str, Any]:
    """What the base template needs."""
    municipality = current_municipality()
    return {
        "lang": i18n.current_language(),
        "languages": [
            {"code": code, "name": name, "url": _same_page(code), "current": code == i18n.current_language()}
            for code, name in LANGUAGES.items()
            if municipality is None or not _is_for_clients() or code in municipality.languages
        ],
        "municipality": _shown(municipality) if municipality else None,
        "brand_css_url": _brand_url(municipality) if municipality else None,
    }


def _same_page(language: str) -> str:
    arguments = {**request.args.to_dict(flat=False), "lang": [language]}
    pairs = [(name, value) for name, values in arguments.items() for value in values]
    return f"{request.path}?{urlencode(pairs)}"


def _shown(municipality: Municipality) -> dict[str, str]:
    return {
        "name": local_text(municipality.name),
        "slug": municipality.slug,
        "phone": municipality.phone,
        "email": municipality.email,
        "logo_url": _logo_url(municipality),
        "home_url": url_for("booking.front", slug=municipality.slug),
        "my_url": url_for("my_sign_in.contact", slug=municipality.slug),
    }


def _logo_url(municipality: Municipality) -> str:
    digest = municipality.logo_digest
    return url_for("head.logo", slug=municipality.slug, v=digest) if digest else ""


def _brand_url(municipality: Municipality) -> str:
    version = sha256(f"{municipality.brand_colour}{municipality.accent_colour}".encode()).hexdigest()[:8]
    return url_for("brand_css", slug=municipality.slug, v=version)


@public
def brand_css(slug: str) -> Response:
    """The municipality's colours as custom properties."""
    municipality = open_municipality(slug)
    colours = palette(municipality.brand_colour, municipality.accent_colour)
    return kept_for_a_year(Response(render_template("brand.css", colours=colours), mimetype="text/css"))


def kept_for_a_year(response: Response) -> Response:
    """The answer of an address that carries its content's hash, as caches may keep it."""
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@cache
def _version(path: str, changed: float) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()[:10]


def static(path: str) -> str:
    """Address of an asset, with its content's hash, so that it may be kept for a year."""
    file = Path(current_app.static_folder or "") / path
    return url_for("static", filename=path, v=_version(str(file), file.stat().st_mtime))


def wants_json() -> bool:
    """True where the caller is another system."""
    return request.path.startswith("/api/")


def problem(status: int, code: str, title: str, **more: Any) -> Response:
    """``application/problem+json`` (RFC 9457) with a stable ``code``."""
    body = {"type": "about:blank", "title": title, "status": status, "code": code, **more}
    return Response(current_app.json.dumps(body), status=status, mimetype="application/problem+json")


def error_page(status: int, title: str, message: str) -> tuple[str, int]:
    """A page that says what happened and where to go."""
    municipality = current_municipality()
    home = url_for("booking.front", slug=municipality.slug) if municipality is not None else "/"
    actions = [{"label": gettext("To the front page"), "url": home}]
    return render_template("error.html", title=title, message=message, actions=actions, code=status), status


def on_domain_error(error: DomainError) -> Any:
    """A friendly error that no route handled in a better way."""
    db.session.rollback()
    if wants_json():
        fields = error.field_texts() if isinstance(error, InvalidInput) else {}
        response = problem(error.status, error.code, error.text(), **({"fields": fields} if fields else {}))
    else:
        title = gettext(STATUS_TEXTS[error.status][0])
        response = current_app.make_response(error_page(error.status, title, error.text()))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def on_http_error(error: HTTPException) -> Any:
    """404, 405, 413 and the like in the reader's language; redirects pass."""
    status = error.code or 500
    if status < 400:
        return error
    title, message = (gettext(part) for part in STATUS_TEXTS.get(status, STATUS_TEXTS[400 if status < 500 else 500]))
    _enter_by_path()
    response: Response
    if wants_json():
        code = (error.name or "error").lower().replace(" ", "_")
        response = problem(status, code, title, detail=error.description)
    else:
        response = current_app.make_response(error_page(status, title, message))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _enter_by_path() -> None:
    """A wrong address below a municipality still wears its colours."""
    parts = request.path.split("/")
    if current_municipality() is None and len(parts) > 2 and parts[1] == "m" and "\x00" not in request.path:
        try:
            open_municipality(parts[2])
        except (NotFound, DBAPIError):  # a page about an error may not fail for its colours (NUL in the address)
            db.session.rollback()


def on_database_error(error: DBAPIError) -> Any:
    """The database is away or overloaded: say so; anything else is a fault of ours."""
    db.session.rollback()
    if isinstance(error, DataError):  # a number or a sign that PostgreSQL cannot hold
        return on_http_error(BadRequest())
    busy = isinstance(error.orig, LockNotAvailable | QueryCanceled | DeadlockDetected)
    if not (busy or isinstance(error, OperationalError) or error.connection_invalidated):
        return on_fault(error)
    log.warning("database unavailable: %s", error.orig)
    return _fault(503)


def on_fault(error: Exception) -> Any:
    """A fault of ours: noted with its trace, told without it."""
    if isinstance(error, HTTPException):
        return on_http_error(error)
    if isinstance(error, RecursionError):  # JSON nested a hundred thousand deep
        return on_http_error(BadRequest())
    # The endpoint, not the address: that may hold a personal link.
    log.error("fault in %s %s", request.method, request.endpoint, exc_info=error)
    db.session.rollback()
    return _fault(500)


def _fault(status: int) -> Response:
    title, message = (gettext(part) for part in STATUS_TEXTS[status])
    if wants_json():
        response = problem(status, "unavailable" if status == 503 else "internal_error", title, detail=message)
    else:
        g.pop("municipality", None)  # nothing on this page may need the database
        response = current_app.make_response(error_page(status, title, message))
    response.headers["Retry-After"] = "30"
    return response
