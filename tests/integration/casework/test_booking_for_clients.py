"""Booking for a client: free times and typed ones, what may be passed with a reason, who is told, and taking it back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.by_hand import InTheWay
from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.booking.models import Appointment, Client
from app.booking.notices import UNDO_TIME
from app.booking.service import Order
from app.booking.staff_booking import book_for_client, unbook
from app.core import clock
from app.core.audit import SYSTEM, Actor, AuditEvent
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, SlotTaken
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.messaging.models import Message
from app.scheduling.models import Mode, Service, WhoMayBook
from tests.concurrently import run_at_once
from tests.factories import World, make_professional, make_world
from tests.town import Town, bound, make_town, signed_in

STAFF = Actor("staff", 1, "Merja Kangas", trusted=True)


def make_client(session: Session, name: str = "Aino Virtanen", phone: str = "+358401234567") -> Client:
    return add_client(session, ClientDetails(name, phone, "aino@example.com"), actor=SYSTEM, now=clock.now())


def order(world: World, client: Client, hour: int = 9, minute: int = 0, **more: Any) -> Order:
    values = {"professional_id": world.professional.id, "client_id": client.id, **more}
    return Order(world.service, Mode.PHONE, world.at(hour, minute), **values)


def do(session: Session, world: World, wanted: Order, **more: Any) -> Appointment:
    values = {"now": clock.now(), "actor": STAFF, **more}
    return book_for_client(session, wanted, municipality=world.municipality, **values)


def messages(session: Session, appointment: Appointment) -> list[Message]:
    return list(session.scalars(select(Message).where(Message.cause == f"appointment:{appointment.id}")))


def test_a_free_time_is_booked_for_the_client_who_is_told_a_minute_later(session: Session, world: World) -> None:
    client, now = make_client(session), clock.now()
    made = do(session, world, order(world, client, note="Tulkki mukaan."), now=now)
    assert (made.client_id, made.note) == (client.id, "Tulkki mukaan.")
    assert {message.channel for message in messages(session, made)} == {"sms", "email"}
    assert {message.send_after for message in messages(session, made)} == {now + UNDO_TIME}
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "appointment.book")).one()
    assert (event.actor_kind, event.actor_label, event.object_id) == ("staff", "Merja Kangas", made.id)


def test_the_client_is_not_told_where_staff_tell_it_themselves(session: Session, world: World) -> None:
    made = do(session, world, order(world, make_client(session), quiet=True))
    assert messages(session, made) == []


def test_sent_twice_it_is_booked_once(session: Session, world: World) -> None:
    client = make_client(session)
    first, second = (do(session, world, order(world, client)) for _ in range(2))
    assert first.id == second.id


def test_staff_book_what_is_not_open_online_without_notice_and_beyond_the_horizon(
    session: Session, world: World
) -> None:
    world.service.who_may_book, world.service.horizon_days = WhoMayBook.STAFF, 1
    world.service.minimum_notice_minutes = 60 * 24 * 30
    assert do(session, world, order(world, make_client(session))).status == "booked"


def test_a_second_booking_for_a_service_is_the_staffs_to_decide(session: Session, world: World) -> None:
    world.service.several_bookings = False
    client = make_client(session)
    do(session, world, order(world, client))
    assert do(session, world, order(world, client, 11)).status == "booked"


def test_a_typed_time_off_the_grid_inside_working_hours_needs_no_reason(session: Session, world: World) -> None:
    made = do(session, world, order(world, make_client(session), 9, 25, minutes=35))
    assert made.ends_at - made.starts_at == timedelta(minutes=35)


def test_outside_working_hours_a_reason_is_asked_for_and_kept(session: Session, world: World) -> None:
    wanted = order(world, make_client(session), 18, minutes=60)
    with pytest.raises(InvalidInput) as refused:
        do(session, world, wanted)
    assert set(refused.value.fields) == {"reason"}
    made = do(session, world, wanted, reason="Asiakas on päivät töissä.")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "appointment.book")).one()
    assert (event.object_id, event.data["passed"]) == (made.id, ["hours"])
    assert event.data["reason"] == "Asiakas on päivät töissä."


def test_a_daily_limit_is_passed_with_a_reason(session: Session, world: World) -> None:
    world.service.limit_per_professional = 1
    do(session, world, order(world, make_client(session)))
    late = order(world, make_client(session, "Kalle Niemi"), 13, minutes=60)
    with pytest.raises(InvalidInput):
        do(session, world, late)
    assert do(session, world, late, reason="Kiireinen asia.").status == "booked"


@pytest.mark.parametrize("reason", ["", "Esimies määräsi."])
def test_no_reason_books_over_another_meeting_of_the_professional(session: Session, world: World, reason: str) -> None:
    do(session, world, order(world, make_client(session)))
    over = order(world, make_client(session, "Kalle Niemi"), 9, 30, minutes=30)
    with pytest.raises(InTheWay) as refused:
        do(session, world, over, reason=reason)
    assert [str(obstacle.kind) for obstacle in refused.value.obstacles] == ["taken"]


def test_no_reason_books_over_another_meeting_of_the_client(session: Session, world: World) -> None:
    other = make_professional(session, services=[world.service], office=world.office)
    client = make_client(session)
    do(session, world, order(world, client))
    for more in ({}, {"minutes": 60}):
        with pytest.raises(Conflict) as refused, session.begin_nested():
            do(session, world, order(world, client, professional_id=other.id, **more), reason="Silti.")
        assert refused.value.code == ("in_the_way" if more else "client_busy")


def test_two_of_the_staff_take_one_time_and_one_gets_it(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        world = make_world(session)
        clients = [make_client(session, f"Asiakas {number}", "").id for number in range(4)]
        session.commit()
        municipality_id, service_id = world.municipality.id, world.service.id
        person_id, start = world.professional.id, world.at(10)

    def try_to_book(number: int) -> Any:
        def run() -> Any:
            with bound(app, municipality_id) as own:
                wanted = Order(
                    own.get_one(Service, service_id),
                    Mode.PHONE,
                    start,
                    professional_id=person_id,
                    client_id=clients[number],
                    minutes=60 if number % 2 else None,
                )
                made = book_for_client(
                    own,
                    wanted,
                    actor=STAFF,
                    municipality=own.get_one(Municipality, municipality_id),
                    now=clock.now(),
                )
                own.commit()
                return made.id

        return run

    results = run_at_once([try_to_book(number) for number in range(4)])
    assert sum(isinstance(result, int) for result in results) == 1, results
    assert all(isinstance(result, int | SlotTaken | InTheWay) for result in results), results


def test_one_client_is_booked_twice_at_once_and_one_booking_holds(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        world = make_world(session)
        people = [world.professional.id, make_professional(session, services=[world.service], office=world.office).id]
        client_id = make_client(session).id
        session.commit()
        municipality_id, service_id, start = world.municipality.id, world.service.id, world.at(10)

    def try_to_book(person_id: int, minute: int) -> Any:
        def run() -> Any:
            with bound(app, municipality_id) as own:
                wanted = Order(
                    own.get_one(Service, service_id),
                    Mode.PHONE,
                    start + timedelta(minutes=minute),
                    professional_id=person_id,
                    client_id=client_id,
                    minutes=60,
                )
                town = own.get_one(Municipality, municipality_id)
                made = book_for_client(own, wanted, actor=STAFF, municipality=town, now=clock.now())
                own.commit()
                return made.id

        return run

    results = run_at_once([try_to_book(person, 20 * number) for number, person in enumerate(people)])
    assert sum(isinstance(result, int) for result in results) == 1, results
    assert all(isinstance(result, int | Conflict) for result in results), results


def test_a_booking_is_taken_back_within_a_minute_and_nobody_hears_of_it(session: Session, world: World) -> None:
    made = do(session, world, order(world, make_client(session)))
    unbook(session, made, actor=STAFF, municipality=world.municipality, now=clock.now())
    assert made.status == "cancelled"
    assert {message.status for message in messages(session, made)} == {"cancelled"}
    assert do(session, world, order(world, make_client(session, "Kalle Niemi"))).status == "booked"


def test_after_a_minute_or_once_told_a_booking_is_only_cancelled(session: Session, world: World) -> None:
    made = do(session, world, order(world, make_client(session)))
    who: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality}
    with pytest.raises(Conflict):
        unbook(session, made, now=clock.now() + UNDO_TIME, **who)
    messages(session, made)[0].status = "sent"
    session.flush()
    with pytest.raises(Conflict):
        unbook(session, made, now=clock.now(), **who)
    assert made.status == "booked"


# — the pages —


@pytest.fixture(scope="module")
def place(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture(scope="module")
def neighbour(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture
def desk(app: Flask, place: Town) -> Any:
    return signed_in(app, place, Role.DESK)


def state(place: Town, **more: Any) -> dict[str, str]:
    values = {"client": place.client_id, "service": place.service_id, "mode": "phone", "professional": "any", **more}
    return {name: str(value) for name, value in values.items()}


def first_time(browser: Any, place: Town) -> str:
    page = browser.get("/staff/book", query_string=state(place)).text
    return re.findall(r'name="starts_at" value="([^"]+)"', page)[-1]


def test_from_the_client_to_a_booked_time_without_javascript(app: Flask, place: Town, desk: Any) -> None:
    picked = first_time(desk, place)
    check = desk.get("/staff/book", query_string=state(place, starts_at=picked)).text
    assert "040 123 4567" in check
    answer = desk.post("/staff/book", data=state(place, starts_at=picked, do="book", note="Soita ovelta."))
    assert answer.status_code == 303, answer.text
    page = desk.get(answer.location).text
    assert "Soita ovelta." in page
    assert f"/staff/book/undo/{answer.location.split('/')[-1].split('?')[0]}" in page
    again = desk.post("/staff/book", data=state(place, starts_at=picked, do="book"))
    assert again.location == answer.location


def test_a_taken_time_is_answered_with_the_nearest_free_ones_and_keeps_what_was_typed(place: Town, desk: Any) -> None:
    picked = first_time(desk, place)
    wanted = state(place, starts_at=picked, professional=place.professional_id, do="book", note="Tärkeä huomio")
    assert desk.post("/staff/book", data={**wanted, "client": add_by_form(desk, place)}).status_code == 303
    lost = desk.post("/staff/book", data={**wanted, "client": add_by_form(desk, place, "Toinen Asiakas")})
    assert lost.status_code == 409
    assert "Tärkeä huomio" in lost.text
    nearest = re.findall(r'name="starts_at" value="([^"]+)"', lost.text)
    assert len(nearest) > 1
    chosen = desk.post("/staff/book", data={**wanted, "starts_at": nearest[-1], "do": ""})
    assert chosen.status_code == 200
    assert "Tärkeä huomio" in chosen.text


def add_by_form(browser: Any, place: Town, name: str = "Uusi Asiakas") -> str:
    """A new client, typed on the booking page."""
    data = {**state(place, client=""), "name": name, "phone": "", "email": "", "language": "sv"}
    answer = browser.post("/staff/book/new-client", data=data)
    assert answer.status_code == 303, answer.text
    return re.search(r"client=(\d+)", answer.location).group(1)  # type: ignore[union-attr]


def test_a_client_who_is_known_already_is_offered_before_a_new_one_is_added(place: Town, desk: Any) -> None:
    data = {**state(place, client=""), "name": "Joku Muu", "phone": "040 123 4567", "email": "", "language": "fi"}
    page = desk.post("/staff/book/new-client", data=data)
    assert page.status_code == 200
    assert f"client={place.client_id}" in page.text


def test_a_search_leads_on_with_what_is_chosen(place: Town, desk: Any) -> None:
    data = {**state(place, client=""), "q": "040 123 4567"}
    page = desk.post("/staff/book/find", data=data).text
    assert re.search(rf'href="/staff/book\?[^"]*client={place.client_id}[^"]*service={place.service_id}', page)


def test_a_time_from_the_calendar_is_kept_until_who_and_what_are_chosen(place: Town, desk: Any) -> None:
    query = {"professional": place.professional_id, "starts_at": f"{place.free_start[:10]}T18:40"}
    page = desk.get("/staff/book", query_string=query).text
    assert "18.40" in page
    page = desk.get("/staff/book", query_string={**query, **state(place, professional=place.professional_id)}).text
    assert 'name="reason"' in page


def test_nothing_of_another_municipality_can_be_booked(place: Town, neighbour: Town, desk: Any) -> None:
    page = desk.get("/staff/book", query_string=state(neighbour)).text
    assert "data-find" in page  # the client is not known here: it is asked who it is for
    refused = desk.post("/staff/book", data=state(neighbour, starts_at=neighbour.free_start, do="book"))
    assert "appointments" not in (refused.location or "")
    assert desk.post(f"/staff/book/undo/{neighbour.appointment_id}").status_code == 404


def test_the_next_appointment_is_like_the_last(place: Town, desk: Any) -> None:
    page = desk.get("/staff/book", query_string={"after": place.appointment_id}).text
    assert f'<option value="{place.service_id}" selected' in page
    assert "data-find" not in page
