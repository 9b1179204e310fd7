"""The form of a group session: what is typed, made into a plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.booking.groups.models import GroupSession
from app.booking.groups.service import GroupPlan
from app.casework.booking.choice import services, wall_time
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import N_, local_text
from app.core.typed import Unusable, clean_line, clean_text, sort_key, whole_number
from app.scheduling.clock_times import show_minute
from app.scheduling.models import Mode, Office, Professional, Service

LONGEST_TITLE, LONGEST_NOTE = 120, 1000
MODES = (Mode.IN_PERSON, Mode.VIDEO)
USUAL_SEATS, USUAL_MINUTES = 12, 90


def plan_typed(typed: Mapping[str, str], zone: ZoneInfo) -> GroupPlan:
    """The plan. Raises ``InvalidInput`` with a text for each field that cannot be used."""
    errors: dict[str, str] = {}
    title = _text(typed, "title", LONGEST_TITLE, errors, clean_line)
    if not title:
        errors.setdefault("title", N_("Give the session a name."))
    service = _row(Service, typed, "service")
    if service is None or not service.active:
        errors["service"] = N_("Choose a service.")
    professional = _row(Professional, typed, "professional")
    if professional is None:
        errors["professional"] = N_("Choose somebody from the list.")
    starts_at: datetime | None = None
    try:
        starts_at = wall_time(typed.get("day", ""), typed.get("time", ""), zone)
    except InvalidInput as problem:
        errors |= problem.fields
    note = _text(typed, "note", LONGEST_NOTE, errors, clean_text)
    minutes, capacity = (whole_number(typed.get(name, "").strip()) or 0 for name in ("minutes", "capacity"))
    if errors or service is None or professional is None or starts_at is None:
        raise InvalidInput(errors)
    return GroupPlan(
        title,
        service,
        professional,
        typed.get("mode", ""),
        _row(Office, typed, "office"),
        starts_at,
        minutes,
        capacity,
        note,
    )


def _row(model: Any, typed: Mapping[str, str], name: str) -> Any:
    number = whole_number(typed.get(name, ""))
    return db.session.get(model, number) if number else None


def _text(typed: Mapping[str, str], name: str, longest: int, errors: dict[str, str], clean: Any) -> str:
    try:
        return str(clean(typed.get(name, ""), longest=longest))
    except Unusable as problem:
        errors[name] = str(problem)
        return ""


def new_values(day: date, professional_id: int | None) -> dict[str, str]:
    """What the form of a new session first says."""
    return {
        "day": day.isoformat(),
        "professional": str(professional_id or ""),
        "mode": str(Mode.IN_PERSON),
        "minutes": str(USUAL_MINUTES),
        "capacity": str(USUAL_SEATS),
    }


def values_of(group: GroupSession, zone: ZoneInfo) -> dict[str, str]:
    """What the form of a session says that is arranged."""
    local = group.starts_at.astimezone(zone)
    return {
        "title": group.title,
        "service": str(group.service_id),
        "professional": str(group.professional_id),
        "mode": group.mode,
        "office": str(group.office_id or ""),
        "day": local.date().isoformat(),
        "time": show_minute(60 * local.hour + local.minute),
        "minutes": str(group.minutes),
        "capacity": str(group.capacity),
        "note": group.note,
    }


def options(chosen: Mapping[str, str]) -> dict[str, list[dict[str, str]]]:
    """What can be chosen from; what is chosen already stays, even where it is no longer offered."""
    people = db.session.scalars(select(Professional).where(Professional.active)).all()
    offices = db.session.scalars(select(Office).where(Office.active)).all()
    return {
        "services": _options((str(row.id), local_text(row.name)) for row in services()),
        "people": _options((str(row.id), row.full_name) for row in people),
        "offices": _options((str(row.id), local_text(row.name)) for row in offices),
    }


def _options(pairs: Any) -> list[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in sorted(pairs, key=lambda pair: sort_key(pair[1]))]
