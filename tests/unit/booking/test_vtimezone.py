"""VTIMEZONE by its own rules: the offset it gives is the zone's, on every day around the changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.booking.vtimezone import time_zone


@pytest.mark.parametrize("name", ["Europe/Helsinki", "Europe/Lisbon", "Asia/Tokyo"])
@pytest.mark.parametrize("year", [2026, 2027])
def test_the_component_gives_the_offsets_of_the_zone(name: str, year: int) -> None:
    zone = ZoneInfo(name)
    rules = time_zone(zone, year).to_tz()
    for hour in range(0, 366 * 24, 7):
        wall = datetime(year, 1, 1) + timedelta(hours=hour)  # noqa: DTZ001 - wall-clock time
        if wall.replace(tzinfo=zone).astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != wall:
            continue  # a wall-clock time that is missing
        assert wall.replace(tzinfo=rules).utcoffset() == wall.replace(tzinfo=zone).utcoffset(), wall


def test_the_changes_stand_at_the_wall_clock_before_them_and_recur_by_rule() -> None:
    text = time_zone(ZoneInfo("Europe/Helsinki"), 2026).to_ical().decode()
    assert "DTSTART:20250330T030000" in text
    assert "DTSTART:20251026T040000" in text
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in text
