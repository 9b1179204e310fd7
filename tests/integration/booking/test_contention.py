"""Many at once over real HTTP, several gunicorn processes: exactly one booking per time, friendly words for the rest."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Client, Hold, Reservation
from app.core import clock
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import DomainError
from app.core.tenancy import Municipality, bind
from app.identity.service import create_api_key
from app.messaging.models import Message
from app.scheduling.models import Closure, WorkingHours
from app.scheduling.service import close_office, register_absence, set_working_hours
from app.scheduling.weekly import WeeklyHours
from config import Config
from tests.concurrently import run_at_once
from tests.factories import World, make_professional
from tests.integration.api.test_appointments_api import order
from tests.live import serving


@pytest.fixture(scope="module")
def address(app: Flask, settings: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(settings, log=tmp_path_factory.mktemp("gunicorn") / "log") as url:
        yield url


def api_booker(address: str, key: str, body: dict[str, Any]) -> Callable[[], requests.Response]:
    def call() -> requests.Response:
        headers = {"Authorization": f"Bearer {key}"}
        return requests.post(f"{address}/api/v1/appointments", json=body, headers=headers, timeout=120)

    return call


def key_of(session: Session) -> str:
    key = create_api_key(session, name="many", now=clock.now())
    session.commit()
    return key


def counts(session: Session) -> dict[str, int]:
    tables = {"appointments": Appointment, "reservations": Reservation}
    return {name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables.items()}


def test_200_systems_want_one_time_and_one_gets_it(address: str, world: World, session: Session) -> None:
    key = key_of(session)
    calls = [api_booker(address, key, order(world, client={"name": f"Asiakas {n}"})) for n in range(200)]
    answers = run_at_once(calls, workers=40)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 199}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["code"] for problem in refused} == {"slot_taken"}
    assert all(problem["alternatives"] for problem in refused)
    assert counts(session) == {"appointments": 1, "reservations": 1}


def test_500_systems_want_50_times_and_each_is_booked_once(address: str, world: World, session: Session) -> None:
    for _ in range(8):
        make_professional(session, services=[world.service], office=world.office)
    key = key_of(session)
    days = [world.next_working_day() + timedelta(days=n) for n in (0, 1)]
    starts = [world.at(hour, day=day) for day in days for hour in range(9, 14)] * 5  # 10 starts, 5 of the 9 people each
    professionals = session.scalars(
        select(WorkingHours.professional_id).distinct().order_by(WorkingHours.professional_id)
    )
    people = list(professionals)[:5]
    wanted = [
        (person, start) for index, start in enumerate(starts[:10]) for person in people for _ in range(10) if index < 10
    ]
    assert len(wanted) == 500
    calls = [
        api_booker(
            address,
            key,
            order(world, starts_at=start.isoformat(), professional_id=person, client={"name": f"Asiakas {n}"}),
        )
        for n, (person, start) in enumerate(wanted)
    ]
    answers = run_at_once(calls, workers=40)
    assert Counter(answer.status_code for answer in answers) == {201: 50, 409: 450}
    assert counts(session) == {"appointments": 50, "reservations": 50}


class Visitor:
    """A browser without JavaScript that books one time from the first page to the last."""

    def __init__(self, address: str, world: World, start: datetime, number: int) -> None:
        self.http = requests.Session()
        self.base = f"{address}/m/{world.municipality.slug}/book/{world.service.slug}"
        self.address, self.start, self.number = address, start, number

    def choose(self) -> requests.Response:
        data = {"mode": "phone", "starts_at": self.start.isoformat()}
        return self.http.post(f"{self.base}/times", data=data, allow_redirects=False, timeout=120)

    def book(self) -> requests.Response:
        chosen = self.choose()
        if chosen.status_code != 303:
            return chosen
        contact = {"phone": f"040{1000000 + self.number}", "email": f"a{self.number}@example.fi"}
        details = {"name": f"Asiakas {self.number}", "language": "fi", **contact}
        check = self.http.post(
            self.address + chosen.headers["Location"], data=details, allow_redirects=False, timeout=120
        )
        assert check.status_code == 303, check.text
        return self.http.post(self.address + check.headers["Location"], allow_redirects=False, timeout=120)


def test_200_visitors_want_one_time_and_the_others_see_what_is_free(
    address: str, world: World, session: Session
) -> None:
    visitors = [Visitor(address, world, world.at(9), n) for n in range(200)]
    answers = run_at_once([visitor.book for visitor in visitors], workers=40)
    assert Counter(answer.status_code for answer in answers) == {303: 1, 409: 199}
    for answer in answers:
        if answer.status_code == 409:
            assert re.search(r'role="(alert|status)"|aria-live', answer.text)
            assert len(re.findall(r'name="starts_at"', answer.text)) > 3
    assert counts(session) == {"appointments": 1, "reservations": 1}


def test_500_visitors_want_50_times_and_no_hold_is_left_behind(address: str, world: World, session: Session) -> None:
    for _ in range(4):
        make_professional(session, services=[world.service], office=world.office)
    session.commit()
    days = [world.next_working_day() + timedelta(days=n) for n in (0, 1)]
    starts = [world.at(hour, day=day) for day in days for hour in range(9, 14)]
    visitors = [Visitor(address, world, starts[n % 10], n) for n in range(500)]
    answers = run_at_once([visitor.book for visitor in visitors], workers=40)
    assert Counter(answer.status_code for answer in answers) == {303: 50, 409: 450}
    assert counts(session) == {"appointments": 50, "reservations": 50}
    assert set(session.scalars(select(Reservation.kind))) == {"appointment"}
    assert all(session.scalars(select(Hold.appointment_id)))
    assert session.scalar(select(func.count()).select_from(Message)) == 100


def test_one_visitor_who_presses_twice_books_once(address: str, world: World, session: Session) -> None:
    visitor = Visitor(address, world, world.at(9), 1)
    chosen = visitor.choose()
    details = {"name": "Aino", "phone": "0401234567", "language": "fi"}
    check = visitor.http.post(address + chosen.headers["Location"], data=details, allow_redirects=False, timeout=60)
    url = address + check.headers["Location"]
    answers = run_at_once([lambda: requests.post(url, allow_redirects=False, timeout=60)] * 12, workers=12)
    assert Counter(answer.status_code for answer in answers) == {303: 12}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert counts(session) == {"appointments": 1, "reservations": 1}


def test_nothing_booked_after_a_closing_lies_inside_it(
    app: Flask, world: World, session: Session, address: str
) -> None:
    """Bookings race an absence, new working hours and a closure; the order of commits decides, nothing slips between."""
    key, municipality_id = key_of(session), world.municipality.id
    for _ in range(5):
        make_professional(session, services=[world.service], office=world.office)
    session.commit()
    people = list(
        session.scalars(select(WorkingHours.professional_id).distinct().order_by(WorkingHours.professional_id))
    )
    day = world.next_working_day()
    seen: dict[int, set[int]] = {}

    def close(person: int, how: Callable[[Session, int], None]) -> Callable[[], None]:
        def run() -> None:
            with db.session_maker() as own, own.begin():
                bind(own, municipality_id)
                how(own, person)  # from here on this calendar is ours: what is booked now, and no more, may stay
                seen[person] = appointments_of(own, person)
                time.sleep(0.3)

        return run

    def absent(own: Session, person: int) -> None:
        start = world.at(0, day=day)
        end = start + timedelta(days=1)
        register_absence(
            own,
            actor=Actor("staff"),
            now=clock.now(),
            professional_id=person,
            starts_at=start,
            ends_at=end,
            reason="sick",
        )

    def shorter(own: Session, person: int) -> None:
        set_working_hours(
            own, actor=Actor("staff"), now=clock.now(), professional_id=person, hours=[WeeklyHours(6, 540, 600)]
        )

    bookings = [
        api_booker(address, key, order(world, hour, professional_id=person, client={"name": "X"}))
        for hour in range(9, 15)
        for person in people
    ]
    closings = [close(person, absent if index % 2 else shorter) for index, person in enumerate(people)]
    with app.app_context():
        mixed: list[Callable[[], Any]] = [call for six in zip(*[iter(bookings)] * 6, strict=True) for call in six]
        for position, closing in enumerate(closings):
            mixed.insert(position * 6 + 3, _in_context(app, closing))
        answers = run_at_once(mixed, workers=12)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert {a.status_code for a in answers if a is not None} <= {201, 409, 422}
    assert {person: appointments_of(session, person) for person in people} == seen
    assert len(seen) == len(people)
    after = run_at_once(bookings, workers=12)
    assert {a.status_code for a in after} <= {409, 422}


def _in_context(app: Flask, call: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with app.app_context():
            return call()

    return run


def appointments_of(session: Session, person: int) -> set[int]:
    return set(session.scalars(select(Appointment.id).where(Appointment.professional_id == person)))


def test_bookings_that_move_across_each_other_do_not_deadlock(
    app: Flask, world: World, session: Session, address: str
) -> None:
    """Everybody moves to the other professional's time and back at once: refusals are fine, faults are not."""
    key = key_of(session)
    second = make_professional(session, services=[world.service], office=world.office)
    session.commit()
    people = [world.professional.id, second.id]
    made = []
    for person in people:
        for hour in (9, 10, 11):
            body = order(world, hour, professional_id=person, client={"name": f"{person} {hour}"})
            made.append(api_booker(address, key, body)().json())
    headers = {"Authorization": f"Bearer {key}"}

    def mover(appointment: dict[str, Any], step: int) -> Callable[[], requests.Response]:
        target = people[(people.index(appointment["professional_id"]) + step) % 2]
        body = {"starts_at": world.at(12 + step % 3).isoformat(), "professional_id": target}
        url = f"{address}/api/v1/appointments/{appointment['id']}/reschedule"
        return lambda: requests.post(url, json=body, headers=headers, timeout=120)

    answers = run_at_once([mover(a, step) for step in range(10) for a in made], workers=12)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert 200 in {answer.status_code for answer in answers}
    spans = session.execute(select(Reservation.professional_id, Reservation.starts_at).where(Reservation.active)).all()
    assert len(spans) == len(set(spans)) == 6


