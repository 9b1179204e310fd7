"""What the calendar's address asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.casework.calendar.asking import VIEWS, Asked, read
from app.casework.calendar.shading import hours_shown, outside
from app.scheduling.intervals import DAY_MINUTES

TODAY = date(2026, 11, 24)
DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))


def test_nonsense_counts_as_not_asked() -> None:
    assert read({"view": "year", "day": "yesterday"}, ["x", "-1", "7", "7"], TODAY, "week") == Asked(
        "week", TODAY, (7,)
    )
    assert read({"day": "9999-12-31"}, [], TODAY, "team") == Asked("team", TODAY, group="all")


def test_a_team_stays_a_team_in_the_list_and_is_one_person_elsewhere() -> None:
    team = read({"view": "team"}, ["7", "8"], TODAY, "week")
    assert (team.group, team.of_team) == ("people", True)
    assert replace(team, view="list").query() == {
        "view": "list",
        "day": "2026-11-24",
        "group": "people",
        "who": [7, 8],
    }
    assert not replace(team, view="week").of_team
    assert replace(read({"view": "week"}, ["7"], TODAY, "week"), view="team").query() == {
        "view": "team",
        "day": "2026-11-24",
    }
    assert not read({"view": "list"}, ["7"], TODAY, "week").of_team


def test_a_month_is_shown_in_whole_weeks() -> None:
    asked = Asked("month", TODAY)
    assert (asked.first, asked.last) == (date(2026, 10, 26), date(2026, 12, 6))


@given(st.sampled_from(VIEWS), DAYS)
def test_what_is_asked_for_is_shown_and_a_step_on_and_back_returns(view: str, day: date) -> None:
    asked = Asked(view, day)
    assert asked.first <= day <= asked.last
    assert asked.last - asked.first <= timedelta(days=41)
    on = asked.turned(1)
    assert on.turned(-1).first == asked.first
    assert on.first > asked.first


@given(st.lists(st.tuples(st.integers(0, DAY_MINUTES), st.integers(0, DAY_MINUTES)).map(lambda p: (min(p), max(p)))))
def test_every_minute_is_either_working_time_or_shaded(hours: list[tuple[int, int]]) -> None:
    shaded = outside(hours)
    for minute in range(0, DAY_MINUTES, 7):
        works = any(start <= minute < end for start, end in hours)
        assert works != any(start <= minute < end for start, end in shaded)


def test_an_early_and_a_late_meeting_widen_the_picture() -> None:
    assert hours_shown([]) == (8, 16)
    assert hours_shown([(425, 500), (1000, 1021)]) == (7, 18)
