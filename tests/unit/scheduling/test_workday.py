"""What a date holds, minute by minute, and which meetings a change of hours leaves outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scheduling.intervals import Span
from app.scheduling.weekly import WeeklyHours, holds_on
from app.scheduling.workday import (
    DayException,
    Hours,
    Meeting,
    Plan,
    fits,
    hours_on,
    instants,
    newly_outside,
    replaced_day,
    week_minutes,
    within,
)
from tests.plans import plans

HELSINKI = ZoneInfo("Europe/Helsinki")
TUESDAY, EVE = date(2026, 11, 24), date(2026, 12, 24)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
WINDOWS = (TUESDAY, EVE, SPRING, AUTUMN)
WEEK = tuple(WeeklyHours(weekday, 540, 900, office_id=1) for weekday in range(7))


def is_holiday(day: date) -> bool:
    return day == EVE


def never(day: date) -> bool:
    return False


def at(day: date, hour: int, minute: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=HELSINKI).timestamp())


def meeting(day: date, start: int, end: int, mode: str = "phone", office: int | None = None) -> Meeting:
    return Meeting(1, (at(day, start), at(day, end)), mode, office)


# — one date —


@pytest.mark.parametrize(
    ("exceptions", "expected"),
    [
        ([], [(540, 900)]),
        ([(720, 780, False)], [(540, 720), (780, 900)]),
        ([(0, 540, False), (900, 1440, False)], [(540, 900)]),
        ([(0, 1440, False)], []),
        ([(960, 1020, True)], [(540, 900), (960, 1020)]),
        ([(960, 1020, True), (1000, 1010, False)], [(540, 900), (960, 1000), (1010, 1020)]),
    ],
)
def test_extra_time_adds_and_removed_time_cuts(
    exceptions: list[tuple[int, int, bool]], expected: list[tuple[int, int]]
) -> None:
    plan = Plan(WEEK, tuple(DayException(TUESDAY, *given) for given in exceptions))
    assert [(h.start_minute, h.end_minute) for h in hours_on(plan, TUESDAY, never)] == expected
    assert hours_on(plan, TUESDAY + timedelta(days=7), never) == [Hours(540, 900, 1)]


def test_on_a_holiday_weekly_hours_rest_and_extra_time_holds() -> None:
    plan = Plan(WEEK, (DayException(EVE, 600, 660, True, 2, ("phone",)),))
    assert hours_on(plan, EVE, is_holiday) == [Hours(600, 660, 2, ("phone",))]


def test_a_replaced_day_holds_what_it_was_given_even_when_the_weekly_rules_change() -> None:
    wanted = [Hours(600, 720, 2), Hours(800, 840, None, ("phone", "video"))]
    for rules in (WEEK, (), tuple(replace(rule, start_minute=480) for rule in WEEK)):
        assert hours_on(Plan(rules, tuple(replaced_day(TUESDAY, wanted))), TUESDAY, never) == wanted
    assert hours_on(Plan(WEEK, tuple(replaced_day(TUESDAY, []))), TUESDAY, never) == []


def open_at(plan: Plan, instant: int, mode: str, office: int | None) -> bool:
    """One instant, slowly: does anything give it, and nothing take it?"""
    local = datetime.fromtimestamp(instant, HELSINKI)
    day, minute = local.date(), 60 * local.hour + local.minute
    if local.fold:
        return False  # the second passing of the repeated hour is nobody's
    own = [e for e in plan.exceptions if e.date == day]

    def covers(rule: WeeklyHours | DayException) -> bool:
        return rule.start_minute <= minute < rule.end_minute

    def serves(rule: WeeklyHours | DayException) -> bool:
        return (rule.modes is None or mode in rule.modes) and (mode != "in_person" or rule.office_id == office)

    if any(covers(e) for e in own if not e.extra and not e.replaces_hours):
        return False
    if any(covers(e) and serves(e) for e in own if e.extra):
        return True
    resting = is_holiday(day) or any(e.replaces_hours for e in own)
    return not resting and any(holds_on(r, day) and covers(r) and serves(r) for r in plan.rules)


@settings(max_examples=400)
@given(data=st.data(), day=st.sampled_from(WINDOWS), mode=st.sampled_from(["phone", "in_person"]))
def test_a_meeting_fits_exactly_where_every_one_of_its_quarters_is_working_time(
    data: st.DataObject, day: date, mode: str
) -> None:
    plan = data.draw(plans(day))
    midnight = at(day, 0)
    for quarter in data.draw(st.lists(st.integers(-8, 104), min_size=6, max_size=6)):
        start = midnight + 900 * quarter
        end = start + 900 * data.draw(st.integers(1, 6))
        booked = Meeting(1, (start, end), mode, 1)
        slow = all(open_at(plan, instant, mode, 1) for instant in range(start, end, 900))
        assert fits(booked, plan, zone=HELSINKI, is_holiday=is_holiday) == slow


@settings(max_examples=150)
@given(data=st.data(), day=st.sampled_from(WINDOWS))
def test_a_day_that_is_written_down_as_it_is_stays_as_it_is(data: st.DataObject, day: date) -> None:
    plan = data.draw(plans(day))
    before = hours_on(plan, day, is_holiday)
    others = tuple(e for e in plan.exceptions if e.date != day)
    assert hours_on(Plan(plan.rules, (*others, *replaced_day(day, before))), day, is_holiday) == before


# — meetings —


def outside(booked: Meeting, after: Plan) -> bool:
    return bool(newly_outside([booked], Plan(WEEK), after, zone=HELSINKI, is_holiday=is_holiday))


def test_a_shorter_day_leaves_the_late_meeting_outside_and_keeps_the_early_one() -> None:
    shorter = Plan(tuple(replace(rule, end_minute=840) for rule in WEEK))
    assert outside(meeting(TUESDAY, 14, 15), shorter)
    assert not outside(meeting(TUESDAY, 13, 14), shorter)
    assert not outside(meeting(TUESDAY, 14, 15), Plan(WEEK))


def test_a_meeting_over_a_row_that_begins_where_another_ends_is_inside() -> None:
    split = Plan(tuple(replace(rule, **part) for rule in WEEK for part in ({"end_minute": 720}, {"start_minute": 720})))
    assert not outside(Meeting(1, (at(TUESDAY, 11, 30), at(TUESDAY, 12, 30)), "in_person", 1), split)
    elsewhere = Plan(tuple(rule if rule.end_minute == 720 else replace(rule, office_id=2) for rule in split.rules))
    assert outside(Meeting(1, (at(TUESDAY, 11, 30), at(TUESDAY, 12, 30)), "in_person", 1), elsewhere)
    assert not outside(Meeting(1, (at(TUESDAY, 11, 30), at(TUESDAY, 12, 30)), "phone"), elsewhere)


def test_another_office_concerns_meetings_in_person_only() -> None:
    moved = Plan(tuple(replace(rule, office_id=2) for rule in WEEK))
    remote = Plan(tuple(replace(rule, office_id=None) for rule in WEEK))
    for after in (moved, remote):
        assert outside(meeting(TUESDAY, 10, 11, "in_person", 1), after)
        assert not outside(meeting(TUESDAY, 10, 11, "video"), after)
    assert outside(meeting(TUESDAY, 10, 11, "video"), Plan(tuple(replace(rule, modes=("phone",)) for rule in WEEK)))


def test_a_meeting_that_was_outside_before_is_no_effect_of_the_change() -> None:
    assert not outside(meeting(TUESDAY, 18, 19), Plan())
    assert not outside(meeting(EVE, 10, 11), Plan())


def test_a_meeting_keeps_its_wall_time_over_the_change_of_clocks() -> None:
    for day in (SPRING, AUTUMN, SPRING - timedelta(days=1), AUTUMN + timedelta(days=1)):
        assert not outside(meeting(day, 9, 10), Plan(WEEK))
        assert outside(meeting(day, 9, 10), Plan(tuple(replace(rule, start_minute=555) for rule in WEEK)))


def test_a_meeting_over_midnight_needs_hours_on_both_days() -> None:
    night = (*(WeeklyHours(d, 1200, 1440) for d in range(7)), *(WeeklyHours(d, 0, 120) for d in range(7)))
    late = Meeting(1, (at(TUESDAY, 23, 30), at(TUESDAY + timedelta(days=1), 0, 30)), "phone")
    assert fits(late, Plan(night), zone=HELSINKI, is_holiday=never)
    assert not fits(late, Plan(night[:7]), zone=HELSINKI, is_holiday=never)
    assert not fits(late, Plan(night), zone=HELSINKI, is_holiday=lambda day: day == TUESDAY + timedelta(days=1))


@given(meetings=st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=6), start=st.integers(0, 50))
def test_meetings_within_a_span_are_those_that_share_an_instant_with_it(
    meetings: list[tuple[int, int]], start: int
) -> None:
    span = (start, start + 7)
    booked = [Meeting(n, (begin, begin + length), "phone") for n, (begin, length) in enumerate(meetings)]
    shared = [m for m in booked if set(range(*m.occupied)) & set(range(*span))]
    assert within(booked, span) == shared


# — instants and sums —


@pytest.mark.parametrize(
    ("day", "start", "end", "span"),
    [
        (TUESDAY, 540, 600, (at(TUESDAY, 9), at(TUESDAY, 10))),
        (SPRING, 150, 270, (at(SPRING, 2, 30), at(SPRING, 4, 30))),
        (SPRING, 180, 240, None),
        (SPRING, 190, 250, (at(SPRING, 4), at(SPRING, 4, 10))),
        (AUTUMN, 0, 1440, (at(AUTUMN, 0), at(AUTUMN + timedelta(days=1), 0))),
    ],
)
def test_wall_clock_minutes_are_instants_where_the_clock_shows_them(
    day: date, start: int, end: int, span: Span | None
) -> None:
    assert instants(day, start, end, HELSINKI) == span


def test_the_weeks_sum_counts_shared_minutes_once_and_knows_holidays() -> None:
    plan = Plan(WEEK, (DayException(TUESDAY, 840, 960, True),))
    assert week_minutes(plan, date(2026, 11, 23), is_holiday) == 7 * 360 + 60
    assert week_minutes(plan, date(2026, 12, 21), is_holiday) == 6 * 360
