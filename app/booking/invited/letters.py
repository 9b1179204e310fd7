"""What an invited client is sent: who invites, until when, and the link. The matter itself is not told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from app.booking.invited.models import Invitation
from app.booking.notices import ways_to
from app.core.http import public_url
from app.core.i18n import format_short_date, local_text, speaking
from app.core.tenancy import Municipality
from app.messaging.mail_page import html_of
from app.messaging.outbox import Letter, queue_all
from app.messaging.texts import wording
from app.messaging.wordings import Wording


def cause_of(invitation: Invitation) -> str:
    """What its messages name as their cause."""
    return f"invitation:{invitation.id}"


def end_of(day: date, municipality: Municipality) -> datetime:
    """The end of a local day."""
    return datetime.combine(day + timedelta(days=1), time(), municipality.zone).astimezone(UTC)


def words_of(language: str, book_by: date, municipality: Municipality, link: str) -> Wording:
    """The message's wording, filled."""
    with speaking(language):
        values = {
            "until": format_short_date(book_by),
            "link": link,
            "municipality": local_text(municipality.name),
            "phone": municipality.phone,
        }
        return wording("invitation", language, values)


def queue_letters(
    session: Session, invitation: Invitation, municipality: Municipality, secret: str, *, now: datetime
) -> None:
    """Write the messages, by the client's ways."""
    client, link = invitation.client, public_url(f"/i/{secret}")
    words = words_of(client.language, invitation.book_by, municipality, link)
    letters = []
    with speaking(client.language):
        for channel, recipient in ways_to(client):
            mail = channel == "email"
            letters.append(
                Letter(
                    kind="invitation",
                    channel=channel,
                    language=client.language,
                    recipient=recipient,
                    client_id=client.id,
                    cause=cause_of(invitation),
                    dedupe_key=f"{cause_of(invitation)}:{invitation.sendings}:{channel}",
                    useful_until=end_of(invitation.book_by, municipality),
                    subject=words.subject if mail else "",
                    body=_plain(words, link, municipality) if mail else words.sms,
                    html=html_of(municipality, words.subject, words.paragraphs, button=(words.link_label, link))
                    if mail
                    else "",
                )
            )
    queue_all(session, letters, now=now)


def _plain(words: Wording, link: str, municipality: Municipality) -> str:
    sender = "\n".join(part for part in (local_text(municipality.name), municipality.phone) if part)
    return "\n\n".join([*words.paragraphs, f"{words.link_label}:\n{link}", sender]) + "\n"
