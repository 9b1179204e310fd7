"""The weekly editor without JavaScript: typing, steps, saving, effects on bookings, two people at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.audit import SYSTEM
from app.scheduling.service import set_working_hours
from app.scheduling.weekly import WeeklyHours, week_number
from tests.concurrently import run_at_once
from tests.forms import Form, form_of
from tests.integration.casework.conftest import MONDAY, TUESDAY, Team, words
from tests.town import bound

WEEK = [WeeklyHours(day, 540, 900) for day in range(5)]


def give(team: Team, rules: list[WeeklyHours], of: int = 0) -> None:
    """Hours that somebody else set earlier."""
    with bound(team.app, team.municipality_id) as session:
        key = of or team.own_id
        set_working_hours(session, actor=SYSTEM, now=clock.now(), professional_id=key, hours=rules)
        session.commit()


def again(page: Any, team: Team) -> Form:
    """The form of an answer."""
    return form_of(page, team.url())


def row(form: Form, day: str, number: int = 0) -> int:
    """The place of a day's row among all rows."""
    return [n for n, key in enumerate(form.values("row")) if key == day][number]


def type_day(form: Form, day: str, start: str, end: str) -> Form:
    at = row(form, day)
    return form.fill("start", start, at=at).fill("end", end, at=at)


def save(team: Team, form: Form, who: Any = None) -> Any:
    return form.press(who or team.caseworker, "do", "save")


# — typing and showing —


@pytest.mark.parametrize("typed", [("9", "1530"), ("9.00", "15:30"), ("09", "15,30"), (" 9:00 ", "15 30")])
def test_times_typed_in_any_way_are_saved_and_shown_back_in_one(team: Team, typed: tuple[str, str]) -> None:
    form = team.form()
    assert save(team, type_day(form, "0.1", *typed)).status_code == 303
    assert replace(WEEK[1], end_minute=930, office_id=team.office_id) in team.rules()
    shown = team.form()
    at = row(shown, "0.1")
    assert (shown.values("start")[at], shown.values("end")[at]) == ("9.00", "15.30")


def test_the_menus_page_is_ones_own_hours(team: Team) -> None:
    page = team.caseworker.get("/staff/hours")
    assert page.status_code == 200
    assert "Työajat" in words(page)
    assert again(page, team).values("row") == [f"0.{day}" for day in range(5)]


def test_several_rows_a_day_each_have_their_place_and_ways_of_meeting(team: Team) -> None:
    form = type_day(team.form(), "0.0", "9", "12")
    form = again(form.press(team.caseworker, "do", "add:0.0"), team)
    at = row(form, "0.0", 1)
    assert form.values("place")[at] == str(team.office_id), "a new row begins at the place of the one before"
    form.fill("start", "12.30", at=at).fill("end", "24", at=at).fill("place", "", at=at).fill("modes", "phone", at=at)
    assert save(team, form).status_code == 303
    monday = {rule for rule in team.rules() if rule.weekday == 0}
    assert monday == {
        WeeklyHours(0, 540, 720, team.office_id),
        WeeklyHours(0, 750, 1440, None, modes=("phone",)),
    }
    assert team.free(MONDAY + timedelta(days=7))[-1] == "22.30"
    assert team.free(MONDAY + timedelta(days=7), mode="in_person", office=team.office_id)[-1] == "11.00"


def test_a_day_that_ends_at_midnight_may_be_typed_as_nought(team: Team) -> None:
    assert save(team, type_day(team.form(), "0.4", "20", "0.00")).status_code == 303
    assert (1200, 1440) in {(rule.start_minute, rule.end_minute) for rule in team.rules()}


