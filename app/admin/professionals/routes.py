"""The staff's pages of professionals: the list, making and changing one, and stopping new bookings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import func, select

from app.admin.form import Form, changed_text, language_fields
from app.admin.offices.effects import coming_with
from app.admin.people_words import meetings_of, no_meetings
from app.admin.professionals.facts import form_of, lines_of, options, read, services_open, users_without
from app.admin.texts_routes import opened_version
from app.booking.lifecycle import ACTIVE
from app.booking.models import Appointment
from app.casework.hours.effects import Coming
from app.casework.hours.words import affected_views
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.http import public_url, see_other
from app.core.i18n import N_, gettext, local_text, ngettext
from app.identity import users
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.models import StaffUser
from app.identity.staff_frame import staff_page
from app.scheduling.models import Mode, Office, Professional, ProfessionalService, WorkingHours
from app.scheduling.people import (
    ProfessionalChangedMeanwhile,
    ProfessionalFacts,
    add_professional,
    change_professional,
    facts_of,
    set_bookable,
)

blueprint = Blueprint("professionals", __name__, url_prefix="/staff/admin/professionals")

NOTICES = {
    "added": N_("The professional has been added. Set the working hours next: without them there are no free times."),
    "saved": N_("The professional has been saved."),
    "stopped": N_("No new times can be booked with this professional. Meetings that are booked stay."),
    "resumed": N_("Times can be booked with this professional again."),
}


@blueprint.get("/")
@staff("user.manage")
def page() -> str:
    """Everybody who meets clients, those who can be booked first."""
    by_name = (Professional.active.desc(), Professional.last_name, Professional.first_name, Professional.id)
    people = list(db.session.scalars(select(Professional).order_by(*by_name)))
    services, coming = _counts(ProfessionalService.professional_id), _coming_counts()
    hours = _counts(WorkingHours.professional_id)
    return render_template(
        "staff/admin/professionals.html",
        people=[
            {
                "name": person.full_name,
                "url": url_for(".edit", professional_id=person.id),
                "facts": [
                    local_text(person.title),
                    ngettext("%(num)s service", "%(num)s services", services.get(person.id, 0)),
                    meetings_of(coming.get(person.id, 0)) or no_meetings(),
                ],
                "active": person.active,
                "online": person.online,
                "without_hours": person.active and person.id not in hours,
            }
            for person in people
        ],
        new_url=url_for(".new"),
        **_frame(),
    )


def _counts(column: Any) -> dict[int, int]:
    return {key: count for key, count in db.session.execute(select(column, func.count()).group_by(column))}


def _coming_counts() -> dict[int, int]:
    query = select(Appointment.professional_id, func.count()).where(
        Appointment.starts_at >= clock.now(), Appointment.status.in_(sorted(ACTIVE))
    )
    return {key: count for key, count in db.session.execute(query.group_by(Appointment.professional_id))}


@blueprint.route("/new", methods=["GET", "POST"])
@staff("user.manage")
def new() -> Any:
    """Make somebody a professional: a user, or a person who does not sign in."""
    if request.method != "POST":
        return _page(None, _offered_form())
    form = Form.sent(request.form)
    try:
        facts = read(form, services_open(db.session), ProfessionalFacts())
        person = add_professional(db.session, facts, actor=staff_actor(), now=clock.now())
        _join_user(form, person)
    except InvalidInput as problem:
        db.session.rollback()
        form.errors = problem.field_texts()
        return _page(None, form), problem.status
    address = url_for(".edit", professional_id=person.id, notice="added")
    db.session.commit()
    return see_other(address)


def _offered_form() -> Form:
    """Empty, or with what is known of the user who is to become one."""
    modes = [str(Mode.IN_PERSON), str(Mode.PHONE)]
    asked = request.args.get("user", type=int)
    user = next((user for user in users_without(db.session) if user.id == asked), None)
    first, _, last = (user.name if user else "").partition(" ")
    facts = ProfessionalFacts(first_name=first, last_name=last, languages=["fi"], modes=modes)
    return form_of(facts, user=str(user.id) if user else "")


def _join_user(form: Form, person: Professional) -> None:
    """Whoever signs in as the user sees this calendar as the own one."""
    chosen = form.value("user")
    if not chosen:
        return
    if not chosen.isascii() or not chosen.isdigit():
        raise NotFound
    user = users.locked(db.session, int(chosen))
    if user.professional_id not in (None, person.id):
        raise InvalidInput({"user": N_("This user is a professional already.")})
    users.join_professional(db.session, user, person.id, actor=staff_actor(), now=clock.now())


@blueprint.route("/<int:professional_id>", methods=["GET", "POST"])
@staff("user.manage")
def edit(professional_id: int) -> Any:
    """Change a professional."""
    person = _person(professional_id)
    saved = facts_of(db.session, person)
    if request.method != "POST":
        return _page(person, form_of(saved))
    form, opened = Form.sent(request.form), opened_version()
    try:
        facts = read(form, services_open(db.session), saved)
        change_professional(db.session, professional_id, facts, opened=opened, actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        db.session.rollback()
        form.errors = problem.field_texts()
        return _page(_person(professional_id), form, version=opened), problem.status
    except ProfessionalChangedMeanwhile as problem:
        db.session.rollback()
        return _page(_person(professional_id), form, changed=True), problem.status
    db.session.commit()
    return see_other(url_for(".edit", professional_id=professional_id, notice="saved"))


@blueprint.route("/<int:professional_id>/stop", methods=["GET", "POST"])
@staff("user.manage")
def stop(professional_id: int) -> Any:
    """Stop new bookings, with the meetings that stay in sight."""
    person = _person(professional_id)
    if request.method == "POST":
        set_bookable(db.session, professional_id, False, actor=staff_actor(), now=clock.now())
        db.session.commit()
        return see_other(url_for(".edit", professional_id=professional_id, notice="stopped"))
    coming = coming_with(db.session, person.id, now=clock.now())
    return render_template(
        "staff/admin/professional_stop.html",
        name=person.full_name,
        affected=affected_views(coming, own_municipality().zone),
        affected_text=meetings_of(len(coming)),
        action_url=url_for(".stop", professional_id=person.id),
        back_url=url_for(".edit", professional_id=person.id),
        plan_url=_plan_url(person.id, coming),
        **_frame(),
    )


def _plan_url(professional_id: int, coming: Sequence[Coming]) -> str:
    """Where an absence until the last of the meetings is registered, with its plan."""
    ends = max((item.appointment.ends_at for item in coming), default=clock.now())
    last = ends.astimezone(own_municipality().zone).date().isoformat()
    return url_for("absences.new", who=professional_id, last=last)


@blueprint.post("/<int:professional_id>/resume")
@staff("user.manage")
def resume(professional_id: int) -> Any:
    """Let times be booked again."""
    set_bookable(db.session, professional_id, True, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for(".edit", professional_id=professional_id, notice="resumed"))


def _person(professional_id: int) -> Professional:
    found = db.session.get(Professional, professional_id)
    if found is None:
        raise NotFound
    return found


# — pages —


def _frame() -> dict[str, Any]:
    return {
        "notice": gettext(NOTICES.get(request.args.get("notice", ""), "")),
        "languages_offered": language_fields(),
        **staff_page("settings"),
    }


def _page(person: Professional | None, form: Form, *, version: int | None = None, changed: bool = False) -> str:
    """The form; after a conflict with what somebody else saved, and the version that the next press replaces knowingly."""
    services = services_open(db.session)
    saved = form_of(facts_of(db.session, person)) if changed and person else None
    return render_template(
        "staff/admin/professional.html",
        form=form,
        version=version if version is not None else person.version if person else 0,
        conflict=changed_text(db.session, person) if saved else "",
        differences=form.differences(saved, lines_of(services)) if saved else [],
        person=_about(person) if person else None,
        users=_user_options(form) if person is None else [],
        back_url=url_for(".page"),
        **options(services),
        **_frame(),
    )


def _user_options(form: Form) -> list[dict[str, str]]:
    none = {"value": "", "label": gettext("Nobody: this person does not sign in")}
    return [
        none,
        *({"value": str(user.id), "label": f"{user.name}, {user.email}"} for user in users_without(db.session)),
    ]


def _about(person: Professional) -> dict[str, Any]:
    """What stands around the form of somebody who is there already."""
    user = db.session.scalar(select(StaffUser).where(StaffUser.professional_id == person.id))
    coming = coming_with(db.session, person.id, now=clock.now())
    path = url_for("booking.with_professional", slug=own_municipality().slug, professional_slug=person.slug)
    return {
        "name": person.full_name,
        "active": person.active,
        "online": person.online,
        "user": {"name": user.name, "url": url_for("users.edit", user_id=user.id)} if user else None,
        "direct_link": public_url(path),
        "direct_path": path,
        "hours_url": url_for("hours.weekly", professional_id=person.id),
        "offices": ", ".join(_office_names(person.id)),
        "coming": affected_views(coming, own_municipality().zone) if not person.active else [],
        "coming_text": meetings_of(len(coming)) or no_meetings(),
        "stop_url": url_for(".stop", professional_id=person.id),
        "resume_url": url_for(".resume", professional_id=person.id),
    }


def _office_names(professional_id: int) -> Iterable[str]:
    """Where the weekly hours say that clients are met."""
    met = select(WorkingHours.office_id).where(WorkingHours.professional_id == professional_id)
    query = select(Office).where(Office.id.in_(met)).order_by(Office.id)
    return [local_text(office.name) for office in db.session.scalars(query)]
