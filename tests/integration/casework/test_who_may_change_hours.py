"""Each role on each page of working time: one's own, a colleague's, another municipality's."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.audit import SYSTEM
from app.core.permissions import Role
from app.scheduling.models import BusyTime, ScheduleException
from app.scheduling.service import add_busy_time, add_exception
from tests.integration.casework.conftest import NOW, TUESDAY, Team, make_team, words
from tests.town import bound

PAGES = ("", "/days", f"/day?day={TUESDAY}")
FOR_LEADS = ("/copy",)
POSTS = ("", "/exceptions", "/busy", "/day")
MANAGES = {Role.LEAD, Role.ADMIN}


def expected(role: Role, whose: str, *, for_leads: bool = False) -> int:
    """What a page answers."""
    if role in (Role.DESK, Role.OPERATOR) or (for_leads and role not in MANAGES):
        return 403
    if whose == "elsewhere":
        return 404
    return 200 if whose == "own" or role in MANAGES else 403


@pytest.mark.parametrize("role", Role)
def test_who_opens_whose_hours(app: Flask, team: Team, role: Role) -> None:
    elsewhere = make_team(app)
    who = team.staff(role, team.own_id)
    for whose, key in (("own", team.own_id), ("colleague", team.colleague_id), ("elsewhere", elsewhere.own_id)):
        for page in (*PAGES, *FOR_LEADS):
            wanted = expected(role, whose, for_leads=page in FOR_LEADS)
            assert who.get(team.url(page, of=key)).status_code == wanted, (role, whose, page)


@pytest.mark.parametrize("role", Role)
def test_who_changes_whose_hours(app: Flask, team: Team, role: Role) -> None:
    elsewhere = make_team(app)
    who = team.staff(role, team.own_id)
    data = {"day": TUESDAY.isoformat()}
    for whose, key in (("own", team.own_id), ("colleague", team.colleague_id), ("elsewhere", elsewhere.own_id)):
        for page in (*POSTS, *FOR_LEADS):
            wanted = expected(role, whose, for_leads=page in FOR_LEADS)
            status = who.post(team.url(page, of=key), data=data).status_code
            assert (status if status in (403, 404) else 200) == wanted, (role, whose, page, status)
    assert elsewhere.rules()
    assert elsewhere.plan().exceptions == ()


def things(team: Team, professional_id: int) -> tuple[int, int]:
    """An exception and a busy time; their ids."""
    with bound(team.app, team.municipality_id) as session:
        who: dict[str, Any] = {"actor": SYSTEM, "now": NOW, "professional_id": professional_id}
        exception = add_exception(session, on=TUESDAY, start_minute=540, end_minute=600, extra=False, **who)
        busy = add_busy_time(session, starts_at=NOW, ends_at=NOW.replace(hour=20), title="Oma", **who)
        session.commit()
        return exception.id, busy.id


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.LEAD])
def test_an_exception_and_a_busy_time_are_removed_under_their_owners_address_only(
    app: Flask, team: Team, role: Role
) -> None:
    elsewhere = make_team(app)
    who = team.staff(role, team.own_id)
    for exception, busy in (things(team, team.colleague_id), things(elsewhere, elsewhere.own_id)):
        assert who.post(team.url(f"/exceptions/{exception}/remove")).status_code == 404
        assert who.post(team.url(f"/busy/{busy}/remove")).status_code == 404
    for other in (team, elsewhere):
        with bound(app, other.municipality_id) as session:
            assert len(session.scalars(select(ScheduleException.id)).all()) == 1
            assert len(session.scalars(select(BusyTime.id)).all()) == 1
    exception, busy = things(team, team.own_id)
    assert who.post(team.url(f"/exceptions/{exception}/remove")).status_code == 303
    assert who.post(team.url(f"/busy/{busy}/remove")).status_code == 303


def test_hours_are_not_copied_to_another_municipality(app: Flask, team: Team) -> None:
    elsewhere = make_team(app)
    form = team.form("/copy", who=team.lead).tick("to", str(elsewhere.own_id))
    assert form.press(team.lead, "do", "preview").status_code == 422
    assert str(elsewhere.own_id) not in form.values("to")[:-1]


def test_an_office_of_another_municipality_is_no_place(app: Flask, team: Team) -> None:
    elsewhere = make_team(app)
    answer = team.form().fill("place", str(elsewhere.office_id)).press(team.caseworker, "do", "save")
    assert answer.status_code == 422


def test_who_looks_after_everybody_finds_people_by_name(team: Team) -> None:
    assert team.lead.get("/staff/hours").location == "/staff/hours/people"
    assert "Mikko Hakala" in words(team.lead.get("/staff/hours/people"))
    assert "Mikko" not in words(team.lead.get("/staff/hours/people?name=liisa"))
    assert "Ketään ei löytynyt." in words(team.lead.get("/staff/hours/people?name=zzz"))
    assert team.caseworker.get("/staff/hours/people").status_code == 403


def test_a_caseworker_without_a_calendar_is_told_so(team: Team) -> None:
    page = team.staff(Role.CASEWORKER).get("/staff/hours")
    assert page.status_code == 200
    assert "ei ole vielä kalenteria" in words(page)


def test_the_tab_for_copying_is_only_there_for_those_who_may(team: Team) -> None:
    assert "Kopioi työkavereille" not in words(team.caseworker.get(team.url()))
    assert "Kopioi työkavereille" in words(team.lead.get(team.url()))
    assert "Työajat: Liisa Hakala" in words(team.lead.get(team.url()))
