"""Pure: when a reminder is due, until when it is of use, and when the night moves it.

Instants are aware; ``minutes`` is how long before the meeting a reminder is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

QUIET_FROM, QUIET_UNTIL = time(20), time(8)
"""Local: nobody is reminded in the evening and at night …"""
SHORT = timedelta(hours=2)
"""… except so shortly before: then the meeting itself is at that hour, and it was the client's choice."""
LATEST_BEFORE = timedelta(hours=1)
"""Nearer than this the reminder of a day before is of no use; of shorter ones, half of their own time."""


class Outcome(StrEnum):
    """What became of a reminder."""

    QUEUED = "queued"
    TOO_LATE = "too_late"
    JUST_TOLD = "just_told"
    NOT_NEEDED = "not_needed"
    PAUSED = "paused"
    NO_WAY = "no_way"


@dataclass(frozen=True, slots=True)
class Plan:
    """Send it not before ``send_at``, and not at all from ``useful_until`` on; or not, and why."""

    outcome: Outcome
    send_at: datetime
    useful_until: datetime


def due_at(starts_at: datetime, minutes: int) -> datetime:
    """When the reminder is due: elapsed time before the meeting, over clock changes too (wall time would be an hour off)."""
    return starts_at.astimezone(UTC) - timedelta(minutes=minutes)


def useful_until(starts_at: datetime, minutes: int) -> datetime:
    """From when on it would only confuse."""
    return starts_at.astimezone(UTC) - min(LATEST_BEFORE, timedelta(minutes=minutes) / 2)


def plan(starts_at: datetime, minutes: int, *, told_at: datetime | None, zone: ZoneInfo, now: datetime) -> Plan:
    """What to do with a reminder that is due. ``told_at``: when the client was last told of this very time."""
    due, until = due_at(starts_at, minutes), useful_until(starts_at, minutes)
    send_at = max(due, now)
    if starts_at.astimezone(UTC) - send_at > SHORT:
        send_at = _out_of_the_night(send_at, zone)
    if send_at >= until:
        return Plan(Outcome.TOO_LATE, send_at, until)
    if told_at is not None and told_at >= due:
        return Plan(Outcome.JUST_TOLD, send_at, until)
    return Plan(Outcome.QUEUED, send_at, until)


def _out_of_the_night(instant: datetime, zone: ZoneInfo) -> datetime:
    """The instant, or the next morning at eight where it falls into the night."""
    local = instant.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return instant
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(day, QUIET_UNTIL, zone)