def test_closing_an_office_while_holds_are_placed_leaves_no_later_hold_inside(
    app: Flask, world: World, session: Session
) -> None:
    from app.booking.availability import Wish
    from app.booking.holds import Visitor as HoldVisitor
    from app.booking.holds import place_hold

    municipality_id, service_id, office_id = world.municipality.id, world.service.id, world.office.id
    day = world.next_working_day()

    def hold(hour: int) -> Callable[[], str]:
        def run() -> str:
            with app.app_context(), db.session_maker() as own:
                bind(own, municipality_id)
                service = own.get_one(type(world.service), service_id)
                zone = own.get_one(Municipality, municipality_id).zone
                wish = Wish(service=service, mode="in_person", first=day, last=day, office_id=office_id)
                try:
                    place_hold(own, wish, world.at(hour), visitor=HoldVisitor(f"v{hour}"), zone=zone, now=clock.now())
                except DomainError:
                    return "refused"
                own.commit()
                return "held"

        return run

    def close() -> str:
        with app.app_context(), db.session_maker() as own, own.begin():
            bind(own, municipality_id)
            span = {"starts_at": world.at(8), "ends_at": world.at(16)}
            close_office(own, actor=Actor("staff"), now=clock.now(), office_id=office_id, title={}, **span)
        return "closed"

    answers = run_at_once([hold(9), hold(10), close, hold(11), hold(12), hold(13)], workers=6)
    assert set(answers) <= {"held", "refused", "closed"}
    assert session.scalar(select(func.count()).select_from(Closure)) == 1
    assert {run_at_once([hold(14)], workers=1)[0]} == {"refused"}


