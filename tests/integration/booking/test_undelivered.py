"""A message that did not arrive is told by the client's next way, or somebody on the staff is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Task
from app.booking.reminders.planning import plan_due
from app.booking.reminders.timing import due_at
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor
from app.messaging.channels.sms import OPTED_OUT
from app.messaging.models import Message
from app.messaging.receipts import fail
from tests.factories import World
from tests.integration.booking.test_groups import make_client

STAFF = Actor("staff", 1, "Liisa", trusted=True)


def booked(session: Session, world: World, **client: str) -> Appointment:
    made = make_client(session, "Aino Åkerö")
    for name, value in client.items():
        setattr(made, name, value)
    order = Order(world.service, "phone", world.at(10), professional_id=world.professional.id, client_id=made.id)
    appointment = book(session, order, actor=STAFF, municipality=world.municipality, now=clock.now())
    session.flush()
    return appointment


def messages(session: Session, suffix: str = "") -> list[Message]:
    query = select(Message).where(Message.cause.endswith(suffix)) if suffix else select(Message)
    return list(session.scalars(query.order_by(Message.id).execution_options(populate_existing=True)))


def by_channel(session: Session, suffix: str = "") -> dict[str, Message]:
    return {message.channel: message for message in messages(session, suffix)}


def tasks(session: Session) -> list[Task]:
    return list(session.scalars(select(Task)))


def broken(session: Session, message: Message, reason: str = "undelivered 30003", **more: Any) -> None:
    fail(session, message, reason, now=more.get("now", clock.now()))


def test_where_the_other_channel_is_on_its_way_nothing_is_added(session: Session, world: World) -> None:
    booked(session, world)
    broken(session, by_channel(session)["sms"])
    assert len(messages(session)) == 2
    assert tasks(session) == []


def test_the_next_way_is_tried_when_the_preferred_one_fails(session: Session, world: World) -> None:
    appointment = booked(session, world, preferred_channel="sms")
    assert set(by_channel(session)) == {"sms"}
    broken(session, by_channel(session)["sms"])
    mail = by_channel(session)["email"]
    assert (mail.kind, mail.status) == ("confirmation", "queued")
    assert appointment.link_token in mail.body
    assert tasks(session) == []
    broken(session, mail)
    assert len(messages(session)) == 2, "both ways have been tried"
    (task,) = tasks(session)
    assert (task.appointment_id, task.professional_id) == (appointment.id, appointment.professional_id)
    assert "Aino Åkerö" in task.text


def test_a_reminder_goes_by_email_when_the_text_message_fails(session: Session, world: World) -> None:
    appointment = booked(session, world)
    now = due_at(appointment.starts_at, 24 * 60)
    plan_due(session, now=now)
    (text,) = messages(session, ":reminder")
    broken(session, text, now=now)
    mail = by_channel(session, ":reminder")["email"]
    assert (mail.kind, mail.useful_until) == ("call_reminder", text.useful_until)


def test_a_client_without_another_way_is_somebodys_task_once(session: Session, world: World) -> None:
    appointment = booked(session, world, email="")
    broken(session, by_channel(session)["sms"])
    now = due_at(appointment.starts_at, 24 * 60)
    plan_due(session, now=now)
    broken(session, messages(session, ":reminder")[0], now=now)
    assert len(tasks(session)) == 1


def test_who_opted_out_gets_no_more_text_messages(session: Session, world: World) -> None:
    appointment = booked(session, world)
    broken(session, by_channel(session)["sms"], OPTED_OUT)
    assert appointment.client.sms_stopped_at is not None


def test_too_late_nobody_is_troubled(session: Session, world: World) -> None:
    appointment = booked(session, world, email="")
    broken(session, by_channel(session)["sms"], now=appointment.ends_at)
    assert tasks(session) == []
