"""Pure: the time of a day outside somebody's working hours, and which hours of the day need to be shown."""

from __future__ import annotations

from collections.abc import Iterable

from app.scheduling.intervals import DAY_MINUTES
from app.scheduling.slots import merge

EARLIEST, LATEST = 8, 16
"""Hours that are always shown."""
Minutes = tuple[int, int]


def outside(hours: Iterable[Minutes]) -> list[Minutes]:
    """What a day has besides its working hours, in minutes from midnight, in order."""
    found, position = [], 0
    for start, end in merge(hours):
        if start > position:
            found.append((position, start))
        position = end
    return [*found, (position, DAY_MINUTES)] if position < DAY_MINUTES else found


def hours_shown(taken: Iterable[Minutes]) -> Minutes:
    """First and last full hour that a view of days needs for what is in it."""
    first, last = EARLIEST, LATEST
    for start, end in taken:
        first, last = min(first, start // 60), max(last, -(-end // 60))
    return first, last