@pytest.mark.parametrize(
    ("start", "end", "field", "message"),
    [
        ("9", "", "end", "Kirjoita kellonaika"),
        ("yhdeksän", "15", "start", "Kirjoita kellonaika"),
        ("15", "9", "end", "Lopun on oltava alun jälkeen"),
        ("9", "9", "end", "Lopun on oltava alun jälkeen"),
        ("9.75", "15", "start", "Kirjoita kellonaika"),
    ],
)
def test_what_cannot_be_read_is_marked_and_stays_as_it_was_typed(
    team: Team, start: str, end: str, field: str, message: str
) -> None:
    before = team.rules()
    answer = save(team, type_day(team.form(), "0.2", start, end))
    assert answer.status_code == 422
    assert message in words(answer)
    form = again(answer, team)
    at = row(form, "0.2")
    assert (form.values("start")[at], form.values("end")[at]) == (start, end)
    assert f'href="#{field}-{at}"' in answer.text
    assert team.rules() == before


def test_rows_that_overlap_are_refused_with_words(team: Team) -> None:
    form = again(team.form().press(team.caseworker, "do", "add:0.0"), team)
    at = row(form, "0.0", 1)
    answer = save(team, form.fill("start", "14", at=at).fill("end", "16", at=at))
    assert answer.status_code == 422
    assert "Maanantai: 9.00–15.00 ja 14–16 ovat päällekkäin." in words(answer)


def test_periods_that_overlap_are_refused_with_a_day_on_which_they_do(team: Team) -> None:
    form = again(team.form().press(team.caseworker, "do", "period"), team)
    assert form.values("row")[5:] == [f"1.{day}" for day in range(5)], "an empty period has rows to type into"
    form.fill("first", "2026-12-01", at=1)
    answer = save(team, type_day(form, "1.1", "14", "16"))
    assert answer.status_code == 422
    assert "Tiistai: 9.00–15.00 ja toisen jakson 14–16 ovat päällekkäin, esimerkiksi 1.12.2026." in words(answer)


def test_meetings_at_the_office_need_an_office(team: Team) -> None:
    answer = save(team, team.form().fill("place", "").fill("modes", "in_person"))
    assert answer.status_code == 422
    assert "Valitse toimipiste" in words(answer)


@pytest.mark.parametrize(
    ("name", "value"), [("place", "999999999"), ("place", "x"), ("modes", "letter"), ("every", "9")]
)
def test_what_is_not_in_the_lists_is_refused(team: Team, name: str, value: str) -> None:
    before = team.rules()
    assert save(team, team.form().fill(name, value)).status_code == 422
    assert team.rules() == before


@pytest.mark.parametrize(
    "broken",
    [
        {"do": "save", "row": "0.0"},
        {"do": "add:x"},
        {"do": "add:9.9", "row": "9.9", "start": "", "end": "", "place": "", "modes": ""},
        {"do": "copy:"},
        {"do": "split:7"},
    ],
)
def test_a_form_that_no_page_has_made_is_a_bad_request(team: Team, broken: dict[str, str]) -> None:
    assert team.caseworker.post(team.url(), data=broken).status_code == 400


# — steps that save nothing —


def test_every_step_keeps_what_was_typed_and_saves_nothing(team: Team) -> None:
    before = team.rules()
    form = type_day(team.form(), "0.3", "10", "klo kolme")
    for value in ("add:0.5", "copy:0.0", "period", "show", "remove:0"):
        if value == "copy:0.0":
            form.tick("to-0.0", "5", "6")
        answer = form.press(team.caseworker, "do", value)
        assert answer.status_code == 200
        form = again(answer, team)
        assert "klo kolme" in form.values("end"), value
    assert [form.values("row").count(f"0.{day}") for day in range(7)] == [0, 1, 1, 1, 1, 1, 1]
    assert form.values("start")[row(form, "0.6")] == "9.00", "Sunday became like Monday"
    assert team.rules() == before


def test_another_week_is_shown_with_what_was_typed(team: Team) -> None:
    form = type_day(team.form(), "0.1", "10", "14")
    answer = form.press(team.caseworker, "do", "week:2026-11-30")
    assert "1.12." in words(answer)
    assert "10.00–14.00" in words(answer)
    assert again(answer, team).values("week") == ["2026-11-30"]


