"""Where somebody else (an employer, another authority) checks that a receipt is true. Tells no more than is needed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.booking.lifecycle import Status
from app.booking.models import Appointment, Receipt
from app.booking.receipt_views import action_name
from app.booking.receipts import Facts, verified
from app.core import clock, limits
from app.core.db import db
from app.core.http import remote_address
from app.core.i18n import format_instant, gettext, local_text
from app.core.pages import open_municipality
from app.core.permissions import public
from app.core.tenancy import Municipality

blueprint = Blueprint("verify", __name__, url_prefix="/m/<slug>/verify")

GUESSES = ("10/minute", "100/day")
"""Codes tried from one address. A code has 59 bits: the limit is for the machine that tries, not for chance."""
LONGEST_CODE = 40


@blueprint.get("")
@public
def form(slug: str) -> Any:
    """Where the code is typed."""
    open_municipality(slug)
    return _form(slug, "", "")


@blueprint.post("")
@public
def check(slug: str) -> Any:
    """What the code proves. Every code that proves nothing gets the same answer."""
    municipality = open_municipality(slug)
    typed = request.form.get("code", "")
    for at_most in GUESSES:
        limits.count("verify", remote_address(), at_most)
    receipt = verified(db.session, typed) if len(typed) <= LONGEST_CODE else None
    if receipt is None or receipt.appointment is None:
        return _form(slug, typed, gettext("We know no receipt with this code. Check the code letter by letter.")), 422
    return render_template(
        "public/verified.html",
        rows=_proof(receipt, receipt.appointment, municipality),
        again_url=url_for(".form", slug=slug),
    )


def _form(slug: str, typed: str, error: str) -> str:
    return render_template(
        "public/verify.html",
        code=typed,
        errors={"code": error} if error else {},
        action_url=url_for(".check", slug=slug),
    )


def _proof(receipt: Receipt, appointment: Appointment, municipality: Municipality) -> list[dict[str, str]]:
    """What the receipt said, and where its appointment stands now."""
    facts: Facts = receipt.facts  # type: ignore[assignment]
    starts_at = datetime.fromisoformat(facts["starts_at"])
    rows = [
        (gettext("Municipality"), local_text(municipality.name)),
        (gettext("Receipt number"), receipt.number),
        (gettext("Receipt of"), action_name(receipt.action)),
        (gettext("Done"), format_instant(receipt.at, municipality.zone)),
        (gettext("What was booked"), local_text(facts["public_label"])),
        (gettext("Time on the receipt"), format_instant(starts_at, municipality.zone)),
        (gettext("Initials of the person"), initials(facts["name"])),
        (gettext("Now"), _standing(appointment, starts_at)),
    ]
    return [{"key": key, "value": value} for key, value in rows]


def _standing(appointment: Appointment, starts_at: datetime) -> str:
    """Where the appointment of the receipt stands; neither its new time nor whether somebody came."""
    if appointment.status == Status.CANCELLED:
        return gettext("The appointment has been cancelled.")
    if appointment.starts_at != starts_at:
        return gettext("The time has been changed after this receipt.")
    if appointment.ends_at <= clock.now():
        return gettext("The time has passed.")
    return gettext("The appointment is in force.")


def initials(name: str) -> str:
    """``Å. O.`` of ``Åsa Maria O'Neill``: the first letter of the first and of the last name."""
    letters = [letter for word in name.split() if (letter := next(filter(str.isalpha, word), ""))]
    return " ".join(f"{letter.upper()}." for letter in letters[:1] + letters[1:][-1:]) or "–"
