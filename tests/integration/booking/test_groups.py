"""Group sessions: seats never more than there are, one for each client, and everybody moves along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.booking.by_hand import InTheWay
from app.booking.changes import cancel, reschedule, restore
from app.booking.contact import ClientDetails
from app.booking.groups.models import GroupSession
from app.booking.groups.seats import give_seat, note_the_end, take_back_seat
from app.booking.groups.service import (
    GroupPlan,
    ParticipantsBusy,
    cancel_group,
    change_group,
    plan_group,
    plan_of,
    taken_seats,
)
from app.booking.lifecycle import Status
from app.booking.models import Appointment, Client, Reservation
from app.booking.service import Order, book
from app.core import clock, tenancy
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, InvalidTransition, SlotTaken
from app.core.tenancy import Municipality
from app.core.typed import sort_key
from app.messaging.models import Message
from tests.factories import World, make_professional

STAFF = Actor("staff", 1, "Liisa")


def make_client(session: Session, name: str = "Åsa O'Neill-Ääkkönen <b>") -> Client:
    client = Client(
        name=name,
        name_key=sort_key(name),
        email="asa@posti.example",
        phone="+358401234567",
        language="fi",
        created_at=clock.now(),
    )
    session.add(client)
    session.flush()
    return client


def plan(world: World, **values: Any) -> GroupPlan:
    made = GroupPlan(
        "Työnhakuinfo", world.service, world.professional, "in_person", world.office, world.at(10), 90, 3, note=""
    )
    return replace(made, **values)


def arranged(session: Session, world: World, **values: Any) -> GroupSession:
    group = plan_group(session, plan(world, **values), actor=STAFF, municipality=world.municipality, now=clock.now())
    session.commit()
    return group


def seat(session: Session, world: World, group: GroupSession, client: Client, **more: Any) -> Appointment:
    return give_seat(session, group, client.id, actor=STAFF, municipality=world.municipality, now=clock.now(), **more)


def changed(session: Session, world: World, group: GroupSession, **values: Any) -> GroupSession:
    return change_group(
        session,
        group,
        plan_of(group, **values),
        group.version,
        actor=STAFF,
        municipality=world.municipality,
        now=clock.now(),
    )


def messages(session: Session, appointment: Appointment) -> list[tuple[str, str]]:
    query = select(Message.kind, Message.status).where(
        Message.cause == f"appointment:{appointment.id}", Message.channel == "email"
    )
    return [(kind, status) for kind, status in session.execute(query.order_by(Message.id))]


def test_a_session_takes_the_time_of_whoever_leads_it(session: Session, world: World) -> None:
    arranged(session, world)
    order = Order(
        world.service,
        "in_person",
        world.at(10),
        professional_id=world.professional.id,
        office_id=world.office.id,
        client=ClientDetails("Toinen", email="t@posti.example"),
    )
    with pytest.raises(SlotTaken):
        book(session, order, actor=STAFF, municipality=world.municipality, now=clock.now())
    session.rollback()
    with pytest.raises(InTheWay):
        arranged(session, world, starts_at=world.at(11))


def test_a_seat_is_an_appointment_with_its_own_link_and_message(session: Session, world: World) -> None:
    group, client = arranged(session, world), make_client(session)
    made = seat(session, world, group, client)
    assert (made.group_session_id, made.seat_no, made.status) == (group.id, 1, Status.BOOKED)
    assert (made.starts_at, made.ends_at) == (group.starts_at, group.ends_at)
    assert tenancy.find_routes(session, kind="appointment", secret=made.link_token)
    assert messages(session, made) == [("group_confirmation", "queued")]
    kept = session.get_one(Reservation, made.reservation_id)
    assert (kept.kind, kept.professional_id, kept.client_id) == ("seat", None, client.id)


def test_asked_twice_it_is_one_seat(session: Session, world: World) -> None:
    group, client = arranged(session, world), make_client(session)
    assert seat(session, world, group, client) is seat(session, world, group, client)
    assert len(taken_seats(session, group)) == 1


def test_a_full_session_gives_no_seat_until_one_is_freed(session: Session, world: World) -> None:
    group = arranged(session, world, capacity=2)
    clients = [make_client(session, f"Asiakas {n}") for n in range(3)]
    first, _ = (seat(session, world, group, client) for client in clients[:2])
    with pytest.raises(Conflict) as refused:
        seat(session, world, group, clients[2])
    assert refused.value.code == "full"
    cancel(session, first, actor=STAFF, municipality=world.municipality, now=clock.now())
    assert seat(session, world, group, clients[2]).seat_no == 1


def test_whoever_has_another_meeting_then_gets_no_seat(session: Session, world: World) -> None:
    group, client = arranged(session, world), make_client(session)
    other = make_professional(session, services=[world.service], office=world.office)
    order = Order(world.service, "phone", world.at(10), professional_id=other.id, client_id=client.id)
    book(session, order, actor=STAFF, municipality=world.municipality, now=clock.now())
    with pytest.raises(Conflict) as refused:
        seat(session, world, group, client)
    assert refused.value.code == "client_busy"


def test_many_who_want_the_last_seats_at_once_get_as_many_as_there_are(
    app: Flask, session: Session, world: World, in_threads: Callable[..., list[Any]]
) -> None:
    group = arranged(session, world, capacity=3)
    clients = [make_client(session, f"Asiakas {n}").id for n in range(12)]
    session.commit()

    def one(client_id: int) -> Any:
        def call() -> str:
            with app.app_context():
                tenancy.bind(db.session, world.municipality.id)
                try:
                    give_seat(
                        db.session,
                        db.session.get_one(GroupSession, group.id),
                        client_id,
                        actor=STAFF,
                        municipality=db.session.get_one(Municipality, world.municipality.id),
                        now=clock.now(),
                    )
                    db.session.commit()
                except Conflict as problem:
                    db.session.rollback()
                    return problem.code
                return "given"

        return call

    answers = in_threads([one(client_id) for client_id in clients])
    assert sorted(answers) == ["full"] * 9 + ["given"] * 3
    assert sorted(seat.seat_no or 0 for seat in taken_seats(session, group)) == [1, 2, 3]


def test_the_database_itself_refuses_a_seat_too_many(session: Session, world: World) -> None:
    group = arranged(session, world, capacity=2)
    seats = [seat(session, world, group, make_client(session, f"Asiakas {n}")) for n in range(2)]
    session.commit()
    for wrong in (
        update(Appointment).where(Appointment.id == seats[1].id).values(seat_no=3),
        update(Appointment).where(Appointment.id == seats[1].id).values(seat_no=1),
        update(Appointment).where(Appointment.id == seats[1].id).values(seat_no=None),
        update(GroupSession).where(GroupSession.id == group.id).values(capacity=1),
    ):
        with pytest.raises(IntegrityError):
            session.execute(wrong)
        session.rollback()
    session.execute(text("SELECT 1"))


def test_fewer_seats_are_enough_where_fewer_are_taken(session: Session, world: World) -> None:
    group = arranged(session, world, capacity=3)
    seats = [seat(session, world, group, make_client(session, f"Asiakas {n}")) for n in range(3)]
    with pytest.raises(InvalidInput):
        changed(session, world, group, capacity=2)
    cancel(session, seats[0], actor=STAFF, municipality=world.municipality, now=clock.now())
    changed(session, world, group, capacity=2)
    assert [seat.seat_no for seat in taken_seats(session, group)] == [1, 2]
    assert messages(session, seats[2]) == [("group_confirmation", "queued")], "a number is nothing to write about"


def test_everybody_moves_along_and_is_told_once(session: Session, world: World) -> None:
    group = arranged(session, world)
    seats = [seat(session, world, group, make_client(session, f"Asiakas {n}")) for n in range(2)]
    other = make_professional(session, services=[world.service], office=world.office)
    changed(session, world, group, starts_at=world.at(12), professional=other)
    for one in seats:
        assert (one.starts_at, one.professional_id, one.version) == (world.at(12), other.id, 2)
        assert session.get_one(Reservation, one.reservation_id).starts_at == world.at(12)
        assert messages(session, one) == [("group_confirmation", "cancelled"), ("group_change", "queued")]
    arranged(session, world)  # the earlier time is free again


def test_a_participant_with_another_meeting_stops_the_move(session: Session, world: World) -> None:
    group, client = arranged(session, world), make_client(session, "Kiireinen Kaisa")
    seat(session, world, group, client)
    other = make_professional(session, services=[world.service], office=world.office)
    order = Order(world.service, "phone", world.at(13), professional_id=other.id, client_id=client.id)
    book(session, order, actor=STAFF, municipality=world.municipality, now=clock.now())
    with pytest.raises(ParticipantsBusy) as refused:
        changed(session, world, group, starts_at=world.at(13))
    assert refused.value.names == ["Kiireinen Kaisa"]


def test_cancelling_tells_everybody_and_frees_the_time(session: Session, world: World) -> None:
    group = arranged(session, world)
    seats = [seat(session, world, group, make_client(session, f"Asiakas {n}")) for n in range(2)]
    common: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality, "now": clock.now()}
    assert cancel_group(session, group, reason="vesivahinko", **common) == 2
    assert cancel_group(session, group, **common) == 0
    assert {one.status for one in seats} == {Status.CANCELLED}
    assert [kind for kind, _ in messages(session, seats[0])] == ["group_confirmation", "cancellation"]
    arranged(session, world)
    with pytest.raises(InvalidTransition):
        seat(session, world, group, make_client(session, "Myöhäinen"))


def test_a_seat_cannot_be_moved_or_restored_by_itself(session: Session, world: World) -> None:
    group = arranged(session, world)
    made = seat(session, world, group, make_client(session))
    common: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality, "now": clock.now()}
    with pytest.raises(InvalidTransition):
        reschedule(session, made, starts_at=world.at(13), **common)
    cancel(session, made, **common)
    with pytest.raises(InvalidTransition):
        restore(session, made, **common)


def test_a_seat_taken_back_at_once_was_never_told(session: Session, world: World) -> None:
    group = arranged(session, world)
    made = seat(session, world, group, make_client(session))
    session.commit()
    take_back_seat(session, made, actor=STAFF, municipality=world.municipality, now=clock.now())
    assert messages(session, made) == [("group_confirmation", "cancelled")]
    later = seat(session, world, group, make_client(session, "Toinen"))
    session.commit()
    then = clock.now() + timedelta(minutes=5)
    take_back_seat(session, later, actor=STAFF, municipality=world.municipality, now=then)
    assert [kind for kind, _ in messages(session, later)] == ["group_confirmation", "cancellation"]


def test_the_end_notes_who_came(session: Session, world: World) -> None:
    group = arranged(session, world)
    here, missing = (seat(session, world, group, make_client(session, f"Asiakas {n}")) for n in range(2))
    here.status = Status.CHECKED_IN
    session.commit()
    common: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality}
    with pytest.raises(InvalidTransition):
        note_the_end(session, group, now=clock.now(), **common)
    assert note_the_end(session, group, now=group.ends_at, **common) == 2
    assert (here.status, missing.status) == (Status.COMPLETED, Status.NO_SHOW)
