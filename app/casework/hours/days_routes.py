"""Exceptions from the weekly hours, and busy times: what is coming, adding, removing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from app.casework.hours.days_reading import Typed, read_busy, read_exception
from app.casework.hours.effects import during
from app.casework.hours.frame import (
    asked_week,
    calendar_of,
    check_page,
    effect_of,
    frame,
    is_confirmed,
    is_own,
)
from app.casework.hours.week import Picture, week_view
from app.casework.hours.words import Places, exception_text, hours_text, options, places
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.http import see_other
from app.core.i18n import format_clock, format_day, format_instant, format_weekday_date, gettext
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.scheduling.holidays import is_public_holiday
from app.scheduling.hours import exception_of, exception_rows, plans_of
from app.scheduling.models import BusyTime, Professional, ScheduleException
from app.scheduling.service import add_busy_time, add_exception, lock_professionals, remove_busy_time, remove_exception
from app.scheduling.weekly import monday_of
from app.scheduling.workday import Plan, hours_on

blueprint = Blueprint("days", __name__, url_prefix="/staff/hours")


@blueprint.get("/<int:professional_id>/days")
@staff("hours.edit_own")
def page(professional_id: int) -> Any:
    """A week, the coming exceptions and busy times, and forms for more."""
    return _page(calendar_of(professional_id))


@blueprint.post("/<int:professional_id>/exceptions")
@staff("hours.edit_own")
def add(professional_id: int) -> Any:
    """Extra or removed time on one date."""
    person = calendar_of(professional_id)
    typed = Typed.of_form(request.form)
    if request.form.get("do") == "edit":
        return _page(person, exception=typed)
    lock_professionals(db.session, [person.id])
    before = _plan(person)
    try:
        made = read_exception(typed, before, places(db.session, before), today=local_today())
    except InvalidInput as problem:
        return _page(person, exception=typed, errors=_named(problem, "exception")), 422
    after = replace(before, exceptions=(*before.exceptions, made))
    affected = effect_of(person, before, after)
    if not is_confirmed(affected):
        told = [{"title": format_day(made.date), "items": [exception_text(made, places(db.session, before))]}]
        return check_page(person, "days", affected, changes=told)
    values = {name: getattr(made, name) for name in ("start_minute", "end_minute", "extra", "office_id")}
    add_exception(db.session, actor=staff_actor(), now=clock.now(), professional_id=person.id, on=made.date, **values)
    db.session.commit()
    return _saved(person, "exception", made.date)


@blueprint.post("/<int:professional_id>/exceptions/<int:exception_id>/remove")
@staff("hours.edit_own")
def remove(professional_id: int, exception_id: int) -> Any:
    """The date is again as the rest says."""
    person = calendar_of(professional_id)
    lock_professionals(db.session, [person.id])
    row = db.session.get(ScheduleException, exception_id)
    if row is None or row.professional_id != person.id:
        raise NotFound
    if request.form.get("do") == "edit":
        return _saved(person, "", row.date)
    before, gone = _plan(person), exception_of(row)
    kept = list(before.exceptions)
    if gone in kept:  # one of the past is not among the coming ones
        kept.remove(gone)
    affected = effect_of(person, before, replace(before, exceptions=tuple(kept)))
    if not is_confirmed(affected):
        told = [
            {
                "title": gettext("This is removed"),
                "items": [_dated(gone.date, exception_text(gone, places(db.session, before)))],
            }
        ]
        return check_page(person, "days", affected, changes=told)
    remove_exception(db.session, row, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return _saved(person, "removed", gone.date)


@blueprint.post("/<int:professional_id>/busy")
@staff("hours.edit_own")
def add_busy(professional_id: int) -> Any:
    """A span taken by something else."""
    person = calendar_of(professional_id)
    typed = Typed.of_form(request.form)
    if request.form.get("do") == "edit":
        return _page(person, busy=typed)
    lock_professionals(db.session, [person.id])
    now = clock.now()
    try:
        span, title = read_busy(typed, own_municipality().zone, today=local_today())
    except InvalidInput as problem:
        return _page(person, busy=typed, errors=_named(problem, "busy")), 422
    affected = during(db.session, person.id, span, now=now)
    if not is_confirmed(affected):
        told = [{"title": gettext("Busy"), "items": [_busy_text(*map(_instant, span))]}]
        return check_page(person, "days", affected, changes=told, during=True)
    starts_at, ends_at = map(_instant, span)
    add_busy_time(
        db.session,
        actor=staff_actor(),
        now=now,
        professional_id=person.id,
        starts_at=starts_at,
        ends_at=ends_at,
        title=title,
    )
    db.session.commit()
    return _saved(person, "busy", starts_at.astimezone(own_municipality().zone).date())


@blueprint.post("/<int:professional_id>/busy/<int:busy_id>/remove")
@staff("hours.edit_own")
def remove_busy(professional_id: int, busy_id: int) -> Any:
    """The time is free again. What Outlook says is changed in Outlook."""
    person = calendar_of(professional_id)
    lock_professionals(db.session, [person.id])
    busy = db.session.get(BusyTime, busy_id)
    if busy is None or busy.professional_id != person.id or busy.source != "typed":
        raise NotFound
    day = busy.starts_at.astimezone(own_municipality().zone).date()
    remove_busy_time(db.session, busy, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return _saved(person, "removed", day)


def _named(problem: InvalidInput, form: str) -> dict[str, str]:
    """The errors by the fields' ids: both forms ask for a day, a title or times."""
    return {
        name if name in ("kind", "place") else f"{form}_{name}": text for name, text in problem.field_texts().items()
    }


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _plan(person: Professional) -> Plan:
    return plans_of(db.session, [person.id], since=local_today())[person.id]


