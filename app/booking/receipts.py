"""Receipts: what was done for a client, by which way, and the facts as they were then. Rows are only ever appended.

The steps of an appointment are heard of (``keep``), other actions call ``record``. Facts hold ids, instants and texts
by language, so that a receipt is read in its reader's language and says the same after the appointment has moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypedDict

from sqlalchemy import ColumnElement, event, select
from sqlalchemy.orm import Session

from app.booking.lifecycle import Step
from app.booking.models import Appointment, Client, Receipt, UnreachableTime
from app.booking.service import AppointmentChanged
from app.core import crypto
from app.core.audit import Actor
from app.core.db import LocalText
from app.core.errors import NotFound
from app.core.i18n import N_


class Action(StrEnum):
    """What a receipt is for."""

    BOOK = "book"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    LATE = "late"
    ANSWER = "answer"
    ALLOW_MOVE = "allow_move"
    FORBID_MOVE = "forbid_move"
    WISHES = "wishes"


class Way(StrEnum):
    """By which way it was done: the booking pages, a personal link, signed in, by staff, or by another system."""

    PAGES = "pages"
    LINK = "link"
    SIGNED_IN = "signed_in"
    STAFF = "staff"
    SYSTEM = "system"


class Facts(TypedDict, total=False):
    """What a receipt may tell. Instants and dates are ISO texts; what is missing is not told."""

    name: str
    phone: str
    email: str
    reference: str
    starts_at: str
    ends_at: str
    before: str
    mode: str
    service: LocalText
    public_label: LocalText
    first_name: str
    title: LocalText
    office: LocalText
    address: str
    may_move: bool
    late_minutes: int
    answered: int
    language: str
    channel: str
    unreachable: list[dict[str, str]]


OF_STEPS = {
    "book": Action.BOOK,
    Step.RESCHEDULE: Action.RESCHEDULE,
    Step.CANCEL: Action.CANCEL,
    Step.LATE: Action.LATE,
}


def keep(session: Session, change: AppointmentChanged) -> None:
    """Write the receipt of an appointment's step, in its transaction."""
    action = OF_STEPS.get(change.step)
    if action is None:
        return
    appointment, facts = change.appointment, Facts()
    if change.before is not None:
        facts["before"] = _iso(change.before)
    if action == Action.LATE and appointment.late_minutes is not None:
        facts["late_minutes"] = appointment.late_minutes
    record(
        session, appointment.client, action, actor=change.actor, now=change.now, appointment=appointment, facts=facts
    )


def record(
    session: Session,
    client: Client,
    action: Action,
    *,
    actor: Actor,
    now: datetime,
    appointment: Appointment | None = None,
    facts: Facts | None = None,
) -> Receipt:
    """Write the receipt of an action that is no step of an appointment; call it once, in the action's transaction.

    ``actor.way`` tells by which way a client came (``Way.LINK``, ``Way.SIGNED_IN``; without: the booking pages).
    With an ``appointment`` its facts are copied as they are now; ``facts`` adds what the action itself is about, for
    ``Action.WISHES`` that is ``wishes_of(client, unreachable)``. The audit event is the caller's.
    """
    coded = appointment is not None and appointment.service.verification_code
    receipt = Receipt(
        number=crypto.receipt_number(),
        client_id=client.id,
        appointment_id=appointment.id if appointment is not None else None,
        action=action,
        way=way_of(actor),
        at=now,
        facts={**_facts_of(client, appointment), **(facts or {})},
        verification_code=crypto.verification_code() if coded else None,
    )
    session.add(receipt)
    return receipt


def way_of(actor: Actor) -> Way:
    """By which way an actor came."""
    if actor.is_client:
        return Way(actor.way or Way.PAGES)
    return Way.STAFF if actor.kind == "staff" else Way.SYSTEM


def wishes_of(client: Client, unreachable: Iterable[UnreachableTime]) -> Facts:
    """How the client wants to be reached, for a receipt of changed wishes."""
    return {
        "language": client.language,
        "channel": client.preferred_channel,
        "unreachable": [
            {"first": time.first_day.isoformat(), "last": time.last_day.isoformat(), "part": time.part}
            for time in unreachable
        ],
    }


def _facts_of(client: Client, appointment: Appointment | None) -> Facts:
    facts = Facts(name=client.name, phone=client.phone, email=client.email)
    if appointment is None:
        return facts
    service, professional, office = appointment.service, appointment.professional, appointment.office
    facts |= Facts(
        reference=appointment.reference,
        starts_at=_iso(appointment.starts_at),
        ends_at=_iso(appointment.ends_at),
        mode=appointment.mode,
        service=service.name,
        public_label=service.public_label,
        first_name=professional.first_name,
        title=professional.title,
    )
    if office is not None:
        facts |= Facts(office=office.name, address=office.address)
    if service.ask_may_move or appointment.may_move:
        facts["may_move"] = appointment.may_move
    return facts


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def receipts_of(session: Session, owner: Appointment | Sequence[Client], *, at_most: int = 200) -> list[Receipt]:
    """The receipts of an appointment, or of all rows of a client, also without appointments; the newest first."""
    query = select(Receipt).where(_belongs_to(owner)).order_by(Receipt.id.desc())
    return list(session.scalars(query.limit(at_most)))


def find_receipt(session: Session, number: str, owner: Appointment | Sequence[Client]) -> Receipt:
    """The receipt of that number, if it is the appointment's or the client's. Raises ``NotFound``."""
    receipt: Receipt | None = session.scalar(select(Receipt).where(Receipt.number == number, _belongs_to(owner)))
    if receipt is None:
        raise NotFound(N_("There is no such receipt here. Check that the whole address was copied."))
    return receipt


def _belongs_to(owner: Appointment | Sequence[Client]) -> ColumnElement[bool]:
    if isinstance(owner, Appointment):
        return Receipt.appointment_id == owner.id
    return Receipt.client_id.in_([client.id for client in owner])


def verified(session: Session, code: str) -> Receipt | None:
    """The receipt that a typed verification code proves; spaces, hyphens and small letters are as good."""
    signs = "".join(sign for sign in code.upper() if sign in crypto.CODE_ALPHABET)
    wanted = "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))
    receipt: Receipt | None = session.scalar(select(Receipt).where(Receipt.verification_code == wanted))
    return receipt


@event.listens_for(Receipt, "before_update")
def _refuse_change(mapper: Any, connection: Any, receipt: Receipt) -> None:
    raise RuntimeError("receipts are only ever appended")
