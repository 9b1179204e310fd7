"""What a client tells with one press: "I'm late", and "you may move my time"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.changes import allow_move, reschedule
from app.booking.lateness import report_late
from app.booking.models import Appointment, Receipt
from app.booking.service import AppointmentChanged
from app.core import clock, events
from app.core.audit import SYSTEM, Actor, AuditEvent
from app.core.errors import InvalidInput, InvalidTransition
from app.identity.service import create_user
from app.messaging.models import Message
from tests.factories import World, make_world
from tests.integration.booking.test_public_flow import fill_in, walk_to_details
from tests.integration.booking.test_receipts import book_on_the_pages, the_appointment


@pytest.fixture
def token(client: Any, world: World) -> str:
    """The link of a booking by phone."""
    return book_on_the_pages(client, world)


@pytest.fixture
def start(token: str, session: Session) -> datetime:
    """When the meeting begins; it lasts an hour."""
    return the_appointment(session).starts_at


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[AppointmentChanged]:
    """What is announced of appointments."""
    told: list[AppointmentChanged] = []
    listeners = [*events._subscribers[AppointmentChanged], lambda session, event: told.append(event)]
    monkeypatch.setitem(events._subscribers, AppointmentChanged, listeners)
    return told


def late(session: Session, world: World, minutes: int, now: datetime) -> None:
    appointment = the_appointment(session)
    actor = Actor("client", appointment.client_id, way="signed_in")
    report_late(session, appointment, minutes, actor=actor, municipality=world.municipality, now=now)


# — late —


@pytest.mark.parametrize(
    ("minutes_from_start", "can"), [(-121, False), (-120, True), (0, True), (59, True), (60, False), (1440, False)]
)
def test_being_late_can_be_told_from_two_hours_before_until_the_end(
    client: Any, token: str, start: datetime, session: Session, minutes_from_start: int, can: bool
) -> None:
    with clock.standing_at(start + timedelta(minutes=minutes_from_start)):
        page = client.get(f"/a/{token}", query_string={"lang": "en"}).text
        answer = client.post(f"/a/{token}/late", data={"minutes": "5"})
        after = client.get(answer.location).text
    appointment = the_appointment(session)
    assert ('name="minutes"' in page) == can
    assert appointment.late_minutes == (5 if can else None)
    assert ("Thank you for telling us" in after) == can
    assert ("This can no longer be told here" in after) != can


def test_the_house_hears_of_it_and_the_client_gets_no_message(
    world: World, token: str, start: datetime, session: Session, heard: list[AppointmentChanged]
) -> None:
    messages = session.scalars(select(Message.id)).all()
    now = start - timedelta(minutes=20)
    late(session, world, 10, now)
    late(session, world, 10, now)
    late(session, world, 15, now + timedelta(minutes=5))
    session.commit()
    appointment = the_appointment(session)
    assert [(event.step, event.actor.way) for event in heard] == [("late", "signed_in")] * 2
    assert (appointment.late_minutes, appointment.late_at) == (15, now + timedelta(minutes=5))
    assert (appointment.version, appointment.status) == (3, "booked")
    assert session.scalars(select(Message.id)).all() == messages
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "appointment"))
    assert sorted(actions) == ["appointment.book", "appointment.late", "appointment.late"]
    facts = session.scalars(select(Receipt.facts).where(Receipt.action == "late").order_by(Receipt.id)).all()
    assert [one["late_minutes"] for one in facts] == [10, 15]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("in_person", "Liisa knows that you will be about 10 minutes late."),
        ("phone", "Liisa knows that you can answer about 10 minutes after the agreed time."),
        ("video", "Liisa knows that you will join about 10 minutes late."),
    ],
)
def test_thanks_fit_the_way_of_meeting(client: Any, session: Session, mode: str, words: str) -> None:
    world = make_world(session, modes=["in_person", "phone", "video"])
    booked = fill_in(client, walk_to_details(client, world, mode=mode))
    token = re.search(r"/a/([^?]+)", booked.location).group(1)  # type: ignore[union-attr]
    with clock.standing_at(the_appointment(session).starts_at):
        client.post(f"/a/{token}/late", data={"minutes": "10"})
        page = client.get(f"/a/{token}", query_string={"lang": "en"}).text
    assert words in page
    assert re.findall(r'name="minutes" value="(\d+)"', page) == ["5", "15"]


@pytest.mark.parametrize("typed", ["", "x", "-5", "7", "20", "9" * 40])
def test_only_the_offered_minutes_are_taken(
    client: Any, token: str, start: datetime, session: Session, typed: str
) -> None:
    with clock.standing_at(start):
        assert client.post(f"/a/{token}/late", data={"minutes": typed}).status_code == 303
    assert the_appointment(session).late_minutes is None


def test_other_rooms_get_an_error_they_can_show(world: World, token: str, start: datetime, session: Session) -> None:
    with pytest.raises(InvalidInput) as problem:
        late(session, world, 7, start)
    assert list(problem.value.fields) == ["minutes"]
    with pytest.raises(InvalidTransition):
        late(session, world, 5, start - timedelta(hours=3))


def test_a_cancelled_meeting_has_nobody_to_wait_for(
    client: Any, world: World, token: str, start: datetime, session: Session
) -> None:
    client.post(f"/a/{token}/cancel")
    session.expire_all()
    with pytest.raises(InvalidTransition):
        late(session, world, 5, start)


def test_a_moved_meeting_is_on_time_again(world: World, token: str, start: datetime, session: Session) -> None:
    late(session, world, 15, start - timedelta(minutes=30))
    reschedule(
        session,
        the_appointment(session),
        starts_at=world.at(14),
        actor=SYSTEM,
        municipality=world.municipality,
        now=start - timedelta(minutes=20),
    )
    assert (the_appointment(session).late_minutes, the_appointment(session).late_at) == (None, None)


def test_staff_see_who_comes_late(client: Any, world: World, token: str, start: datetime, session: Session) -> None:
    email = f"{world.municipality.slug}@testila.example"
    create_user(session, email=email, name="A", role="desk", password="long enough password", now=clock.now())
    session.commit()
    with clock.standing_at(start - timedelta(minutes=10)):
        client.post("/staff/sign-in", data={"email": email, "password": "long enough password"})
        assert "Late" not in client.get("/staff/", query_string={"lang": "en"}).text
        client.post(f"/a/{token}/late", data={"minutes": "15"})
        assert "Late at least 15 minutes" in client.get("/staff/", query_string={"lang": "en"}).text


# — leave to move the time —


def test_leave_to_move_is_asked_with_the_details_and_shown_ever_after(
    client: Any, world: World, session: Session
) -> None:
    details = walk_to_details(client, world)
    asked = client.get(details, query_string={"lang": "en"}).text
    assert re.search(r'name="may_move" type="checkbox" value="yes"(?! checked)', asked)
    wrong = client.post(details, data={"name": "", "phone": "0401234567", "language": "en", "may_move": "yes"})
    assert re.search(r'name="may_move" type="checkbox" value="yes" checked', wrong.text)
    check = client.post(details, data={"name": "Aino", "phone": "0401234567", "language": "en", "may_move": "yes"})
    assert re.search(r"May we move your time\?\s*</dt>\s*<dd[^>]*>Yes", client.get(check.location).text)
    page = client.get(client.post(check.location).location).text
    assert the_appointment(session).may_move is True
    assert "Withdraw the permission" in page
    assert session.scalars(select(Receipt)).one().facts["may_move"] is True


@pytest.mark.parametrize("typed", [{}, {"may_move": ""}, {"may_move": "no"}])
def test_nobody_agrees_by_saying_nothing(client: Any, world: World, session: Session, typed: dict[str, str]) -> None:
    details = walk_to_details(client, world)
    check = client.post(details, data={"name": "Aino", "phone": "0401234567", "language": "en", **typed}).location
    assert re.search(r"May we move your time\?\s*</dt>\s*<dd[^>]*>No", client.get(f"{check}?lang=en").text)
    client.post(check)
    assert the_appointment(session).may_move is False


def test_a_service_that_does_not_ask_keeps_no_answer(client: Any, session: Session) -> None:
    world = make_world(session, ask_may_move=False)
    details = walk_to_details(client, world)
    assert "may_move" not in client.get(details).text
    token = book_on_the_pages(client, world, may_move="yes")
    assert the_appointment(session).may_move is False
    assert "may_move" not in client.get(f"/a/{token}").text
    assert "may_move" not in session.scalars(select(Receipt)).one().facts


def test_leave_to_move_is_given_and_withdrawn_with_receipts_and_audit(
    client: Any, token: str, session: Session
) -> None:
    for value, expected in (("yes", True), ("yes", True), ("no", False)):
        answer = client.post(f"/a/{token}/may-move", data={"may_move": value})
        assert client.get(answer.location).status_code == 200
        session.expire_all()
        assert the_appointment(session).may_move is expected
    actions = select(AuditEvent.action).where(AuditEvent.action.endswith("_move")).order_by(AuditEvent.id)
    assert session.scalars(actions).all() == ["appointment.allow_move", "appointment.forbid_move"]
    facts = [receipt.facts["may_move"] for receipt in session.scalars(select(Receipt).order_by(Receipt.id))]
    assert facts == [False, True, False]


def test_what_has_begun_is_not_moved(client: Any, token: str, start: datetime, session: Session) -> None:
    with clock.standing_at(start):
        assert "may_move" not in client.get(f"/a/{token}").text
        assert client.post(f"/a/{token}/may-move", data={"may_move": "yes"}).status_code == 303
    appointment = the_appointment(session)
    assert appointment.may_move is False
    with pytest.raises(InvalidTransition):
        allow_move(session, appointment, True, actor=SYSTEM, now=start)


def test_a_kept_address_does_not_say_what_is_not_so(client: Any, token: str, session: Session) -> None:
    said = client.get(f"/a/{token}", query_string={"notice": "may_move", "lang": "en"}).text
    assert "We may now move your time" not in said
    assert session.scalars(select(Appointment.may_move)).one() is False
