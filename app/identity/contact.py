"""A telephone number or an e-mail address, by which somebody can prove who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.core.i18n import N_
from app.core.typed import Unusable, clean_email, parse_phone, show_phone


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a code can be sent. ``value``: E.164, or an e-mail address in lower case."""

    channel: Literal["sms", "email"]
    value: str

    @classmethod
    def of_value(cls, value: str) -> Contact:
        """From a value that was kept."""
        return cls("email" if "@" in value else "sms", value)

    def shown(self) -> str:
        """As people write it."""
        return show_phone(self.value) if self.channel == "sms" else self.value


def parse_contact(typed: str) -> Contact:
    """What was typed into one field, a number or an address. Raises ``Unusable``."""
    if not typed.strip():
        raise Unusable(N_("Enter your phone number or your e-mail address."))
    if "@" in typed:
        return Contact("email", clean_email(typed))
    phone = parse_phone(typed)
    if not phone.gets_sms:
        raise Unusable(N_("Text messages do not reach this number. Enter a mobile number or an e-mail address."))
    return Contact("sms", phone.e164)
