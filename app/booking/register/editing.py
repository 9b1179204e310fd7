"""Adding and editing a client as staff do: everything on one form, and nothing of two people's work lost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.clients import ClientChanged, add_client, unique_ids
from app.booking.contact import ClientDetails, check_details
from app.booking.models import Client
from app.booking.my_account import CHANNELS
from app.booking.register import keys
from app.booking.register.identity import check_code, find_by_code, keep_code
from app.booking.register.identity_code import looks_like_one
from app.core import audit
from app.core.audit import Actor, AuditEvent
from app.core.crypto import FieldCipher
from app.core.errors import InvalidInput
from app.core.events import announce
from app.core.i18n import LANGUAGES, N_
from app.core.typed import Unusable, clean_line, show_phone, sort_key, whole_number
from app.scheduling.models import Professional

LONGEST_WORD = 60
MOST_TAGS = 20
OPEN_FIELDS = ("name", "external_id", "area", "service_line", "age_group", "tags")
"""Kept as they are, and searched: a personal identity code must not get here."""
CODE_ELSEWHERE = N_("There is a personal identity code here. Move it into its own field.")
CODE_TAKEN = N_("Another client has this personal identity code. Search with it to find them.")


@dataclass(frozen=True, slots=True)
class Values:
    """What the form keeps, checked. ``tags`` in the order typed."""

    name: str
    phone: str
    email: str
    external_id: str | None
    language: str
    preferred_channel: str
    own_professional_id: int | None
    area: str
    service_line: str
    age_group: str
    unemployed_since: date | None
    tags: tuple[str, ...]


FIELDS = tuple(field.name for field in fields(Values))


def form_of(client: Client) -> dict[str, str]:
    """The client as the form types it."""
    values = {name: getattr(client, name) for name in FIELDS}
    texts = {name: "" if value is None else str(value) for name, value in values.items()}
    return {**texts, "phone": show_phone(client.phone), "tags": ", ".join(client.tags)}


def changed_meanwhile(client: Client, was: Mapping[str, str]) -> list[str]:
    """Fields that are no longer as the form was opened with."""
    return [name for name, value in form_of(client).items() if was.get(name, value) != value]


def read(session: Session, typed: Mapping[str, str], *, today: date) -> Values:
    """What was typed, checked. Raises ``InvalidInput``."""
    details, errors = check_details(typed, reachable=False)
    if not typed.get("name", "").strip():
        errors["name"] = N_("Enter the client's name.")
    kept: dict[str, Any] = {}
    for name, reader in _READERS.items():
        try:
            kept[name] = reader(typed.get(name, "").strip())
        except Unusable as problem:
            errors[name] = str(problem)
    errors |= _in_context(session, typed, kept, today)
    if errors:
        raise InvalidInput({name: errors[name] for name in FIELDS if name in errors})
    return Values(details.name, details.phone, details.email, details.external_id, **kept)


def _in_context(session: Session, typed: Mapping[str, str], kept: Mapping[str, Any], today: date) -> dict[str, str]:
    """What is wrong with values that could be read."""
    errors = {name: CODE_ELSEWHERE for name in OPEN_FIELDS if looks_like_one(typed.get(name, ""))}
    own = kept.get("own_professional_id")
    if own is not None and session.get(Professional, own) is None:
        errors["own_professional_id"] = N_("Choose one of the given answers.")
    if (since := kept.get("unemployed_since")) and since > today:
        errors["unemployed_since"] = N_("This day is still to come.")
    return errors


def _one_of(choices: Collection[str], message: str) -> Callable[[str], str]:
    def read_choice(text: str) -> str:
        if text not in choices:
            raise Unusable(message)
        return text

    return read_choice


def _read_id(text: str) -> int | None:
    number = whole_number(text)
    if text and number is None:
        raise Unusable(N_("Choose one of the given answers."))
    return number


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Unusable(N_("Enter a date, for example 24.11.2026.")) from None


def _read_word(text: str) -> str:
    return clean_line(text, longest=LONGEST_WORD)


def _read_tags(text: str) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(filter(None, map(_read_word, text.split(",")))))
    if len(tags) > MOST_TAGS:
        raise Unusable(N_("This is too long. Please shorten it."))
    return tags


_READERS: dict[str, Callable[[str], Any]] = {
    "language": _one_of(LANGUAGES, N_("Choose a language.")),
    "preferred_channel": _one_of(CHANNELS, N_("Choose one of the given ways.")),
    "own_professional_id": _read_id,
    "area": _read_word,
    "service_line": _read_word,
    "age_group": _read_word,
    "unemployed_since": _read_day,
    "tags": _read_tags,
}


def read_code(session: Session, typed: str, *, but: int | None = None, cipher: FieldCipher, now: datetime) -> str:
    """A personal identity code that is nobody else's (than ``but``'s); "" for nothing. Raises ``InvalidInput``."""
    try:
        code = check_code(typed, now=now)
    except Unusable as problem:
        raise InvalidInput({"identity_code": str(problem)}) from problem
    owner = find_by_code(session, code, cipher=cipher) if code else None
    if owner is not None and owner.id != but:
        raise InvalidInput({"identity_code": CODE_TAKEN})
    return code


def add(session: Session, values: Values, code: str, *, cipher: FieldCipher, actor: Actor, now: datetime) -> Client:
    """A new client. Raises ``Conflict`` where id or code were given to another meanwhile."""
    details = ClientDetails(values.name, values.phone, values.email, values.language, values.external_id)
    client = add_client(session, details, actor=actor, now=now)
    with unique_ids(session):
        _apply(client, values)
        keep_code(session, client, code, cipher=cipher)
    return client


def change(
    session: Session,
    client: Client,
    values: Values,
    code: str | None,
    *,
    cipher: FieldCipher,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Take over the values (``code``: None keeps it, "" takes it away). Returns the fields that changed.

    The caller holds the client's lock. Raises ``Conflict`` where id or code were given to another meanwhile.
    """
    before = form_of(client)
    with unique_ids(session):
        _apply(client, values)
        if code is not None:
            keep_code(session, client, code, cipher=cipher)
    changed = [name for name, value in form_of(client).items() if before[name] != value]
    changed += ["identity_code"] if code is not None else []
    if changed:
        keys.index(session, client)
        audit.record(session, actor=actor, action="client.change", on=client, now=now, fields=changed)
        announce(session, ClientChanged(client, "change", now))
    return changed


def _apply(client: Client, values: Values) -> None:
    for name in FIELDS:
        value = getattr(values, name)
        setattr(client, name, list(value) if isinstance(value, tuple) else value)
    client.name_key = sort_key(client.name)


def last_change(session: Session, client: Client) -> AuditEvent | None:
    """Who changed the client last, and when."""
    query = select(AuditEvent).where(
        AuditEvent.object_type == "client",
        AuditEvent.object_id == client.id,
        AuditEvent.action.in_(("client.change", "client.wishes", "client.merge")),
    )
    found: AuditEvent | None = session.scalar(query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(1))
    return found
