"""Weekly hours in the form: what is shown is what was set, and each step does one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.casework.hours.draft import (
    Draft,
    Period,
    Row,
    add_other_week,
    add_row,
    copy_day,
    draft_of_form,
    draft_of_rules,
    remove_period,
    remove_row,
    split,
)
from app.casework.hours.reading import Choices, read_weekly
from app.scheduling.weekly import WeeklyHours, clashes, week_number

TODAY = date(2026, 11, 23)
CHOICES = Choices(offices={1, 2}, modes={"", "phone", "phone,video", "in_person"})

days = st.dates(date(2026, 1, 1), date(2028, 1, 1))
rules = st.builds(
    lambda weekday, start, length, place, ends, every, phase: WeeklyHours(
        weekday,
        start,
        min(1440, start + length),
        place[0],
        min(filter(None, ends), default=None) if ends[0] else None,
        max(filter(None, ends), default=None) if ends[1] else None,
        place[1],
        every,
        phase % every,
    ),
    st.integers(0, 6),
    st.integers(0, 1439),
    st.integers(1, 700),
    st.sampled_from([(1, None), (2, ("in_person",)), (None, ("phone", "video")), (None, None)]),
    st.tuples(st.none() | days, st.none() | days),
    st.integers(1, 4),
    st.integers(0, 11),
)


def as_form(draft: Draft) -> MultiDict[str, str]:
    """What a browser sends of it."""
    periods = [(name, getattr(period, name)) for period in draft.periods for name in Period.__slots__]
    rows = [(name, getattr(row, name)) for row in draft.rows for name in ("start", "end", "place", "modes")]
    return MultiDict([*periods, *rows, *(("row", f"{row.period}.{row.weekday}") for row in draft.rows)])


@given(given_rules=st.lists(rules, max_size=8), separator=st.sampled_from([".", ":"]))
def test_rules_that_are_shown_and_sent_back_are_the_same_rules(given_rules: list[WeeklyHours], separator: str) -> None:
    kept: list[WeeklyHours] = []
    for rule in given_rules:
        if not clashes([*kept, rule]):
            kept.append(rule)
    draft = draft_of_rules(kept, TODAY, separator)
    again = draft_of_form(as_form(draft))
    assert again == draft.in_order()
    reading = read_weekly(again, CHOICES)
    assert reading.errors == {}
    assert sorted(map(repr, reading.rules)) == sorted(map(repr, kept))


@given(rule=rules)
def test_an_alternate_week_is_shown_as_the_next_one_to_come(rule: WeeklyHours) -> None:
    period = draft_of_rules([rule], TODAY, ".").periods[0]
    if rule.cycle_weeks == 1:
        assert (period.every, period.week_of) == ("1", "")
        return
    shown = date.fromisoformat(period.week_of)
    assert week_number(shown) % rule.cycle_weeks == rule.cycle_phase
    earliest = max(TODAY, rule.valid_from or TODAY)
    assert week_number(earliest) <= week_number(shown) < week_number(earliest) + rule.cycle_weeks


def two_periods() -> Draft:
    rows = [Row(0, 0, "9", "12", "1"), Row(0, 0, "13", "15", "1"), Row(0, 2, "x", "", "2"), Row(1, 0, "8", "9")]
    return Draft([Period(), Period("2027-01-04", every="2", week_of="2027-01-04")], rows)


def test_a_new_row_stands_last_on_its_day_at_the_place_of_the_one_before() -> None:
    draft = two_periods()
    add_row(draft, 0, 0)
    assert draft.rows[2] == Row(0, 0, place="1")
    add_row(draft, 1, 6)
    assert draft.rows[-1] == Row(1, 6)


def test_removing_takes_exactly_one_row() -> None:
    draft = two_periods()
    remove_row(draft, 1)
    assert [row.start for row in draft.rows] == ["9", "x", "8"]
    remove_row(draft, 99)
    assert len(draft.rows) == 3


def test_a_copied_day_replaces_the_others_rows_in_its_own_period_only() -> None:
    draft = two_periods()
    copy_day(draft, 0, 0, [2, 4, 0])
    assert [(row.period, row.weekday, row.start) for row in draft.rows] == [
        (0, 0, "9"), (0, 0, "13"), (0, 2, "9"), (0, 2, "13"), (0, 4, "9"), (0, 4, "13"), (1, 0, "8"),
    ]  # fmt: skip


def test_a_period_that_is_taken_away_takes_its_rows_along_and_the_last_leaves_an_empty_one() -> None:
    draft = two_periods()
    remove_period(draft, 0)
    assert ([period.first for period in draft.periods], draft.rows) == (["2027-01-04"], [Row(0, 0, "8", "9")])
    remove_period(draft, 0)
    assert draft == Draft([Period()], [])


def test_a_divided_period_holds_the_same_rows_before_and_after() -> None:
    draft = two_periods()
    split(draft, 0, date(2026, 12, 7))
    assert draft.periods[0] == Period(last="2026-12-06")
    assert draft.periods[2] == Period(first="2026-12-07")
    assert [replace(row, period=0) for row in draft.day(2, 0)] == draft.day(0, 0)


def test_the_other_weeks_period_begins_a_week_later() -> None:
    draft = two_periods()
    add_other_week(draft, 1, date(2027, 1, 4))
    assert draft.periods[2] == replace(draft.periods[1], week_of="2027-01-11")
    assert draft.day(2, 0) == [Row(2, 0, "8", "9")]


@pytest.mark.parametrize("row", ["", "0", "0.7", "1.0", "-1.0", "0.0.0", "a.b"])
def test_a_row_of_no_day_is_not_read(row: str) -> None:
    sent = as_form(Draft([Period()], []))
    for name, value in (("row", row), ("start", ""), ("end", ""), ("place", ""), ("modes", "")):
        sent.add(name, value)
    with pytest.raises(ValueError):  # noqa: PT011 - any of them is a bad request
        draft_of_form(sent)


@given(
    typed=st.lists(st.tuples(*[st.text(max_size=6) | st.sampled_from(["9", "15.00", "1", "phone"])] * 4), max_size=4),
    period=st.tuples(*[st.text(max_size=10) | st.sampled_from(["2026-12-01", "2"])] * 4),
)
def test_whatever_is_typed_is_understood_or_told_field_by_field(
    typed: list[tuple[str, ...]], period: tuple[str, ...]
) -> None:
    draft = Draft([Period(*period)], [Row(0, n, *fields) for n, fields in enumerate(typed)])
    reading = read_weekly(draft, CHOICES)
    told = {
        int(name.partition("-")[2])
        for name in reading.errors
        if not name.startswith(("first", "last", "every", "week"))
    }
    for number, row in enumerate(draft.rows):
        if row.blank:
            assert number not in told
    if not reading.errors:
        assert len(reading.rules) == sum(not row.blank for row in draft.rows)
    for rule in reading.rules:
        assert 0 <= rule.start_minute < rule.end_minute <= 1440
        assert rule.valid_from is None or rule.valid_to is None or rule.valid_from <= rule.valid_to
