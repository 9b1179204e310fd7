"""What people type: text that can be stored, telephone numbers, e-mail addresses. Errors are msgids for their field."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

from app.core.i18n import N_

NAME_LENGTH = 200
EMAIL_LENGTH = 254
REGION = "FI"
LONGEST_NUMBER = 18
"""Digits that surely fit into bigint."""

_EMAIL = re.compile(r"[^@\s<>\"(),:;\\\[\]]+@[^@\s<>\"(),:;\\\[\]]+\.[^@\s<>\"(),:;\\\[\].]{2,}")
_AFTER_Z = {ord("å"): "{a", ord("ä"): "{b", ord("æ"): "{b", ord("ö"): "{c", ord("ø"): "{c"}
_LETTER = re.compile(r"[^\W\d_]")
_MOBILE = frozenset(
    {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
        phonenumbers.PhoneNumberType.UNKNOWN,
    }
)


class Unusable(ValueError):
    """The text cannot be used; the message is a msgid."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number: E.164 for machines, and whether text messages reach it."""

    e164: str
    gets_sms: bool


def whole_number(text: str) -> int | None:
    """A row's number as an address or a form carries it; None for everything that cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def clean_line(typed: str, *, longest: int) -> str:
    """One line: any script, no control characters, single spaces, composed (NFC). Raises ``Unusable``."""
    return " ".join(clean_text(typed.replace("\t", " "), longest=longest).split())


def clean_text(typed: str, *, longest: int) -> str:
    """Text of several lines that can be stored. Raises ``Unusable``."""
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in text):
        raise Unusable(N_("There are characters here that we cannot save. Please type the text again."))
    if len(text) > longest:
        raise Unusable(N_("This is too long. Please shorten it."))
    return text


def parse_phone(typed: str) -> Phone:
    """``+358 40 123 4567``, ``040-1234567`` and ``0401234567`` are one number. Raises ``Unusable``."""
    line = clean_line(typed, longest=60)
    line = "" if _LETTER.search(line) else line  # phonenumbers would skip an O typed for a 0
    try:
        number = phonenumbers.parse(line, REGION)
    except phonenumbers.NumberParseException:
        raise Unusable(N_("Enter a phone number, for example 040 123 4567 or +358 40 123 4567.")) from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise Unusable(
            N_(
                "This is not a phone number that exists. Check the digits; a foreign number begins with + and its country code."
            )
        )
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164, phonenumbers.number_type(number) in _MOBILE)


def gets_sms(e164: str) -> bool:
    """True if text messages reach the number (it is not a landline)."""
    return bool(e164) and phonenumbers.number_type(phonenumbers.parse(e164)) in _MOBILE


def show_phone(e164: str) -> str:
    """``040 123 4567``; foreign numbers with their country code."""
    if not e164:
        return ""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164  # kept from before it was checked: shown as it is
    if number.country_code != phonenumbers.country_code_for_region(REGION):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    area, _, rest = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL).partition(" ")
    digits = rest.replace(" ", "")
    middle = len(digits) // 2
    return f"{area} {digits[:middle]} {digits[middle:]}".strip()


def mask_phone(e164: str) -> str:
    """``040 *** ** 67``: enough for its owner to recognise it."""
    shown = show_phone(e164)
    area, gap, rest = shown.partition(" ")
    if not gap:  # kept from before it was checked
        area, rest = shown[:3], shown[3:]
    digits = rest.replace(" ", "")
    stars, end = "*" * len(digits[:-2]), digits[-2:]
    return " ".join(part for part in (area, stars[:3], stars[3:], end if stars else "*" * len(end)) if part)


def mask_email(address: str) -> str:
    """``a***@example.fi``."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else ""


def clean_email(typed: str) -> str:
    """An address that looks like one, in lower case, so that it is found again however it was typed.

    Whether it works, only a message tells. Raises ``Unusable``.
    """
    line = clean_line(typed, longest=EMAIL_LENGTH)
    if not _EMAIL.fullmatch(line) or not line.isprintable() or "=?" in line:  # =? would be decoded on its way
        raise Unusable(N_("Enter an e-mail address, for example name@example.com."))
    return line.lower()


def sort_key(name: str) -> str:
    """A key that sorts names as Finnish does (å ä ö after z, accents ignored) under the C collation, surname first."""
    words = name.casefold().split()
    surname_first = " ".join(words[-1:] + words[:-1])
    after_z = surname_first.translate(_AFTER_Z)
    return "".join(sign for sign in unicodedata.normalize("NFKD", after_z) if not unicodedata.combining(sign))
