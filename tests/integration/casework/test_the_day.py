"""The page of the day and of one appointment: what they show to whom, and every press on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.booking import tasks
from app.booking.day import advance
from app.booking.lifecycle import Step
from app.booking.models import Appointment, Task
from app.core import clock
from app.core.audit import SYSTEM, AuditEvent
from app.core.errors import InvalidTransition
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.scheduling.models import Mode
from tests.town import Town, bound, make_town, signed_in


@pytest.fixture(scope="module")
def place(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture(scope="module")
def neighbour(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture
def meeting(app: Flask, place: Town) -> Iterator[Any]:
    """The town's appointment, booked and in person; the clock stands a quarter of an hour before it."""
    with bound(app, place.municipality_id) as session:
        found = session.get_one(Appointment, place.appointment_id)
        found.status, found.mode, found.office_id = "booked", Mode.IN_PERSON, place.office_id
        found.arrived_at = found.started_at = found.completed_at = found.excused = found.late_minutes = None
        session.commit()
        session.expunge_all()
        with clock.standing_at(found.starts_at - timedelta(minutes=15)):
            yield found


def press(browser: Any, place: Town, step: str, **more: str) -> Any:
    data = {"step": step, "back": "/staff/?whose=all", **more}
    return browser.post(f"/staff/appointments/{place.appointment_id}/steps", data=data)


def state_of(app: Flask, place: Town) -> Any:
    with bound(app, place.municipality_id) as session:
        found = session.get_one(Appointment, place.appointment_id)
        session.expunge_all()
        return found


def test_a_client_arrives_is_met_and_the_time_it_took_is_known(app: Flask, place: Town, meeting: Any) -> None:
    desk, caseworker = signed_in(app, place, Role.DESK), signed_in(app, place, Role.CASEWORKER)
    assert "Ei ole vielä saapunut" not in desk.get("/staff/").text
    answer = press(desk, place, "check_in")
    assert answer.status_code == 303
    assert "merkitty saapuneeksi" in desk.get(answer.location).text
    with clock.standing_at(meeting.starts_at - timedelta(minutes=6)):
        page = caseworker.get("/staff/").text
        assert "odottanut 9 min" in page
        assert "(1) Tänään" in page
        assert press(caseworker, place, "start").status_code == 303
    with clock.standing_at(meeting.starts_at + timedelta(minutes=24)):
        assert press(caseworker, place, "complete").status_code == 303
        page = caseworker.get(f"/staff/appointments/{place.appointment_id}").text
    assert "Kesti 30 min" in page
    found = state_of(app, place)
    assert found.status == "completed"
    assert found.arrived_at == meeting.starts_at - timedelta(minutes=15)


def test_after_a_meeting_the_next_one_is_one_press_away(app: Flask, place: Town, meeting: Any) -> None:
    desk = signed_in(app, place, Role.DESK)
    press(desk, place, "start")
    done = desk.get(press(desk, place, "complete").location)
    assert f"/staff/book?after={place.appointment_id}" in done.text


def test_a_press_twice_is_one_step_and_a_press_too_late_says_what_is_now(app: Flask, place: Town, meeting: Any) -> None:
    desk = signed_in(app, place, Role.DESK)
    first = press(desk, place, "check_in")
    version = state_of(app, place).version
    assert press(desk, place, "check_in").location == first.location
    assert state_of(app, place).version == version
    press(desk, place, "start")
    late = press(desk, place, "check_in")
    assert "notice=changed" in late.location
    assert "on nyt ”Käynnissä”" in desk.get(late.location).text


def test_who_did_not_come_is_noted_with_the_reason_and_taken_back_the_same_day(
    app: Flask, place: Town, meeting: Any
) -> None:
    caseworker = signed_in(app, place, Role.CASEWORKER)
    assert 'value="no_show"' not in caseworker.get("/staff/").text  # nobody is missed before the start
    with clock.standing_at(meeting.starts_at + timedelta(minutes=20)):
        press(caseworker, place, "check_in")
        assert 'value="no_show"' in caseworker.get("/staff/").text
        said = caseworker.get(press(caseworker, place, "no_show", excused="yes").location).text
        assert "Kumoa" in said
        assert state_of(app, place).excused is True
        assert "Ei tullut, hyväksyttävä syy" in said
        press(caseworker, place, "undo_no_show")
        found = state_of(app, place)
        assert (found.status, found.excused, found.arrived_at) == ("booked", None, None)
        press(caseworker, place, "no_show", excused="no")
    with clock.standing_at(meeting.starts_at + timedelta(days=1)):
        caseworker = signed_in(app, place, Role.CASEWORKER)  # yesterday's sign-in has ended
        assert "notice=changed" in press(caseworker, place, "undo_no_show").location
    assert state_of(app, place).status == "no_show"


