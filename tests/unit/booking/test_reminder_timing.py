"""When a reminder is due, of use, and moved out of the night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.reminders.timing import QUIET_FROM, QUIET_UNTIL, SHORT, Outcome, due_at, plan, useful_until

ZONE = ZoneInfo("Europe/Helsinki")
DAY, HALF_HOUR = 24 * 60, 30
BOUNDS = (datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-12-31"))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("starts", "minutes", "now", "outcome", "send"),
    [
        (at(25, 10), DAY, at(24, 10), Outcome.QUEUED, at(24, 10)),
        (at(25, 10), DAY, at(25, 6), Outcome.QUEUED, at(25, 8)),  # a long outage; not in the night
        (at(25, 10), DAY, at(25, 8, 59), Outcome.QUEUED, at(25, 8, 59)),
        (at(25, 10), DAY, at(25, 9), Outcome.TOO_LATE, at(25, 9)),  # an hour before it only confuses
        (at(25, 7), DAY, at(24, 7), Outcome.QUEUED, at(24, 8)),
        (at(25, 21), DAY, at(24, 21), Outcome.QUEUED, at(25, 8)),
        (at(25, 8, 15), DAY, at(24, 21), Outcome.TOO_LATE, at(25, 8)),
        (at(25, 8), HALF_HOUR, at(25, 7, 30), Outcome.QUEUED, at(25, 7, 30)),  # the meeting itself is so early
        (at(25, 12), HALF_HOUR, at(25, 11, 44), Outcome.QUEUED, at(25, 11, 44)),
        (at(25, 12), HALF_HOUR, at(25, 11, 45), Outcome.TOO_LATE, at(25, 11, 45)),
    ],
)
def test_a_reminder_goes_when_it_is_of_use(
    starts: datetime, minutes: int, now: datetime, outcome: Outcome, send: datetime
) -> None:
    found = plan(starts, minutes, told_at=None, zone=ZONE, now=now)
    assert (found.outcome, found.send_at) == (outcome, send)


def test_who_was_told_after_it_was_due_needs_no_reminder() -> None:
    starts, now = at(25, 10), at(24, 16)
    assert plan(starts, DAY, told_at=at(24, 15), zone=ZONE, now=now).outcome == Outcome.JUST_TOLD
    assert plan(starts, DAY, told_at=at(24, 9), zone=ZONE, now=now).outcome == Outcome.QUEUED


def test_a_day_before_is_elapsed_time_over_a_change_of_clocks() -> None:
    starts = datetime(2026, 10, 25, 12, tzinfo=ZONE)  # clocks went back that night
    assert due_at(starts, DAY).astimezone(ZONE) == datetime(2026, 10, 24, 13, tzinfo=ZONE)


@given(
    st.datetimes(*BOUNDS),
    st.integers(2, 14 * DAY),
    st.integers(0, 15 * DAY),
)
def test_nothing_is_sent_early_late_or_at_night(start: datetime, minutes: int, before: int) -> None:
    starts = start.replace(tzinfo=ZONE)
    now = starts.astimezone(UTC) - timedelta(minutes=before)
    found = plan(starts, minutes, told_at=None, zone=ZONE, now=now)
    if found.outcome == Outcome.QUEUED:
        assert max(now, due_at(starts, minutes)) <= found.send_at < useful_until(starts, minutes) < starts
        if starts.astimezone(UTC) - found.send_at > SHORT:
            assert QUIET_UNTIL <= found.send_at.astimezone(ZONE).time() < QUIET_FROM
