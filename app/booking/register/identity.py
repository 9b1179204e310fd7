"""Personal identity codes of clients: sealed where they are kept, found by a blind index, shown only with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Client
from app.booking.register.identity_code import Fault, NotACode, birthday_of, looks_like_one, mask, normalise
from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.crypto import FieldCipher
from app.core.errors import InvalidInput
from app.core.i18n import N_
from app.core.typed import Unusable, clean_line

LONGEST_REASON = 200
FAULTS = {
    Fault.SHAPE: N_("Enter the personal identity code in full, for example 131052-308T."),
    Fault.DAY: N_("The personal identity code begins with a day that does not exist. Check the digits."),
    Fault.CHECK: N_("The last sign does not fit the others. Check the personal identity code."),
}
FUTURE = N_("The personal identity code tells of a birthday in the future. Check the digits.")


def check_code(typed: str, *, now: datetime) -> str:
    """The code as it is kept; "" for nothing. Raises ``Unusable``."""
    if not typed.strip():
        return ""
    try:
        code = normalise(typed)
    except NotACode as problem:
        raise Unusable(FAULTS[problem.fault]) from None
    if birthday_of(code) > now.date():
        raise Unusable(FUTURE)
    return code


def find_by_code(session: Session, code: str, *, cipher: FieldCipher) -> Client | None:
    """The client with this normalised code."""
    indexes = cipher.blind_indexes(code, scope=_scope(session))
    found: Client | None = session.scalar(select(Client).where(Client.identity_index.in_(indexes)))
    return found


def keep_code(session: Session, client: Client, code: str, *, cipher: FieldCipher) -> None:
    """Seal a normalised code into the client's row, or take it away (""). The caller checks whose else it is."""
    if not code:
        client.identity_code = client.identity_index = None
        return
    client.identity_code = cipher.seal({"code": code})
    client.identity_index = cipher.blind_indexes(code, scope=_scope(session))[0]


def masked_code(client: Client, *, cipher: FieldCipher) -> str:
    """``131052-****``; "" where there is none."""
    return mask(_open(client, cipher)) if client.identity_code else ""


def show_code(
    session: Session, client: Client, *, reason: str, cipher: FieldCipher, actor: Actor, now: datetime
) -> str:
    """The whole code. The audit log tells who saw it and why. Raises ``InvalidInput`` without a reason."""
    try:
        why = clean_line(reason, longest=LONGEST_REASON)
    except Unusable as problem:
        raise InvalidInput({"reason": str(problem)}) from problem
    if not why:
        raise InvalidInput({"reason": N_("Say why you need the code.")})
    if looks_like_one(why):
        raise InvalidInput({"reason": N_("Do not write a personal identity code here: the log keeps the reason.")})
    if not client.identity_code:
        return ""
    audit.record(session, actor=actor, action="client.identity_code_shown", on=client, now=now, reason=why)
    return _open(client, cipher)


def _open(client: Client, cipher: FieldCipher) -> str:
    return str(cipher.unseal(client.identity_code or b"")["code"])


def _scope(session: Session) -> str:
    return f"identity_code:{tenancy.bound_to(session)}"
