"""The staff's pages of services: the list, making and changing one, how a client sees it, deleting one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import func, select

from app.admin.editing import ChangedMeanwhile
from app.admin.form import Form, changed_text, language_fields
from app.admin.services.changing import (
    InUse,
    Uses,
    change_service,
    create_service,
    delete_service,
    move_service,
    uses_of,
)
from app.admin.services.facts import (
    BOOKERS,
    LABELS,
    QUESTION_LABELS,
    UNIT_NAMES,
    ServiceFacts,
    facts_of,
    lines_of,
    read_service,
    service_form,
)
from app.admin.services.preview import preview_page
from app.admin.services.questions import KINDS, WITH_OPTIONS, count_of, rearrange
from app.admin.texts_routes import opened_version
from app.booking.lifecycle import ACTIVE
from app.booking.models import Appointment
from app.booking.views import duration_text, mode_name
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.http import see_other
from app.core.i18n import N_, gettext, local_text, ngettext
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page
from app.scheduling.models import Mode, Office, Professional, ProfessionalService, Service, WhoMayBook

blueprint = Blueprint("services", __name__, url_prefix="/staff/admin/services")

NOTICES = {
    "added": N_("The service has been added."),
    "saved": N_("The service has been saved."),
    "deleted": N_("The service has been deleted."),
}
EMPTY = ServiceFacts()


@blueprint.get("/")
@staff("settings.manage")
def listed() -> str:
    """Every service in the order in which clients see them."""
    coming = select(Appointment.service_id, func.count()).where(
        Appointment.starts_at >= clock.now(), Appointment.status.in_(sorted(ACTIVE))
    )
    counts = {key: count for key, count in db.session.execute(coming.group_by(Appointment.service_id))}
    offering = select(ProfessionalService.service_id, func.count()).join(
        Professional, Professional.id == ProfessionalService.professional_id
    )
    people = {
        key: count
        for key, count in db.session.execute(
            offering.where(Professional.active).group_by(ProfessionalService.service_id)
        )
    }
    services = db.session.scalars(select(Service).order_by(Service.active.desc(), Service.position, Service.id))
    return render_template(
        "staff/admin/services.html",
        services=[_line(service, counts.get(service.id, 0), people.get(service.id, 0)) for service in services],
        new_url=url_for(".new"),
        **_frame(),
    )


def _line(service: Service, coming: int, people: int) -> dict[str, Any]:
    modes = ", ".join(mode_name(mode) for mode in service.modes)
    facts = [duration_text(service), modes, gettext(BOOKERS[WhoMayBook(service.who_may_book)][0])]
    return {
        "name": local_text(service.name),
        "url": url_for(".edit", service_id=service.id),
        "move_url": url_for(".move", service_id=service.id),
        "active": service.active,
        "nobody": not people,
        "facts": [*facts, coming_text(coming)] if coming else facts,
    }


def coming_text(count: int) -> str:
    """How many bookings a service still has."""
    return ngettext("%(num)s coming booking", "%(num)s coming bookings", count)


@blueprint.post("/<int:service_id>/move")
@staff("settings.manage")
def move(service_id: int) -> Any:
    """One place up or down in the list of clients."""
    up = request.form.get("do") == "up"
    move_service(db.session, service_id, up=up, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for(".listed"))


@blueprint.route("/new", methods=["GET", "POST"])
@staff("settings.manage")
def new() -> Any:
    """Make a service."""
    if request.method != "POST":
        return _page(None, service_form(_first_guess()))
    return _save(None)


def _first_guess() -> ServiceFacts:
    """What a new service most often is."""
    offices = db.session.scalars(select(Office.id).where(Office.active).order_by(Office.id))
    label = {"fi": "Tapaaminen", "sv": "Möte", "en": "Appointment"}
    return ServiceFacts(public_label=label, office_ids=list(offices))


@blueprint.route("/<int:service_id>", methods=["GET", "POST"])
@staff("settings.manage")
def edit(service_id: int) -> Any:
    """Change a service."""
    service = _service(service_id)
    if request.method != "POST":
        return _page(service, service_form(facts_of(db.session, service)))
    return _save(service)


def _save(service: Service | None) -> Any:
    """A step of the form, a look at the client's page, or saving."""
    form, do = Form.sent(request.form), request.form.get("do", "save")
    if do == "edit" or rearrange(form, do):
        return _page(service, form, version=opened_version())
    try:
        facts = read_service(form, list(_office_names()), facts_of(db.session, service) if service else EMPTY)
        if do.startswith("preview"):
            return preview_page(facts, do.removeprefix("preview-"))
        _write(service, facts)
    except InvalidInput as problem:
        db.session.rollback()
        form.errors = problem.field_texts()
        return _page(service and _service(service.id), form, version=opened_version()), problem.status
    except ChangedMeanwhile as problem:
        db.session.rollback()
        return _page(service and _service(service.id), form, changed=True), problem.status
    db.session.commit()
    return see_other(url_for(".listed", notice="saved" if service else "added"))


