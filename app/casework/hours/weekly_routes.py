"""Weekly working hours: whose, the editor with its week, and saving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.exceptions import BadRequest

from app.casework.hours.draft import Draft, draft_of_form
from app.casework.hours.frame import asked_week, calendar_of, check_page, effect_of, is_confirmed
from app.casework.hours.reading import read_day, read_weekly
from app.casework.hours.steps import STEPS
from app.casework.hours.weekly_page import conflict_view, weekly_page
from app.casework.hours.words import choices_of, mode_choices, places, weekly_lines
from app.core import clock
from app.core.db import db
from app.core.http import see_other
from app.core.i18n import N_, gettext, local_text
from app.core.typed import sort_key
from app.identity.access import local_today, staff, staff_actor
from app.identity.staff_frame import MenuEntry, staff_page
from app.scheduling.hours import plans_of, versions_of
from app.scheduling.models import Professional, WorkingHours
from app.scheduling.service import lock_professionals, set_working_hours
from app.scheduling.weekly import WeeklyHours, changes, with_history

blueprint = Blueprint("hours", __name__, url_prefix="/staff/hours")
MENU = (MenuEntry("hours", N_("Working hours"), "hours.own", "hours.edit_own", 45),)


@blueprint.get("")
@staff("hours.edit_own")
def own() -> Any:
    """One's own hours; who has no calendar chooses somebody's."""
    if current_user.professional_id is not None:
        return weekly(current_user.professional_id)
    if current_user.may("hours.edit_all"):
        return see_other(url_for(".people"))
    return render_template("staff/hours/none.html", **staff_page("hours"))


@blueprint.get("/people")
@staff("hours.edit_all")
def people() -> Any:
    """Everybody whose hours can be looked after."""
    asked = request.args.get("name", "").strip()
    everybody = db.session.scalars(select(Professional).where(Professional.active))
    found = [person for person in everybody if asked.casefold() in person.full_name.casefold()]
    with_hours = set(db.session.scalars(select(WorkingHours.professional_id).distinct()))
    return render_template(
        "staff/hours/people.html",
        asked=asked,
        people=[
            {
                "name": person.full_name,
                "title": local_text(person.title),
                "url": url_for(".weekly", professional_id=person.id),
                "has_hours": person.id in with_hours,
            }
            for person in sorted(found, key=lambda person: sort_key(person.full_name))
        ],
        **staff_page("hours"),
    )


@blueprint.get("/<int:professional_id>")
@staff("hours.edit_own")
def weekly(professional_id: int) -> Any:
    """The editor over what is saved."""
    person = calendar_of(professional_id)
    return weekly_page(person, asked_week())


@blueprint.post("/<int:professional_id>")
@staff("hours.edit_own")
def change(professional_id: int) -> Any:
    """One step of the form, or saving it."""
    person = calendar_of(professional_id)
    try:
        draft = draft_of_form(request.form)
        do, _, what = request.form.get("do", "save").partition(":")
        if do in ("save", "confirm"):
            return _save(person, draft)
        errors = STEPS[do](draft, what) if do in STEPS else None
    except (ValueError, IndexError):
        raise BadRequest from None
    week = read_day(what) if do == "week" else None
    return weekly_page(person, week or asked_week(), draft, errors), 422 if errors else 200


def _save(person: Professional, draft: Draft) -> Any:
    lock_professionals(db.session, [person.id])
    before = plans_of(db.session, [person.id], since=local_today())[person.id]
    names = places(db.session, before)
    reading = read_weekly(draft, choices_of(names, mode_choices(person, before)))
    if reading.errors:
        return weekly_page(person, asked_week(), draft, reading.errors), 422
    version = versions_of(db.session, [person.id])[person.id]
    if request.form.get("version") != str(version):
        return weekly_page(person, asked_week(), draft, conflict=conflict_view(person, names)), 409
    rules = with_history(before.rules, reading.rules, local_today())
    ended, begun = changes(before.rules, rules)
    if not (ended or begun):
        return _saved(person, "same")
    affected = effect_of(person, before, replace(before, rules=tuple(rules)))
    if not is_confirmed(affected):
        return check_page(person, "weekly", affected, changes=told(ended, begun, names))
    set_working_hours(db.session, actor=staff_actor(), now=clock.now(), professional_id=person.id, hours=rules)
    db.session.commit()
    return _saved(person, "saved")


def _saved(person: Professional, notice: str) -> Any:
    return see_other(url_for(".weekly", professional_id=person.id, week=asked_week().isoformat(), notice=notice))


def told(ended: list[WeeklyHours], begun: list[WeeklyHours], names: Mapping[int, str]) -> list[dict[str, Any]]:
    """What ends and what begins, in words."""
    both = ((gettext("These hours end"), ended), (gettext("These hours begin"), begun))
    return [{"title": title, "items": weekly_lines(rules, names)} for title, rules in both if rules]
