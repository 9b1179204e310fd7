"""The pages of signing in, which carry along where to go on and a form that was being filled in."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request, session, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.core import clock
from app.core.http import field_cipher, see_other
from app.core.i18n import gettext
from app.identity.kept_form import Fields, unseal
from app.identity.models import StaffUser
from app.identity.own_path import is_staff_path
from app.identity.ways import other_ways

KEPT = "kept"
"""The field with the form, on every page of signing in."""


def wanted() -> str:
    """The page that was asked for before signing in; only one of ours."""
    return _page_or_home(request.args.get("next", ""))


def _page_or_home(path: str) -> str:
    """The address, if it is one of the staff's and has a page to look at."""
    try:
        current_app.url_map.bind("").match(path.partition("?")[0], method="GET")
    except RequestRedirect:
        pass
    except HTTPException:
        path = ""
    return path if is_staff_path(path) else url_for("staff.today")


def sign_in_page(email: str = "", error: str = "", *, kept: str = "", then: str = "") -> str:
    """E-mail and password. ``kept``: a form to carry along; ``then``: the page to go on to, else the one asked for."""
    then = then or wanted()
    return render_template(
        "staff/sign_in.html",
        email=email,
        error=error,
        notice=_notice(kept),
        hidden={KEPT: kept} if kept else {},
        action_url=url_for("identity.sign_in", next=then),
        forgot_url=url_for("password.forgot"),
        ways=other_ways(then),
        **_other_languages(kept),
    )


def _other_languages(kept: str) -> dict[str, Any]:
    """A link to the page in another language would leave the form behind."""
    return {"languages": []} if kept else {}


def _notice(kept: str) -> str:
    """Why somebody who had signed in is here again."""
    if kept:
        return gettext("Your sign-in has ended. What you typed is kept: sign in again and go on.")
    if request.args.get("notice") == "password":
        return gettext("Your password has been changed. Sign in with the new one.")
    if "_user_id" in session:
        return gettext("Your sign-in has ended. Sign in again.")
    return ""


def code_page(error: str = "", *, kept: str = "") -> str:
    """The one-time code."""
    return render_template(
        "staff/sign_in_code.html",
        errors={"code": error} if error else {},
        hidden={KEPT: kept} if kept else {},
        action_url=url_for("sign_in_code.code", next=wanted()),
        back_url=url_for("identity.sign_in", next=wanted()) if not kept else "",
        **_other_languages(kept),
    )


def go_on(user: StaffUser) -> Any:
    """Signed in: to the page that was asked for, or to the form that was being filled in."""
    sealed = request.form.get(KEPT, "")
    account = (user.municipality_id, user.id)
    kept = unseal(sealed, account, cipher=field_cipher(), now=clock.now()) if sealed else None
    if kept is None:
        return see_other(wanted())
    return render_template(
        "staff/sign_in_continue.html",
        action_url=kept.path,
        fields=kept.fields,
        readable=_readable(kept.fields),
        partial=kept.partial,
        leave_url=_page_or_home(kept.path),
        **_other_languages(sealed),
    )


def _readable(fields: Fields) -> list[str]:
    """What a person typed, rather than what the page itself carried."""
    return [value for _, value in fields if len(value.split()) > 1]
