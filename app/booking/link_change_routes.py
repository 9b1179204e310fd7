"""The pages of one appointment where its holder moves or cancels it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from app.booking.availability import Wish
from app.booking.changes import can_step, cancel, last_change, reschedule, who_would_take
from app.booking.lifecycle import Status, Step, next_status
from app.booking.link_routes import acting_client, blueprint, open_link, page_url
from app.booking.models import Appointment
from app.booking.search import Filters, Search, parse_start
from app.booking.times_page import TimesPage
from app.booking.views import professional_text, service_view, summary_of
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, InvalidTransition, SlotTaken
from app.core.flood import costly
from app.core.http import see_other
from app.core.i18n import format_instant, gettext, local_text
from app.core.permissions import by_link
from app.core.tenancy import Municipality
from app.core.typed import Unusable, clean_text
from app.scheduling.models import Professional

LONGEST_REASON = 500


@blueprint.get("/change")
@by_link
@costly
def change(token: str) -> Any:
    """Free times for the same service."""
    appointment, municipality = open_link(token)
    if not can_step(appointment, Step.RESCHEDULE) or clock.now() >= last_change(appointment):
        return see_other(page_url(token))
    context = _change_page(appointment, municipality, token)
    partial = request.headers.get("HX-Request") == "true"
    return render_template("book/_times.html" if partial else "appointment/change.html", **context)


def _change_page(appointment: Appointment, municipality: Municipality, token: str, **more: Any) -> dict[str, Any]:
    today = clock.now().date()
    wish = Wish(
        service=appointment.service,
        mode=appointment.mode,
        first=today,
        last=today,
        office_id=appointment.office_id,
        ignored_reservations=(appointment.reservation_id,),
    )
    search = Search(
        service=appointment.service,
        wishes=lambda filters: [wish],
        zone=municipality.zone,
        now=clock.now(),
        present=appointment.starts_at,
    )
    page = TimesPage(
        search=search,
        filters=search.bookable(Filters.of_request()),
        municipality=municipality,
        address=lambda **query: url_for(".change", token=token, **query),
        near=more.pop("near", None),
    )
    return {
        **page.context(),
        "service": service_view(appointment.service),
        "when": format_instant(appointment.starts_at, municipality.zone),
        "summary": summary_of(appointment.service, appointment.mode, appointment.office),
        "back_url": page_url(token),
        "action_url": url_for(".choose", token=token),
        **more,
    }


@blueprint.post("/change")
@by_link
def choose(token: str) -> Any:
    """A time was chosen: ask for confirmation."""
    appointment, municipality = open_link(token)
    start = None
    wished = Filters.of_request().professional_id
    try:
        start = parse_start(request.form.get("starts_at", ""))
        who = who_would_take(db.session, appointment, start, wished, zone=municipality.zone, now=clock.now())
    except (SlotTaken, InvalidInput) as problem:
        context = _change_page(appointment, municipality, token, near=start, notice=problem.sentence())
        return render_template("appointment/change.html", **context), problem.status
    return see_other(url_for(".change_check", token=token, starts_at=start.isoformat(), professional=who))


@blueprint.route("/change/check", methods=["GET", "POST"])
@by_link
def change_check(token: str) -> Any:
    """Old and new beside each other; then the move."""
    appointment, municipality = open_link(token)
    try:
        start = parse_start(request.values.get("starts_at", ""))
    except InvalidInput:
        return see_other(url_for(".change", token=token))
    professional_id = Filters.of_request().professional_id
    if request.method != "POST":
        office = local_text(appointment.office.name) if appointment.office else ""
        facts = [part for part in (professional_text(appointment.professional), office) if part]
        hidden = {"starts_at": start.isoformat()}
        professional = db.session.get(Professional, professional_id) if professional_id else None
        who = professional_text(professional) if professional else ""
        if professional:
            hidden["professional"] = str(professional.id)
        return render_template(
            "appointment/change_check.html",
            old={"when": format_instant(appointment.starts_at, municipality.zone), "facts": facts},
            new={"when": format_instant(start, municipality.zone), "facts": [part for part in (who, office) if part]},
            rows=[],
            hidden=hidden,
            action_url=url_for(".change_check", token=token),
            back_url=url_for(".change", token=token),
            keep_url=page_url(token),
        )
    try:
        reschedule(
            db.session,
            appointment,
            starts_at=start,
            professional_id=professional_id,
            actor=acting_client(appointment),
            municipality=municipality,
            now=clock.now(),
        )
    except (Conflict, InvalidInput) as problem:
        db.session.rollback()
        if isinstance(problem, InvalidTransition):
            return see_other(page_url(token))
        context = _change_page(appointment, municipality, token, near=start, notice=problem.sentence())
        return render_template("appointment/change.html", **context), problem.status
    db.session.commit()
    return see_other(page_url(token, notice="changed"))


@blueprint.route("/cancel", methods=["GET", "POST"], endpoint="cancel_page")
@by_link
def cancel_page(token: str) -> Any:
    """Ask once, then cancel. Sent twice, it is cancelled once."""
    appointment, municipality = open_link(token)
    if appointment.status == Status.CANCELLED:
        return see_other(page_url(token, notice="cancelled"))
    if next_status(appointment.status, Step.CANCEL) is None or clock.now() >= last_change(appointment):
        return see_other(page_url(token))
    if request.method != "POST":
        return _cancel_form(appointment, municipality, token)
    typed = request.form.get("reason", "")
    try:
        reason = clean_text(typed, longest=LONGEST_REASON)
    except Unusable as problem:
        return _cancel_form(appointment, municipality, token, typed, {"reason": gettext(str(problem))}), 422
    try:
        cancel(
            db.session,
            appointment,
            actor=acting_client(appointment),
            municipality=municipality,
            now=clock.now(),
            reason=reason,
        )
    except InvalidTransition:
        db.session.rollback()
        return see_other(page_url(token, notice="cancelled"))
    db.session.commit()
    return see_other(page_url(token, notice="cancelled"))


def _cancel_form(
    appointment: Appointment,
    municipality: Municipality,
    token: str,
    typed: str = "",
    errors: dict[str, str] | None = None,
) -> str:
    return render_template(
        "appointment/cancel.html",
        when=format_instant(appointment.starts_at, municipality.zone),
        summary=[
            local_text(appointment.service.name),
            *summary_of(appointment.service, appointment.mode, appointment.office),
        ],
        values={"reason": typed},
        errors=errors or {},
        action_url=url_for(".cancel_page", token=token),
        back_url=page_url(token),
        keep_url=page_url(token),
        change_url=url_for(".change", token=token),
    )
