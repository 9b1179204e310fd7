"""Finland's public holidays (with Midsummer and Christmas eves): working hours rest, extra time that somebody sets holds."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays


@cache
def _of_year(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FI", years=year))


def is_public_holiday(day: date) -> bool:
    """True on a day when municipal offices in Finland are closed."""
    return day in _of_year(day.year)
