"""The staff's calendar: what it holds for whom, its views, and that it stays quick however many people are shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.core import clock
from app.core.audit import SYSTEM
from app.core.db import db
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.scheduling import service as scheduling
from app.scheduling.models import Office, Service
from tests.factories import make_professional
from tests.integration.casework.conftest import MONDAY, TUESDAY, Team, words
from tests.town import Browser, bound

WEEK = f"view=week&day={TUESDAY}"


def feed(who: Browser, query: str = WEEK) -> dict[str, Any]:
    answer = who.get(f"/staff/calendar/feed?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def add_gaps(team: Team, professional_id: int) -> None:
    """A busy time on Tuesday at 13 and an absence on Wednesday."""
    with bound(team.app, team.municipality_id) as session:
        zone = session.get_one(Municipality, team.municipality_id).zone

        def at(day: date, hour: int) -> datetime:
            return datetime.combine(day, time(hour), zone).astimezone(UTC)

        who: dict[str, Any] = {"actor": SYSTEM, "now": clock.now(), "professional_id": professional_id}
        scheduling.add_busy_time(
            session, title="Hammaslääkäri", starts_at=at(TUESDAY, 13), ends_at=at(TUESDAY, 14), **who
        )
        wednesday = TUESDAY + timedelta(days=1)
        scheduling.register_absence(
            session, reason="sick", starts_at=at(wednesday, 9), ends_at=at(wednesday, 15), **who
        )
        session.commit()


def test_times_are_local_wall_time_and_what_is_outside_hours_is_shaded(team: Team) -> None:
    key = team.book(TUESDAY, 9)
    found = feed(team.caseworker)
    (meeting,) = found["events"]
    assert (meeting["id"], meeting["start"], meeting["end"]) == (key, "2026-11-24T09:00:00", "2026-11-24T10:00:00")
    assert (meeting["title"], meeting["mode"], meeting["status"]) == ("Aino Åkerö", "phone", "booked")
    tuesday = [(shade["start"], shade["end"]) for shade in found["shades"] if shade["start"].startswith("2026-11-24")]
    assert tuesday == [("2026-11-24T00:00:00", "2026-11-24T09:00:00"), ("2026-11-24T15:00:00", "2026-11-25T00:00:00")]
    assert (found["hours"], found["weekend"]) == ([8, 16], False)


def test_a_busy_time_has_its_title_for_its_owner_alone(team: Team) -> None:
    add_gaps(team, team.own_id)
    own = {entry["kind"]: entry["title"] for entry in feed(team.caseworker)["events"]}
    assert own == {"busy": "Hammaslääkäri", "absence": "Poissa"}
    for reader in (team.lead, team.staff(Role.CASEWORKER, team.colleague_id)):
        theirs = {entry["kind"]: entry["title"] for entry in feed(reader, f"{WEEK}&who={team.own_id}")["events"]}
        assert theirs == {"busy": "Varattu", "absence": "Poissa"}
        listed = reader.get(f"/staff/calendar/?view=list&day={TUESDAY}&who={team.own_id}")
        assert "Hammaslääkäri" not in listed.text


def test_what_may_be_moved_is_marked_and_colleagues_is_not(team: Team) -> None:
    team.book(TUESDAY, 9)
    team.book(TUESDAY, 9, of=team.colleague_id)
    query = f"view=team&group=all&day={TUESDAY}"
    movable = {entry["who"]: entry["move"] for entry in feed(team.caseworker, query)["events"]}
    assert movable == {team.own_id: True, team.colleague_id: False}
    assert all(entry["move"] for entry in feed(team.lead, query)["events"])


def test_a_team_is_chosen_by_office_service_or_person(team: Team) -> None:
    for key in (team.own_id, team.colleague_id):
        team.book(TUESDAY, 9, of=key)

    def shown(query: str) -> set[int]:
        return {entry["who"] for entry in feed(team.lead, f"view=team&day={TUESDAY}&{query}")["events"]}

    both = {team.own_id, team.colleague_id}
    assert shown("group=all") == both
    assert shown(f"group=office-{team.office_id}") == both
    assert shown(f"group=office-{team.second_office_id}") == set()
    assert shown(f"group=service-{team.service_id}") == both
    assert shown(f"group=people&who={team.colleague_id}") == {team.colleague_id}
    listed = team.lead.get(f"/staff/calendar/?view=list&day={TUESDAY}&group=service-{team.service_id}")
    assert {name for name in ("Liisa Hakala", "Mikko Hakala") if name in words(listed)} == {
        "Liisa Hakala",
        "Mikko Hakala",
    }
    page = team.lead.get(f"/staff/calendar/?view=team&day={TUESDAY}&group=people&who={team.colleague_id}")
    assert f'value="{team.colleague_id}" checked' in page.text


def test_nothing_new_is_answered_304_and_a_change_anew(team: Team) -> None:
    first = team.caseworker.get(f"/staff/calendar/feed?{WEEK}")
    asked = {"If-None-Match": first.headers["ETag"]}
    assert team.caseworker.get(f"/staff/calendar/feed?{WEEK}", headers=asked).status_code == 304
    team.book(TUESDAY, 9)
    assert team.caseworker.get(f"/staff/calendar/feed?{WEEK}", headers=asked).status_code == 200


def test_more_people_ask_no_more_queries(app: Flask, team: Team) -> None:
    query = f"/staff/calendar/feed?view=team&group=all&day={TUESDAY}"
    team.lead.get(query)
    before = _statements(app, lambda: team.lead.get(query))
    with bound(app, team.municipality_id) as session:
        office, service = session.get_one(Office, team.office_id), session.get_one(Service, team.service_id)
        for _ in range(12):
            make_professional(session, services=[service], office=office)
        session.commit()
    assert _statements(app, lambda: team.lead.get(query)) == before
    assert before <= 10


def _statements(app: Flask, ask: Any) -> int:
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert ask().status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent)


@pytest.mark.parametrize("view", ["day", "week", "month", "team", "list"])
def test_without_scripts_every_view_is_a_list_with_a_way_to_move(team: Team, view: str) -> None:
    key = team.book(TUESDAY, 9)
    page = team.caseworker.get(f"/staff/calendar/?view={view}&day={TUESDAY}&group=all")
    assert "Tiistai 24.11.2026 9.00–10.00 Aino Åkerö" in words(page)
    assert f"/staff/appointments/{key}/move?back=" in page.text


def test_the_days_around_are_reached_by_links(team: Team) -> None:
    page = team.caseworker.get(f"/staff/calendar/?view=month&day={TUESDAY}")
    assert "Marraskuu 2026" in words(page)
    assert "day=2026-10-01" in page.text
    assert "day=2026-12-01" in page.text
    week = words(team.caseworker.get(f"/staff/calendar/?view=week&day={MONDAY + timedelta(days=13)}"))
    assert "6.12.2026 Itsenäisyyspäivä" in week


def test_a_cancelled_meeting_is_gone_and_a_missed_one_stays(team: Team) -> None:
    key = team.book(TUESDAY, 9)
    team.caseworker.post(f"/staff/appointments/{key}/cancel", data={"reason": ""})
    assert feed(team.caseworker)["events"] == []


def test_who_looks_after_the_installation_sees_no_calendar(team: Team) -> None:
    assert team.staff(Role.OPERATOR).get("/staff/calendar/").status_code == 403


def test_on_the_day_the_clocks_change_times_stay_wall_time(team: Team) -> None:
    with clock.standing_at(datetime(2027, 3, 20, 6, tzinfo=UTC)):
        key = team.book(date(2027, 3, 30), 9)
        lead = team.staff(Role.LEAD)
        (meeting,) = feed(lead, f"view=week&day=2027-03-30&who={team.own_id}")["events"]
        assert (meeting["id"], meeting["start"]) == (key, "2027-03-30T09:00:00")


def test_shortcuts_are_turned_off_and_on(team: Team) -> None:
    page = "/staff/calendar/?view=week"
    for on, wanted in (("", "off"), ("1", "on")):
        answer = team.caseworker.post("/staff/calendar/shortcuts", data={"on": on, "back": page})
        assert answer.location == page
        assert f'data-keys="{wanted}"' in team.caseworker.get(page).text
