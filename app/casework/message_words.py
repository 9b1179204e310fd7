"""Words of outgoing messages: what they were, over which channel, and where they stand."""

from __future__ import annotations

from collections.abc import Container
from typing import Any
from zoneinfo import ZoneInfo

from app.core.i18n import N_, format_instant, gettext
from app.core.typed import show_phone
from app.messaging.models import Message
from app.messaging.outbox import ACCOUNT_KIND, CODE_KIND, PASSWORD_KIND, SECRET_KINDS
from app.messaging.status import MessageStatus

MESSAGE_TAGS = {"sent": "ok", "delivered": "ok", "failed": "bad", "cancelled": "neutral", "skipped": "neutral"}
KIND_NAMES = {
    "confirmation": N_("Confirmation"),
    "change": N_("Change of time"),
    "cancellation": N_("Cancellation"),
    "hand_over": N_("Change of professional"),
    "absence_move": N_("Change of time"),
    "absence_cancellation": N_("Cancellation"),
    "series": N_("Confirmation"),
    "series_cancellation": N_("Cancellation"),
    "group_confirmation": N_("Place in a group"),
    "group_change": N_("Change of a group meeting"),
    "reminder": N_("Reminder"),
    "call_reminder": N_("Reminder of a call"),
    "sms_answer": N_("Answer to a text message"),
    "invitation": N_("Invitation"),
    CODE_KIND: N_("Sign-in code"),
    PASSWORD_KIND: N_("Link for a password"),
    ACCOUNT_KIND: N_("Notice about a staff account"),
}
CHANNEL_NAMES = {"email": N_("E-mail"), "sms": N_("Text message"), "kivra": N_("Kivra"), "letter": N_("Letter")}
MESSAGE_STATUS_NAMES = {
    MessageStatus.QUEUED: N_("Waiting"),
    MessageStatus.SENDING: N_("Being sent"),
    MessageStatus.SENT: N_("Sent"),
    MessageStatus.DELIVERED: N_("Delivered"),
    MessageStatus.FAILED: N_("Failed"),
    MessageStatus.CANCELLED: N_("Stopped"),
    MessageStatus.SKIPPED: N_("Not sent"),
}
NO_PROVIDER = {
    "email": N_("Not sent: no e-mail provider configured"),
    "sms": N_("Not sent: no SMS provider configured"),
}


FAILURES = (
    ("the mail server cannot write to this address", N_("The mail server cannot write to this address.")),
    ("the municipality has no e-mail address", N_("The municipality has no e-mail address to send from.")),
    ("the mail server", N_("The mail server did not take the message.")),
    ("TimeoutError", N_("The provider did not answer.")),
    ("Connection", N_("The provider could not be reached.")),
    ("OSError", N_("The provider could not be reached.")),
    ("gaierror", N_("The provider could not be reached.")),
)
"""What providers and the network say, by how it begins; the rest is shown as it was said."""


def reason_text(reason: str) -> str:
    """Why a message was not sent, in words; what the provider said exactly comes after."""
    known = {
        "superseded": gettext("A newer message took its place."),
        "withdrawn": gettext("The invitation was withdrawn."),
        "too_late": gettext("It could not be sent while it was of use."),
        "cap": gettext("The client had got as many reminders and invitations as are sent in a day."),
        "reminders_off": gettext("The client wants no reminders."),
        "opted_out": gettext("The client has answered STOP: no text messages."),
        "unknown_contact": gettext("No client has this number or address."),
    }
    if reason in known or not reason:
        return known.get(reason, "")
    words = next((gettext(text) for start, text in FAILURES if reason.startswith(start)), "")
    return f"{words} ({reason})" if words else reason


def message_view(message: Message, channels: Container[str], zone: ZoneInfo) -> dict[str, Any]:
    """A message as a row; ``channels``: those that have a provider."""
    unsent = message.status == MessageStatus.QUEUED and message.channel not in channels
    no_provider = gettext(NO_PROVIDER[message.channel]) if unsent and message.channel in NO_PROVIDER else ""
    return {
        "created": format_instant(message.created_at, zone),
        "kind_name": gettext(KIND_NAMES.get(message.kind, message.kind)),
        "channel_name": gettext(CHANNEL_NAMES[message.channel]),
        "recipient": show_phone(message.recipient) if message.channel == "sms" else message.recipient,
        "subject": message.subject or ("" if message.kind in SECRET_KINDS else message.body[:80]),
        "status_name": gettext(MESSAGE_STATUS_NAMES[MessageStatus(message.status)]),
        "status_tag": MESSAGE_TAGS.get(message.status, "warn" if unsent else "info"),
        "reason": no_provider or reason_text(message.reason),
    }