def test_other_hours_from_a_date_on_end_the_period_the_day_before(team: Team) -> None:
    form = team.form().fill("split_from", "2027-01-11")
    form = again(form.press(team.caseworker, "do", "split:0"), team)
    assert (form.values("first"), form.values("last")) == (["", "2027-01-11"], ["2027-01-10", ""])
    assert save(team, type_day(form, "1.0", "8", "12")).status_code == 303
    assert team.free(date(2027, 1, 4))[0] == "09.00"
    assert team.free(date(2027, 1, 11)) == ["08.00", "09.00", "10.00", "11.00"]


def test_a_period_is_divided_only_inside_itself(team: Team) -> None:
    for typed in ("", "x", "2026-12-01"):
        form = team.form().fill("first", "2026-12-01").fill("split_from", typed)
        assert form.press(team.caseworker, "do", "split:0").status_code == 422


def test_a_period_may_be_taken_away(team: Team) -> None:
    form = team.form().fill("split_from", "2027-01-11")
    form = again(form.press(team.caseworker, "do", "split:0"), team)
    form = again(form.press(team.caseworker, "do", "drop:0"), team)
    assert (form.values("first"), form.values("row")) == (["2027-01-11"], [f"0.{day}" for day in range(5)])


# — alternate weeks and validity —


def test_alternate_weeks_are_two_periods_that_take_turns(team: Team) -> None:
    form = team.form().fill("every", "2").fill("week_of", "2026-11-25")
    form = again(form.press(team.caseworker, "do", "other:0"), team)
    assert form.values("week_of")[1] == "2026-12-02"
    for day in range(1, 5):
        form = type_day(form, f"1.{day}", "", "")
    assert save(team, type_day(form, "1.0", "12", "14")).status_code == 303
    first, second = week_number(MONDAY) % 2, (week_number(MONDAY) + 1) % 2
    assert WeeklyHours(0, 720, 840, team.office_id, cycle_weeks=2, cycle_phase=second) in team.rules()
    assert {rule.cycle_phase for rule in team.rules()} == {first, second}
    turns = [team.free(MONDAY + timedelta(weeks=weeks)) for weeks in range(1, 8)]
    assert [len(starts) for starts in turns] == [2, 6, 2, 6, 2, 6, 2]
    assert team.free(TUESDAY + timedelta(weeks=1)) == []
    assert sorted(team.form().values("week_of")) == ["2026-11-23", "2026-11-30"], "shown as the weeks to come"


def test_alternate_weeks_need_to_know_which(team: Team) -> None:
    answer = save(team, team.form().fill("every", "3"))
    assert answer.status_code == 422
    assert "Valitse päivä viikolta" in words(answer)


def test_a_period_that_has_ended_is_history_that_saving_leaves_alone(team: Team) -> None:
    old = WeeklyHours(0, 480, 700, valid_to=date(2026, 10, 31))
    give(team, [old, replace(WEEK[0], valid_from=date(2026, 11, 1))])
    form = team.form()
    assert len(form.values("row")) == 1
    assert save(team, form.fill("first", "").fill("start", "8")).status_code == 303
    assert team.rules() == {old, WeeklyHours(0, 480, 900, valid_from=date(2026, 11, 1))}


def test_nothing_changes_when_nothing_was_changed(team: Team) -> None:
    answer = save(team, team.form())
    assert answer.location.endswith("notice=same")
    assert team.log("working_hours.set") == []


# — effects on bookings —


def test_the_meetings_that_fall_outside_are_shown_before_saving_and_stay(team: Team) -> None:
    late, early = team.book(TUESDAY, 14, name="Noora Karppinen"), team.book(TUESDAY, 9)
    before = team.rules()
    answer = save(team, type_day(team.form(), "0.1", "9", "14"))
    assert answer.status_code == 200
    said = words(answer)
    assert "1 tuleva tapaaminen jää työajan ulkopuolelle." in said
    assert "ti 24.11.2026 klo 14.00 Noora Karppinen Työnhakukeskustelu Puhelimessa" in said
    assert "Aino Åkerö" not in said
    assert "Tiistai 9.00–14.00, Keskusta" in said
    assert team.rules() == before
    assert again(answer, team).press(team.caseworker, "do", "confirm").status_code == 303
    assert WeeklyHours(1, 540, 840, team.office_id) in team.rules()
    assert {team.status_of(key) for key in (late, early)} == {"booked"}
    assert team.free(TUESDAY)[-1] == "13.00"


