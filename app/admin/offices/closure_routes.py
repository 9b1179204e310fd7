"""The staff's page of closures: those that are coming, a new one with its effect in sight, removing one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from app.admin.form import Form, language_fields
from app.admin.offices.closures import add_closure, coming_closures, read_closure
from app.admin.offices.effects import inside
from app.admin.offices.words import closure_view, meetings_text
from app.casework.hours.effects import Coming, seal
from app.casework.hours.words import affected_views
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.http import see_other
from app.core.i18n import N_, gettext, local_text
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page
from app.scheduling.models import Closure, Office
from app.scheduling.service import lock_all_professionals, remove_closure

blueprint = Blueprint("closures", __name__, url_prefix="/staff/admin/closures")

NOTICES = {
    "added": N_("The closure has been saved. These times can no longer be booked."),
    "removed": N_("The closure has been removed. The times can be booked again."),
}
NOT_TYPED = {"do", "seen"}


@blueprint.get("/")
@staff("settings.manage")
def listed() -> str:
    """The coming closures, and a form for another."""
    office = request.args.get("office", "")
    return _page(Form.of({"office": office, "scope": "in_person"}))


@blueprint.post("/")
@staff("settings.manage")
def add() -> Any:
    """Close an office for a time, at once or once its effect on coming meetings has been seen."""
    form, zone, now = Form.sent(request.form), own_municipality().zone, clock.now()
    if request.form.get("do") == "edit":
        return _page(form)
    try:
        closing, title = read_closure(form, list(_office_names()), zone=zone, now=now)
    except InvalidInput as problem:
        return _page(form), problem.status
    lock_all_professionals(db.session)
    affected = inside(db.session, closing, zone=zone, now=now)
    confirming = request.form.get("do") == "confirm"
    if affected and not (confirming and request.form.get("seen") == seal(affected)):
        return _check_page(affected, seen_before=confirming), 409 if confirming else 200
    add_closure(db.session, closing, title, actor=staff_actor(), now=now)
    db.session.commit()
    return see_other(url_for(".listed", notice="added"))


@blueprint.post("/<int:closure_id>/remove")
@staff("settings.manage")
def remove(closure_id: int) -> Any:
    """Open again."""
    closure = db.session.get(Closure, closure_id)
    if closure is None:
        raise NotFound(N_("This closure has been removed already."))
    remove_closure(db.session, closure, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for(".listed", notice="removed"))


def _office_names() -> dict[str, str]:
    offices = db.session.scalars(select(Office).where(Office.active).order_by(Office.id))
    return {str(office.id): local_text(office.name) for office in offices}


def _check_page(affected: Sequence[Coming], *, seen_before: bool) -> str:
    """Before saving: which coming meetings are inside. What was typed goes along."""
    return render_template(
        "staff/admin/closure_check.html",
        affected=affected_views(affected, own_municipality().zone),
        affected_text=meetings_text(len(affected)),
        changed_meanwhile=seen_before,
        typed=[(name, value) for name, value in request.form.items(multi=True) if name not in NOT_TYPED],
        seen=seal(affected),
        action_url=url_for(".add"),
        **staff_page("settings"),
    )


def _page(form: Form) -> str:
    names, zone = _office_names(), own_municipality().zone
    by_id = {office.id: local_text(office.name) for office in db.session.scalars(select(Office))}
    return render_template(
        "staff/admin/closures.html",
        form=form,
        closures=[closure_view(closure, by_id, zone) for closure in coming_closures(db.session, now=clock.now())],
        offices=[
            {"value": "", "label": gettext("Every office")},
            *({"value": key, "label": name} for key, name in names.items()),
        ],
        today=local_today().isoformat(),
        notice=gettext(NOTICES.get(request.args.get("notice", ""), "")),
        languages_offered=language_fields(),
        **staff_page("settings"),
    )
