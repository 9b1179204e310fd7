"""A message did not arrive: the client's next way is tried; where there is none, somebody on the staff is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking import tasks
from app.booking.lifecycle import Status, Step
from app.booking.models import Appointment, Client, Task
from app.booking.notices import letters_of, ways_to
from app.booking.reminders.telling import CALL, REMINDER, letter_of
from app.booking.service import AppointmentChanged, Telling
from app.core import audit
from app.core.audit import SYSTEM, Actor
from app.core.i18n import format_instant, gettext, speaking
from app.core.tenancy import Municipality
from app.messaging.channels.sms import OPTED_OUT
from app.messaging.models import Message
from app.messaging.outbox import Letter, queue
from app.messaging.receipts import MessageFailed
from app.messaging.resending import CannotResend
from app.messaging.status import MessageStatus

ALIVE = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.DELIVERED)
CANCELLING = frozenset({"cancellation", "absence_cancellation"})
RETOLD = CANCELLING | {"confirmation", "hand_over", "group_confirmation", "group_change"}
"""Kinds that can be told anew by another channel from the appointment as it stands (a change also tells the old time)."""
_CAUSE = re.compile(r"appointment:(\d+)(:reminder)?")


def act(session: Session, event: MessageFailed) -> None:
    """Another channel, a task, or nothing: where another message of the same words is on its way."""
    message, found = event.message, _CAUSE.fullmatch(event.message.cause)
    client = session.get(Client, message.client_id) if message.client_id else None
    if client is None:
        return
    if message.channel == "sms" and message.reason == OPTED_OUT and client.sms_stopped_at is None:
        client.sms_stopped_at = event.now
    appointment = session.get(Appointment, int(found.group(1))) if found else None
    if appointment is None or _reached_otherwise(session, message) or _is_over(message, event.now):
        return
    municipality = session.get_one(Municipality, message.municipality_id)
    for letter in _letters_instead(session, message, appointment, municipality, event.now):
        if queue(session, letter, now=event.now) is not None:
            return
    _tell_staff(session, message, appointment, municipality, event)


def other_channels(session: Session, message: Message, *, now: datetime) -> list[str]:
    """By which other channels somebody on the staff may send the same, as it is true now."""
    found = _CAUSE.fullmatch(message.cause)
    appointment = session.get(Appointment, int(found.group(1))) if found else None
    known = message.kind in RETOLD or message.kind in (REMINDER, CALL)
    told_now = appointment is not None and (appointment.status == Status.CANCELLED) == (message.kind in CANCELLING)
    if appointment is None or not known or not told_now or message.cause_gone or _is_over(message, now):
        return []
    return [channel for channel, _ in ways_to(appointment.client, every=True) if channel != message.channel]


def send_otherwise(session: Session, message: Message, channel: str, *, actor: Actor, now: datetime) -> None:
    """Send the same by another channel. Pressed twice, it is sent once. Raises ``CannotResend``."""
    if channel not in other_channels(session, message, now=now):
        raise CannotResend
    appointment = session.get_one(Appointment, int(message.cause.split(":")[1]))
    municipality = session.get_one(Municipality, message.municipality_id)
    for letter in _letters_instead(session, message, appointment, municipality, now):
        if letter.channel != channel:
            continue
        if queue(session, letter, now=now) is not None:
            audit.record(session, actor=actor, action="message.resend", on=message, now=now, channel=channel)
        elif not _lives(session, letter):
            raise CannotResend


def _lives(session: Session, letter: Letter) -> bool:
    """True where the same has been sent by that channel already, and has not failed."""
    query = select(Message.status).where(Message.dedupe_key == letter.dedupe_key)
    return session.scalar(query) in ALIVE


def _is_over(message: Message, now: datetime) -> bool:
    return message.useful_until is not None and message.useful_until <= now


def _reached_otherwise(session: Session, message: Message) -> bool:
    """True where the same was sent by another channel, and that has not failed."""
    base = message.dedupe_key.removesuffix(message.channel)
    query = select(Message.id).where(
        Message.cause == message.cause,
        Message.kind == message.kind,
        Message.channel != message.channel,
        Message.dedupe_key.startswith(base, autoescape=True),
        Message.status.in_(ALIVE),
    )
    return session.scalar(query.limit(1)) is not None


def _letters_instead(
    session: Session, message: Message, appointment: Appointment, municipality: Municipality, now: datetime
) -> Iterator[Letter]:
    """The same by the client's other ways, the preferred one first."""
    other = [way for way in ways_to(appointment.client, every=True) if way[0] != message.channel]
    for channel, recipient in other:
        if message.kind in (REMINDER, CALL) and message.useful_until is not None:
            minutes = int(message.dedupe_key.split(":")[-2])
            until = message.useful_until
            yield letter_of(appointment, minutes, channel, recipient, municipality, until=until)
        elif message.kind in RETOLD:
            step = Step.CANCEL if message.kind in CANCELLING else "book"
            changed = AppointmentChanged(appointment, municipality, step, SYSTEM, now, telling=Telling(message.kind))
            yield from letters_of(changed, [(channel, recipient)])


def _tell_staff(
    session: Session, message: Message, appointment: Appointment, municipality: Municipality, event: MessageFailed
) -> None:
    """One open task for each appointment, however many messages fail."""
    query = select(Task.id).where(
        Task.appointment_id == appointment.id, Task.kind == tasks.Kind.UNDELIVERED, Task.state == tasks.State.OPEN
    )
    if session.scalar(query.limit(1)) is not None:
        return
    with speaking(municipality.languages[0]):
        words = gettext(
            "A message to %(name)s did not arrive (%(when)s). Call the client, or mend the number or address.",
            name=appointment.client.name,
            when=format_instant(appointment.starts_at, municipality.zone),
        )
    tasks.add_task(
        session,
        words[: tasks.LONGEST],
        due_on=event.now.astimezone(municipality.zone).date(),
        actor=SYSTEM,
        now=event.now,
        professional_id=appointment.professional_id,
        appointment=appointment,
        kind=tasks.Kind.UNDELIVERED,
    )
