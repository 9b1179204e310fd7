"""What the client's page tells of messages: what was sent, what was answered, and whether reminders and texts go out."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_login import current_user
from sqlalchemy import select

from app.booking.models import Appointment, Client
from app.booking.replies.models import SmsAnswer
from app.booking.replies.service import Deed
from app.casework.clients.frame import is_own
from app.casework.message_words import message_view
from app.core.db import db
from app.core.i18n import N_, format_instant, format_short_date, gettext
from app.identity.access import own_municipality
from app.messaging.channels import configured_channels
from app.messaging.models import Message

MOST_MESSAGES, MOST_ANSWERS = 30, 20
DEED_NAMES = {
    Deed.CONFIRMED: N_("Confirmed coming"),
    Deed.ASKED_CANCEL: N_("Wanted to cancel; we asked once more"),
    Deed.CANCELLED: N_("Cancelled"),
    Deed.TOO_LATE: N_("Wanted to cancel, too late by text message"),
    Deed.UNCLEAR: N_("It was not clear which time was meant; we asked"),
    Deed.STOPPED: N_("Wants no text messages (STOP)"),
    Deed.STARTED: N_("Wants text messages again"),
    Deed.FOR_STAFF: N_("For staff to read"),
}


def messages_view(client: Client) -> dict[str, Any]:
    """Plain values for the section of messages."""
    zone = own_municipality().zone
    channels = configured_channels(current_app.config["SETTINGS"])
    query = select(Message).where(Message.client_id == client.id).order_by(Message.id.desc()).limit(MOST_MESSAGES)
    answers = select(SmsAnswer).where(SmsAnswer.client_id == client.id).order_by(SmsAnswer.id.desc())
    stopped = client.sms_stopped_at
    return {
        "messages": [message_view(message, channels, zone) for message in db.session.scalars(query)],
        "sms_answers": [
            {
                "when": format_instant(answer.at, zone),
                "deed": gettext(DEED_NAMES[Deed(answer.deed)]),
                "words": answer.body if _may_read(answer, client) else "",
                "hidden": bool(answer.body) and not _may_read(answer, client),
            }
            for answer in db.session.scalars(answers.limit(MOST_ANSWERS)).all()
        ],
        "sms_stopped": format_short_date(stopped.astimezone(zone).date()) if stopped else "",
        "reminders": {"off": client.reminders_off, "url": url_for("client.reminders", client_id=client.id)},
    }


def _may_read(answer: SmsAnswer, client: Client) -> bool:
    """What a client wrote is for the professional concerned and for leads."""
    if is_own(client) or current_user.may("client.read_words"):
        return True
    meeting = db.session.get(Appointment, answer.appointment_id) if answer.appointment_id else None
    return meeting is not None and bool(meeting.professional_id == current_user.professional_id)
