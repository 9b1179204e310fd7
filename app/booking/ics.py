"""Pure: calendar files (RFC 5545) and invitations (RFC 5546). The matter itself never stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from app.booking.vtimezone import time_zone

PRODUCT = "-//Vuoro//Vuoro 1.0//FI"
REFRESH = timedelta(hours=1)
FIRST_EVENT = "\r\nBEGIN:VEVENT"


class Method(StrEnum):
    """What a calendar part says to the receiving calendar."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting as a calendar shows it. ``sequence`` rises with every change, ``uid`` never changes."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    location: str
    organizer_name: str
    organizer_email: str
    attendee_name: str
    attendee_email: str
    url: str
    changed_at: datetime
    cancelled: bool = False


def calendar_file(entry: Entry, method: Method, zone: ZoneInfo) -> str:
    """The text of an ``.ics`` part, with the zone's VTIMEZONE."""
    return _written(_calendar(method), [entry], method, zone)


def calendar_of_many(entries: Sequence[Entry], zone: ZoneInfo) -> str:
    """The text of an ``.ics`` part with several meetings: an invitation (``REQUEST``) may hold only one."""
    return _written(_calendar(Method.PUBLISH), entries, Method.PUBLISH, zone)


def calendar_feed(entries: Sequence[Entry], name: str, zone: ZoneInfo) -> str:
    """The text of a feed that calendars subscribe to and ask for again every hour or so."""
    calendar = _calendar(Method.PUBLISH)
    calendar.add("name", name)  # RFC 7986, and what programs understood before it
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return _written(calendar, entries, Method.PUBLISH, zone)


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", str(method))
    return calendar


def _written(calendar: Calendar, entries: Sequence[Entry], method: Method, zone: ZoneInfo) -> str:
    for entry in entries:
        calendar.add_component(_event(entry, method, zone))
    written: str = calendar.to_ical().decode()
    if not entries:
        return written
    rules = _time_zone_text(zone, min(entry.starts_at.year for entry in entries))
    return written.replace(FIRST_EVENT, f"\r\n{rules}BEGIN:VEVENT", 1)


@lru_cache(maxsize=64)
def _time_zone_text(zone: ZoneInfo, year: int) -> str:
    """The VTIMEZONE, which is the same in every file of a year: writing it takes as long as all the rest."""
    text: str = time_zone(zone, year).to_ical().decode()
    return text


def _event(entry: Entry, method: Method, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", entry.starts_at.astimezone(zone))
    event.add("dtend", entry.ends_at.astimezone(zone))
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    event.add("location", entry.location)
    event.add("url", entry.url)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    if entry.organizer_email:
        event.add("organizer", _person(entry.organizer_name, entry.organizer_email), encode=False)
    if method != Method.PUBLISH and entry.attendee_email:
        attendee = _person(entry.attendee_name, entry.attendee_email)
        attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
        attendee.params["PARTSTAT"] = vText("ACCEPTED")
        attendee.params["RSVP"] = vText("FALSE")
        event.add("attendee", attendee, encode=False)
    if not entry.cancelled:
        event.add_component(_alarm(entry.summary))
    return event


def _person(name: str, email: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{email}")
    person.params["CN"] = vText(name.replace('"', "'"))
    return person


def _alarm(summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm["trigger"] = "-PT1H"
    return alarm
