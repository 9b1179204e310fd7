"""The e-mail that carries a link for choosing a password, in the user's language."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256

from app.core.http import public_url
from app.core.i18n import N_, current_language, format_instant, gettext, local_text, speaking
from app.core.tenancy import Municipality
from app.identity.models import StaffUser
from app.messaging.mail_page import html_of
from app.messaging.outbox import PASSWORD_KIND, Letter

SUBJECTS = {"reset": N_("Choose a new password"), "invitation": N_("You can now sign in to the appointment booking")}
PARAGRAPHS = {
    "reset": (
        N_("Hello! A new password was asked for the appointment booking of %(municipality)s."),
        N_("Choose it through this link by %(until)s. The link works once."),
        N_("If you did not ask for it, you need not do anything. Your password stays as it is."),
    ),
    "invitation": (
        N_("Hello! An account has been made for you in the appointment booking of %(municipality)s."),
        N_("You sign in with the e-mail address %(email)s."),
        N_("Choose your password through this link by %(until)s. The link works once."),
    ),
}


def letter(what: str, user: StaffUser, token: str, municipality: Municipality, *, expires_at: datetime) -> Letter:
    """The message; ``what``: ``reset`` or ``invitation``."""
    with speaking(user.language or current_language()):
        values = {
            "municipality": local_text(municipality.name),
            "email": user.email,
            "until": format_instant(expires_at, municipality.zone),
        }
        subject, link = gettext(SUBJECTS[what]), public_url(f"/staff/password/{token}")
        paragraphs = [gettext(paragraph, **values) for paragraph in PARAGRAPHS[what]]
        return Letter(
            kind=PASSWORD_KIND,
            channel="email",
            language=current_language(),
            recipient=user.email,
            cause=f"staff_user:{user.id}",
            dedupe_key=f"staff_password:{user.id}:{sha256(token.encode()).hexdigest()[:16]}",
            useful_until=expires_at,
            subject=subject,
            body="\n\n".join([*paragraphs, link, values["municipality"]]) + "\n",
            html=html_of(
                municipality,
                subject,
                paragraphs,
                button=(gettext("Choose a password"), link),
                footer=[values["municipality"]],
            ),
        )


def pretend(now: datetime) -> None:
    """Do the work of writing a letter for nobody."""
    nobody = StaffUser(id=0, email="nobody@example.invalid", language="")
    nowhere = Municipality(name={}, timezone="Europe/Helsinki", brand_colour="", accent_colour="")
    letter("reset", nobody, secrets.token_urlsafe(24), nowhere, expires_at=now)