def _write(service: Service | None, facts: ServiceFacts) -> None:
    who: dict[str, Any] = {"actor": staff_actor(), "now": clock.now()}
    if service is None:
        create_service(db.session, facts, **who)
    else:
        change_service(db.session, service.id, facts, opened=opened_version(), **who)


def _service(service_id: int) -> Service:
    service = db.session.get(Service, service_id)
    if service is None:
        raise NotFound
    return service


def _office_names() -> dict[str, str]:
    offices = db.session.scalars(select(Office).where(Office.active).order_by(Office.id))
    return {str(office.id): local_text(office.name) for office in offices}


@blueprint.route("/<int:service_id>/delete", methods=["GET", "POST"])
@staff("settings.manage")
def remove(service_id: int) -> Any:
    """Delete a service that was never booked."""
    if request.method == "POST":
        try:
            delete_service(db.session, service_id, actor=staff_actor(), now=clock.now())
        except InUse as problem:
            db.session.rollback()
            return _delete_page(_service(service_id), problem.text()), problem.status
        db.session.commit()
        return see_other(url_for(".listed", notice="deleted"))
    return _delete_page(_service(service_id))


def _delete_page(service: Service, problem: str = "") -> str:
    uses = uses_of(db.session, service.id, now=clock.now())
    return render_template(
        "staff/admin/service_delete.html",
        name=local_text(service.name),
        problem=_why_not(uses) or problem,
        back_url=url_for(".edit", service_id=service.id),
        **_frame(),
    )


def _why_not(uses: Uses) -> str:
    if uses.coming:
        return ngettext(
            "The service has %(num)s coming booking. Close it for new bookings: the coming one stays.",
            "The service has %(num)s coming bookings. Close it for new bookings: the coming ones stay.",
            uses.coming,
        )
    if uses.ever:
        return ngettext(
            "The service has been booked %(num)s time, and that is kept. Close it for new bookings instead.",
            "The service has been booked %(num)s times, and that is kept. Close it for new bookings instead.",
            uses.ever,
        )
    return ""


# — pages —


def _frame() -> dict[str, Any]:
    return {
        "notice": gettext(NOTICES.get(request.args.get("notice", ""), "")),
        "languages_offered": language_fields(),
        **staff_page("settings"),
    }


def _page(service: Service | None, form: Form, *, version: int | None = None, changed: bool = False) -> str:
    """The form; after a conflict with what somebody else saved, and the version that the next press replaces knowingly."""
    saved = service_form(facts_of(db.session, service)) if changed and service else None
    most = max(count_of(form), count_of(saved)) if saved else 0
    shown = version if version is not None else service.version if service else 0
    return render_template(
        "staff/admin/service.html",
        form=form,
        version=shown,
        conflict=changed_text(db.session, service) if saved and service else "",
        differences=form.differences(saved, lines_of(_office_names(), most)) if saved else [],
        label={name: gettext(text) for name, text in LABELS.items()},
        question_label={name: gettext(text) for name, text in QUESTION_LABELS.items()},
        questions=range(count_of(form)),
        kinds=[{"value": kind, "label": gettext(name)} for kind, name in KINDS.items()],
        kinds_with_options=WITH_OPTIONS,
        modes=[{"value": mode, "label": mode_name(mode)} for mode in Mode],
        offices=[{"value": key, "label": name} for key, name in _office_names().items()],
        bookers=[
            {"value": who, "label": gettext(name), "hint": gettext(hint)} for who, (name, hint) in BOOKERS.items()
        ],
        units=[{"value": unit, "label": gettext(name)} for unit, name in UNIT_NAMES.items()],
        service=_about(service) if service else None,
        action_url=request.path,
        **_frame(),
    )


def _about(service: Service) -> dict[str, Any]:
    """What stands around the form of a service that is there already."""
    slug = own_municipality().slug
    coming = uses_of(db.session, service.id, now=clock.now()).coming
    return {
        "name": local_text(service.name),
        "slug": service.slug,
        "coming": coming_text(coming) if coming else "",
        "public_url": url_for("booking.how", slug=slug, service_slug=service.slug) if service.online_booking else "",
        "delete_url": url_for(".remove", service_id=service.id),
    }
