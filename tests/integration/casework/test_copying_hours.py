"""Copying weekly hours to colleagues: preview with numbers, confirmation, what changed meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.audit import SYSTEM
from app.scheduling.service import set_working_hours
from app.scheduling.weekly import WeeklyHours
from tests.forms import Form, form_of
from tests.integration.casework.conftest import MONDAY, Team, words
from tests.town import bound

FIRST = MONDAY + timedelta(days=14)
MODEL = [WeeklyHours(0, 480, 720, modes=("phone",)), WeeklyHours(1, 540, 1020, cycle_weeks=2, cycle_phase=1)]


@pytest.fixture
def model(team: Team) -> Team:
    """The lead copies from somebody who works on Mondays and every second Tuesday."""
    set_hours(team, team.own_id, MODEL)
    return team


def set_hours(team: Team, professional_id: int, rules: list[WeeklyHours]) -> None:
    with bound(team.app, team.municipality_id) as session:
        set_working_hours(session, actor=SYSTEM, now=clock.now(), professional_id=professional_id, hours=rules)
        session.commit()


def preview(team: Team, *to: int, first: date = FIRST) -> Any:
    form = team.form("/copy", who=team.lead).fill("first", first.isoformat()).tick("to", *map(str, to))
    return form.press(team.lead, "do", "preview")


def checked(team: Team, page: Any) -> Form:
    return form_of(page, team.url("/copy"))


def test_hours_are_copied_from_the_day_on_and_earlier_ones_end_the_day_before(model: Team) -> None:
    own = model.rules(model.colleague_id)
    page = preview(model, model.colleague_id)
    said = words(page)
    assert "1 työkaveri saa nämä työajat 7.12.2026 alkaen" in said
    assert "Maanantai 8.00–12.00, Vain etänä, puhelimessa (7.12.2026 alkaen)" in said
    assert "Tiistai 9.00–17.00, Vain etänä (7.12.2026 alkaen, joka toinen viikko)" in said
    assert "Maanantai–perjantai 9.00–15.00, Keskusta" in said
    assert model.rules(model.colleague_id) == own, "looking changes nothing"
    assert checked(model, page).press(model.lead, "do", "confirm").status_code == 303
    ended = {replace(rule, valid_to=FIRST - timedelta(days=1)) for rule in own}
    begun = {replace(rule, valid_from=FIRST) for rule in MODEL}
    assert model.rules(model.colleague_id) == ended | begun
    assert model.rules() == set(MODEL)
    assert [event.object_id for event in model.log("working_hours.set")] == [model.own_id, model.colleague_id]


def test_meetings_that_fall_outside_are_counted_and_listed_by_colleague(model: Team) -> None:
    key = model.book(FIRST + timedelta(days=2), 10, of=model.colleague_id, name="Noora Karppinen")
    page = preview(model, model.colleague_id)
    assert "1 tuleva tapaaminen jää työajan ulkopuolelle." in words(page)
    assert "Noora Karppinen" in words(page)
    assert checked(model, page).press(model.lead, "do", "confirm").status_code == 303
    assert model.status_of(key) == "booked"


def test_what_changed_meanwhile_is_shown_before_it_is_overwritten(model: Team) -> None:
    form = checked(model, preview(model, model.colleague_id))
    set_hours(model, model.colleague_id, [WeeklyHours(5, 600, 660)])
    answer = form.press(model.lead, "do", "confirm")
    assert answer.status_code == 409
    assert "Lauantai 10.00–11.00" in words(answer)
    model.book(FIRST + timedelta(days=5), 10, of=model.colleague_id, name="Ahmed Saleh")
    again = checked(model, answer).press(model.lead, "do", "confirm")
    assert again.status_code == 409
    assert "Ahmed Saleh" in words(again)
    assert checked(model, again).press(model.lead, "do", "confirm").status_code == 303


def test_colleagues_who_have_the_hours_already_are_left_alone(model: Team) -> None:
    checked(model, preview(model, model.colleague_id)).press(model.lead, "do", "confirm")
    answer = preview(model, model.colleague_id)
    assert answer.status_code == 422
    assert "Heillä on jo nämä työajat." in words(answer)


@pytest.mark.parametrize(
    ("first", "message"), [("", "Kirjoita päivämäärä"), ("2026-11-22", "on jo mennyt"), ("x", "Kirjoita päivämäärä")]
)
def test_the_day_must_be_one_to_come(model: Team, first: str, message: str) -> None:
    form = model.form("/copy", who=model.lead).fill("first", first).tick("to", str(model.colleague_id))
    answer = form.press(model.lead, "do", "preview")
    assert answer.status_code == 422
    assert message in words(answer)
    assert checked(model, answer).values("to") == [str(model.colleague_id)]


def test_somebody_must_be_chosen_and_only_colleagues_can_be(model: Team) -> None:
    assert "Valitse ainakin yksi työkaveri." in words(preview(model))
    assert preview(model, model.own_id).status_code == 422
    assert preview(model, 10**12).status_code == 422


def test_there_must_be_hours_to_copy(model: Team) -> None:
    set_hours(model, model.own_id, [WeeklyHours(0, 480, 720, valid_to=FIRST - timedelta(days=1))])
    answer = preview(model, model.colleague_id)
    assert answer.status_code == 422
    assert "Tästä päivästä alkaen ei ole viikkotyöaikoja." in words(answer)


def test_going_back_keeps_what_was_chosen(model: Team) -> None:
    form = checked(model, checked(model, preview(model, model.colleague_id)).press(model.lead, "do", "edit"))
    assert (form.values("first"), form.values("to")) == ([FIRST.isoformat()], [str(model.colleague_id)])
