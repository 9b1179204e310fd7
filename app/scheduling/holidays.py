"""Finland's public holidays (with Midsummer and Christmas eves): working hours rest, extra time that somebody sets holds."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays

LANGUAGES = {"fi": "fi", "sv": "sv_FI", "en": "en_US"}


@cache
def _of_year(year: int, language: str = "fi") -> dict[date, str]:
    return dict(holidays.country_holidays("FI", years=year, language=LANGUAGES[language]))


def is_public_holiday(day: date) -> bool:
    """True on a day when municipal offices in Finland are closed."""
    return day in _of_year(day.year)


def holiday_name(day: date, language: str) -> str:
    """The name of a public holiday, empty on other days."""
    return _of_year(day.year, language).get(day, "")
