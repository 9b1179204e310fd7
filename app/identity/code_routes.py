"""The second step of signing in: a one-time code, for those who have turned that on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, request, session, url_for

from app.core import clock, flood
from app.core.db import db
from app.core.errors import TooMany
from app.core.http import field_cipher, remote_address, see_other
from app.core.i18n import gettext
from app.core.permissions import public
from app.identity import second_step
from app.identity.models import StaffUser
from app.identity.routes import HALF_IN, enter
from app.identity.sign_in import Account
from app.identity.sign_in_pages import KEPT, code_page, sign_in_page, wanted

blueprint = Blueprint("sign_in_code", __name__)

HALF_IN_FOR = timedelta(minutes=10)


@blueprint.route("/staff/sign-in/code", methods=["GET", "POST"])
@public
def code() -> Any:
    """Type the code."""
    half, kept = _half_in(), request.form.get(KEPT, "")
    if half is None and kept:
        return sign_in_page(kept=kept), 401
    if half is None:
        return see_other(url_for("identity.sign_in", next=wanted()))
    if request.method != "POST":
        return code_page()
    account, since = half
    try:
        user = _accepted(account, since)
    except TooMany as wait:
        db.session.rollback()
        words = f"{wait.text()} {flood.when_again(wait.retry_after)}"
        return code_page(words, kept=kept), 429, {"Retry-After": str(wait.retry_after)}
    if user is None:
        db.session.commit()
        words = gettext("The code is not right. Type the one that the app shows now.")
        return code_page(words, kept=kept), 422
    return enter(user, way="password_and_code")


def _half_in() -> tuple[Account, datetime] | None:
    """Whose password was right in this browser a while ago, and when."""
    kept = session.get(HALF_IN)
    if not isinstance(kept, list) or len(kept) != 3:
        return None
    since = datetime.fromtimestamp(kept[2], UTC)
    return ((kept[0], kept[1]), since) if since + HALF_IN_FOR > clock.now() else None


def _accepted(account: Account, since: datetime) -> StaffUser | None:
    typed, now = request.form.get("code", ""), clock.now()
    user = second_step.accept(db.session, account, typed, cipher=field_cipher(), address=remote_address(), now=now)
    changed = user.password_changed_at if user is not None else None
    return user if changed is None or changed <= since + timedelta(seconds=1) else None
