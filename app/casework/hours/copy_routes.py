"""Copying weekly hours to colleagues: choose whom and from when, look at what changes, confirm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from app.casework.hours.effects import Coming, left_outside, seal
from app.casework.hours.frame import calendar_of, frame
from app.casework.hours.reading import NO_DATE, read_day
from app.casework.hours.words import Places, affected_text, affected_views, places, weekly_lines
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.http import see_other
from app.core.i18n import N_, format_short_date, local_text
from app.core.typed import sort_key
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.scheduling.hours import plans_of, versions_of
from app.scheduling.models import Professional
from app.scheduling.service import lock_professionals, set_working_hours
from app.scheduling.weekly import WeeklyHours, handed_over, monday_of, since
from app.scheduling.workday import Plan

blueprint = Blueprint("copy_hours", __name__, url_prefix="/staff/hours")


@dataclass(frozen=True, slots=True)
class Copying:
    """What is copied to whom: the model's rules from ``first`` on, and every plan before and after."""

    first: date
    model: Sequence[WeeklyHours]
    targets: Sequence[Professional]
    before: Mapping[int, Plan]
    after: Mapping[int, Plan]
    affected: Sequence[Coming]
    base: str
    """The versions that this was made from."""


@blueprint.get("/<int:professional_id>/copy")
@staff("hours.edit_all")
def page(professional_id: int) -> Any:
    """Whom to copy to, and from when."""
    next_monday = monday_of(local_today()) + timedelta(days=7)
    return _choose(calendar_of(professional_id), next_monday.isoformat(), [])


@blueprint.post("/<int:professional_id>/copy")
@staff("hours.edit_all")
def copy(professional_id: int) -> Any:
    """What would change, or doing it once that was seen."""
    person, form = calendar_of(professional_id), request.form
    first, chosen = form.get("first", ""), form.getlist("to")
    if form.get("do") == "edit":
        return _choose(person, first, chosen)
    try:
        copying = _read(person, first, chosen)
    except InvalidInput as problem:
        return _choose(person, first, chosen, problem.field_texts()), 422
    confirming = form.get("do") == "confirm"
    if not confirming or (form.get("base"), form.get("seen")) != (copying.base, seal(copying.affected)):
        return _preview(person, copying, changed=confirming), 409 if confirming else 200
    for target in copying.targets:
        rules = copying.after[target.id].rules
        set_working_hours(db.session, actor=staff_actor(), now=clock.now(), professional_id=target.id, hours=rules)
    db.session.commit()
    return see_other(url_for("hours.weekly", professional_id=person.id, notice="copied"))


def _read(person: Professional, first: str, chosen: Sequence[str]) -> Copying:
    """What was chosen, under everybody's lock. Raises ``InvalidInput``."""
    day, errors = read_day(first), {}
    targets = [target for target in _colleagues(person) if str(target.id) in chosen]
    if day is None:
        errors["first"] = NO_DATE
    elif day < local_today():
        errors["first"] = N_("This day has already passed.")
    if not targets:
        errors["to"] = N_("Choose at least one colleague.")
    if errors or day is None:
        raise InvalidInput(errors)
    ids = [person.id, *(target.id for target in targets)]
    lock_professionals(db.session, ids)
    before = plans_of(db.session, ids, since=local_today())
    model = since(before[person.id].rules, day)
    if not model:
        raise InvalidInput({"first": N_("There are no weekly hours from this day on.")})
    targets = [target for target in targets if set(since(before[target.id].rules, day)) != set(model)]
    if not targets:
        raise InvalidInput({"to": N_("They have these hours already.")})
    after = {target.id: _after(before[target.id], model, day) for target in targets}
    affected = left_outside(db.session, before, after, zone=own_municipality().zone, now=clock.now())
    versions = versions_of(db.session, [person.id, *after])
    base = ";".join(f"{key}:{version}" for key, version in sorted(versions.items()))
    return Copying(day, model, targets, before, after, affected, base)


def _after(plan: Plan, model: Sequence[WeeklyHours], first: date) -> Plan:
    return Plan(tuple(handed_over(plan.rules, model, first)), plan.exceptions)


def _colleagues(person: Professional) -> list[Professional]:
    everybody = db.session.scalars(select(Professional).where(Professional.active, Professional.id != person.id))
    return sorted(everybody, key=lambda colleague: sort_key(colleague.full_name))


# — pages —


def _choose(person: Professional, first: str, chosen: Sequence[str], errors: Mapping[str, str] | None = None) -> str:
    plan = plans_of(db.session, [person.id], since=local_today())[person.id]
    names, from_day = places(db.session, plan), read_day(first) or local_today()
    return render_template(
        "staff/hours/copy.html",
        first=first,
        today=local_today().isoformat(),
        rules=weekly_lines(since(plan.rules, from_day), names),
        colleagues=[
            {
                "value": str(colleague.id),
                "label": colleague.full_name,
                "hint": local_text(colleague.title),
                "checked": str(colleague.id) in chosen,
            }
            for colleague in _colleagues(person)
        ],
        errors=errors or {},
        action_url=url_for(".copy", professional_id=person.id),
        **frame(person, "copy"),
    )


def _preview(person: Professional, copying: Copying, *, changed: bool) -> str:
    every_rule = (rule for plan in copying.before.values() for rule in plan.rules)
    names = places(db.session, Plan(tuple(every_rule)))
    return render_template(
        "staff/hours/copy_check.html",
        changed=changed,
        first=format_short_date(copying.first),
        begun=weekly_lines(copying.model, names),
        targets=[_target_view(target, copying, names) for target in copying.targets],
        meetings=len(copying.affected),
        affected_text=affected_text(len(copying.affected)),
        typed=[("first", copying.first.isoformat()), *(("to", str(target.id)) for target in copying.targets)],
        base=copying.base,
        seen=seal(copying.affected),
        action_url=url_for(".copy", professional_id=person.id),
        **frame(person, "copy"),
    )


def _target_view(target: Professional, copying: Copying, names: Places) -> dict[str, Any]:
    own = [item for item in copying.affected if item.appointment.professional_id == target.id]
    return {
        "name": target.full_name,
        "ended": weekly_lines(since(copying.before[target.id].rules, copying.first), names),
        "affected": affected_views(own, own_municipality().zone),
        "affected_text": affected_text(len(own)),
    }
