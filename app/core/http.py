"""What every answer carries and every request passes: security headers, the cross-site check, languages, visitors."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, redirect, request, session
from werkzeug.wrappers import Response as BaseResponse

from app.core.crypto import FieldCipher
from app.core.i18n import LANGUAGES, set_language
from app.core.limits import network_of

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask) -> None:
    """Attach the habits of this file to the application."""
    app.before_request(refuse_cross_site)
    app.before_request(refuse_unstorable)
    app.before_request(choose_language)
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Security headers on every answer; pages with personal content are never stored by caches."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store" if _is_personal() else "private, no-cache")
        response.vary.update(("Cookie", "Accept-Language", "HX-Request"))
    return response


def _is_personal() -> bool:
    """Pages of one person, which a shared computer must not keep. (Not answers to POST: going back would ask again.)"""
    view = current_app.view_functions.get(request.endpoint or "")
    audience = getattr(getattr(view, "__access__", None), "audience", "")
    return audience in ("link", "client", "staff", "api") and request.method in SAFE_METHODS


def refuse_cross_site() -> None:
    """Forms of other sites may not act here: browsers say where a request began (no token to lose with a session)."""
    if request.method in SAFE_METHODS or request.path.startswith("/api/"):
        return  # the API takes a key in a header, which no browser adds by itself
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:
        foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign:
        abort(403)


def refuse_unstorable() -> None:
    """What PostgreSQL cannot hold leads nowhere: text with NUL, row numbers beyond bigint.

    Form fields are cleaned where they are read.
    """
    numbers = [value for value in (request.view_args or {}).values() if isinstance(value, int)]
    if "\x00" in request.path or any(number >= 2**63 for number in numbers):
        abort(404)
    if any("\x00" in value for values in request.args.listvalues() for value in values):
        abort(400)


def choose_language() -> None:
    """``?lang=`` wins and is remembered, then what was remembered, then what the browser prefers."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        session["lang"] = asked
    remembered = session.get("lang")
    set_language(remembered or request.accept_languages.best_match(list(LANGUAGES)) or "fi")


def visitor_id() -> str:
    """A random name for this browser, kept in the signed session; it says nothing about the person."""
    if "visitor" not in session:
        session["visitor"] = secrets.token_urlsafe(16)
    return str(session["visitor"])


def remote_address() -> str:
    """The visitor's address, as told by the trusted proxies."""
    return request.remote_addr or ""


def visitor_network() -> str:
    """What is counted as one visitor where many requests are too many."""
    return network_of(remote_address())


def public_url(path: str) -> str:
    """An absolute address for messages and other systems."""
    base: str = current_app.config["PUBLIC_URL"]
    return base.rstrip("/") + path


def see_other(address: str) -> BaseResponse:
    """Redirect after a POST: 303, so that the back button and reload never repeat it."""
    return redirect(address, code=303)


def field_cipher() -> FieldCipher:
    """The application's cipher for personal fields."""
    cipher: FieldCipher = current_app.extensions["field_cipher"]
    return cipher
