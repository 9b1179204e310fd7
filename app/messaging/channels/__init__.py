"""Ways out of the house. Each channel is one file behind ``Channel``; a new one is one file and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from config import Config


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way: plain values, free of any session."""

    id: int
    dedupe_key: str
    recipient: str
    sender_name: str
    sender_address: str
    subject: str
    body: str
    html: str
    calendar: str
    calendar_method: str
    language: str
    municipality: str = ""
    """The municipality's slug, for the address to which receipts come."""
    attempt: int = 1
    """Which try it is: what an earlier one did may not be known."""
    created_at: datetime | None = None


class TemporaryFailure(Exception):
    """The provider cannot take it now; try again later, not before ``retry_after`` seconds where that is told."""

    def __init__(self, *words: object, retry_after: int | None = None) -> None:
        super().__init__(*words)
        self.retry_after = retry_after


class PermanentFailure(Exception):
    """The provider will never take it; somebody must look."""


class Channel(Protocol):
    """One provider of one channel."""

    def send(self, message: Outgoing) -> str:
        """Hand the message over; returns the provider's id. Raises ``TemporaryFailure`` or ``PermanentFailure``."""

    def close(self) -> None:
        """Let go of connections; the next message makes one anew."""


def configured_channels(config: Config) -> dict[str, Channel]:
    """The channels that have a provider, by name."""
    from app.messaging.channels.email import SmtpChannel
    from app.messaging.channels.sms import TwilioChannel

    found: dict[str, Channel] = {}
    if config.SMTP_URL:
        found["email"] = SmtpChannel(config.SMTP_URL, config.SMTP_SENDER)
    if sends_sms(config):
        found["sms"] = TwilioChannel(config, lambda message: receipts_url(config, message))
    return found


def sends_sms(config: Config) -> bool:
    """True where Twilio is set up, sender included."""
    return bool(
        config.TWILIO_ACCOUNT_SID
        and config.TWILIO_AUTH_TOKEN
        and (config.TWILIO_MESSAGING_SERVICE_SID or config.TWILIO_FROM)
    )


def receipts_url(config: Config, message: Outgoing) -> str:
    """Where Twilio tells what became of a message."""
    return f"{config.PUBLIC_URL.rstrip('/')}/hooks/twilio/{message.municipality}/status?message={message.id}"
