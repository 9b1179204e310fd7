"""What clients answer by text message: coming, cancelling after one question, stopping, words for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator

from app.booking.lifecycle import Status
from app.booking.models import Appointment, Client, Task
from app.booking.notices import ways_to
from app.booking.replies.models import SmsAnswer
from app.booking.replies.service import ASKED_FOR, Deed, receive
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor
from app.messaging.models import Message
from tests.factories import World
from tests.integration.booking.test_groups import make_client
from tests.integration.messaging.test_sms import TOKEN, _with_token
from tests.town import browser

STAFF = Actor("staff", 1, "Liisa", trusted=True)
NUMBER = "+358401234567"


@pytest.fixture
def client(session: Session, world: World) -> Client:
    return make_client(session, "Aino Åkerö")


def booked(session: Session, world: World, client: Client, hour: int = 10, *, told: bool = True) -> Appointment:
    order = Order(world.service, "phone", world.at(hour), professional_id=world.professional.id, client_id=client.id)
    made = book(session, order, actor=STAFF, municipality=world.municipality, now=clock.now())
    for message in session.scalars(select(Message).where(Message.cause == f"appointment:{made.id}")):
        message.status = "delivered" if told else message.status
    session.flush()
    return made


def answer(session: Session, world: World, text: str, **more: Any) -> Deed | None:
    values = {"number": NUMBER, "provider_id": f"SM{text}", "now": clock.now(), **more}
    return receive(session, text=text, municipality=world.municipality, **values)


def replies(session: Session) -> list[str]:
    return list(session.scalars(select(Message.body).where(Message.kind == "sms_answer").order_by(Message.id)))


def test_a_yes_confirms_the_appointment_of_the_last_message(session: Session, world: World, client: Client) -> None:
    booked(session, world, client, 10)
    last = booked(session, world, client, 12)
    assert answer(session, world, "K") == Deed.CONFIRMED
    assert last.confirmed_at is not None
    assert replies(session) == []


def test_cancelling_is_asked_once_and_then_done(session: Session, world: World, client: Client) -> None:
    made = booked(session, world, client)
    assert answer(session, world, "PERU") == Deed.ASKED_CANCEL
    assert made.status == Status.BOOKED
    (asked,) = replies(session)
    assert "Haluatko perua ajan" in asked
    assert answer(session, world, "Kyllä") == Deed.CANCELLED
    assert (made.status, made.cancelled_by) == (Status.CANCELLED, "client")
    kinds = session.scalars(select(Message.kind).where(Message.cause == f"appointment:{made.id}")).all()
    assert "cancellation" in kinds


def test_a_yes_a_day_later_confirms_and_cancels_nothing(session: Session, world: World, client: Client) -> None:
    made = booked(session, world, client)
    answer(session, world, "PERU")
    assert answer(session, world, "K", now=clock.now() + ASKED_FOR + timedelta(minutes=1)) == Deed.CONFIRMED
    assert made.status == Status.BOOKED


def test_what_is_repeated_by_the_provider_is_done_once(session: Session, world: World, client: Client) -> None:
    booked(session, world, client)
    assert answer(session, world, "PERU", provider_id="SM1") == Deed.ASKED_CANCEL
    assert answer(session, world, "PERU", provider_id="SM1") is None
    assert len(replies(session)) == 1


def test_so_near_that_only_a_call_helps(session: Session, world: World, client: Client) -> None:
    made = booked(session, world, client)
    world.service.change_cutoff_minutes = 60 * 24 * 60
    assert answer(session, world, "PERU") == Deed.TOO_LATE
    assert "Soita meille" in replies(session)[0]
    assert made.status == Status.BOOKED


def test_where_it_is_not_clear_which_time_is_meant_we_ask(session: Session, world: World, client: Client) -> None:
    one, other = booked(session, world, client, 10, told=False), booked(session, world, client, 12, told=False)
    assert answer(session, world, "PERU") == Deed.UNCLEAR
    assert "emme tiedä" in replies(session)[0]
    assert {one.status, other.status} == {Status.BOOKED}


def test_stop_ends_text_messages_and_other_ways_go_on(session: Session, world: World, client: Client) -> None:
    assert answer(session, world, "STOP") == Deed.STOPPED
    assert [way for way, _ in ways_to(client)] == ["email"]
    assert answer(session, world, "START") == Deed.STARTED
    assert [way for way, _ in ways_to(client)] == ["email", "sms"]


def test_other_words_land_with_whoever_meets_the_client_and_are_not_in_the_task(
    session: Session, world: World, client: Client
) -> None:
    made = booked(session, world, client)
    assert answer(session, world, "Olen kipeä, mitä teen?") == Deed.FOR_STAFF
    task = session.scalars(select(Task)).one()
    assert (task.professional_id, task.appointment_id) == (made.professional_id, made.id)
    assert "kipeä" not in task.text
    assert session.scalars(select(SmsAnswer.body)).one() == "Olen kipeä, mitä teen?"


def test_from_a_number_that_nobody_has_nothing_is_kept(session: Session, world: World, client: Client) -> None:
    assert answer(session, world, "PERU", number="+358409999999") is None
    assert session.scalars(select(SmsAnswer)).all() == []


def test_it_comes_by_the_providers_signed_request(
    app: Flask, session: Session, world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = booked(session, world, client)
    session.commit()
    monkeypatch.setitem(app.config, "SETTINGS", _with_token(app.config["SETTINGS"]))
    path = f"/hooks/twilio/{world.municipality.slug}/inbound"
    typed = {"MessageSid": "SM9", "From": NUMBER, "Body": "k"}
    address = app.config["SETTINGS"].PUBLIC_URL.rstrip("/") + path
    signed = RequestValidator(TOKEN).compute_signature(address, typed)
    assert browser(app).post(path, data=typed, headers={"X-Twilio-Signature": "x"}).status_code == 403
    taken = browser(app).post(path, data=typed, headers={"X-Twilio-Signature": signed})
    assert (taken.status_code, taken.mimetype) == (200, "text/xml")
    session.refresh(made)
    assert made.confirmed_at is not None
