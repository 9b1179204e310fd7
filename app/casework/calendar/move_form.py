"""The form of a move: what it is filled in with, and what was typed as a move by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from app.booking.by_hand import LONGEST, SHORTEST, ByHand, place_of_row
from app.booking.models import Appointment
from app.core.errors import InvalidInput
from app.core.i18n import N_, format_clock
from app.core.typed import Unusable, clean_text, whole_number
from app.scheduling.clock_times import parse_minute
from app.scheduling.models import Mode

LONGEST_REASON = 300
FIELDS = ("day", "time", "minutes", "professional", "office")


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen: professionals and offices by id, with their names."""

    professionals: Mapping[int, str]
    offices: Mapping[int, str]


def filled_in(appointment: Appointment, asked: Mapping[str, str], zone: ZoneInfo) -> dict[str, str]:
    """The form as it is opened: the appointment as it stands, but for what the address asks for (a drop on the calendar)."""
    starts_at, minutes, professional_id, office_id = place_of_row(appointment)
    stands = {
        "day": starts_at.astimezone(zone).date().isoformat(),
        "time": format_clock(starts_at, zone),
        "minutes": str(minutes),
        "professional": str(professional_id),
        "office": str(office_id or ""),
        "reason": "",
        "tell": "1",
        "version": str(appointment.version),
    }
    return stands | {name: asked[name] for name in FIELDS if asked.get(name)}


def read(typed: Mapping[str, str], appointment: Appointment, choices: Choices, zone: ZoneInfo) -> ByHand:
    """What was typed. Raises ``InvalidInput`` with a text for every field that cannot be used."""
    errors: dict[str, str] = {}
    starts_at = _start(typed.get("day", ""), typed.get("time", ""), zone, errors)
    minutes = whole_number(typed.get("minutes", "").strip()) or 0
    if not SHORTEST <= minutes <= LONGEST:
        errors["minutes"] = N_("Enter the length in minutes, from 5 to 720.")
    professional_id = whole_number(typed.get("professional", "")) or 0
    if professional_id not in choices.professionals:
        errors["professional"] = N_("Choose somebody from the list.")
    office_id = whole_number(typed.get("office", "")) if appointment.mode == Mode.IN_PERSON else None
    if appointment.mode == Mode.IN_PERSON and office_id not in choices.offices:
        errors["office"] = N_("Choose an office.")
    reason = _reason(typed.get("reason", ""), errors)
    if errors or starts_at is None:
        raise InvalidInput(errors)
    version = whole_number(typed.get("version", "")) or 0
    return ByHand(version, starts_at, minutes, professional_id, office_id, reason, tell=typed.get("tell") == "1")


def _start(day: str, clock: str, zone: ZoneInfo, errors: dict[str, str]) -> datetime | None:
    date_, minute = _date(day), parse_minute(clock)
    if date_ is None:
        errors["day"] = N_("Enter a date, for example 24.11.2026.")
    if minute is None or minute == 24 * 60:
        errors["time"] = N_("Enter a time, for example 9.00.")
    if "day" in errors or "time" in errors or date_ is None or minute is None:
        return None
    wall = datetime.combine(date_, time(minute // 60, minute % 60))
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != wall:
        errors["time"] = N_("Clocks are put forward on that day: this time does not exist.")
        return None
    return instant


def _date(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def _reason(typed: str, errors: dict[str, str]) -> str:
    try:
        return clean_text(typed, longest=LONGEST_REASON)
    except Unusable as problem:
        errors["reason"] = str(problem)
        return ""


def options(names: Mapping[int, str]) -> list[dict[str, Any]]:
    """For a select."""
    return [{"value": str(key), "label": name} for key, name in names.items()]
