"""Times of day as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scheduling.clock_times import parse_minute, show_minute


@pytest.mark.parametrize("typed", ["9", "09", "900", "0900", "9.00", "9:00", " 09.00 ", "9,00", "09 00", "9 00"])
def test_nine_o_clock_may_be_typed_in_many_ways(typed: str) -> None:
    assert parse_minute(typed) == 540


@pytest.mark.parametrize(
    ("typed", "minute"),
    [("930", 570), ("9.30", 570), ("0", 0), ("0.05", 5), ("24", 1440), ("24.00", 1440), ("15", 900)],
)
def test_a_time_is_minutes_from_midnight(typed: str, minute: int) -> None:
    assert parse_minute(typed) == minute


@pytest.mark.parametrize(
    "typed",
    ["", " ", "x", "9.", ".30", "9.3", "9.60", "25", "24.01", "93", "12345", "-9", "9-10", "9.00.00", "9h", "٩", "9²", "\x00"],
)  # fmt: skip
def test_what_is_no_time_of_day_is_not_guessed(typed: str) -> None:
    assert parse_minute(typed) is None


@given(minute=st.integers(0, 1440), separator=st.sampled_from([".", ":"]))
def test_a_time_that_is_shown_is_understood_when_it_is_typed_again(minute: int, separator: str) -> None:
    assert parse_minute(show_minute(minute, separator)) == minute


@given(typed=st.text(max_size=6))
def test_whatever_is_typed_gives_a_time_of_day_or_nothing(typed: str) -> None:
    minute = parse_minute(typed)
    assert minute is None or 0 <= minute <= 1440
