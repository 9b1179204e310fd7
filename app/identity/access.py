"""Who is signed in: Flask-Login's loader, and the decorator that a staff route declares its permission with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, current_user

from app.core import clock, tenancy
from app.core.audit import Actor
from app.core.db import db
from app.core.http import SAFE_METHODS, field_cipher, remote_address
from app.core.pages import enter
from app.core.permissions import declare
from app.core.tenancy import Municipality
from app.identity import sessions
from app.identity.kept_form import LARGEST, seal
from app.identity.models import StaffSession, StaffUser
from app.identity.own_path import is_staff_path
from app.identity.sessions import Found, Lifetime
from app.identity.sign_in_pages import sign_in_page

manager = LoginManager()

SHORTEST_HOURS, LONGEST_HOURS = 0.1, 24 * 30


class WrongHours(RuntimeError):
    """How long staff stay signed in is set to what is no number of hours."""


def install(app: Flask) -> None:
    """Attach Flask-Login. Raises ``WrongHours``."""
    settings = app.config["SETTINGS"]
    app.extensions["staff_lifetime"] = Lifetime(
        _hours("STAFF_IDLE_HOURS", settings.STAFF_IDLE_HOURS),
        _hours("STAFF_SESSION_HOURS", settings.STAFF_SESSION_HOURS),
    )
    # Its context processor would load the user, and bind the municipality, wherever a template is rendered.
    manager.init_app(app, add_context_processor=False)


def _hours(setting: str, text: str) -> timedelta:
    try:
        hours = float(text)
    except ValueError:
        hours = 0
    if not SHORTEST_HOURS <= hours <= LONGEST_HOURS:
        raise WrongHours(f"{setting} is {text!r}: give a number of hours from {SHORTEST_HOURS} to {LONGEST_HOURS}")
    return timedelta(hours=hours)


@manager.user_loader
def load_user(key: str) -> StaffUser | None:
    """The user of a living session; binds the request to the user's municipality."""
    municipality_id, _, token = key.partition(":")
    municipality = db.session.get(Municipality, int(municipality_id))
    if municipality is None:
        return None
    tenancy.bind(db.session, municipality.id)
    now = clock.now()
    found = sessions.find(db.session, token, now=now)
    if found is None:
        return None
    enter(municipality)
    g.staff_session = found
    if now - found.row.seen_at >= sessions.SEEN_EVERY:
        _touch(found, now)
    return found.user


def _touch(found: Found, now: datetime) -> None:
    """In a transaction of its own: a page that only shows something commits nothing."""
    with db.session_maker() as own, own.begin():
        tenancy.bind(own, found.row.municipality_id)
        sessions.touch(own, found.row, lifetime=lifetime(), now=now)


def lifetime() -> Lifetime:
    """How long staff stay signed in."""
    found: Lifetime = current_app.extensions["staff_lifetime"]
    return found


def current_session_id() -> int:
    """The session in which the signed-in user acts."""
    found: Found = g.staff_session
    return found.row.id


def staff(permission: str, *, before_terms: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Only signed-in staff whose role has ``permission``; others are led to sign in, or refused.

    Whoever has not accepted the terms in force is led there first; ``before_terms``: not from this page.
    """

    def wrap(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return _ask_to_sign_in()
            if not current_user.may(permission):
                abort(403)
            if not before_terms and _terms_first():
                return redirect(url_for("terms.page", next=_here()))
            return view(*args, **kwargs)

        return declare("staff", permission)(guarded)

    return wrap


def _ask_to_sign_in() -> Any:
    """To the sign-in page; a form whose sender had been signed in comes along.

    htmx asks for parts of a page: the whole page is led there, or makes room for it.
    """
    sender = last_session() if request.method == "POST" and request.form else None
    if sender is None or (request.content_length or 0) > LARGEST or not is_staff_path(_here()):
        if "HX-Request" in request.headers:
            return "", 401, {"HX-Redirect": url_for("identity.sign_in", next=_page_here())}
        return redirect(url_for("identity.sign_in", next=_here()))
    fields, files = list(request.form.items(multi=True)), bool(request.files)
    account = (sender.municipality_id, sender.user_id)
    kept = seal(account, _here(), fields, files=files, cipher=field_cipher(), now=clock.now())
    return sign_in_page(kept=kept, then=_here()), 401, {"HX-Retarget": "body", "HX-Reswap": "innerHTML"}


def _page_here() -> str:
    """The page around the part that htmx asked for."""
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    return page.path + (f"?{page.query}" if page.query else "") if page.path else _here()


def last_session() -> StaffSession | None:
    """The latest sign-in in this browser, over or not; binds to its municipality."""
    municipality_id, _, token = str(session.get("_user_id", "")).partition(":")
    municipality = db.session.get(Municipality, int(municipality_id)) if municipality_id else None
    if municipality is None:
        return None
    tenancy.bind(db.session, municipality.id)
    return sessions.last(db.session, token)


def _here() -> str:
    """Where to come back to."""
    return request.full_path.removesuffix("?")


def _terms_first() -> bool:
    """A form that was being filled in when new terms were published still goes through; the next page asks."""
    found: Found = g.staff_session
    return not found.terms_accepted and (request.method in SAFE_METHODS or not found.terms_known)


def signed_in_user() -> StaffUser:
    """The signed-in user's row."""
    found: Found = g.staff_session
    return found.user


def staff_actor() -> Actor:
    """The signed-in user, as the audit log names one."""
    return Actor("staff", current_user.id, current_user.name, remote_address(), trusted=True)


def own_municipality() -> Municipality:
    """The municipality of the signed-in user."""
    municipality: Municipality = g.municipality
    return municipality


def local_today() -> date:
    """The date in the municipality of the signed-in user."""
    return clock.now().astimezone(own_municipality().zone).date()
