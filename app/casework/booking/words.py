"""Words of a booking for a client: who is told, how, and what may stand in the way."""

from __future__ import annotations

from app.booking.models import Client
from app.booking.notices import ways_to
from app.core.i18n import LANGUAGES, gettext
from app.core.typed import show_phone


def told_texts(client: Client) -> list[str]:
    """What will be sent to the client, by which way, in which language."""
    told = [
        gettext("A confirmation by text message to %(phone)s", phone=show_phone(recipient))
        if channel == "sms"
        else gettext("A confirmation and a calendar file by e-mail to %(email)s", email=recipient)
        for channel, recipient in ways_to(client)
    ]
    return [*told, gettext("Language: %(language)s", language=LANGUAGES[client.language])] if told else []
