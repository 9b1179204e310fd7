"""Pure: the dates of a series."""

from __future__ import annotations

from datetime import date, timedelta

FEWEST, MOST = 2, 26
"""Meetings of a series."""
LONGEST_PAUSE = 8
"""Weeks from one meeting to the next."""


def series_dates(first: date, every_weeks: int, times: int) -> list[date]:
    """So many dates on the same weekday, the first included. Raises ``ValueError`` beyond the limits above."""
    if not 1 <= every_weeks <= LONGEST_PAUSE:
        raise ValueError(f"every {every_weeks} weeks")
    if not FEWEST <= times <= MOST:
        raise ValueError(f"{times} times")
    return [first + timedelta(weeks=every_weeks * number) for number in range(times)]
