"""Signing in and out. The pages behind come with the rooms that they belong to."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user

from app.core import clock
from app.core.db import db
from app.core.errors import TooMany
from app.core.http import remote_address, see_other
from app.core.i18n import gettext
from app.core.permissions import public
from app.identity.service import sign_in as recognise

blueprint = Blueprint("identity", __name__)


@blueprint.route("/staff/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Any:
    """E-mail and password."""
    if request.method != "POST":
        if current_user.is_authenticated:
            return see_other(_wanted())
        return _form()
    email = request.form.get("email", "")
    try:
        user = recognise(
            db.session,
            email=email,
            password=request.form.get("password", ""),
            address=remote_address(),
            now=clock.now(),
        )
    except TooMany as wait:
        return _form(email, wait.text()), 429
    db.session.commit()
    if user is None:
        return _form(email, gettext("The e-mail address or the password is not right.")), 422
    language = session.get("lang")
    session.clear()  # a session from before the sign-in is worth nothing afterwards
    if language:
        session["lang"] = language
    login_user(user)
    return see_other(_wanted())


def _form(email: str = "", error: str = "") -> str:
    return render_template("staff/sign_in.html", email=email, error=error, action_url=request.full_path)


def _wanted() -> str:
    """The page that was asked for before signing in; only one of ours."""
    wanted = request.args.get("next", "")
    own = wanted.startswith("/staff/") and wanted.isprintable() and "\\" not in wanted and "//" not in wanted
    return wanted if own else url_for("staff.today")


@blueprint.post("/staff/sign-out")
@public
def sign_out() -> Any:
    """End the session."""
    logout_user()
    session.clear()
    return see_other(url_for("identity.sign_in"))
