"""Who books: what was typed made into details that can be kept. One check for the form and for the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import LANGUAGES, N_, current_language
from app.core.typed import NAME_LENGTH, Unusable, clean_email, clean_line, parse_phone


@dataclass(frozen=True, slots=True)
class ClientDetails:
    """Cleaned details of a client. ``external_id`` names a client that the calling system knows."""

    name: str
    phone: str = ""
    email: str = ""
    language: str = "fi"
    external_id: str | None = None


_CLEANERS: dict[str, Callable[[str], str]] = {
    "name": lambda text: clean_line(text, longest=NAME_LENGTH),
    "phone": lambda text: parse_phone(text).e164,
    "email": clean_email,
    "external_id": lambda text: clean_line(text, longest=NAME_LENGTH),
}


def check_details(
    typed: Mapping[str, Any], *, phone_required: bool = False, reachable: bool = True
) -> tuple[ClientDetails, dict[str, str]]:
    """Details that can be kept, and msgids by field for what cannot. ``reachable``: a phone or an e-mail is a must."""
    kept: dict[str, str] = {"name": "", "phone": "", "email": ""}
    errors: dict[str, str] = {}
    for name, clean in _CLEANERS.items():
        text = typed.get(name) or ""
        if not text.strip():
            continue
        try:
            kept[name] = clean(text)
        except Unusable as problem:
            errors[name] = str(problem)
    if typed.get("external_id") and "external_id" not in kept:
        errors.setdefault("external_id", N_("Write something here, or leave it out."))
    if not kept["name"]:
        errors.setdefault("name", N_("Enter your name."))
    if not kept["phone"] and phone_required:
        errors.setdefault("phone", N_("Enter a phone number."))
    if reachable and not (kept["phone"] or kept["email"] or "email" in errors):
        errors.setdefault("phone", N_("Enter a phone number or an e-mail address, so that we can reach you."))
    language = str(typed.get("language"))
    details = ClientDetails(**kept, language=language if language in LANGUAGES else current_language())
    return details, {name: errors[name] for name in _CLEANERS if name in errors}
