"""The staff's pages of offices: the list, making and changing one, closing it for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import func, select

from app.admin.editing import ChangedMeanwhile
from app.admin.form import Form, changed_text, language_fields
from app.admin.offices.changing import MeetingsComing, change_office, close_for_good, create_office, open_again
from app.admin.offices.closures import coming_closures
from app.admin.offices.effects import coming_at
from app.admin.offices.facts import EMPTY, OfficeFacts, facts_of, lines_of, office_form, read_office
from app.admin.offices.facts import services_met_in_person as services_met
from app.admin.offices.words import closure_view, meetings_text, office_view
from app.admin.texts_routes import opened_version
from app.casework.hours.words import affected_views
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.http import see_other
from app.core.i18n import N_, gettext, local_text, weekday_name
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page
from app.scheduling.models import Office, ServiceOffice

blueprint = Blueprint("offices", __name__, url_prefix="/staff/admin/offices")

NOTICES = {
    "added": N_("The office has been added."),
    "saved": N_("The office has been saved."),
    "closed": N_("The office is no longer in use. Clients do not see it any more."),
    "opened": N_("The office is in use again."),
}


@blueprint.get("/")
@staff("settings.manage")
def listed() -> str:
    """Every office, those in use first."""
    met = select(ServiceOffice.office_id, func.count()).group_by(ServiceOffice.office_id)
    counts = {key: count for key, count in db.session.execute(met)}
    offices = list(db.session.scalars(select(Office).order_by(Office.active.desc(), Office.id)))
    closures = coming_closures(db.session, now=clock.now())
    return render_template(
        "staff/admin/offices.html",
        offices=[
            office_view(
                office, counts.get(office.id, 0), (closure for closure in closures if closure.office_id == office.id)
            )
            for office in offices
        ],
        new_url=url_for(".new"),
        closures_url=url_for("closures.listed"),
        **_frame(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@staff("settings.manage")
def new() -> Any:
    """Make an office."""
    if request.method != "POST":
        return _page(None, office_form(EMPTY))
    form = Form.sent(request.form)
    try:
        create_office(db.session, _read(form, EMPTY), actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        db.session.rollback()
        form.errors = problem.field_texts()
        return _page(None, form), problem.status
    db.session.commit()
    return see_other(url_for(".listed", notice="added"))


@blueprint.route("/<int:office_id>", methods=["GET", "POST"])
@staff("settings.manage")
def edit(office_id: int) -> Any:
    """Change an office."""
    office = _office(office_id)
    saved = facts_of(db.session, office)
    if request.method != "POST":
        return _page(office, office_form(saved))
    form = Form.sent(request.form)
    try:
        facts = _read(form, saved)
        change_office(db.session, office_id, facts, opened=opened_version(), actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        db.session.rollback()
        form.errors = problem.field_texts()
        return _page(_office(office_id), form, version=opened_version()), problem.status
    except ChangedMeanwhile as problem:
        db.session.rollback()
        return _page(_office(office_id), form, changed=True), problem.status
    db.session.commit()
    return see_other(url_for(".listed", notice="saved"))


def _read(form: Form, saved: OfficeFacts) -> OfficeFacts:
    return read_office(form, [str(service.id) for service in services_met(db.session)], saved)


def _office(office_id: int) -> Office:
    office = db.session.get(Office, office_id)
    if office is None:
        raise NotFound
    return office


@blueprint.route("/<int:office_id>/close", methods=["GET", "POST"])
@staff("settings.manage")
def close(office_id: int) -> Any:
    """Close an office for good, unless somebody is still to come there."""
    if request.method == "POST":
        try:
            close_for_good(db.session, office_id, actor=staff_actor(), now=clock.now())
        except MeetingsComing as problem:
            db.session.rollback()
            return _close_page(_office(office_id)), problem.status
        db.session.commit()
        return see_other(url_for(".listed", notice="closed"))
    return _close_page(_office(office_id))


def _close_page(office: Office) -> str:
    coming = coming_at(db.session, office.id, now=clock.now())
    return render_template(
        "staff/admin/office_close.html",
        name=local_text(office.name),
        affected=affected_views(coming, own_municipality().zone),
        affected_text=meetings_text(len(coming)),
        action_url=url_for(".close", office_id=office.id),
        back_url=url_for(".edit", office_id=office.id),
        **_frame(),
    )


@blueprint.post("/<int:office_id>/open")
@staff("settings.manage")
def reopen(office_id: int) -> Any:
    """Take a closed office into use again."""
    open_again(db.session, office_id, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for(".listed", notice="opened"))


# — pages —


def _frame() -> dict[str, Any]:
    return {
        "notice": gettext(NOTICES.get(request.args.get("notice", ""), "")),
        "languages_offered": language_fields(),
        **staff_page("settings"),
    }


def _page(office: Office | None, form: Form, *, version: int | None = None, changed: bool = False) -> str:
    """The form; after a conflict with what somebody else saved, and the version that the next press replaces knowingly."""
    services = services_met(db.session)
    saved = office_form(facts_of(db.session, office)) if changed and office else None
    shown = version if version is not None else office.version if office else 0
    return render_template(
        "staff/admin/office.html",
        form=form,
        version=shown,
        conflict=changed_text(db.session, office) if saved else "",
        differences=form.differences(saved, lines_of(services)) if saved else [],
        weekdays=[{"name": f"open-{day}", "label": weekday_name(day)} for day in range(7)],
        services=[{"value": str(service.id), "label": local_text(service.name)} for service in services],
        office=_about(office) if office else None,
        **_frame(),
    )


def _about(office: Office) -> dict[str, Any]:
    """What stands around the form of an office that is there already."""
    zone = own_municipality().zone
    own: Sequence[Any] = [
        closure for closure in coming_closures(db.session, now=clock.now()) if closure.office_id in (None, office.id)
    ]
    return {
        "name": local_text(office.name),
        "active": office.active,
        "closures": [closure_view(closure, {office.id: local_text(office.name)}, zone) for closure in own],
        "add_closure_url": url_for("closures.listed", office=office.id),
        "public_url": url_for("booking.office", slug=own_municipality().slug, office_slug=office.slug),
        "close_url": url_for(".close", office_id=office.id),
        "open_url": url_for(".reopen", office_id=office.id),
    }
