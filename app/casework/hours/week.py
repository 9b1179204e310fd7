"""The week picture: working time of seven days with what is known to take from it, and closures and holidays as information."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.casework.hours.week_picture import Layer, cells, flatten, hours_shown
from app.casework.hours.words import Places, modes_text, place_text, span_text, sum_text
from app.core.i18n import current_language, format_short_date, format_weekday_date, gettext, local_text
from app.scheduling.holidays import holiday_name, is_public_holiday
from app.scheduling.intervals import dates_between
from app.scheduling.models import Absence, BusyTime, Closure
from app.scheduling.weekly import monday_of
from app.scheduling.workday import Hours, Plan, hours_on, week_minutes

WORKING = ("office", "remote")
LEGEND = (*WORKING, "busy", "away", "closed")


@dataclass(frozen=True, slots=True)
class Around:
    """What takes of a professional's time besides meetings, and closures of offices."""

    closures: Sequence[Closure]
    absences: Sequence[Absence]
    busy: Sequence[BusyTime]


@dataclass(frozen=True, slots=True)
class Picture:
    """What the picture of a week is made from. ``own``: the reader is the professional, who alone sees titles."""

    plan: Plan
    professional_id: int
    zone: ZoneInfo
    places: Places
    own: bool
    today: date


def week_view(session: Session, picture: Picture, day: date, day_url: Callable[[date], str]) -> dict[str, Any]:
    """The week of a date as the template shows it."""
    monday = monday_of(day)
    days = list(dates_between(monday, monday + timedelta(days=6)))
    found = _around(session, picture, days[0], days[-1])
    runs = [flatten(_layers(picture, found, day)) for day in days]
    shown = hours_shown(runs)
    kinds = {run.kind for day_runs in runs for run in day_runs}
    return {
        "title": gettext("Week %(number)s", number=monday.isocalendar().week),
        "dates": f"{format_short_date(monday)} – {format_short_date(days[-1])}",
        "monday": monday.isoformat(),
        "previous": (monday - timedelta(days=7)).isoformat(),
        "next": (monday + timedelta(days=7)).isoformat(),
        "this": monday_of(picture.today).isoformat(),
        "hours": list(range(*shown)),
        "days": [
            {
                "label": format_weekday_date(day),
                "url": day_url(day) if day >= picture.today else "",
                "today": day == picture.today,
                "notes": _notes(picture.plan, day),
                "cells": [_cell(width, run) for width, run in cells(day_runs, shown)],
            }
            for day, day_runs in zip(days, runs, strict=True)
        ],
        "sum": sum_text(week_minutes(picture.plan, monday, is_public_holiday)),
        "legend": [{"kind": kind, "text": _kind_text(kind)} for kind in LEGEND if kind in kinds],
    }


def information(session: Session, picture: Picture, day: date) -> list[str]:
    """What else is known of a date: its holiday, and what takes of its hours."""
    layers = _layers(picture, _around(session, picture, day, day), day)
    taken = [layer for layer in layers if layer.kind not in WORKING]
    lines = [f"{span_text(layer.start_minute, layer.end_minute)} {layer.label}" for layer in taken]
    return [line for line in (holiday_name(day, current_language()), *lines) if line]


def _around(session: Session, picture: Picture, first: date, last: date) -> Around:
    """All that shares time with the dates from ``first`` to ``last``. Three queries."""
    since, until = (datetime.combine(day, time(), picture.zone) for day in (first, last + timedelta(days=1)))
    spans: list[Any] = []
    for model in (Closure, Absence, BusyTime):
        query = select(model).where(model.ends_at > since, model.starts_at < until).order_by(model.starts_at)
        if model is not Closure:
            query = query.where(model.professional_id == picture.professional_id)
        if model is Absence:
            query = query.where(Absence.active)
        spans.append(list(session.scalars(query)))
    return Around(*spans)


def _cell(width: int, run: Layer | None) -> dict[str, Any]:
    if run is None:
        return {"width": width}
    times = span_text(run.start_minute, run.end_minute)
    return {"width": width, "kind": run.kind, "times": times, "label": run.label}


def _layers(picture: Picture, found: Around, day: date) -> list[Layer]:
    hours = hours_on(picture.plan, day, is_public_holiday)
    layers = [
        Layer(h.start_minute, h.end_minute, "remote" if h.office_id is None else "office", _hours_label(h, picture))
        for h in hours
    ]
    for closure in found.closures:
        layers += _closed(closure, hours, day, picture)
    for absence in found.absences:
        layers += _over(absence, day, picture.zone, "away", gettext("Away"))
    for busy in found.busy:
        title = busy.title if picture.own else ""
        layers += _over(busy, day, picture.zone, "busy", title or gettext("Busy"))
    return layers


def _hours_label(hours: Hours, picture: Picture) -> str:
    place = place_text(hours.office_id, picture.places)
    return f"{place}, {modes_text(hours.modes).lower()}" if hours.modes else place


def _closed(closure: Closure, hours: Sequence[Hours], day: date, picture: Picture) -> list[Layer]:
    """The closure over the hours that it concerns: those at its office; remote ones only if it says so."""
    label = local_text(closure.title) or gettext("Office closed")
    return [
        Layer(max(whole.start_minute, piece.start_minute), min(whole.end_minute, piece.end_minute), "closed", label)
        for whole in _over(closure, day, picture.zone, "closed", label)
        for piece in hours
        if (piece.office_id is not None or closure.remote_too) and closure.office_id in (None, piece.office_id)
        if whole.start_minute < piece.end_minute and piece.start_minute < whole.end_minute
    ]


def _over(span: Closure | Absence | BusyTime, day: date, zone: ZoneInfo, kind: str, label: str) -> list[Layer]:
    """The part of a span that falls on a date, in wall-clock minutes."""
    start, end = (_minute(instant.astimezone(zone), day) for instant in (span.starts_at, span.ends_at))
    return [Layer(start, end, kind, label)] if start < end else []


def _minute(local: datetime, day: date) -> int:
    if local.date() != day:
        return 0 if local.date() < day else 1440
    return 60 * local.hour + local.minute


def _notes(plan: Plan, day: date) -> list[str]:
    notes = [holiday_name(day, current_language())]
    if any(exception.replaces_hours and exception.date == day for exception in plan.exceptions):
        notes.append(gettext("Changed day"))
    return [note for note in notes if note]


def _kind_text(kind: str) -> str:
    return {
        "office": gettext("At the office"),
        "remote": gettext("Remote"),
        "busy": gettext("Busy"),
        "away": gettext("Away"),
        "closed": gettext("Office closed"),
    }[kind]
