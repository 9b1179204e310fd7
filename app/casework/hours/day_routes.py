"""One date's hours: what the weekly rules give may be changed for that day only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.exceptions import BadRequest

from app.casework.hours.draft import Row, row_of
from app.casework.hours.frame import calendar_of, check_page, effect_of, frame, is_confirmed, is_own
from app.casework.hours.reading import read_day, read_hours
from app.casework.hours.week import Picture, information
from app.casework.hours.words import Places, choices_of, hours_text, mode_choices, options, places
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.http import see_other
from app.core.i18n import format_day, gettext
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.scheduling.holidays import is_public_holiday
from app.scheduling.hours import plans_of
from app.scheduling.models import Professional
from app.scheduling.service import lock_professionals, set_day
from app.scheduling.weekday_words import separator
from app.scheduling.workday import DayException, Hours, Plan, hours_on, replaced_day, weekly_hours_on

blueprint = Blueprint("day", __name__, url_prefix="/staff/hours")


@blueprint.get("/<int:professional_id>/day")
@staff("hours.edit_own")
def page(professional_id: int) -> Any:
    """The hours of one date, ready to be changed."""
    person = calendar_of(professional_id)
    day = read_day(request.args.get("day", ""))
    if day is None or day < local_today():
        return see_other(url_for("days.page", professional_id=person.id))
    return _day_page(person, day)


@blueprint.post("/<int:professional_id>/day")
@staff("hours.edit_own")
def change(professional_id: int) -> Any:
    """A step of the form, or saving it."""
    person = calendar_of(professional_id)
    day = read_day(request.form.get("day", ""))
    if day is None or day < local_today():
        raise NotFound
    try:
        rows = _rows_of_form()
        do, _, what = request.form.get("do", "save").partition(":")
        if do in ("save", "confirm"):
            return _save(person, day, rows, normal="normal" in request.form)
        if do == "add":
            rows.append(Row(0, 0, place=rows[-1].place if rows else ""))
        elif do == "remove":
            rows[int(what) : int(what) + 1] = []
    except ValueError:
        raise BadRequest from None
    return _day_page(person, day, rows)


def _rows_of_form() -> list[Row]:
    names = ("start", "end", "place", "modes")
    return [Row(0, 0, *typed) for typed in zip(*(request.form.getlist(name) for name in names), strict=True)]


def _save(person: Professional, day: date, rows: list[Row], *, normal: bool) -> Any:
    lock_professionals(db.session, [person.id])
    before = plans_of(db.session, [person.id], since=local_today())[person.id]
    names, modes = places(db.session, before), mode_choices(person, before)
    errors: dict[str, str] = {}
    wanted = None if normal else read_hours(rows, choices_of(names, modes), errors)
    if errors:
        return _day_page(person, day, rows, errors), 422
    if request.form.get("base", "") != _seal(before, day) and not normal:
        return _day_page(person, day, rows, changed=True), 409
    if wanted == weekly_hours_on(before.rules, day, is_public_holiday):
        wanted = None
    others = [exception for exception in before.exceptions if exception.date != day]
    after = Plan(before.rules, (*others, *_exceptions(day, wanted)))
    affected = effect_of(person, before, after)
    if not is_confirmed(affected):
        told = [{"title": format_day(day), "items": _texts(hours_on(after, day, is_public_holiday), names)}]
        return check_page(person, "days", affected, changes=told)
    set_day(db.session, actor=staff_actor(), now=clock.now(), professional_id=person.id, on=day, hours=wanted)
    db.session.commit()
    return see_other(url_for("days.page", professional_id=person.id, week=day.isoformat(), notice="day"))


def _exceptions(day: date, wanted: Sequence[Hours] | None) -> list[DayException]:
    return [] if wanted is None else replaced_day(day, wanted)


def _seal(plan: Plan, day: date) -> str:
    """The day's hours as a form remembers them from its opening."""
    found = hours_on(plan, day, is_public_holiday)
    return ";".join(f"{h.start_minute}-{h.end_minute}-{h.office_id or ''}-{','.join(h.modes or ())}" for h in found)


def _texts(hours: Sequence[Hours], names: Places) -> list[str]:
    return [hours_text(piece, names) for piece in hours] or [gettext("No working time")]


def _day_page(
    person: Professional,
    day: date,
    rows: list[Row] | None = None,
    errors: dict[str, str] | None = None,
    *,
    changed: bool = False,
) -> str:
    plan = plans_of(db.session, [person.id], since=local_today())[person.id]
    names, modes = places(db.session, plan), mode_choices(person, plan)
    picture = Picture(plan, person.id, own_municipality().zone, names, is_own(person), local_today())
    now_set = hours_on(plan, day, is_public_holiday)
    typed = [row_of(hours, separator()) for hours in now_set] if rows is None else rows
    return render_template(
        "staff/hours/day.html",
        heading=format_day(day),
        day=day.isoformat(),
        rows=list(enumerate(typed or [Row(0, 0)])),
        base=_seal(plan, day),
        usual=_texts(weekly_hours_on(plan.rules, day, is_public_holiday), names),
        is_changed=any(exception.date == day for exception in plan.exceptions),
        now_set=_texts(now_set, names),
        changed=changed,
        information=information(db.session, picture, day),
        places=options(names),
        modes=options(modes),
        errors=errors or {},
        action_url=url_for(".change", professional_id=person.id),
        back_url=url_for("days.page", professional_id=person.id, week=day.isoformat()),
        **frame(person, "days"),
    )
