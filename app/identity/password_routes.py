"""Pages for those who have forgotten their password, or have none yet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.core import clock, flood
from app.core.db import db
from app.core.errors import Gone, InvalidInput, TooMany
from app.core.http import remote_address, see_other
from app.core.i18n import gettext, local_text
from app.core.permissions import by_link, public
from app.core.tenancy import Municipality
from app.core.typed import Unusable, clean_email
from app.identity import password_links, passwords
from app.identity.models import StaffUser

blueprint = Blueprint("password", __name__, url_prefix="/staff/password")


@blueprint.route("/forgot", methods=["GET", "POST"])
@public
def forgot() -> Any:
    """Ask for a link. The answer is the same for every address."""
    if request.method != "POST":
        return _forgot_page(sent="sent" in request.args)
    typed = request.form.get("email", "")
    try:
        password_links.ask(db.session, email=clean_email(typed), address=remote_address(), now=clock.now())
    except Unusable as problem:
        return _forgot_page(typed, gettext(str(problem))), 422
    except TooMany as wait:
        db.session.rollback()
        words = f"{wait.text()} {flood.when_again(wait.retry_after)}"
        return _forgot_page(typed, words), 429, {"Retry-After": str(wait.retry_after)}
    db.session.commit()
    return see_other(url_for(".forgot", sent=1))


def _forgot_page(typed: str = "", error: str = "", *, sent: bool = False) -> str:
    return render_template(
        "staff/password_forgot.html",
        email=typed,
        errors={"email": error} if error else {},
        sent=sent,
        minutes=int(password_links.RESET_LIVES.total_seconds() // 60),
        back_url=url_for("identity.sign_in"),
    )


@blueprint.route("/<token>", methods=["GET", "POST"])
@by_link
def choose(token: str) -> Any:
    """Choose a password; looking at the page uses nothing up."""
    typed, now = request.form.get("new_password", ""), clock.now()
    try:
        if request.method != "POST":
            return _choose_page(password_links.open_link(db.session, token, now=now))
        password_links.choose(db.session, token, typed, address=remote_address(), now=now)
    except Gone as problem:
        db.session.rollback()
        page = render_template("staff/password_gone.html", message=problem.text(), again_url=url_for(".forgot"))
        return page, problem.status
    except InvalidInput as problem:
        return _choose_page(password_links.open_link(db.session, token, now=now), problem.field_texts()), problem.status
    db.session.commit()
    return see_other(url_for("identity.sign_in", notice="password"))


def _choose_page(user: StaffUser, errors: dict[str, str] | None = None) -> str:
    municipality = db.session.get_one(Municipality, user.municipality_id)
    return render_template(
        "staff/password_choose.html",
        email=user.email,
        municipality_name=local_text(municipality.name),
        longest=passwords.LONGEST,
        errors=errors or {},
        action_url=request.path,
    )
