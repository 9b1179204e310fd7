"""Working time in words, and the choices of its forms, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.views import mode_name
from app.casework.hours.effects import Coming
from app.casework.hours.reading import Choices
from app.core.i18n import (
    format_instant,
    format_short_date,
    gettext,
    local_text,
    ngettext,
)
from app.scheduling.clock_times import show_minute
from app.scheduling.models import Mode, Office, Professional
from app.scheduling.weekday_words import days_text, runs, separator
from app.scheduling.weekly import WeeklyHours
from app.scheduling.workday import DayException, Hours, Plan

Places = Mapping[int, str]
"""Names of offices by id."""


def clock_text(minute: int) -> str:
    """``9.00``, in English ``9:00``."""
    return show_minute(minute, separator())


def span_text(start_minute: int, end_minute: int) -> str:
    """``9.00–12.00``."""
    return f"{clock_text(start_minute)}–{clock_text(end_minute)}"


def sum_text(minutes: int) -> str:
    """``36 h 15 min``."""
    hours, rest = divmod(minutes, 60)
    if not rest:
        return gettext("%(hours)s h", hours=hours)
    return gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)


def places(session: Session, plan: Plan) -> dict[int, str]:
    """The offices that can be chosen: those in use, and closed ones that the plan still names."""
    named = {rule.office_id for rule in plan.rules} | {exception.office_id for exception in plan.exceptions}
    offices = session.scalars(select(Office).order_by(Office.id))
    return {office.id: local_text(office.name) for office in offices if office.active or office.id in named}


def place_text(office_id: int | None, names: Places) -> str:
    """The office's name, or that there is none."""
    return gettext("Remote only") if office_id is None else names.get(office_id, "")


def modes_text(modes: Sequence[str]) -> str:
    """``Puhelimessa ja videolla``; empty modes are all of them."""
    names = [mode_name(mode) for mode in modes]
    if not names:
        return gettext("All ways")
    if len(names) == 1:
        return names[0]
    first, last = ", ".join([names[0], *(name.lower() for name in names[1:-1])]), names[-1].lower()
    return gettext("%(first)s and %(last)s", first=first, last=last)


def hours_text(hours: WeeklyHours | Hours, names: Places) -> str:
    """``9.00–12.00, Keskusta, puhelimessa``."""
    parts = [span_text(hours.start_minute, hours.end_minute), place_text(hours.office_id, names)]
    return ", ".join([*parts, modes_text(hours.modes).lower()] if hours.modes else parts)


def weekly_lines(rules: Iterable[WeeklyHours], names: Places) -> list[str]:
    """Weekly rules in words, a line for weekdays of the same hours: ``Maanantai–torstai 9.00–15.00, Keskusta``."""
    together: dict[str, dict[int, list[str]]] = {}
    for rule in sorted(rules, key=lambda rule: (rule.valid_from or date.min, rule.weekday, rule.start_minute)):
        days = together.setdefault(_when_text(rule), {})
        days.setdefault(rule.weekday, []).append(hours_text(rule, names))
    return [
        f"{days_text(first, last)} {'; '.join(texts)}{f' ({when})' if when else ''}"
        for when, days in together.items()
        for first, last, texts in runs(days)
    ]


def _when_text(rule: WeeklyHours) -> str:
    every = "" if rule.cycle_weeks == 1 else every_texts()[rule.cycle_weeks]
    return ", ".join(part for part in (validity_text(rule.valid_from, rule.valid_to), every) if part)


def validity_text(first: date | None, last: date | None) -> str:
    """``1.12.2026 alkaen``; empty where it is always."""
    if first and last:
        return f"{format_short_date(first)} – {format_short_date(last)}"
    if first:
        return gettext("from %(day)s", day=format_short_date(first))
    return gettext("until %(day)s", day=format_short_date(last)) if last else ""


def every_texts() -> dict[int, str]:
    """How often a week comes, by the length of the cycle."""
    return {
        1: gettext("every week"),
        2: gettext("every 2nd week"),
        3: gettext("every 3rd week"),
        4: gettext("every 4th week"),
    }


def exception_text(exception: DayException, names: Places) -> str:
    """What an exception does to its day."""
    if exception.replaces_hours:
        return gettext("Hours of its own")
    span = span_text(exception.start_minute, exception.end_minute)
    if not exception.extra:
        return gettext("No working time %(span)s", span=span)
    hours = Hours(exception.start_minute, exception.end_minute, exception.office_id, exception.modes)
    return gettext("Extra working time %(hours)s", hours=hours_text(hours, names))


# — choices —


def mode_choices(professional: Professional, plan: Plan) -> dict[str, str]:
    """Every set of the professional's ways of meeting, as the form names it, and those that the plan names; "" is all."""
    own = [mode for mode in Mode if mode in professional.modes]
    sets = [",".join(chosen) for size in range(1, len(own)) for chosen in combinations(own, size)]
    named = [rule.modes for rule in plan.rules] + [exception.modes for exception in plan.exceptions]
    sets += [",".join(modes) for modes in named if modes]
    return {"": modes_text(()), **{value: modes_text(value.split(",")) for value in sets}}


def choices_of(places_: Places, modes: Mapping[str, str]) -> Choices:
    """What a form may send."""
    return Choices(places_.keys(), modes.keys())


def options(names: Mapping[Any, str]) -> list[dict[str, str]]:
    """Choices by value, as a list of the form."""
    return [{"value": str(value), "label": label} for value, label in names.items()]


# — effects —


def affected_views(affected: Iterable[Coming], zone: ZoneInfo) -> list[dict[str, Any]]:
    """The meetings that fall outside, as the page lists them."""
    return [
        {
            "when": format_instant(item.appointment.starts_at, zone),
            "who": item.appointment.client.name,
            "service": local_text(item.appointment.service.name),
            "mode": mode_name(item.appointment.mode),
            "with": item.appointment.professional.full_name,
            "url": url_for("appointments.show", appointment_id=item.appointment.id),
        }
        for item in affected
    ]


def affected_text(count: int) -> str:
    """How many meetings a change leaves outside."""
    if not count:
        return gettext("No coming meeting falls outside the working time.")
    return ngettext(
        "%(num)s coming meeting falls outside the working time.",
        "%(num)s coming meetings fall outside the working time.",
        count,
    )
