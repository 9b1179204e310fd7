"""Moving a meeting by hand: any minute, outside hours with a reason, never over anything, with a way back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.booking import by_hand
from app.booking.by_hand import ByHand, InTheWay
from app.booking.changes import cancel
from app.booking.models import Appointment, Reservation
from app.booking.obstacles import Kind
from app.core import clock
from app.core.audit import SYSTEM, Actor
from app.core.errors import ChangedMeanwhile, InvalidInput, InvalidTransition
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.messaging.models import Message
from app.scheduling import service as scheduling
from app.scheduling.models import Office, Service
from tests.concurrently import run_at_once
from tests.factories import make_professional
from tests.forms import form_of
from tests.integration.casework.conftest import MONDAY, TUESDAY, Team, words
from tests.town import bound

STAFF = Actor("staff", 1, "Testi", trusted=True)


@pytest.fixture
def meeting(team: Team) -> int:
    """Of the caseworker, on Tuesday from 9 to 10, by phone."""
    return team.book(TUESDAY, 9)


@pytest.fixture
def zone(team: Team) -> Any:
    with bound(team.app, team.municipality_id) as session:
        return session.get_one(Municipality, team.municipality_id).zone


def at(zone: Any, hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


def move(team: Team, key: int, starts_at: datetime, **more: Any) -> Appointment:
    """Move in a transaction of its own, from the version that stands."""
    with bound(team.app, team.municipality_id) as session:
        appointment = session.get_one(Appointment, key)
        to = ByHand(
            **{
                "version": appointment.version,
                "starts_at": starts_at,
                "minutes": 60,
                "professional_id": team.own_id,
                **more,
            }
        )
        municipality = session.get_one(Municipality, team.municipality_id)
        by_hand.move(session, appointment, to, actor=STAFF, municipality=municipality, now=clock.now())
        session.commit()
        return found(team, key)


def undo(team: Team, key: int, version: int) -> Appointment:
    with bound(team.app, team.municipality_id) as session:
        municipality = session.get_one(Municipality, team.municipality_id)
        appointment = session.get_one(Appointment, key)
        by_hand.undo(session, appointment, version, actor=STAFF, municipality=municipality, now=clock.now())
        session.commit()
        return found(team, key)


def found(team: Team, key: int) -> Appointment:
    with bound(team.app, team.municipality_id) as session:
        row = session.get_one(Appointment, key)
        session.expunge(row)
        return row


def messages(team: Team, key: int, status: str = "queued") -> list[str]:
    """Kinds of the messages about an appointment."""
    with bound(team.app, team.municipality_id) as session:
        query = select(Message.kind).where(Message.cause == f"appointment:{key}", Message.status == status)
        return list(session.scalars(query.order_by(Message.id)))


def send_all(team: Team) -> None:
    """As if the workers had sent everything."""
    with bound(team.app, team.municipality_id) as session:
        for message in session.scalars(select(Message)):
            message.status = "sent"
        session.commit()


def kinds(caught: pytest.ExceptionInfo[InTheWay]) -> set[Kind]:
    return {obstacle.kind for obstacle in caught.value.obstacles}


def test_any_minute_and_any_length_will_do(team: Team, meeting: int, zone: Any) -> None:
    before = found(team, meeting)
    moved = move(team, meeting, at(zone, 10, 7), minutes=25)
    assert (moved.starts_at, moved.ends_at) == (at(zone, 10, 7), at(zone, 10, 32))
    assert (moved.id, moved.reference, moved.link_token) == (before.id, before.reference, before.link_token)
    assert moved.version == before.version + 1
    with bound(team.app, team.municipality_id) as session:
        row = session.get_one(Reservation, moved.reservation_id)
        assert (row.starts_at, row.occupied.upper) == (moved.starts_at, moved.ends_at)


def test_outside_working_hours_a_reason_is_needed_and_kept(team: Team, meeting: int, zone: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        move(team, meeting, at(zone, 17))
    assert set(refused.value.fields) == {"reason"}
    move(team, meeting, at(zone, 17), reason="Asiakas pääsee vain illalla.")
    assert team.log("appointment.reschedule")[-1].data["reason"] == "Asiakas pääsee vain illalla."
    assert "Asiakas pääsee vain illalla." in words(team.caseworker.get(f"/staff/appointments/{meeting}"))


def test_a_daily_limit_is_passed_only_with_a_reason(team: Team, meeting: int, zone: Any) -> None:
    wednesday = TUESDAY + timedelta(days=1)
    team.book(wednesday, 9)
    with bound(team.app, team.municipality_id) as session:
        session.get_one(Service, team.service_id).limit_per_professional = 1
        session.commit()
    move(team, meeting, at(zone, 11))  # its own day is full of itself only
    with pytest.raises(InvalidInput):
        move(team, meeting, at(zone, 11, day=wednesday))
    assert move(team, meeting, at(zone, 11, day=wednesday), reason="Sovittu esihenkilön kanssa.").version == 3


def test_a_reason_never_moves_over_anything_that_is_taken(team: Team, meeting: int, zone: Any) -> None:
    team.book(TUESDAY, 11)
    with bound(team.app, team.municipality_id) as session:
        who: dict[str, Any] = {"session": session, "actor": SYSTEM, "now": clock.now()}
        span = {"starts_at": at(zone, 13), "ends_at": at(zone, 14)}
        scheduling.add_busy_time(professional_id=team.own_id, title="Hammaslääkäri", **span, **who)
        away = {
            "starts_at": at(zone, 0, day=MONDAY + timedelta(days=3)),
            "ends_at": at(zone, 0, day=MONDAY + timedelta(days=4)),
        }
        scheduling.register_absence(professional_id=team.own_id, reason="leave", **away, **who)
        session.commit()
    for starts_at, kind in (
        (at(zone, 10, 30), Kind.TAKEN),
        (at(zone, 13, 55), Kind.BUSY),
        (at(zone, 10, day=MONDAY + timedelta(days=3)), Kind.ABSENCE),
        (at(zone, 7, 59, day=MONDAY), Kind.PAST),
    ):
        with pytest.raises(InTheWay) as caught:
            move(team, meeting, starts_at, reason="Kiire.")
        assert kind in kinds(caught)
    assert found(team, meeting).version == 1


def test_a_closed_office_is_no_place_and_another_office_needs_a_reason(team: Team, zone: Any) -> None:
    key = team.book(TUESDAY, 9, mode="in_person")
    with bound(team.app, team.municipality_id) as session:
        span = {"starts_at": at(zone, 12), "ends_at": at(zone, 14)}
        who: dict[str, Any] = {"session": session, "actor": SYSTEM, "now": clock.now()}
        scheduling.close_office(office_id=team.office_id, title={"fi": "Inventaario"}, **span, **who)
        session.commit()
    with pytest.raises(InTheWay) as caught:
        move(team, key, at(zone, 11, 30), office_id=team.office_id, reason="Kiire.")
    assert kinds(caught) == {Kind.CLOSED}
    with pytest.raises(InvalidInput):
        move(team, key, at(zone, 12), office_id=team.second_office_id)
    assert (
        move(team, key, at(zone, 12), office_id=team.second_office_id, reason="Tila.").office_id
        == team.second_office_id
    )


def test_who_does_not_give_the_service_takes_it_only_with_a_reason(team: Team, meeting: int, zone: Any) -> None:
    with bound(team.app, team.municipality_id) as session:
        stranger = make_professional(session, services=[], office=session.get(Office, team.office_id))
        session.commit()
        key = stranger.id
    with pytest.raises(InvalidInput):
        move(team, meeting, at(zone, 10), professional_id=key)
    assert move(team, meeting, at(zone, 10), professional_id=key, reason="Sijainen.").professional_id == key


def test_a_caseworker_hands_nobody_a_meeting(team: Team, meeting: int) -> None:
    url = f"/staff/appointments/{meeting}/move"
    form = form_of(team.caseworker.get(url), url)
    assert form.fill("professional", str(team.colleague_id)).press(team.caseworker).status_code == 422
    form = form_of(team.lead.get(url), url)
    assert form.fill("professional", str(team.colleague_id)).press(team.lead).status_code == 303
    assert found(team, meeting).professional_id == team.colleague_id


def test_a_client_is_never_in_two_meetings(team: Team, meeting: int, zone: Any) -> None:
    with bound(team.app, team.municipality_id) as session:
        other = session.get_one(Appointment, team.book(TUESDAY, 12, of=team.colleague_id))
        mine = session.get_one(Appointment, meeting)
        other.client_id = session.get_one(Reservation, other.reservation_id).client_id = mine.client_id
        session.commit()
    with pytest.raises(InTheWay) as caught:
        move(team, meeting, at(zone, 12, 30), reason="Kiire.")
    assert kinds(caught) == {Kind.CLIENT}


def test_who_looked_at_an_older_version_is_refused_and_sent_twice_is_once(team: Team, meeting: int, zone: Any) -> None:
    move(team, meeting, at(zone, 10), version=1)
    assert move(team, meeting, at(zone, 10), version=1).version == 2
    with pytest.raises(ChangedMeanwhile):
        move(team, meeting, at(zone, 12), version=1)


def test_a_cancelled_meeting_is_not_moved(team: Team, meeting: int, zone: Any) -> None:
    with bound(team.app, team.municipality_id) as session:
        municipality = session.get_one(Municipality, team.municipality_id)
        cancel(session, session.get_one(Appointment, meeting), actor=STAFF, municipality=municipality, now=clock.now())
        session.commit()
    with pytest.raises(InvalidTransition):
        move(team, meeting, at(zone, 10))


def test_many_moves_to_one_time_at_once_leave_one_there(team: Team, zone: Any) -> None:
    keys = [team.book(TUESDAY, hour) for hour in (9, 10, 11)] + [
        team.book(TUESDAY, hour, of=team.colleague_id) for hour in (9, 10, 11)
    ]
    answers = run_at_once([lambda key=key: move(team, key, at(zone, 13, 5)) for key in keys])
    assert sum(isinstance(answer, Appointment) for answer in answers) == 1
    assert sum(isinstance(answer, InTheWay) for answer in answers) == len(keys) - 1


def test_two_who_move_one_meeting_at_once_do_not_overwrite_each_other(team: Team, meeting: int, zone: Any) -> None:
    answers = run_at_once([lambda hour=hour: move(team, meeting, at(zone, hour), version=1) for hour in (11, 12, 13)])
    assert sum(isinstance(answer, Appointment) for answer in answers) == 1
    assert sum(isinstance(answer, ChangedMeanwhile) for answer in answers) == 2
    assert found(team, meeting).version == 2


def test_the_client_is_told_unless_the_mover_says_otherwise(team: Team, meeting: int, zone: Any) -> None:
    send_all(team)
    move(team, meeting, at(zone, 10), tell=False)
    assert messages(team, meeting) == []
    move(team, meeting, at(zone, 11))
    assert messages(team, meeting) == ["change"]


def test_a_quiet_move_that_stops_an_unsent_message_is_told_all_the_same(team: Team, meeting: int, zone: Any) -> None:
    assert messages(team, meeting) == ["confirmation"]
    move(team, meeting, at(zone, 10), tell=False)
    assert messages(team, meeting) == ["change"]
    assert messages(team, meeting, "cancelled") == ["confirmation"]


def test_a_move_is_taken_back_to_where_it_was_even_outside_hours(team: Team, meeting: int, zone: Any) -> None:
    move(team, meeting, at(zone, 18), minutes=45, reason="Ilta.")
    moved = move(team, meeting, at(zone, 10), professional_id=team.colleague_id)
    back = undo(team, meeting, moved.version)
    assert (back.starts_at, back.ends_at, back.professional_id) == (at(zone, 18), at(zone, 18, 45), team.own_id)
    assert back.version == moved.version + 1
    with pytest.raises(ChangedMeanwhile):
        undo(team, meeting, moved.version)


def test_a_move_is_not_taken_back_where_somebody_took_the_time(team: Team, meeting: int, zone: Any) -> None:
    moved = move(team, meeting, at(zone, 12))
    team.book(TUESDAY, 9)
    with pytest.raises(InTheWay):
        undo(team, meeting, moved.version)


def test_the_length_is_elapsed_time_on_the_day_the_clocks_change(team: Team, zone: Any) -> None:
    sunday = date(2027, 3, 28)
    key = team.book(TUESDAY, 9)
    moved = move(team, key, at(zone, 2, 30, day=sunday), minutes=60, reason="Yötyö.")
    assert moved.ends_at.astimezone(zone).strftime("%H.%M") == "04.30"
    page = team.lead.get(f"/staff/appointments/{key}/move?day=2027-03-28&time=3.15")
    answer = form_of(page, f"/staff/appointments/{key}/move").press(team.lead)
    assert answer.status_code == 422
    assert "tätä aikaa ei ole" in answer.text


def test_the_page_says_what_is_in_the_way_before_anything_is_sent(team: Team, meeting: int) -> None:
    team.book(TUESDAY, 11)
    page = team.caseworker.get(f"/staff/appointments/{meeting}/move?day=2026-11-24&time=11.30")
    assert "Ammattilaisella on toinen tapaaminen" in words(page)
    page = team.caseworker.get(f"/staff/appointments/{meeting}/move?day=2026-11-24&time=17.00")
    assert "työajan ulkopuolella" in words(page)
    assert 'name="reason"' in page.text
    assert 'name="reason"' not in team.caseworker.get(f"/staff/appointments/{meeting}/move").text


def test_a_refused_form_keeps_what_was_typed_and_a_second_editor_sees_what_changed(team: Team, meeting: int) -> None:
    url = f"/staff/appointments/{meeting}/move"
    first, second = (form_of(team.caseworker.get(url), url) for _ in range(2))
    first.fill("time", "10.15")
    assert first.press(team.caseworker).status_code == 303
    second.fill("time", "12.05")
    answer = second.press(team.caseworker)
    assert answer.status_code == 409
    assert "ti 24.11.2026 klo 10.15–11.15" in answer.text
    again = form_of(answer, url)
    assert again.values("time") == ["12.05"]
    done = again.press(team.caseworker)
    assert done.status_code == 303
    shown = team.caseworker.get(done.location)
    assert "ti 24.11.2026 klo 12.05" in words(shown)
    assert "Kumoa" in shown.text


def test_colleagues_meetings_are_moved_by_those_who_may(team: Team) -> None:
    theirs = team.book(TUESDAY, 9, of=team.colleague_id)
    url = f"/staff/appointments/{theirs}/move"
    assert team.caseworker.get(url).status_code == 403
    assert team.caseworker.post(url, data={}).status_code == 403
    assert team.caseworker.post(f"{url}/undo", data={"version": "1"}).status_code == 403
    assert url not in team.caseworker.get(f"/staff/appointments/{theirs}").text
    for role in (Role.DESK, Role.LEAD, Role.ADMIN):
        assert team.staff(role).get(url).status_code == 200


def test_the_notice_takes_the_move_back(team: Team, meeting: int, zone: Any) -> None:
    url = f"/staff/appointments/{meeting}/move"
    form = form_of(team.caseworker.get(url + "?time=13.00"), url)
    shown = team.caseworker.get(form.press(team.caseworker).location)
    back = form_of(shown, f"{url}/undo").press(team.caseworker)
    assert "Siirto kumottiin" in words(team.caseworker.get(back.location))
    assert found(team, meeting).starts_at == at(zone, 9)