def test_daily_limits_are_exact_when_everybody_books_at_once(address: str, world: World, session: Session) -> None:
    """Of the office: five professionals count together; of one professional: all services count together."""
    service = session.get_one(type(world.service), world.service.id)
    service.limit_per_office = 3
    for _ in range(4):
        make_professional(session, services=[world.service], office=world.office)
    key = key_of(session)
    in_person = {"mode": "in_person", "office_id": world.office.id}
    hours = [9, 10, 11, 12, 13] * 6
    calls = [
        api_booker(address, key, order(world, hour, **in_person, client={"name": f"A {n}"}))
        for n, hour in enumerate(hours)
    ]
    answers = run_at_once(calls, workers=15)
    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 27}


def test_a_client_named_by_two_calls_at_once_is_one_client_with_one_booking(
    address: str, world: World, session: Session
) -> None:
    session.get_one(type(world.service), world.service.id).several_bookings = False
    for _ in range(3):
        make_professional(session, services=[world.service], office=world.office)
    key = key_of(session)
    person = {"name": "Aino", "external_id": "urn:same"}
    calls = [api_booker(address, key, order(world, 9 + n % 6, client=person)) for n in range(24)]
    answers = run_at_once(calls, workers=12)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 23}
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {
        "already_booked",
        "slot_taken",
        "client_busy",
    }
    assert session.scalar(select(func.count()).select_from(Client)) == 1
