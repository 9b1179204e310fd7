"""Opening hours as people type and read them."""

from __future__ import annotations

import pytest

from app.core.i18n import speaking
from app.scheduling.opening_times import as_rows, of_rows, parse_open, show_open
from app.scheduling.weekday_words import opening_lines


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", []),
        ("  ", []),
        ("9-15", [(540, 900)]),
        ("9–11.30, 12—15", [(540, 690), (720, 900)]),
        ("12:00 - 15:30; 9.00-11.30", [(540, 690), (720, 930)]),
        ("0-24", [(0, 1440)]),
        ("9-12 12-15", [(540, 720), (720, 900)]),
    ],
)
def test_what_people_type_is_understood(typed: str, found: list[tuple[int, int]]) -> None:
    assert parse_open(typed) == found


@pytest.mark.parametrize("typed", ["9", "suljettu", "9-", "15-9", "9-9", "9-25", "9.75-15", "9-13, 12-15", "9-15 ja"])
def test_what_makes_no_sense_is_refused(typed: str) -> None:
    assert parse_open(typed) is None


def test_what_is_shown_is_understood_again() -> None:
    spans = [(545, 690), (720, 1440)]
    assert parse_open(show_open(spans)) == spans
    assert parse_open(show_open(spans, ":")) == spans
    rows = [[4, 540, 600], [0, 720, 900], [0, 540, 690]]
    assert as_rows(of_rows(rows)) == sorted(rows)


def test_days_of_the_same_hours_stand_on_one_line() -> None:
    times = of_rows([[day, 540, 900] for day in (0, 1, 2, 4)] + [[3, 540, 690], [3, 720, 900]])
    with speaking("fi"):
        assert opening_lines(times) == [
            "Maanantai–keskiviikko 9.00–15.00",
            "Torstai 9.00–11.30, 12.00–15.00",
            "Perjantai 9.00–15.00",
        ]
    with speaking("en"):
        assert opening_lines(of_rows([[0, 540, 900]])) == ["Monday 9:00–15:00"]
