"""The e-mail that tells somebody on the staff that the way into their account has changed, in their language."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.http import public_url
from app.core.i18n import N_, current_language, format_instant, gettext, local_text, speaking
from app.core.tenancy import Municipality
from app.identity.models import StaffUser
from app.messaging.mail_page import html_of
from app.messaging.outbox import ACCOUNT_KIND, Letter, queue

SUBJECTS = {
    "password": N_("Your password has been changed"),
    "codes_off": N_("Signing in no longer asks for a one-time code"),
}
HAPPENED = {
    "password": N_("Hello! The password of your account %(email)s was changed on %(when)s."),
    "codes_off": N_("Hello! One-time codes were turned off for your account %(email)s on %(when)s."),
}
NOT_YOU = N_("If this was not you or your administrator, choose a new password at once and tell your administrator.")


def tell(session: Session, user: StaffUser, what: str, *, now: datetime) -> None:
    """Queue the message; ``what``: ``password`` or ``codes_off``."""
    municipality = session.get_one(Municipality, user.municipality_id)
    queue(session, _letter(user, what, municipality, now=now), now=now)


def _letter(user: StaffUser, what: str, municipality: Municipality, *, now: datetime) -> Letter:
    with speaking(user.language or current_language()):
        subject, link = gettext(SUBJECTS[what]), public_url("/staff/password/forgot")
        happened = gettext(HAPPENED[what], email=user.email, when=format_instant(now, municipality.zone))
        paragraphs, name = [happened, gettext(NOT_YOU)], local_text(municipality.name)
        return Letter(
            kind=ACCOUNT_KIND,
            channel="email",
            language=current_language(),
            recipient=user.email,
            cause=f"staff_user:{user.id}",
            dedupe_key=f"staff_account:{user.id}:{what}:{now.isoformat()}",
            subject=subject,
            body="\n\n".join([*paragraphs, link, name]) + "\n",
            html=html_of(
                municipality, subject, paragraphs, button=(gettext("Choose a new password"), link), footer=[name]
            ),
        )