def test_going_back_from_the_check_keeps_what_was_typed(team: Team) -> None:
    team.book(TUESDAY, 14)
    check = again(save(team, type_day(team.form(), "0.1", "9", "14")), team)
    back = check.press(team.caseworker, "do", "edit")
    form = again(back, team)
    assert form.values("end")[row(form, "0.1")] == "14"
    assert "1 tuleva tapaaminen jää työajan ulkopuolelle." in words(back)


def test_a_booking_made_while_the_list_was_looked_at_is_shown_too(team: Team) -> None:
    team.book(TUESDAY, 14)
    check = again(save(team, type_day(team.form(), "0.1", "9", "13")), team)
    team.book(TUESDAY, 13, name="Ahmed Saleh")
    answer = check.press(team.caseworker, "do", "confirm")
    assert answer.status_code == 409
    assert "2 tulevaa tapaamista jää" in words(answer)
    assert "Ahmed Saleh" in words(answer)
    assert again(answer, team).press(team.caseworker, "do", "confirm").status_code == 303


def test_a_change_that_touches_no_meeting_is_saved_at_once(team: Team) -> None:
    team.book(TUESDAY, 9)
    assert save(team, type_day(team.form(), "0.1", "9", "14")).status_code == 303


def test_another_office_leaves_only_meetings_in_person_outside(team: Team) -> None:
    team.book(TUESDAY, 9)
    assert save(team, team.form().fill("place", str(team.second_office_id), at=1)).status_code == 303
    team.book(TUESDAY + timedelta(days=1), 9, mode="in_person", name="Päivi Rautiainen")
    answer = save(team, team.form().fill("place", str(team.second_office_id), at=2))
    assert "Päivi Rautiainen" in words(answer)


# — two people —


def test_the_second_of_two_sees_what_changed_and_loses_nothing(team: Team) -> None:
    mine, theirs = team.form(), team.form(who=team.lead)
    assert save(team, type_day(theirs, "0.0", "8", "15"), team.lead).status_code == 303
    answer = save(team, type_day(mine, "0.4", "9", "13"))
    assert answer.status_code == 409
    said = words(answer)
    assert "Joku muu tallensi nämä työajat sillä välin" in said
    assert "Testi lead" in said
    assert "Päättyi: Maanantai 9.00–15.00, Keskusta" in said
    assert "Alkoi: Maanantai 8.00–15.00, Keskusta" in said
    form = again(answer, team)
    assert form.values("end")[row(form, "0.4")] == "13"
    assert save(team, type_day(form, "0.0", "8", "15")).status_code == 303
    saved = {(rule.weekday, rule.start_minute, rule.end_minute) for rule in team.rules()}
    assert {(0, 480, 900), (4, 540, 780)} <= saved


def test_of_two_who_save_at_once_one_is_asked_to_look_again(app: Flask, team: Team) -> None:
    forms = [(type_day(team.form(who=who), "0.0", start, "15"), who)
             for who, start in ((team.caseworker, "8"), (team.lead, "10"))]  # fmt: skip
    answers = run_at_once([lambda form=form, who=who: save(team, form, who) for form, who in forms])
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    monday = {rule.start_minute for rule in team.rules() if rule.weekday == 0}
    assert monday in ({480}, {600})


def test_saving_is_told_in_the_log_with_what_ended_and_what_began(team: Team) -> None:
    save(team, type_day(team.form(), "0.1", "10", "15"))
    (event,) = team.log("working_hours.set")
    assert (event.actor_kind, event.object_type, event.object_id) == ("staff", "professional", team.own_id)
    assert [(rule["weekday"], rule["start_minute"]) for rule in event.data["ended"]] == [(1, 540)]
    assert [(rule["weekday"], rule["start_minute"]) for rule in event.data["begun"]] == [(1, 600)]
