"""Absences on the staff's pages: registered, planned, carried out, taken back, ended early."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.absence.applying import apply
from app.absence.form import decisions_of, instant_of, new_absence
from app.absence.models import AbsenceItem, AbsencePlan
from app.absence.page import plan_page
from app.absence.preview import messages_of
from app.absence.reading import unsettled
from app.absence.registering import away, come_back, register
from app.absence.undoing import undo
from app.absence.words import REASON_NAMES, plan_view
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, InvalidTransition, NotFound
from app.core.http import see_other
from app.core.i18n import N_, gettext, local_text
from app.core.typed import sort_key
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.identity.staff_frame import MenuEntry, staff_page
from app.scheduling.clock_times import parse_minute
from app.scheduling.models import Absence, Office, Professional

blueprint = Blueprint("absences", __name__, url_prefix="/staff/absences")
MENU = MenuEntry("absences", N_("Absences"), "absences.listed", "absence.manage", 47)
SHOWN_FOR = timedelta(days=60)
MOST = 100


@blueprint.get("")
@staff("absence.manage")
def listed() -> Any:
    """Absences now, to come, and of the last weeks."""
    query = select(AbsencePlan).where(AbsencePlan.ends_at > clock.now() - SHOWN_FOR)
    plans = db.session.scalars(query.order_by(AbsencePlan.starts_at.desc(), AbsencePlan.id.desc()).limit(MOST)).all()
    people, waiting = _people_of(plans), unsettled(db.session, plans, now=clock.now())
    return render_template(
        "staff/absence/list.html",
        plans=[
            plan_view(plan, people.get(plan.id, []), waiting.get(plan.id, 0), own_municipality().zone)
            | {"url": url_for(".show", plan_id=plan.id)}
            for plan in plans
        ],
        **staff_page("absences"),
    )


def _people_of(plans: Any) -> dict[int, list[Professional]]:
    query = (
        select(Absence.plan_id, Professional)
        .join(Professional, Professional.id == Absence.professional_id)
        .where(Absence.plan_id.in_([plan.id for plan in plans]))
        .order_by(Professional.last_name, Professional.first_name, Professional.id)
    )
    found: dict[int, list[Professional]] = {}
    for plan_id, person in db.session.execute(query):
        found.setdefault(plan_id or 0, []).append(person)
    return found


@blueprint.route("/new", methods=["GET", "POST"])
@staff("absence.manage")
def new() -> Any:
    """The form; registered, the plan. Sent twice, it is one absence."""
    if request.method != "POST":
        return _form(_first_values())
    try:
        wanted = new_absence(request.form, own_municipality().zone, clock.now())
        plan = register(db.session, wanted, actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        db.session.rollback()
        errors = problem.field_texts()
        return _form(request.form, {"who" if name == "professional" else name: errors[name] for name in errors}), 422
    db.session.commit()
    return see_other(url_for(".show", plan_id=plan.id))


def _first_values() -> dict[str, Any]:
    own = str(current_user.professional_id or "")
    today = local_today().isoformat()
    who = request.args.get("who", own)
    return {"who": who, "first": today, "last": request.args.get("last", today), "reason": "sick", "office": ""}


def _form(typed: Any, errors: dict[str, str] | None = None) -> str:
    people = db.session.scalars(select(Professional).where(Professional.active)).all()
    chosen = typed.getlist("who") if hasattr(typed, "getlist") else [typed["who"]]
    return render_template(
        "staff/absence/new.html",
        people=[
            {"value": str(person.id), "label": person.full_name}
            for person in sorted(people, key=lambda person: sort_key(person.full_name))
        ],
        chosen=chosen,
        typed=typed,
        offices=[{"value": "", "label": gettext("No office")}, *_offices()],
        reasons=[{"value": value, "label": gettext(label)} for value, label in REASON_NAMES.items()],
        today=local_today().isoformat(),
        errors=errors or {},
        **staff_page("absences"),
    )


def _offices() -> list[dict[str, Any]]:
    found = db.session.scalars(select(Office).where(Office.active))
    names = ({"value": str(office.id), "label": local_text(office.name)} for office in found)
    return sorted(names, key=lambda option: sort_key(option["label"]))


def _plan(plan_id: int) -> AbsencePlan:
    found = db.session.get(AbsencePlan, plan_id)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/<int:plan_id>")
@staff("absence.manage")
def show(plan_id: int) -> Any:
    """The plan as it is now."""
    return _page(_plan(plan_id), notice=_notice(request.args))


def _page(
    plan: AbsencePlan,
    *,
    notice: str = "",
    typed: Mapping[str, str] | None = None,
    error: str = "",
    messages: list[dict[str, Any]] | None = None,
) -> str:
    view = plan_page(db.session, plan, _items(plan), typed or {}, municipality=own_municipality(), now=clock.now())
    return render_template(
        "staff/absence/plan.html",
        **view,
        plan=plan_view(plan, away(db.session, plan), len(view["rows"]), own_municipality().zone),
        messages=messages,
        notice=notice,
        error=error,
        urls={
            name: url_for(f".{name}", plan_id=plan.id) for name in ("preview", "carry_out", "take_back", "end", "show")
        },
        **staff_page("absences"),
    )


def _items(plan: AbsencePlan) -> list[AbsenceItem]:
    query = select(AbsenceItem).where(AbsenceItem.plan_id == plan.id).options(joinedload(AbsenceItem.appointment))
    return sorted(db.session.scalars(query), key=lambda item: (item.appointment.starts_at, item.id))


def _notice(asked: Mapping[str, str]) -> str:
    return {
        "done": gettext("The meetings have been settled. The messages leave in a moment."),
        "some": gettext("Some meetings could not be settled as decided. Look at them below."),
        "again": gettext("These meetings had been settled already."),
        "undone": gettext("Everything has been taken back. Nobody was told."),
        "partly": gettext("Not everything could be taken back. See below what stays."),
        "late": gettext("The messages have left: this cannot be taken back any more."),
        "back": gettext("The end of the absence has been saved. The time can be booked again."),
        "wait": gettext("Take the changes back first, or wait until the messages have left."),
    }.get(asked.get("notice", ""), "")


@blueprint.post("/<int:plan_id>/preview")
@staff("absence.manage")
def preview(plan_id: int) -> Any:
    """What every client would be told; what was chosen stays chosen."""
    plan = _plan(plan_id)
    try:
        decisions = decisions_of(request.form)
    except InvalidInput as problem:
        return _page(plan, typed=request.form, error=problem.sentence()), 422
    told = messages_of(db.session, decisions, municipality=own_municipality())
    return _page(plan, typed=request.form, messages=told)


@blueprint.post("/<int:plan_id>/apply")
@staff("absence.manage")
def carry_out(plan_id: int) -> Any:
    """Settle the meetings as chosen."""
    plan = _plan(plan_id)
    try:
        items = apply(
            db.session,
            plan,
            decisions_of(request.form),
            actor=staff_actor(),
            municipality=own_municipality(),
            now=clock.now(),
        )
    except (InvalidInput, InvalidTransition) as problem:
        db.session.rollback()
        return _page(_plan(plan_id), typed=request.form, error=problem.sentence()), problem.status
    failed = any(item.state == "failed" for item in items)
    db.session.commit()
    return see_other(url_for(".show", plan_id=plan_id, notice="some" if failed else "done" if items else "again"))


@blueprint.post("/<int:plan_id>/undo")
@staff("absence.manage")
def take_back(plan_id: int) -> Any:
    """Everything as it was, while nobody has been told."""
    plan = _plan(plan_id)
    try:
        done = undo(db.session, plan, actor=staff_actor(), municipality=own_municipality(), now=clock.now())
    except Conflict:
        db.session.rollback()
        return see_other(url_for(".show", plan_id=plan_id, notice="late"))
    notice = "partly" if done.stay else "undone"
    db.session.commit()
    return see_other(url_for(".show", plan_id=plan_id, notice=notice))


@blueprint.post("/<int:plan_id>/end")
@staff("absence.manage")
def end(plan_id: int) -> Any:
    """Back at work earlier: now, or at a time today or later."""
    plan, zone = _plan(plan_id), own_municipality().zone
    minute = parse_minute(request.form.get("at", "")) if request.form.get("at", "").strip() else None
    at = clock.now() if minute is None else instant_of(local_today(), minute, zone)
    try:
        come_back(db.session, plan, at=at, actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        db.session.rollback()
        return _page(_plan(plan_id), error=problem.sentence()), problem.status
    except Conflict:
        db.session.rollback()
        return see_other(url_for(".show", plan_id=plan_id, notice="wait"))
    db.session.commit()
    return see_other(url_for(".show", plan_id=plan_id, notice="back"))
