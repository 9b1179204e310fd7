"""Weekly rules: the weeks in which they hold, which of them clash, what becomes of them from a date on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.scheduling.weekly import (
    LONGEST_CYCLE,
    WeeklyHours,
    as_json,
    changes,
    clashes,
    first_clash,
    from_json,
    handed_over,
    has_ended,
    holds_on,
    monday_of,
    since,
    until,
    week_number,
    with_history,
)

MONDAY = date(2026, 11, 23)
NINE_TO_THREE = WeeklyHours(0, 540, 900)

days = st.dates(date(2026, 10, 1), date(2027, 3, 1))
rules = st.builds(
    lambda weekday, start, length, ends, cycle, phase: WeeklyHours(
        weekday, start, start + length, None, ends[0], ends[1], None, cycle, phase % cycle
    ),
    st.integers(0, 2),
    st.integers(0, 4),
    st.integers(1, 3),
    st.tuples(st.none() | days, st.none() | days),
    st.integers(1, LONGEST_CYCLE),
    st.integers(0, 11),
)


@given(day=st.dates())
def test_a_week_runs_from_monday_to_sunday_and_the_next_has_the_next_number(day: date) -> None:
    assume(day < date(9999, 12, 20))
    monday = monday_of(day)
    assert monday.weekday() == 0
    assert {week_number(monday + timedelta(days=n)) for n in range(7)} == {week_number(day)}
    assert week_number(monday + timedelta(days=7)) == week_number(day) + 1


@pytest.mark.parametrize("every", [2, 3, 4])
def test_alternate_weeks_go_on_evenly_over_the_turn_of_a_year_with_53_weeks(every: int) -> None:
    first = date(2026, 11, 23)
    rule = replace(NINE_TO_THREE, cycle_weeks=every, cycle_phase=week_number(first) % every)
    held = [day for n in range(120) if holds_on(rule, day := first + timedelta(days=n))]
    assert held[0] == first
    assert {later - earlier for earlier, later in pairwise(held)} == {timedelta(weeks=every)}


def test_both_validity_dates_are_included() -> None:
    rule = replace(NINE_TO_THREE, valid_from=MONDAY, valid_to=MONDAY + timedelta(days=7))
    held = [day for n in range(-21, 29) if holds_on(rule, day := MONDAY + timedelta(days=n))]
    assert held == [MONDAY, MONDAY + timedelta(days=7)]


@pytest.mark.parametrize(
    ("other", "day"),
    [
        (WeeklyHours(0, 900, 960), None),
        (WeeklyHours(0, 480, 540), None),
        (WeeklyHours(1, 540, 900), None),
        (WeeklyHours(0, 540, 900, office_id=5, modes=("phone",)), date(2001, 1, 1)),
        (WeeklyHours(0, 899, 960, valid_from=MONDAY), MONDAY),
        (WeeklyHours(0, 600, 700, valid_to=date(2026, 11, 20)), date(2026, 8, 31)),
    ],
)
def test_rules_clash_on_shared_minutes_wherever_and_however_they_are_held(other: WeeklyHours, day: date | None) -> None:
    assert first_clash(NINE_TO_THREE, other) == day


def test_hours_of_the_one_week_do_not_clash_with_those_of_the_other() -> None:
    odd, even = (replace(NINE_TO_THREE, cycle_weeks=2, cycle_phase=phase) for phase in (0, 1))
    assert first_clash(odd, even) is None
    assert first_clash(odd, replace(even, cycle_weeks=3)) is not None


def test_cycles_that_would_meet_only_after_the_rules_have_ended_do_not_clash() -> None:
    second = replace(NINE_TO_THREE, cycle_weeks=2, cycle_phase=week_number(MONDAY) % 2, valid_from=MONDAY)
    third = replace(NINE_TO_THREE, cycle_weeks=3, cycle_phase=(week_number(MONDAY) + 2) % 3, valid_from=MONDAY)
    meet = first_clash(second, third)
    assert meet == MONDAY + timedelta(weeks=2)
    assert first_clash(replace(second, valid_to=meet - timedelta(days=1)), third) is None


@settings(max_examples=400)
@given(one=rules, other=rules)
def test_a_clash_is_found_exactly_where_a_day_by_day_search_finds_one(one: WeeklyHours, other: WeeklyHours) -> None:
    shared = range(max(one.start_minute, other.start_minute), min(one.end_minute, other.end_minute))
    far = [date(2026, 6, 1) + timedelta(days=n) for n in range(400)]
    slow = [day for day in far if holds_on(one, day) and holds_on(other, day)] if shared else []
    found = first_clash(one, other)
    assert (found is not None) == bool(slow)
    assert found is None or (holds_on(one, found) and holds_on(other, found))
    assert clashes([one, other]) == ([] if found is None else [(0, 1, found)])
    assert (first_clash(other, one) is None) == (found is None)


def held_on(given: list[WeeklyHours], day: date) -> list[tuple[int, int]]:
    return sorted((rule.start_minute, rule.end_minute) for rule in given if holds_on(rule, day))


@settings(max_examples=200)
@given(own=st.lists(rules, max_size=4), model=st.lists(rules, max_size=4), first=days)
def test_from_the_day_of_the_hand_over_the_models_hours_hold_and_before_it_ones_own(
    own: list[WeeklyHours], model: list[WeeklyHours], first: date
) -> None:
    result = handed_over(own, model, first)
    for n in range(-100, 100):
        day = first + timedelta(days=n)
        assert held_on(result, day) == held_on(own if day < first else model, day)


def test_what_ends_and_what_begins_is_told_apart_from_what_stays() -> None:
    afternoon, evening = WeeklyHours(0, 780, 900), WeeklyHours(0, 960, 1080)
    assert changes([NINE_TO_THREE, afternoon], [afternoon, evening]) == ([NINE_TO_THREE], [evening])
    assert changes([evening, evening], [evening]) == ([evening], [])
    assert until([replace(afternoon, valid_from=MONDAY)], MONDAY - timedelta(days=1)) == []
    assert since([replace(afternoon, valid_to=MONDAY)], MONDAY + timedelta(days=1)) == []


def test_rules_are_read_again_as_the_log_wrote_them() -> None:
    rule = WeeklyHours(4, 0, 1440, 7, MONDAY, None, ("phone", "video"), 3, 2)
    for written in (rule, NINE_TO_THREE):
        assert from_json(json.loads(json.dumps(as_json(written)))) == written


def test_rules_begin_after_the_history_that_they_would_touch() -> None:
    past = replace(NINE_TO_THREE, valid_to=MONDAY - timedelta(days=1))
    going_on = WeeklyHours(1, 0, 60, valid_to=MONDAY)
    afternoon = WeeklyHours(0, 900, 960)
    assert with_history([past, going_on], [NINE_TO_THREE, afternoon], MONDAY) == [
        past, replace(NINE_TO_THREE, valid_from=MONDAY), afternoon
    ]  # fmt: skip


@settings(max_examples=200)
@given(before=st.lists(rules, max_size=4), wanted=st.lists(rules, max_size=3), today=days)
def test_history_stays_and_what_is_to_come_is_as_it_is_wanted(
    before: list[WeeklyHours], wanted: list[WeeklyHours], today: date
) -> None:
    result = with_history(before, wanted, today)
    history = [rule for rule in before if has_ended(rule, today)]
    assert result[: len(history)] == history
    assert all(first_clash(old, rule) is None for old in history for rule in result[len(history) :])
    for n in range(60):
        day = today + timedelta(days=n)
        assert held_on(result, day) == held_on(wanted, day)
