"""Pure: times of day as people type them, as minutes from midnight."""

from __future__ import annotations

import re

from app.scheduling.intervals import DAY_MINUTES

_TYPED = re.compile(r"([0-9]{1,2})(?:[.:,]?([0-9]{2}))?")


def parse_minute(typed: str) -> int | None:
    """``9``, ``930``, ``09.30`` and ``9:30`` are understood, ``24`` is the day's end; None for anything else."""
    found = _TYPED.fullmatch("".join(typed.split()))
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    total = 60 * hour + minute
    return total if minute < 60 and total <= DAY_MINUTES else None


def show_minute(minute: int, separator: str = ".") -> str:
    """``9.00``."""
    return f"{minute // 60}{separator}{minute % 60:02}"
