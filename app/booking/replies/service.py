"""Answers to text messages: a yes confirms coming, a cancelling is asked once and then done, the rest lands with a person."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.booking import tasks
from app.booking.changes import cancel, last_change
from app.booking.lifecycle import Status
from app.booking.models import Appointment, Client
from app.booking.replies.models import SmsAnswer
from app.booking.replies.reading import Word, understand
from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.errors import Conflict
from app.core.i18n import format_instant, gettext, local_text, speaking
from app.core.retention import MESSAGE_YEARS, YEAR
from app.core.tenancy import Municipality
from app.messaging.models import Message
from app.messaging.outbox import Letter, queue
from app.messaging.status import MessageStatus

ANSWER_KIND = "sms_answer"
ASKED_FOR = timedelta(hours=24)
"""How long a yes still answers the question whether to cancel."""
LONGEST_BODY = 1600
_APPOINTMENT = re.compile(r"appointment:(\d+)")


class Deed(StrEnum):
    """What an answer led to."""

    CONFIRMED = "confirmed"
    ASKED_CANCEL = "asked_cancel"
    CANCELLED = "cancelled"
    TOO_LATE = "too_late"
    UNCLEAR = "unclear"
    STOPPED = "stopped"
    STARTED = "started"
    FOR_STAFF = "for_staff"


def receive(
    session: Session, *, number: str, text: str, provider_id: str, municipality: Municipality, now: datetime
) -> Deed | None:
    """Take an answer from a telephone number (E.164). Heard twice, it is done once (None). Unknown numbers: None."""
    last = _last_message(session, number)
    client = _client(session, number, last)
    if client is None:
        return None
    word = understand(text)
    appointment = _concerned(session, client, last, now) if word in (Word.YES, Word.CANCEL, Word.OTHER) else None
    answer_id = session.scalar(
        insert(SmsAnswer)
        .values(
            municipality_id=tenancy.bound_to(session),
            client_id=client.id,
            appointment_id=appointment.id if appointment else None,
            provider_id=provider_id,
            body=text[:LONGEST_BODY],
            deed=Deed.FOR_STAFF,
            at=now,
        )
        .on_conflict_do_nothing(index_elements=["municipality_id", "client_id", "provider_id"])
        .returning(SmsAnswer.id)
    )
    if answer_id is None:
        return None
    answer = session.get_one(SmsAnswer, answer_id)
    actor = Actor("client", client.id, client.name)
    answer.deed, reply = _act(session, word, client, appointment, answer, actor, municipality, now)
    session.flush()
    audit.record(session, actor=actor, action="client.answer_sms", on=client, now=now, deed=str(answer.deed))
    if reply:
        _queue_reply(session, client, answer, reply, now=now)
    return Deed(answer.deed)


def _last_message(session: Session, number: str) -> Message | None:
    """The last text message to the number that has left."""
    query = select(Message).where(
        Message.channel == "sms",
        Message.recipient == number,
        Message.client_id.is_not(None),
        Message.kind != ANSWER_KIND,
        Message.status.in_((MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.DELIVERED)),
    )
    return session.scalars(query.order_by(Message.id.desc()).limit(1)).first()


def _client(session: Session, number: str, last: Message | None) -> Client | None:
    """Whose number it is: of several who share it, the one who was written to last."""
    if last is not None and last.client_id is not None:
        found = session.get(Client, last.client_id)
        if found is not None and found.phone == number:
            return found
    query = select(Client).where(Client.phone == number, Client.merged_into_id.is_(None)).order_by(Client.id)
    return session.scalars(query.limit(1)).first()


def _concerned(session: Session, client: Client, last: Message | None, now: datetime) -> Appointment | None:
    """The appointment of the last message, else the only one to come; None where it is not clear."""
    coming = session.scalars(
        select(Appointment)
        .where(
            Appointment.client_id == client.id,
            Appointment.ends_at > now,
            Appointment.status.in_((Status.BOOKED, Status.CHECKED_IN)),
        )
        .order_by(Appointment.starts_at)
    ).all()
    told = _APPOINTMENT.match(last.cause) if last is not None else None
    named = [one for one in coming if told and one.id == int(told.group(1))]
    found = named or (coming if len(coming) == 1 else [])
    return found[0] if found else None


def _act(
    session: Session,
    word: Word,
    client: Client,
    appointment: Appointment | None,
    answer: SmsAnswer,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
) -> tuple[Deed, str]:
    """Do what the answer says; the deed, and what the client is answered (in their language; empty: nothing)."""
    with speaking(client.language):
        if word == Word.STOP:
            client.sms_stopped_at = now
            return Deed.STOPPED, ""  # Twilio answers by itself, and lets nothing more through
        if word == Word.START:
            client.sms_stopped_at = None
            return Deed.STARTED, ""
        if word == Word.OTHER:
            _task(session, client, appointment, municipality, actor, now)
            return Deed.FOR_STAFF, ""
        if appointment is None:
            return Deed.UNCLEAR, _unclear(municipality)
        when = format_instant(appointment.starts_at, municipality.zone)
        if word == Word.CANCEL:
            return _ask(appointment, municipality, when, now)
        if _was_asked(session, client, appointment, answer, now):
            return _cancel(session, appointment, municipality, when, actor, now)
        appointment.confirmed_at = now
        return Deed.CONFIRMED, ""


def _ask(appointment: Appointment, municipality: Municipality, when: str, now: datetime) -> tuple[Deed, str]:
    if now >= last_change(appointment):
        return Deed.TOO_LATE, _call_us(municipality, when)
    text = gettext(
        "Do you want to cancel your time %(when)s? Answer YES. Without an answer the time stays yours.", when=when
    )
    return Deed.ASKED_CANCEL, text


def _cancel(
    session: Session, appointment: Appointment, municipality: Municipality, when: str, actor: Actor, now: datetime
) -> tuple[Deed, str]:
    try:
        cancel(session, appointment, actor=actor, municipality=municipality, now=now)
    except Conflict:
        return Deed.TOO_LATE, _call_us(municipality, when)
    return Deed.CANCELLED, ""  # the cancellation itself is told by its own message


def _was_asked(session: Session, client: Client, appointment: Appointment, answer: SmsAnswer, now: datetime) -> bool:
    """True where the answer before this one made us ask whether to cancel this appointment."""
    query = select(SmsAnswer).where(SmsAnswer.client_id == client.id, SmsAnswer.id != answer.id)
    before = session.scalars(query.order_by(SmsAnswer.id.desc()).limit(1)).first()
    return (
        before is not None
        and before.deed == Deed.ASKED_CANCEL
        and before.appointment_id == appointment.id
        and before.at > now - ASKED_FOR
    )


def _call_us(municipality: Municipality, when: str) -> str:
    values = {"when": when, "phone": municipality.phone}
    return gettext(
        "Your time %(when)s is so near that it cannot be cancelled by text message. Call us: %(phone)s", **values
    )


def _unclear(municipality: Municipality) -> str:
    values = {"municipality": local_text(municipality.name), "phone": municipality.phone}
    return gettext(
        "%(municipality)s: we do not know which of your times you mean. Use the link in the message about it, or call: "
        "%(phone)s",
        **values,
    )


def _task(
    session: Session,
    client: Client,
    appointment: Appointment | None,
    municipality: Municipality,
    actor: Actor,
    now: datetime,
) -> None:
    """Somebody reads it: who meets the client, else the own caseworker, else anybody."""
    with speaking(municipality.languages[0]):
        words = gettext("The client answered a text message. Read it on the client's page: %(name)s", name=client.name)
    task = tasks.add_task(
        session,
        words[: tasks.LONGEST],
        due_on=now.astimezone(municipality.zone).date(),
        actor=actor,
        now=now,
        professional_id=appointment.professional_id if appointment else client.own_professional_id,
        appointment=appointment,
        kind=tasks.Kind.ANSWER,
    )
    task.client_id = client.id


def _queue_reply(session: Session, client: Client, answer: SmsAnswer, body: str, *, now: datetime) -> None:
    queue(
        session,
        Letter(
            kind=ANSWER_KIND,
            channel="sms",
            language=client.language,
            recipient=client.phone,
            body=body,
            cause=f"sms_answer:{answer.id}",
            dedupe_key=f"sms_answer:{answer.id}",
            client_id=client.id,
            useful_until=now + ASKED_FOR,
        ),
        now=now,
    )


def forget(session: Session, *, now: datetime) -> int:
    """Wipe the words of answers past their time, as those of messages; that there was an answer stays."""
    old = update(SmsAnswer).where(SmsAnswer.at < now - MESSAGE_YEARS * YEAR, SmsAnswer.body != "").values(body="")
    return len(session.scalars(old.returning(SmsAnswer.id)).all())
