"""What the privacy page promises of time: clients, texts of messages and the audit log are kept so long, and no longer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.booking import retention
from app.booking.contact import ClientDetails
from app.booking.models import Appointment, Client, Receipt, Reservation
from app.booking.my_account import renew_feed
from app.booking.service import Order, book
from app.core import audit, clock
from app.core.audit import SYSTEM, Actor, AuditEvent
from app.core.retention import AUDIT_YEARS, CLIENT_DATA_YEARS, MESSAGE_YEARS, YEAR
from app.core.tenancy import RouteToken, bind
from app.identity.contact import Contact
from app.jobs import forget
from app.messaging import retention as messages
from app.messaging.models import Message
from app.messaging.status import MessageStatus
from tests.factories import World, make_municipality

VISITOR = Actor("client")


def booked(session: Session, world: World, name: str = "Aino Virtanen", hour: int = 9) -> Appointment:
    order = Order(
        service=world.service,
        mode="phone",
        starts_at=world.at(hour),
        client=ClientDetails(name=name, phone="+358401234567", email="aino@posti.example", language="fi"),
        answers={},
    )
    appointment = book(session, order, actor=VISITOR, municipality=world.municipality, now=clock.now())
    session.commit()
    return appointment


def after(appointment: Appointment, years: int) -> datetime:
    return appointment.starts_at + years * YEAR


def rows(session: Session, table: Any) -> int:
    return session.scalar(select(func.count()).select_from(select(table).subquery())) or 0


def test_a_client_is_forgotten_two_years_after_the_last_contact_and_all_of_theirs_with_them(
    session: Session, world: World
) -> None:
    appointment = booked(session, world)
    renew_feed(session, appointment.client, Contact("email", "aino@posti.example"), actor=VISITOR, now=clock.now())
    session.commit()
    assert retention.forget(session, now=after(appointment, CLIENT_DATA_YEARS) - timedelta(minutes=1)) == 0
    assert retention.forget(session, now=after(appointment, CLIENT_DATA_YEARS) + timedelta(minutes=1)) == 1
    session.commit()
    assert [rows(session, table) for table in (Client, Appointment, Reservation, Receipt, Message)] == [0] * 5
    here = RouteToken.municipality_id == world.municipality.id
    assert session.scalar(select(func.count()).where(here).select_from(RouteToken)) == 0
    kept = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert kept[-1].action == "client.forget"
    assert "Aino" not in str([event.data for event in kept])


def test_who_came_back_is_kept_with_everything(session: Session, world: World) -> None:
    appointment = booked(session, world)
    other = booked(session, world, name="Åsa Öhman", hour=11)
    late = after(appointment, CLIENT_DATA_YEARS) + timedelta(days=1)
    session.add(
        Receipt(
            number="BACKAGAIN",
            client_id=other.client_id,
            appointment_id=other.id,
            action="late",
            way="",
            at=late - YEAR,
            facts={},
        )
    )
    session.flush()
    assert retention.forget(session, now=late) == 1
    assert [client.name for client in session.scalars(select(Client))] == ["Åsa Öhman"]


def test_the_text_of_a_message_goes_after_a_year_and_that_it_was_sent_stays(session: Session, world: World) -> None:
    booked(session, world)
    sent, waiting = session.scalars(select(Message).order_by(Message.id)).all()[:2]
    sent.status = MessageStatus.SENT
    session.commit()
    then = clock.now() + MESSAGE_YEARS * YEAR
    assert messages.forget(session, now=then - timedelta(days=1)) == 0
    assert messages.forget(session, now=then + timedelta(days=1)) == 1
    assert messages.forget(session, now=then + timedelta(days=1)) == 0
    session.expire_all()
    assert (sent.subject, sent.body, sent.html, sent.calendar) == ("", "", "", "")
    assert sent.recipient
    assert waiting.body


def test_the_audit_log_loses_its_oldest_events_and_only_those_of_the_municipality(
    session: Session, world: World
) -> None:
    now = clock.now()
    for years in (AUDIT_YEARS + 1, AUDIT_YEARS - 1):
        audit.record(session, actor=SYSTEM, action=f"{years}", on=world.office, now=now - years * YEAR)
    session.commit()
    make_municipality(session)
    assert audit.forget(session, now=now) == 0
    bind(session, world.municipality.id)
    assert audit.forget(session, now=now) == 1
    assert session.scalars(select(AuditEvent.action)).all() == [f"{AUDIT_YEARS - 1}"]


def test_nobody_can_have_the_last_year_of_the_audit_log_forgotten(session: Session, world: World) -> None:
    now = clock.now()
    audit.record(session, actor=SYSTEM, action="recent", on=world.office, now=now - timedelta(days=360))
    session.flush()
    assert audit.forget(session, now=now + 10 * YEAR) == 0


def test_the_worker_forgets_in_every_municipality(app: Flask, session: Session, world: World) -> None:
    appointment = booked(session, world)
    with clock.standing_at(after(appointment, CLIENT_DATA_YEARS) + timedelta(days=1)):
        forget(app)
    session.expire_all()
    assert rows(session, Client) == 0
