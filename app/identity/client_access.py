"""Clients who have signed in: their sessions, and the decorator of the pages that are theirs alone."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from flask import g, redirect, session, url_for
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import clock, tenancy
from app.core.db import db
from app.core.pages import enter
from app.core.permissions import declare
from app.core.tenancy import Municipality, digest_of
from app.identity.contact import Contact
from app.identity.models import ClientSession

COOKIE = "client"
SIGNED_IN_FOR = timedelta(hours=2)
"""From the sign-in, whatever is done: a library's computer is nobody's own."""


def begin(db_session: Session, *, client_id: int, contact: Contact, now: datetime) -> None:
    """Sign the client in, in this browser; whoever was signed in here before no longer is."""
    end(db_session)
    token = secrets.token_urlsafe(24)
    db_session.add(
        ClientSession(
            digest=digest_of(token),
            client_id=client_id,
            contact=contact.value,
            created_at=now,
            expires_at=now + SIGNED_IN_FOR,
        )
    )
    session[COOKIE] = f"{tenancy.bound_to(db_session)}:{token}"


def end(db_session: Session) -> None:
    """Sign out in this browser: the cookie is worth nothing from now on, wherever it was copied to."""
    municipality_id, token = _cookie()
    session.pop(COOKIE, None)
    g.pop("client_session", None)
    if municipality_id == tenancy.bound_to(db_session):
        db_session.execute(delete(ClientSession).where(ClientSession.digest == digest_of(token)))


def end_everywhere(db_session: Session, contact: str) -> None:
    """Sign out every browser in which this contact was proven."""
    session.pop(COOKIE, None)
    db_session.execute(delete(ClientSession).where(ClientSession.contact == contact))


def _cookie() -> tuple[int, str]:
    municipality_id, _, token = str(session.get(COOKIE, "")).partition(":")
    return int(municipality_id) if municipality_id.isdigit() else 0, token


def signed_in_here() -> ClientSession | None:
    """The sign-in of this browser in the municipality that the request is bound to."""
    municipality_id, token = _cookie()
    if not token or municipality_id != tenancy.bound_to(db.session):
        return None
    if "client_session" not in g:
        g.client_session = _find(token)
    found: ClientSession | None = g.client_session
    return found


def _find(token: str) -> ClientSession | None:
    query = select(ClientSession).where(
        ClientSession.digest == digest_of(token), ClientSession.expires_at > clock.now()
    )
    found: ClientSession | None = db.session.scalar(query)
    return found


def _enter_as_client() -> ClientSession | None:
    municipality_id, token = _cookie()
    municipality = db.session.get(Municipality, municipality_id) if token else None
    if municipality is None:
        return None
    enter(municipality)
    return signed_in_here()


def client_page(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only a client who has signed in; others are led to sign in."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if _enter_as_client() is None:
            return redirect(url_for("my.choose_municipality"))
        return view(*args, **kwargs)

    return declare("client")(guarded)
