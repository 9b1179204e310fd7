"""Pure: when an office is open in a week, as people type and read it: ``9–11.30, 12–15``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from app.scheduling.clock_times import parse_minute, show_minute

Open = tuple[int, int]
"""First and last minute of a day."""
OpenTimes = Mapping[int, list[Open]]
"""By weekday, 0 = Monday; a day that is missing is closed."""

_TIME = r"[0-9]{1,2}(?:[.:]?[0-9]{2})?"
_SPAN = re.compile(rf"({_TIME})\s*[-–—]\s*({_TIME})")
_BETWEEN = re.compile(r"[\s,;]*")


def parse_open(typed: str) -> list[Open] | None:
    """The spans of one day, in order; empty where it is closed, None where it cannot be read or makes no sense."""
    if not _BETWEEN.fullmatch(_SPAN.sub("", typed)):
        return None
    spans: list[Open] = []
    for first, last in _SPAN.findall(typed):
        start, end = parse_minute(first), parse_minute(last)
        if start is None or end is None or start >= end:
            return None
        spans.append((start, end))
    spans.sort()
    return None if any(one[1] > other[0] for one, other in pairwise(spans)) else spans


def show_open(spans: Iterable[Open], separator: str = ".") -> str:
    """``9.00–11.30, 12.00–15.00``."""
    return ", ".join(f"{show_minute(start, separator)}–{show_minute(end, separator)}" for start, end in spans)


def of_rows(rows: Iterable[Iterable[int]]) -> dict[int, list[Open]]:
    """What an office's column holds: ``[weekday, first, last]`` of every span."""
    days: dict[int, list[Open]] = {}
    for weekday, start, end in rows:
        days.setdefault(weekday, []).append((start, end))
    return {weekday: sorted(spans) for weekday, spans in sorted(days.items())}


def as_rows(times: OpenTimes) -> list[list[int]]:
    """The same as the column holds it."""
    return [[weekday, start, end] for weekday, spans in sorted(times.items()) for start, end in spans]
