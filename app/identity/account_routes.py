"""A member of staff's own account: name, language, password, and where they are signed in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, session, url_for

from app.core import clock, flood
from app.core.db import db
from app.core.errors import InvalidInput, NotFound, TooMany
from app.core.http import see_other
from app.core.i18n import LANGUAGES, N_, format_instant, gettext, set_language
from app.core.permissions import Role
from app.core.typed import whole_number
from app.identity import account, passwords, sessions, terms
from app.identity.access import current_session_id, own_municipality, signed_in_user, staff, staff_actor
from app.identity.models import StaffSession, StaffUser
from app.identity.staff_frame import ROLE_NAMES, staff_page

blueprint = Blueprint("account", __name__, url_prefix="/staff/account")

NOTICES = {
    "details": N_("Your details have been saved."),
    "password": N_("Your password has been changed. You have been signed out everywhere else."),
    "codes_off": N_("One-time codes are no longer in use."),
    "ended": N_("The sign-in has been ended."),
}


@blueprint.get("")
@staff("account.own")
def overview() -> str:
    """Everything about the account on one page."""
    user = signed_in_user()
    living = sessions.living(db.session, user.id, now=clock.now())
    return render_template(
        "staff/account.html",
        details=_details(user),
        security=[_password_row(user), _codes_row(user), _terms_row(user)],
        sessions=[_session_row(row) for row in living],
        notice=gettext(NOTICES.get(request.args.get("notice", ""), "")),
        end_url=url_for(".end"),
        **staff_page("account"),
    )


def _details(user: StaffUser) -> list[dict[str, str]]:
    change = url_for(".details")
    language = LANGUAGES.get(user.language) or gettext("As the browser asks")
    return [
        {"key": gettext("Name"), "value": user.name, "change_url": change},
        {"key": gettext("Language"), "value": language, "change_url": change},
        {"key": gettext("E-mail address"), "value": user.email},
        {
            "key": gettext("Role"),
            "value": gettext(ROLE_NAMES[Role(user.role)]),
            "change_url": url_for("roles.page"),
            "change_text": gettext("What it may do"),
        },
    ]


def _password_row(user: StaffUser) -> dict[str, str]:
    if user.password_hash is None:
        words = gettext("You have no password.")
    elif user.password_changed_at is None:
        words = gettext("Not changed yet")
    else:
        words = gettext("Changed %(when)s", when=_when(user.password_changed_at))
    return {"key": gettext("Password"), "value": words, "change_url": url_for(".password")}


def _codes_row(user: StaffUser) -> dict[str, str]:
    on = user.totp_secret is not None
    return {
        "key": gettext("One-time codes"),
        "value": gettext("In use") if on else gettext("Not in use"),
        "change_url": url_for("codes.page"),
        "change_text": gettext("Change") if on else gettext("Turn on"),
    }


def _terms_row(user: StaffUser) -> dict[str, str]:
    edition = terms.in_force(db.session)
    accepted = terms.accepted_at(db.session, user.id, edition) if edition else None
    words = gettext("Accepted %(when)s", when=_when(accepted)) if accepted else gettext("None are in force.")
    row = {"key": gettext("Terms of use"), "value": words}
    return {**row, "change_url": url_for("terms.page"), "change_text": gettext("Read them")} if edition else row


def _when(moment: Any) -> str:
    return format_instant(moment, own_municipality().zone)


def _session_row(row: StaffSession) -> dict[str, Any]:
    return {
        "id": row.id,
        "device": row.device or gettext("Unknown device"),
        "address": row.address,
        "since": _when(row.created_at),
        "seen": _when(row.seen_at),
        "current": row.id == current_session_id(),
    }


@blueprint.route("/details", methods=["GET", "POST"])
@staff("account.own")
def details() -> Any:
    """Name and language."""
    user = signed_in_user()
    if request.method != "POST":
        return _details_page({"name": user.name, "language": user.language})
    typed = {name: request.form.get(name, "") for name in ("name", "language")}
    try:
        account.change_details(db.session, user, **typed, actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        return _details_page(typed, problem.field_texts()), problem.status
    db.session.commit()
    if user.language:
        session["lang"] = user.language
        set_language(user.language)
    return see_other(url_for(".overview", notice="details"))


def _details_page(values: dict[str, str], errors: dict[str, str] | None = None) -> str:
    options = [{"value": "", "label": gettext("As the browser asks")}]
    options += [{"value": code, "label": name} for code, name in LANGUAGES.items()]
    return render_template(
        "staff/account_details.html",
        values=values,
        language_options=options,
        errors=errors or {},
        back_url=url_for(".overview"),
        **staff_page("account"),
    )


@blueprint.route("/password", methods=["GET", "POST"])
@staff("account.own")
def password() -> Any:
    """Change the password; every other sign-in ends."""
    if request.method != "POST":
        return _password_page()
    try:
        account.change_password(
            db.session,
            signed_in_user(),
            old=request.form.get("password", ""),
            new=request.form.get("new_password", ""),
            keep=current_session_id(),
            actor=staff_actor(),
            now=clock.now(),
        )
    except account.WrongPassword as problem:
        db.session.commit()
        return _password_page(problem.field_texts()), problem.status
    except InvalidInput as problem:
        return _password_page(problem.field_texts()), problem.status
    except TooMany as wait:
        return _password_page({"password": waiting(wait)}), 429
    db.session.commit()
    return see_other(url_for(".overview", notice="password"))


def waiting(wait: TooMany) -> str:
    """What happened and when to try again."""
    return f"{wait.text()} {flood.when_again(wait.retry_after)}"


def _password_page(errors: dict[str, str] | None = None) -> str:
    return render_template(
        "staff/account_password.html",
        email=signed_in_user().email,
        has_password=signed_in_user().password_hash is not None,
        longest=passwords.LONGEST,
        errors=errors or {},
        forgot_url=url_for("password.forgot"),
        back_url=url_for(".overview"),
        **staff_page("account"),
    )


@blueprint.post("/sessions")
@staff("account.own")
def end() -> Any:
    """End one other sign-in, or all others."""
    which = request.form.get("session", "")
    session_id = whole_number(which)
    who: dict[str, Any] = {"actor": staff_actor(), "now": clock.now()}
    if which == "others":
        account.end_others(db.session, signed_in_user(), current_session_id(), **who)
    elif session_id is not None and session_id != current_session_id():
        account.end_session(db.session, signed_in_user(), session_id, **who)
    else:
        raise NotFound
    db.session.commit()
    return see_other(url_for(".overview", notice="ended"))
