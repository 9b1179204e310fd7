"""Words of outgoing messages: what they were, over which channel, and where they stand."""

from __future__ import annotations

from collections.abc import Container
from typing import Any
from zoneinfo import ZoneInfo

from app.core.i18n import N_, format_instant, gettext
from app.core.typed import show_phone
from app.messaging.models import Message
from app.messaging.outbox import CODE_KIND, PASSWORD_KIND, SECRET_KINDS
from app.messaging.status import MessageStatus

MESSAGE_TAGS = {"sent": "ok", "delivered": "ok", "failed": "bad", "cancelled": "neutral", "skipped": "neutral"}
KIND_NAMES = {
    "confirmation": N_("Confirmation"),
    "change": N_("Change of time"),
    "cancellation": N_("Cancellation"),
    CODE_KIND: N_("Sign-in code"),
    PASSWORD_KIND: N_("Link for a password"),
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


def message_view(message: Message, channels: Container[str], zone: ZoneInfo) -> dict[str, Any]:
    """A message as a row; ``channels``: those that have a provider."""
    unsent = message.status == MessageStatus.QUEUED and message.channel not in channels
    reasons = {
        "superseded": gettext("A newer message took its place."),
        "too_late": gettext("It could not be sent while it was of use."),
        "unknown_contact": gettext("No client has this number or address."),
    }
    reason = gettext(NO_PROVIDER[message.channel]) if unsent and message.channel in NO_PROVIDER else message.reason
    return {
        "created": format_instant(message.created_at, zone),
        "kind_name": gettext(KIND_NAMES.get(message.kind, message.kind)),
        "channel_name": gettext(CHANNEL_NAMES[message.channel]),
        "recipient": show_phone(message.recipient) if message.channel == "sms" else message.recipient,
        "subject": message.subject or ("" if message.kind in SECRET_KINDS else message.body[:80]),
        "status_name": gettext(MESSAGE_STATUS_NAMES[MessageStatus(message.status)]),
        "status_tag": MESSAGE_TAGS.get(message.status, "warn" if unsent else "info"),
        "reason": reasons.get(reason, reason),
    }
