"""Signing in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, request, session, url_for
from flask_login import current_user, login_user, logout_user

from app.core import clock, flood
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import TooMany
from app.core.http import remote_address, see_other
from app.core.i18n import gettext
from app.core.permissions import public
from app.identity import sessions
from app.identity.access import current_session_id, last_session, lifetime, staff_actor
from app.identity.device import device_of
from app.identity.models import StaffUser
from app.identity.sign_in import forget_failures, locked_user, recognise
from app.identity.sign_in_pages import KEPT, code_page, go_on, sign_in_page, wanted

blueprint = Blueprint("identity", __name__)

WRONG_PASSWORDS = "100 per 10 minutes"
"""Of one network; an office's hundreds of people are one, and most know their password."""
HALF_IN = "half_signed_in"
"""In the browser's session: whose password was right, and when."""


@blueprint.route("/staff/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Any:
    """E-mail and password."""
    if request.method != "POST":
        return see_other(wanted()) if current_user.is_authenticated else sign_in_page()
    flood.refuse_spent("wrong_passwords", WRONG_PASSWORDS)
    email, kept = request.form.get("email", ""), request.form.get(KEPT, "")
    try:
        user = recognise(
            db.session,
            email=email,
            password=request.form.get("password", ""),
            address=remote_address(),
            now=clock.now(),
        )
    except TooMany as wait:
        db.session.rollback()
        words = f"{wait.text()} {flood.when_again(wait.retry_after)}"
        return sign_in_page(email, words, kept=kept), 429, {"Retry-After": str(wait.retry_after)}
    if user is None:
        db.session.commit()
        flood.count("wrong_passwords", WRONG_PASSWORDS)
        words = gettext("The e-mail address or the password is not right.")
        return sign_in_page(email, words, kept=kept), 422
    if user.totp_secret is not None:
        return _ask_for_code(user, kept)
    return enter(user, way="password")


def _ask_for_code(user: StaffUser, kept: str) -> Any:
    """The password was right: for a while only the code is missing, in this browser."""
    session[HALF_IN] = [user.municipality_id, user.id, int(clock.now().timestamp())]
    return code_page(kept=kept) if kept else see_other(url_for("sign_in_code.code", next=wanted()))


def enter(user: StaffUser, *, way: str) -> Any:
    """Sign the user in, in this browser, and go on; commits. Whoever is recognised in another way comes in here too."""
    now = clock.now()
    forget_failures(user)
    account = (user.municipality_id, user.id)
    db.session.flush()
    _end_last_session(now)
    user = locked_user(db.session, account) or user
    sessions.begin(
        db.session,
        user,
        way=way,
        device=device_of(request.user_agent.string),
        address=remote_address(),
        lifetime=lifetime(),
        now=now,
    )
    db.session.commit()
    language = user.language or session.get("lang")
    session.clear()  # a session from before the sign-in is worth nothing afterwards
    if language:
        session["lang"] = language
    login_user(user)
    return go_on(user)


def _end_last_session(now: datetime) -> None:
    """A browser holds one sign-in: the one before, whoever's it was, makes room."""
    before = last_session()
    if before is not None and before.ended_at is None:
        owner = db.session.get_one(StaffUser, before.user_id)
        actor = Actor("staff", owner.id, owner.name, remote_address())
        sessions.end(db.session, owner, only=before.id, reason="signed_in_again", actor=actor, now=now)
        db.session.flush()


@blueprint.post("/staff/sign-out")
@public
def sign_out() -> Any:
    """End the session, here and for whoever has copied the cookie."""
    if current_user.is_authenticated:
        own = current_session_id()
        sessions.end(db.session, current_user, only=own, reason="signed_out", actor=staff_actor(), now=clock.now())
        db.session.commit()
    logout_user()
    language = session.get("lang")
    session.clear()
    if language:
        session["lang"] = language
    return see_other(url_for("identity.sign_in"))
