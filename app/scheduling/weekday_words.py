"""Weekdays and their hours in words, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n import current_language, weekday_name
from app.scheduling.opening_times import OpenTimes, show_open


def separator() -> str:
    """Between hours and minutes."""
    return ":" if current_language() == "en" else "."


def days_text(first: int, last: int) -> str:
    """``Maanantai–torstai``."""
    end = weekday_name(last)
    return end if first == last else f"{weekday_name(first)}–{end if current_language() == 'en' else end.lower()}"


def runs(days: Mapping[int, list[str]]) -> list[tuple[int, int, list[str]]]:
    """Weekdays that follow each other with the same texts: first, last, texts."""
    found: list[tuple[int, int, list[str]]] = []
    for weekday, texts in sorted(days.items()):
        if found and found[-1][1] == weekday - 1 and found[-1][2] == texts:
            found[-1] = (found[-1][0], weekday, texts)
        else:
            found.append((weekday, weekday, texts))
    return found


def opening_lines(times: OpenTimes) -> list[str]:
    """Opening hours, a line for weekdays of the same hours: ``Maanantai–torstai 9.00–15.00``."""
    days = {weekday: [show_open(spans, separator())] for weekday, spans in times.items() if spans}
    return [f"{days_text(first, last)} {texts[0]}" for first, last, texts in runs(days)]