@pytest.mark.usefixtures("meeting")
def test_nobody_arrives_at_a_call(app: Flask, place: Town) -> None:
    with bound(app, place.municipality_id) as session:
        found = session.get_one(Appointment, place.appointment_id)
        found.mode, found.office_id = Mode.PHONE, None
        town = session.get_one(Municipality, place.municipality_id)
        with pytest.raises(InvalidTransition):
            advance(session, found, Step.CHECK_IN, actor=SYSTEM, municipality=town, now=clock.now())


def test_meetings_of_earlier_days_without_an_end_are_asked_for(app: Flask, place: Town, meeting: Any) -> None:
    with clock.standing_at(meeting.starts_at + timedelta(days=2)):
        caseworker = signed_in(app, place, Role.CASEWORKER)
        page = caseworker.get("/staff/").text
        assert "Miten nämä tapaamiset menivät?" in page
        press(caseworker, place, "complete")
        assert "Miten nämä tapaamiset menivät?" not in caseworker.get("/staff/").text


def test_the_page_says_once_what_is_new_and_answers_unchanged_while_nothing_is(
    app: Flask, place: Town, meeting: Any
) -> None:
    caseworker = signed_in(app, place, Role.CASEWORKER)
    page = caseworker.get("/staff/")
    same = caseworker.get("/staff/", headers={"If-None-Match": page.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    press(caseworker, place, "check_in")
    changed = caseworker.get("/staff/", headers={"If-None-Match": page.headers["ETag"]})
    assert changed.status_code == 200
    assert "Aino Åkerö on saapunut." in changed.text


@pytest.mark.usefixtures("meeting")
def test_what_a_client_wrote_is_for_the_professional_and_leads(app: Flask, place: Town) -> None:
    page = f"/staff/appointments/{place.appointment_id}"
    readers = {role for role in Role if "Haluan opiskella." in signed_in(app, place, role).get(page).text}
    assert readers == {Role.CASEWORKER, Role.LEAD}
    assert "omin sanoin" in signed_in(app, place, Role.DESK).get(page).text
    with bound(app, place.municipality_id) as session:
        seen = session.scalars(select(AuditEvent).where(AuditEvent.action == "appointment.view")).all()
        assert {event.object_id for event in seen} == {place.appointment_id}
        assert len(seen) >= len(readers)


def test_another_municipalitys_appointment_and_task_are_not_here(app: Flask, place: Town, neighbour: Town) -> None:
    lead = signed_in(app, neighbour, Role.LEAD)
    page = f"/staff/appointments/{place.appointment_id}"
    assert lead.get(page).status_code == 404
    assert lead.post(f"{page}/steps", data={"step": "check_in"}).status_code == 404
    assert lead.post(f"{page}/cancel").status_code == 404
    assert lead.post(f"/staff/tasks/{place.task_id}", data={"state": "done"}).status_code == 404
    assert "notice" not in re.sub(r"<[^>]+>", "", lead.get(f"/staff/?notice=check_in&of={place.appointment_id}").text)


@pytest.mark.usefixtures("meeting")
def test_staff_cancel_with_a_reason_that_the_client_does_not_read(app: Flask, place: Town) -> None:
    desk = signed_in(app, place, Role.DESK)
    page = f"/staff/appointments/{place.appointment_id}/cancel"
    assert "Aino Åkerö" in desk.get(page).text
    too_long = desk.post(page, data={"reason": "x" * 501})
    assert too_long.status_code == 422
    assert "x" * 501 in too_long.text
    for _ in range(2):
        answer = desk.post(page, data={"reason": "Asiakas soitti ja perui."})
        assert answer.status_code == 303
    page_after = desk.get(answer.location).text
    assert "Asiakas soitti ja perui." in page_after
    assert "Asiakkaalle ilmoitetaan" in page_after
    found = state_of(app, place)
    assert (found.status, found.cancelled_by) == ("cancelled", "staff")


def test_a_task_is_written_ticked_off_and_opened_again(app: Flask, place: Town) -> None:
    caseworker = signed_in(app, place, Role.CASEWORKER)
    day = clock.now().date() + timedelta(days=1)
    typed = {"text": "Lähetä päätös <b>", "due_on": day.isoformat(), "appointment": str(place.appointment_id)}
    added = caseworker.post("/staff/tasks/", data=typed | {"back": "//evil.example/"})
    assert added.location.startswith("/staff/?")
    with bound(app, place.municipality_id) as session:
        task = session.scalars(select(Task).order_by(Task.id.desc())).first()
        assert task is not None
        number = task.id
        assert (task.text, task.client_id, task.professional_id) == (
            "Lähetä päätös <b>",
            place.client_id,
            place.professional_id,
        )
    page = f"/staff/appointments/{place.appointment_id}"
    assert "Lähetä päätös &lt;b&gt;" in caseworker.get(page).text
    done = caseworker.post(f"/staff/tasks/{number}", data={"state": "done", "back": page})
    assert "Kumoa" in caseworker.get(done.location).text
    assert "Lähetä päätös" not in caseworker.get(page).text
    caseworker.post(f"/staff/tasks/{number}", data={"state": "open", "back": page})
    assert "Lähetä päätös" in caseworker.get(page).text


def test_a_task_that_somebody_settled_otherwise_meanwhile_says_so(app: Flask, place: Town) -> None:
    caseworker = signed_in(app, place, Role.CASEWORKER)
    task = f"/staff/tasks/{place.task_id}"
    caseworker.post(task, data={"state": "dropped"})
    late = caseworker.post(task, data={"state": "done"})
    assert "Joku ehti jo hoitaa tämän." in caseworker.get(late.location).text
    caseworker.post(task, data={"state": "open"})


@pytest.mark.usefixtures("meeting")
def test_who_looks_after_the_installation_sees_nobodys_meetings(app: Flask, place: Town) -> None:
    operator, lead = signed_in(app, place, Role.OPERATOR), signed_in(app, place, Role.LEAD)
    for page in ("/staff/?whose=all", f"/staff/?notice=check_in&of={place.appointment_id}"):
        assert "Aino Åkerö" in lead.get(page).text
        shown = operator.get(page)
        assert shown.status_code == 200
        assert "Aino" not in shown.text
        assert "Soita" not in shown.text
        assert "Lisää tehtävä" not in shown.text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"text": "  "}, "Kirjoita, mitä pitää tehdä."),
        ({"due_on": "eilen"}, "päivämäärä."),
        ({"due_on": "2020-01-01"}, "Valitse tämä päivä tai myöhempi päivä."),
        ({"text": "y" * 301}, "y" * 301),
    ],
)
def test_a_task_that_cannot_be_kept_comes_back_as_it_was_typed(
    app: Flask, place: Town, wrong: dict[str, str], message: str
) -> None:
    caseworker = signed_in(app, place, Role.CASEWORKER)
    day = clock.now().date() + timedelta(days=1)
    typed = {"text": "Soita Åsalle", "due_on": day.isoformat(), "back": "/staff/", **wrong}
    again = caseworker.post("/staff/tasks/", data=typed)
    assert again.status_code == 422
    assert message in again.text
    assert f'value="{typed["text"]}"' in again.text


def test_a_settled_task_is_not_settled_otherwise(app: Flask, place: Town) -> None:
    with bound(app, place.municipality_id) as session:
        task = session.get_one(Task, place.task_id)
        tasks.settle_task(session, task, tasks.State.DONE, actor=SYSTEM, now=clock.now())
        tasks.settle_task(session, task, tasks.State.DONE, actor=SYSTEM, now=clock.now())
        with pytest.raises(InvalidTransition):
            tasks.settle_task(session, task, tasks.State.DROPPED, actor=SYSTEM, now=clock.now())
