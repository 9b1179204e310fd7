"""Exceptions, one day's own hours, busy times: adding, removing, effects, and what clients are offered then."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.audit import SYSTEM
from app.scheduling.models import Absence, BusyTime, Closure
from app.scheduling.service import add_busy_time
from app.scheduling.workday import DayException
from tests.forms import Form, form_of, forms_of
from tests.integration.casework.conftest import MONDAY, TUESDAY, Team, words
from tests.town import bound

NEXT_TUESDAY = TUESDAY + timedelta(days=7)
INDEPENDENCE_DAY = date(2027, 12, 6)  # a Monday


def exception_form(team: Team, day: date, start: str, end: str, *, kind: str = "removed", place: int = 0) -> Form:
    form = team.form("/days", to="/exceptions")
    form.fill("kind", kind).fill("day", day.isoformat()).fill("start", start).fill("end", end)
    return form.fill("place", str(place or ""))


def busy_form(team: Team, day: date, start: str, end: str, title: str = "", who: Any = None) -> Form:
    form = team.form("/days", to="/busy", who=who)
    return form.fill("day", day.isoformat()).fill("start", start).fill("end", end).fill("title", title)


def listed(team: Team, who: Any = None) -> str:
    return words((who or team.caseworker).get(team.url("/days")))


def remove_first(team: Team, kind: str, who: Any = None) -> Any:
    """Press the first remove button of a list."""
    page = (who or team.caseworker).get(team.url("/days"))
    form = next(form for form in forms_of(page) if f"/{kind}/" in form.action and form.action.endswith("/remove"))
    return form.press(who or team.caseworker)


# — exceptions —


def test_extra_time_is_offered_at_its_office_and_told_in_the_list(team: Team) -> None:
    form = exception_form(team, NEXT_TUESDAY, "16", "18", kind="extra", place=team.office_id)
    assert form.press(team.caseworker).status_code == 303
    assert team.free(NEXT_TUESDAY, mode="in_person", office=team.office_id)[-2:] == ["16.00", "17.00"]
    assert "ti 1.12. Ylimääräistä työaikaa 16.00–18.00, Keskusta" in listed(team)
    assert [event.data["date"] for event in team.log("schedule_exception.add")] == ["2026-12-01"]


def test_time_that_is_taken_away_is_offered_no_more_until_it_is_given_back(team: Team) -> None:
    assert exception_form(team, NEXT_TUESDAY, "9", "12").press(team.caseworker).status_code == 303
    assert team.free(NEXT_TUESDAY) == ["12.00", "13.00", "14.00"]
    assert "ti 1.12. Ei työaikaa 9.00–12.00" in listed(team)
    assert remove_first(team, "exceptions").status_code == 303
    assert team.free(NEXT_TUESDAY)[0] == "09.00"
    assert "Tulevia poikkeuksia ei ole." in listed(team)
    assert len(team.log("schedule_exception.remove")) == 1


@pytest.mark.parametrize(
    ("day", "start", "end", "kind", "message"),
    [
        (NEXT_TUESDAY, "9", "16", "extra", "Silloin on jo työaikaa."),
        (NEXT_TUESDAY, "16", "17", "removed", "Silloin ei ole työaikaa."),
        (NEXT_TUESDAY, "12", "10", "removed", "Lopun on oltava alun jälkeen."),
        (NEXT_TUESDAY, "", "10", "removed", "Kirjoita kellonaika"),
        (MONDAY - timedelta(days=1), "9", "10", "removed", "Tämä päivä on jo mennyt."),
        (NEXT_TUESDAY, "9", "10", "swapped", "Valitse, lisätäänkö vai poistetaanko aikaa."),
    ],
)
def test_an_exception_that_changes_nothing_or_cannot_be_read_is_refused_and_kept(
    team: Team, day: date, start: str, end: str, kind: str, message: str
) -> None:
    answer = exception_form(team, day, start, end, kind=kind).press(team.caseworker)
    assert answer.status_code == 422
    assert message in words(answer)
    form = form_of(answer, team.url("/exceptions"))
    assert (form.values("day"), form.values("start"), form.values("end")) == ([day.isoformat()], [start], [end])
    assert team.plan().exceptions == ()


def test_a_date_that_is_none_is_refused(team: Team) -> None:
    form = exception_form(team, NEXT_TUESDAY, "9", "10").fill("day", "1.12.2026")
    answer = form.press(team.caseworker)
    assert answer.status_code == 422
    assert "Kirjoita päivämäärä" in words(answer)


def test_taking_time_away_shows_the_meetings_in_it_first(team: Team) -> None:
    key = team.book(NEXT_TUESDAY, 10, name="Noora Karppinen")
    answer = exception_form(team, NEXT_TUESDAY, "9", "12").press(team.caseworker)
    assert answer.status_code == 200
    assert "Noora Karppinen" in words(answer)
    assert team.plan().exceptions == ()
    check = form_of(answer, team.url("/exceptions"))
    back = form_of(check.press(team.caseworker, "do", "edit"), team.url("/exceptions"))
    assert back.values("end") == ["12"]
    assert check.press(team.caseworker, "do", "confirm").status_code == 303
    assert team.plan().exceptions == (DayException(NEXT_TUESDAY, 540, 720, extra=False),)
    assert team.status_of(key) == "booked"


def test_giving_up_extra_time_shows_the_meetings_in_it_first(team: Team) -> None:
    exception_form(team, NEXT_TUESDAY, "16", "18", kind="extra", place=team.office_id).press(team.caseworker)
    team.book(NEXT_TUESDAY, 16, name="Noora Karppinen")
    answer = remove_first(team, "exceptions")
    assert "Noora Karppinen" in words(answer)
    form = next(form for form in forms_of(answer) if form.action.endswith("/remove"))
    assert form.press(team.caseworker, "do", "confirm").status_code == 303
    assert team.plan().exceptions == ()


# — one day only —


def day_form(team: Team, day: date, who: Any = None) -> Form:
    return team.form("/day", query=f"?day={day}", who=who)


def test_one_occurrence_is_changed_alone(team: Team) -> None:
    form = day_form(team, NEXT_TUESDAY)
    assert (form.values("start"), form.values("end")) == (["9.00"], ["15.00"])
    form.fill("start", "10").fill("end", "1230").fill("place", str(team.second_office_id))
    assert form.press(team.caseworker, "do", "save").status_code == 303
    assert team.free(NEXT_TUESDAY) == ["10.00", "11.00"]
    assert team.free(NEXT_TUESDAY, mode="in_person", office=team.office_id) == []
    assert len(team.free(NEXT_TUESDAY + timedelta(days=7))) == 6
    assert "ti 1.12. 10.00–12.30, Lintuvaara" in listed(team)
    (event,) = team.log("working_day.set")
    assert (event.data["date"], event.data["hours"][0]["start_minute"]) == ("2026-12-01", 600)


def test_a_changed_day_stays_as_it_was_set_when_the_weekly_hours_change(team: Team) -> None:
    day_form(team, NEXT_TUESDAY).fill("end", "12").press(team.caseworker, "do", "save")
    weekly = team.form().fill("start", "7", at=1)
    assert weekly.press(team.caseworker, "do", "save").status_code == 303
    assert team.free(NEXT_TUESDAY) == ["09.00", "10.00", "11.00"]
    assert team.free(NEXT_TUESDAY + timedelta(days=7))[0] == "07.00"


def test_a_changed_day_goes_back_to_the_weekly_hours(team: Team) -> None:
    day_form(team, NEXT_TUESDAY).fill("end", "12").press(team.caseworker, "do", "save")
    assert day_form(team, NEXT_TUESDAY).press(team.caseworker, "normal", "1").status_code == 303
    assert team.plan().exceptions == ()
    day_form(team, NEXT_TUESDAY).fill("end", "12").press(team.caseworker, "do", "save")
    restore = next(form for form in forms_of(team.caseworker.get(team.url("/days"))) if ("normal", "1") in form.pairs)
    assert restore.press(team.caseworker).status_code == 303, "from the list, too"
    assert team.plan().exceptions == ()


def test_a_day_typed_as_the_weekly_hours_are_is_no_exception(team: Team) -> None:
    exception_form(team, NEXT_TUESDAY, "9", "12").press(team.caseworker)
    form = day_form(team, NEXT_TUESDAY)
    assert form.values("start") == ["12.00"]
    assert form.fill("start", "9").press(team.caseworker, "do", "save").status_code == 303
    assert team.plan().exceptions == ()


def test_a_day_without_rows_is_a_day_off(team: Team) -> None:
    form = form_of(day_form(team, NEXT_TUESDAY).press(team.caseworker, "do", "remove:0"), team.url("/day"))
    assert form.press(team.caseworker, "do", "save").status_code == 303
    assert team.free(NEXT_TUESDAY) == []
    assert "ti 1.12. Ei työaikaa" in listed(team)


def test_a_row_is_added_and_a_break_made_without_saving(team: Team) -> None:
    form = form_of(day_form(team, NEXT_TUESDAY).press(team.caseworker, "do", "add"), team.url("/day"))
    form.fill("end", "11").fill("start", "12", at=1).fill("end", "13", at=1).fill("modes", "phone", at=1)
    assert team.plan().exceptions == ()
    assert form.press(team.caseworker, "do", "save").status_code == 303
    assert team.free(NEXT_TUESDAY) == ["09.00", "10.00", "12.00"]
    assert team.free(NEXT_TUESDAY, mode="in_person", office=team.office_id) == ["09.00", "10.00"]


def test_rows_of_a_day_that_overlap_are_refused(team: Team) -> None:
    form = form_of(day_form(team, NEXT_TUESDAY).press(team.caseworker, "do", "add"), team.url("/day"))
    answer = form.fill("start", "14", at=1).fill("end", "16", at=1).press(team.caseworker, "do", "save")
    assert answer.status_code == 422
    assert "päällekkäin päivän toisen rivin kanssa" in words(answer)


def test_a_shorter_day_shows_the_meetings_outside_first(team: Team) -> None:
    team.book(NEXT_TUESDAY, 14, name="Noora Karppinen")
    answer = day_form(team, NEXT_TUESDAY).fill("end", "12").press(team.caseworker, "do", "save")
    assert "Noora Karppinen" in words(answer)
    check = form_of(answer, team.url("/day"))
    assert form_of(check.press(team.caseworker, "do", "edit"), team.url("/day")).values("end") == ["12"]
    assert check.press(team.caseworker, "do", "confirm").status_code == 303
    assert team.free(NEXT_TUESDAY) == ["09.00", "10.00", "11.00"]
    back = day_form(team, NEXT_TUESDAY).press(team.caseworker, "normal", "1")
    assert back.status_code == 303, "going back leaves no meeting outside"


def test_the_second_who_changes_a_day_sees_what_it_is_now_and_loses_nothing(team: Team) -> None:
    mine, theirs = day_form(team, NEXT_TUESDAY), day_form(team, NEXT_TUESDAY, who=team.lead)
    assert theirs.fill("end", "12").press(team.lead, "do", "save").status_code == 303
    answer = mine.fill("start", "1015").press(team.caseworker, "do", "save")
    assert answer.status_code == 409
    assert "Joku muu muutti tätä päivää sillä välin" in words(answer)
    assert "9.00–12.00, Keskusta" in words(answer)
    form = form_of(answer, team.url("/day"))
    assert form.values("start") == ["1015"]
    assert form.press(team.caseworker, "do", "save").status_code == 303
    assert team.free(NEXT_TUESDAY)[0] == "10.15"


def test_a_holiday_tells_its_name_and_may_be_worked(team: Team) -> None:
    page = team.caseworker.get(team.url("/day") + f"?day={INDEPENDENCE_DAY}")
    assert "Itsenäisyyspäivä" in words(page)
    form = form_of(page, team.url("/day")).fill("start", "9").fill("end", "11")
    assert form.press(team.caseworker, "do", "save").status_code == 303
    assert team.free(INDEPENDENCE_DAY) == ["09.00", "10.00"]


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        (date(2027, 3, 28), ["00.00", "01.00", "02.00", "04.00"]),
        (date(2027, 10, 31), ["00.00", "01.00", "02.00", "03.00", "04.00"]),
    ],
)
def test_on_the_days_when_clocks_change_no_hour_is_offered_that_is_not_there_nor_twice(
    team: Team, day: date, starts: list[str]
) -> None:
    form = day_form(team, day).fill("start", "0").fill("end", "5")
    assert form.press(team.caseworker, "do", "save").status_code == 303
    assert team.free(day) == starts


def test_hours_to_midnight_and_from_midnight_go_on_into_each_other(team: Team) -> None:
    for day, start, end in ((NEXT_TUESDAY, "22.30", "0"), (NEXT_TUESDAY + timedelta(days=1), "0", "1.30")):
        assert day_form(team, day).fill("start", start).fill("end", end).press(team.caseworker, "do", "save")
    assert team.free(NEXT_TUESDAY) == ["22.30", "23.30"]
    assert team.free(NEXT_TUESDAY + timedelta(days=1)) == ["00.00"]


@pytest.mark.parametrize("query", ["", "?day=", "?day=x", "?day=2026-11-22", "?day=9999-01-01"])
def test_a_day_that_cannot_be_changed_leads_to_the_list(team: Team, query: str) -> None:
    answer = team.caseworker.get(team.url("/day") + query)
    assert (answer.status_code, answer.location) == (303, team.url("/days"))


def test_a_day_of_the_past_is_not_saved(team: Team) -> None:
    data = {"day": "2026-11-22", "do": "save", "start": "9", "end": "10", "place": "", "modes": ""}
    assert team.caseworker.post(team.url("/day"), data=data).status_code == 404


# — busy time —


def test_the_title_of_a_busy_time_is_its_owners(team: Team) -> None:
    assert busy_form(team, NEXT_TUESDAY, "10", "12", "Hammaslääkäri").press(team.caseworker).status_code == 303
    assert team.free(NEXT_TUESDAY) == ["09.00", "12.00", "13.00", "14.00"]
    week = f"/days?week={NEXT_TUESDAY}"
    own, others = (words(who.get(team.url(week))) for who in (team.caseworker, team.lead))
    assert own.count("Hammaslääkäri") == 2, "in the list and in the picture"
    assert "Hammaslääkäri" not in others
    assert "10.00–12.00 Varattu" in others
    assert "Hammaslääkäri" not in team.lead.get(team.url(f"?week={NEXT_TUESDAY}")).text
    assert "Hammaslääkäri" not in team.lead.get(team.url(f"/day?day={NEXT_TUESDAY}")).text
    assert all("Hammas" not in str(event.data) for event in team.log("busy_time.add"))


def test_a_busy_time_over_a_meeting_is_confirmed_first(team: Team) -> None:
    team.book(NEXT_TUESDAY, 10, name="Noora Karppinen")
    answer = busy_form(team, NEXT_TUESDAY, "10.30", "12", "Palaveri").press(team.caseworker)
    assert "Tälle ajalle on varattu tapaamisia." in words(answer)
    assert "Noora Karppinen" in words(answer)
    check = form_of(answer, team.url("/busy"))
    assert form_of(check.press(team.caseworker, "do", "edit"), team.url("/busy")).values("title") == ["Palaveri"]
    assert check.press(team.caseworker, "do", "confirm").status_code == 303
    assert "Palaveri" in listed(team)


def test_a_busy_time_is_removed_by_its_button(team: Team) -> None:
    busy_form(team, NEXT_TUESDAY, "10", "12").press(team.caseworker)
    assert remove_first(team, "busy").status_code == 303
    assert len(team.free(NEXT_TUESDAY)) == 6
    assert len(team.log("busy_time.remove")) == 1


def test_what_outlook_says_is_changed_in_outlook(team: Team) -> None:
    starts_at = datetime(2026, 12, 1, 8, tzinfo=clock.now().tzinfo)
    span = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    with bound(team.app, team.municipality_id) as session:
        who: dict[str, Any] = {"actor": SYSTEM, "now": clock.now(), "professional_id": team.own_id}
        key = add_busy_time(session, title="Kokous", source="outlook", **span, **who).id
        session.commit()
    assert "Outlookista" in listed(team)
    assert team.caseworker.post(team.url(f"/busy/{key}/remove")).status_code == 404


def test_a_busy_time_in_an_hour_that_the_clock_skips_is_refused(team: Team) -> None:
    answer = busy_form(team, date(2027, 3, 28), "3.15", "3.45", "Yövuoro").press(team.caseworker)
    assert answer.status_code == 422
    assert "Kellonaikaa ei ole sinä päivänä" in words(answer)
    assert form_of(answer, team.url("/busy")).values("title") == ["Yövuoro"]


def test_a_title_with_signs_that_cannot_be_stored_is_refused(team: Team) -> None:
    assert busy_form(team, NEXT_TUESDAY, "10", "12", "a\x00b").press(team.caseworker).status_code == 422


def test_the_week_shows_closures_and_absences_where_they_take_of_the_hours(team: Team) -> None:
    def at(hour: int) -> datetime:
        return datetime(2026, 12, 1, hour - 2, tzinfo=clock.now().tzinfo)

    with bound(team.app, team.municipality_id) as session:
        session.add(Closure(office_id=team.office_id, starts_at=at(8), ends_at=at(11), title={"fi": "Inventaario"}))
        session.add(Closure(office_id=team.second_office_id, starts_at=at(8), ends_at=at(15), title={"fi": "Muualla"}))
        session.add(Absence(professional_id=team.own_id, starts_at=at(13), ends_at=at(15), reason="leave"))
        session.add(
            Absence(professional_id=team.own_id, starts_at=at(11), ends_at=at(12), reason="leave", active=False)
        )
        session.commit()
    said = words(team.caseworker.get(team.url(f"/days?week={NEXT_TUESDAY}")))
    assert "9.00–11.00 Inventaario 11.00–13.00 Keskusta 13.00–15.00 Poissa" in said
    assert "Muualla" not in said
    assert "9.00–11.00 Inventaario" in words(team.caseworker.get(team.url(f"/day?day={NEXT_TUESDAY}")))


def test_the_neighbours_busy_times_are_not_in_the_picture(team: Team) -> None:
    busy_form(team, NEXT_TUESDAY, "10", "12", "Oma").press(team.caseworker)
    page = team.lead.get(team.url(f"/days?week={NEXT_TUESDAY}", of=team.colleague_id))
    assert "Varattu 12.00" not in words(page)
    with bound(team.app, team.municipality_id) as session:
        assert session.scalars(select(BusyTime.professional_id)).all() == [team.own_id]