def _saved(person: Professional, notice: str, day: date) -> Any:
    address = url_for(".page", professional_id=person.id, week=day.isoformat(), notice=notice or None)
    return see_other(address)


# — the page —


def _page(
    person: Professional,
    *,
    exception: Typed | None = None,
    busy: Typed | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    week = asked_week()
    plan = plans_of(db.session, [person.id], since=min(monday_of(week), local_today()))[person.id]
    names, zone = places(db.session, plan), own_municipality().zone
    picture = Picture(plan, person.id, zone, names, is_own(person), local_today())
    rows = exception_rows(db.session, [person.id], since=local_today())
    return render_template(
        "staff/hours/days.html",
        week=week_view(db.session, picture, week, lambda day: url_for("day.page", professional_id=person.id, day=day)),
        exceptions=_exception_views(person, plan, rows, names),
        busy_times=[_busy_view(person, item) for item in _coming_busy(person)],
        places=options(names),
        exception=exception or Typed(),
        busy=busy or Typed(),
        errors=errors or {},
        today=local_today().isoformat(),
        days_url=url_for(".page", professional_id=person.id),
        day_url=url_for("day.page", professional_id=person.id),
        add_url=url_for(".add", professional_id=person.id),
        add_busy_url=url_for(".add_busy", professional_id=person.id),
        **frame(person, "days"),
    )


def _exception_views(
    person: Professional, plan: Plan, rows: Iterable[ScheduleException], names: Places
) -> list[dict[str, Any]]:
    """One line for each exception; one for a day that has hours of its own."""
    views: list[dict[str, Any]] = []
    for day, of_day in groupby(rows, key=lambda row: row.date):
        together = list(of_day)
        edit = {"edit_url": url_for("day.page", professional_id=person.id, day=day)}
        if any(row.replaces_hours for row in together):
            texts = [hours_text(hours, names) for hours in hours_on(plan, day, is_public_holiday)]
            text = _dated(day, "; ".join(texts) or gettext("No working time"))
            normal = {"day": day.isoformat(), "normal": "1"}
            action = url_for("day.change", professional_id=person.id)
            views.append({"text": text, "remove_url": action, "hidden": normal, "whole_day": True, **edit})
            continue
        for row in together:
            action = url_for(".remove", professional_id=person.id, exception_id=row.id)
            text = _dated(day, exception_text(exception_of(row), names))
            views.append({"text": text, "remove_url": action, "hidden": {}, **edit})
    return views


def _dated(day: date, text: str) -> str:
    return f"{format_weekday_date(day)} {text}"


def _coming_busy(person: Professional) -> list[BusyTime]:
    query = select(BusyTime).where(BusyTime.professional_id == person.id, BusyTime.ends_at > clock.now())
    return list(db.session.scalars(query.order_by(BusyTime.starts_at, BusyTime.id)))


def _busy_view(person: Professional, busy: BusyTime) -> dict[str, Any]:
    title = busy.title if is_own(person) else ""
    typed = busy.source == "typed"
    return {
        "text": _busy_text(busy.starts_at, busy.ends_at),
        "title": title or gettext("Busy"),
        "remove_url": url_for(".remove_busy", professional_id=person.id, busy_id=busy.id) if typed else "",
    }


def _busy_text(starts_at: datetime, ends_at: datetime) -> str:
    zone = own_municipality().zone
    one_day = starts_at.astimezone(zone).date() == (ends_at - timedelta(seconds=1)).astimezone(zone).date()
    end = format_clock(ends_at, zone) if one_day else format_instant(ends_at, zone)
    return f"{format_instant(starts_at, zone)}–{end}" if one_day else f"{format_instant(starts_at, zone)} – {end}"
