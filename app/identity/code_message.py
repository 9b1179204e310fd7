"""The message that carries a sign-in code. It holds no link: whoever it is forwarded to can do nothing with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.i18n import current_language, format_clock, gettext, local_text
from app.core.tenancy import Municipality
from app.identity.contact import Contact
from app.identity.models import SignInCode
from app.messaging.mail_page import html_of
from app.messaging.outbox import CODE_KIND, Letter, queue


def send_code(
    session: Session,
    row: SignInCode,
    code: str,
    *,
    contact: Contact,
    client_id: int | None,
    municipality: Municipality,
    now: datetime,
) -> None:
    """Queue the code for its contact. Without a client behind the contact it is written down as not sent:
    the same work, so that nobody learns who is a client by how long an answer takes.
    """
    name = local_text(municipality.name)
    until = format_clock(row.expires_at, municipality.zone)
    values = {"municipality": name, "code": code, "until": until}
    text = gettext(
        "%(municipality)s: your sign-in code is %(code)s. It is valid until %(until)s. Do not give it to anybody.",
        **values,
    )
    letter = Letter(
        kind=CODE_KIND,
        channel=contact.channel,
        language=current_language(),
        recipient=contact.value,
        client_id=client_id,
        cause=f"sign_in_code:{row.id}",
        dedupe_key=f"sign_in_code:{row.id}",
        useful_until=row.expires_at,
        subject=gettext("Your sign-in code") if contact.channel == "email" else "",
        body=text if contact.channel == "sms" else _plain(values, municipality),
        html=html_of(municipality, gettext("Your sign-in code"), _paragraphs(values))
        if contact.channel == "email"
        else "",
    )
    queue(session, letter, now=now, skipped="" if client_id else "unknown_contact")


def _paragraphs(values: dict[str, str]) -> list[str]:
    return [
        gettext("Hello! Your sign-in code is %(code)s.", code=values["code"]),
        gettext("Type it on the page where you asked for it. It is valid until %(until)s.", until=values["until"]),
        gettext("Do not give the code to anybody. If you did not ask for it, you need not do anything."),
    ]


def _plain(values: dict[str, str], municipality: Municipality) -> str:
    return "\n\n".join([*_paragraphs(values), f"{values['municipality']}\n{municipality.phone}".strip()]) + "\n"
