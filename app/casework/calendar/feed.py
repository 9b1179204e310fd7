"""Calendars as the browser draws them: floating local times, and words where a colour would not do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_login import current_user

from app.booking.lifecycle import Status
from app.casework.calendar.reading import Calendars, Entry
from app.casework.calendar.rights import may_move
from app.casework.calendar.shading import Minutes, hours_shown, outside
from app.core.i18n import gettext, local_text
from app.scheduling.holidays import is_public_holiday
from app.scheduling.intervals import DAY_MINUTES, dates_between
from app.scheduling.workday import hours_on


def kind_names() -> dict[str, str]:
    """What an entry is, where it is not a meeting."""
    return {
        "hold": gettext("Being booked"),
        "group_session": gettext("Group meeting"),
        "seat": gettext("Group meeting"),
        "call": gettext("Promised call"),
        "busy": gettext("Busy"),
        "absence": gettext("Away"),
    }


def feed_of(calendars: Calendars, *, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The calendars as JSON values: ``events``, ``shades`` and the hours that are shown."""
    movable = {key: may_move(key) for key in calendars.plans}
    shades = list(_shades(calendars))
    hours = hours_shown(
        [*_taken(calendars, zone), *(span for _, _, day_hours in _working(calendars) for span in day_hours)]
    )
    names = kind_names()
    return {
        "events": [_event(entry, movable, names, zone, now) for entry in calendars.entries],
        "shades": shades,
        "hours": hours,
        "weekend": _needs_weekend(calendars, zone),
    }


def _event(
    entry: Entry, movable: dict[int, bool], names: dict[str, str], zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    common = {
        "who": entry.professional_id,
        "start": wall(entry.starts_at, zone),
        "end": wall(entry.ends_at, zone),
        "kind": entry.kind,
    }
    if entry.kind != "meeting":
        named = entry.kind == "group_session" or is_own_busy(entry)
        url = group_url(entry)
        return {
            **common,
            "title": (entry.title if named else "") or names[entry.kind],
            **({"page": url} if url else {}),
        }
    to_come = entry.status == Status.BOOKED and entry.ends_at > now
    return {
        **common,
        "id": entry.id,
        "title": entry.title,
        "mode": entry.mode,
        "status": entry.status,
        "service": local_text(entry.service),
        "move": to_come and movable[entry.professional_id],
    }


def is_own_busy(entry: Entry) -> bool:
    """True of a busy time whose title the reader may see: their own."""
    return entry.kind == "busy" and entry.professional_id == current_user.professional_id


def group_url(entry: Entry) -> str:
    """The page of a group session, for whoever may open it."""
    if entry.kind != "group_session" or not entry.id or not current_user.may("group.manage"):
        return ""
    return url_for("groups.show", group_session_id=entry.id)


def wall(instant: datetime, zone: ZoneInfo) -> str:
    """Local wall time without an offset (``2026-11-24T09:00:00``): what the browser shows as it is, wherever it stands."""
    return instant.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def _working(calendars: Calendars) -> Iterator[tuple[int, date, list[Minutes]]]:
    """Professional, date, and their working hours in minutes."""
    for day in dates_between(calendars.first, calendars.last):
        for key, plan in calendars.plans.items():
            yield key, day, [(h.start_minute, h.end_minute) for h in hours_on(plan, day, is_public_holiday)]


def _shades(calendars: Calendars) -> Iterator[dict[str, Any]]:
    for key, day, hours in _working(calendars):
        for start, end in outside(hours):
            yield {"who": key, "start": _clock(day, start), "end": _clock(day, end)}


def _clock(day: date, minute: int) -> str:
    if minute == DAY_MINUTES:
        day, minute = day + timedelta(days=1), 0
    return f"{day.isoformat()}T{minute // 60:02}:{minute % 60:02}:00"


def _taken(calendars: Calendars, zone: ZoneInfo) -> Iterator[Minutes]:
    """The minutes of the day that entries of a few hours take; absences of days widen no picture."""
    for entry in calendars.entries:
        start, end = entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone)
        if entry.kind != "absence" and start.date() == end.date():
            yield 60 * start.hour + start.minute, 60 * end.hour + end.minute


def _needs_weekend(calendars: Calendars, zone: ZoneInfo) -> bool:
    """True where somebody works or has something on a Saturday or Sunday."""
    works = any(hours and day.weekday() > 4 for _, day, hours in _working(calendars))
    return works or any(
        entry.starts_at.astimezone(zone).weekday() > 4 for entry in calendars.entries if entry.kind != "absence"
    )
