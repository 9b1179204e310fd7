"""What is typed: the form that registers an absence, and the decisions about its meetings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from app.absence.applying import Decision
from app.absence.plan import Action, Place
from app.absence.registering import NewAbsence
from app.core.errors import InvalidInput
from app.core.i18n import N_
from app.core.typed import whole_number
from app.scheduling.clock_times import parse_minute

LATER = "later"
"""A meeting that is decided about another time."""


def new_absence(typed: MultiDict[str, str], zone: ZoneInfo, now: datetime) -> NewAbsence:
    """Whole days, or parts where times are typed. Raises ``InvalidInput`` with a text for each field that cannot be used."""
    errors: dict[str, str] = {}
    first = _date(typed.get("first", ""), "first", errors)
    last = _date(typed.get("last", ""), "last", errors) if typed.get("last", "").strip() else first
    since, until = (_minute(typed.get(name, ""), name, errors) for name in ("first_time", "last_time"))
    people = [key for value in typed.getlist("who") if (key := whole_number(value)) is not None]
    office_id = whole_number(typed.get("office", ""))
    if not people and office_id is None:
        errors["who"] = N_("Choose who is away, or an office that is closed.")
    if first is not None and last is not None and not errors:
        starts_at = instant_of(first, 0 if since is None else since, zone)
        ends_at = instant_of(last, 24 * 60 if until is None else until, zone)
        if ends_at <= starts_at:
            errors["last" if last < first else "last_time"] = N_("The end must be after the start.")
        elif ends_at <= now:
            errors["last" if typed.get("last", "").strip() else "first"] = N_("This time has already passed.")
    if errors or first is None or last is None:
        raise InvalidInput(errors)
    return NewAbsence(people, starts_at, ends_at, typed.get("reason", ""), office_id)


def instant_of(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Minutes of a local day as an instant; 24 × 60 is the next midnight."""
    whole, rest = divmod(minute, 24 * 60)
    return datetime.combine(day + timedelta(days=whole), time(rest // 60, rest % 60), zone).astimezone(UTC)


def _date(typed: str, name: str, errors: dict[str, str]) -> date | None:
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year < 2100:
        errors[name] = N_("Enter a date, for example 24.11.2026.")
        return None
    return day


def _minute(typed: str, name: str, errors: dict[str, str]) -> int | None:
    if not typed.strip():
        return None
    minute = parse_minute(typed)
    if minute is None:
        errors[name] = N_("Enter a time, for example 9.00.")
    return minute


def value_of(action: Action, place: Place | None = None) -> str:
    """A decision as the page's list has it."""
    if place is None:
        return str(action)
    return f"{action}:{place.professional_id}:{int(place.starts_at.timestamp())}:{place.office_id or 0}"


def decisions_of(typed: Mapping[str, str]) -> list[Decision]:
    """What was chosen for each meeting on the page; those left for later are not among them.

    Raises ``InvalidInput`` (``decisions``) where something else came than the page offers.
    """
    names = [name for name in typed if name.startswith("do-")]
    found = [_decision(name, typed) for name in names if typed[name] != LATER]
    if not found:
        raise InvalidInput({"decisions": N_("Choose what happens to at least one meeting.")})
    return found


def _decision(name: str, typed: Mapping[str, str]) -> Decision:
    key, version = whole_number(name.removeprefix("do-")), whole_number(typed.get(f"version-{name[3:]}", ""))
    action, *rest = typed[name].split(":")
    numbers = [whole_number(part) for part in rest]
    placed = action in (Action.HAND_OVER, Action.MOVE)
    if key is None or version is None or action not in set(Action) or len(numbers) != 3 * placed or None in numbers:
        raise InvalidInput({"decisions": N_("Choose one of the alternatives.")})
    if not placed:
        return Decision(key, Action(action), version=version)
    person, start, office = (number or 0 for number in numbers)
    starts_at = datetime.fromtimestamp(min(start, 2**32), UTC)
    return Decision(key, Action(action), person, starts_at, office or None, version)
