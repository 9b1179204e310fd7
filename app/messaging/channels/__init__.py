"""Ways out of the house. Each channel is one file behind ``Channel``; a new one is one file and its settings."""

from __future__ import annotations

from dataclasses import dataclass
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


class TemporaryFailure(Exception):
    """The provider cannot take it now; try again later."""


class PermanentFailure(Exception):
    """The provider will never take it; somebody must look."""


class Channel(Protocol):
    """One provider of one channel."""

    def send(self, message: Outgoing) -> str:
        """Hand the message over; returns the provider's id. Raises ``TemporaryFailure`` or ``PermanentFailure``."""


def configured_channels(config: Config) -> dict[str, Channel]:
    """The channels that have a provider, by name."""
    from app.messaging.channels.email import SmtpChannel

    return {"email": SmtpChannel(config.SMTP_URL, config.SMTP_SENDER)} if config.SMTP_URL else {}
