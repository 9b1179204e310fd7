"""The dates of a series."""

from __future__ import annotations

from datetime import date

import pytest

from app.booking.series.pattern import LONGEST_PAUSE, MOST, series_dates


def test_the_dates_stand_on_one_weekday_over_the_turn_of_the_year() -> None:
    assert series_dates(date(2026, 12, 22), 2, 3) == [date(2026, 12, 22), date(2027, 1, 5), date(2027, 1, 19)]


@pytest.mark.parametrize(("every", "times"), [(0, 4), (LONGEST_PAUSE + 1, 4), (1, 1), (1, MOST + 1)])
def test_beyond_the_limits_there_is_no_series(every: int, times: int) -> None:
    with pytest.raises(ValueError, match=r"weeks|times"):
        series_dates(date(2026, 11, 24), every, times)
