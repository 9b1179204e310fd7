"""Pure: a zone's VTIMEZONE around one year. (The library's own puts the onsets an hour late.)

RFC 5545 3.6.5: an onset is wall time at the offset *before* it. Where both changes fall on the last weekday of their
month, as in all of Europe, they recur by rule: Outlook reads nothing else.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
Change = tuple[datetime, datetime]
"""The same instant on the wall clock before and after the change, each with its offset."""


def time_zone(zone: ZoneInfo, year: int) -> Timezone:
    """The zone's rules from the year before ``year`` on."""
    component = Timezone()
    component.add("tzid", str(zone))
    changes = list(_changes(zone, year - 1))
    for before, after in changes or [_always(zone, year)]:
        kind = TimezoneDaylight() if after.dst() else TimezoneStandard()
        kind.add("dtstart", before.replace(tzinfo=None))
        kind.add("tzoffsetfrom", before.utcoffset())
        kind.add("tzoffsetto", after.utcoffset())
        kind.add("tzname", after.tzname())
        if changes and _is_last_of_month(before):
            rule = {"freq": "yearly", "bymonth": before.month, "byday": f"-1{WEEKDAYS[before.weekday()]}"}
            kind.add("rrule", rule)
        component.add_component(kind)
    return component


def _changes(zone: ZoneInfo, year: int) -> Iterator[Change]:
    """The clock changes of one year."""
    instant = datetime(year, 1, 1, tzinfo=UTC)
    step = timedelta(hours=1)
    while instant.year == year:
        before, after = (instant - step).astimezone(zone), instant.astimezone(zone)
        if before.utcoffset() != after.utcoffset():
            old_offset = timezone(before.utcoffset() or timedelta())
            yield instant.astimezone(old_offset), after
        instant += step


def _always(zone: ZoneInfo, year: int) -> Change:
    start = datetime(year - 1, 1, 1, tzinfo=zone)
    return start, start


def _is_last_of_month(day: datetime) -> bool:
    return day.day + 7 > calendar.monthrange(day.year, day.month)[1]
