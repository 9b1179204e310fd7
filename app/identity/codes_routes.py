"""Turning one-time codes on and off, and recovery codes, on one's own account."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, make_response, render_template, request, session, url_for

from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, TooMany
from app.core.http import field_cipher, see_other
from app.core.i18n import local_text
from app.identity import account, second_step, totp
from app.identity.access import own_municipality, signed_in_user, staff, staff_actor
from app.identity.account_routes import waiting
from app.identity.staff_frame import staff_page

blueprint = Blueprint("codes", __name__, url_prefix="/staff/account/codes")

OFFER = "codes_offer"
"""In the browser's session, encrypted: the secret of the QR code on the page, until it is taken into use."""


@blueprint.route("", methods=["GET", "POST"])
@staff("account.own")
def page() -> Any:
    """Take codes into use, or change what is in use."""
    if request.method != "POST":
        return _page()
    try:
        return _turn_off() if request.form.get("do") == "off" else _show_once(_new_codes())
    except account.WrongPassword as problem:
        db.session.commit()
        return _page(problem.field_texts()), problem.status
    except InvalidInput as problem:
        return _page(problem.field_texts()), problem.status
    except TooMany as wait:
        db.session.rollback()
        return _page({"password": waiting(wait)}), 429


def _new_codes() -> list[str]:
    """Recovery codes: the first ones of somebody who takes codes into use, or new ones."""
    user = signed_in_user()
    who: dict[str, Any] = {"password": request.form.get("password", ""), "actor": staff_actor(), "now": clock.now()}
    if user.totp_secret is not None:
        return second_step.renew_recovery_codes(db.session, user, **who)
    typed = request.form.get("code", "")
    return second_step.turn_on(db.session, user, secret=_offered(), code=typed, cipher=field_cipher(), **who)


def _show_once(codes: list[str]) -> Any:
    db.session.commit()
    session.pop(OFFER, None)
    shown = render_template(
        "staff/recovery_codes.html", codes=codes, next_url=url_for("account.overview"), **staff_page("account")
    )
    response = make_response(shown)
    response.headers["Cache-Control"] = "no-store"
    return response


def _turn_off() -> Any:
    password = request.form.get("password", "")
    second_step.turn_off(db.session, signed_in_user(), password=password, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for("account.overview", notice="codes_off"))


def _offered() -> str:
    """The secret of this browser's page; the same after a reload, so that an app that has read it is right."""
    if OFFER not in session:
        session[OFFER] = field_cipher().seal({"secret": totp.new_secret()}).decode()
    return str(field_cipher().unseal(session[OFFER].encode())["secret"])


def _page(errors: dict[str, str] | None = None) -> str:
    user = signed_in_user()
    shared = {"errors": errors or {}, "back_url": url_for("account.overview"), **staff_page("account")}
    if user.totp_secret is not None:
        return render_template("staff/codes_on.html", left=len(user.recovery_codes), **shared)
    secret = _offered()
    issuer = f"Vuoro, {local_text(own_municipality().name)}"
    address = totp.address_of(secret, account=user.email, issuer=issuer)
    return render_template(
        "staff/codes_off.html",
        picture=segno.make_qr(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"),
        address=address,
        secret=totp.spoken(secret),
        has_password=user.password_hash is not None,
        password_url=url_for("account.password"),
        **shared,
    )
