"""Moving an appointment by hand: one form for a drop, a click and the keyboard, and the way back.

The calendar shows the very page of ``move`` in its dialog; without scripts it is a page of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from app.booking import by_hand
from app.booking.by_hand import ByHand, InTheWay, wanted_of
from app.booking.lifecycle import Status
from app.booking.models import Appointment
from app.booking.obstacles import Obstacle, obstacles
from app.casework.calendar.move_form import Choices, filled_in, options, read
from app.casework.calendar.move_words import changed_text, obstacle_texts, span_text
from app.casework.calendar.rights import may_move
from app.casework.day.appointment_routes import appointment_of
from app.casework.day.returning import back_to, see_with
from app.casework.day.words import meeting_view
from app.core import clock
from app.core.db import db
from app.core.errors import ChangedMeanwhile, Conflict, Forbidden, InvalidInput
from app.core.i18n import gettext, local_text
from app.core.typed import whole_number
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.identity.own_path import is_staff_path
from app.identity.staff_frame import staff_page
from app.scheduling.models import Mode, Office, Professional, ServiceOffice

blueprint = Blueprint("move", __name__, url_prefix="/staff/appointments")


@blueprint.route("/<int:appointment_id>/move", methods=["GET", "POST"])
@staff("appointment.book")
def page(appointment_id: int) -> Any:
    """Choose a new time, professional and place. What stands in the way is said beside the form."""
    appointment, zone = _movable(appointment_id), own_municipality().zone
    if appointment.status != Status.BOOKED or appointment.ends_at <= clock.now():
        return see_with(
            url_for("appointments.show", appointment_id=appointment_id), notice="changed", of=appointment_id
        )
    if request.method == "GET":
        return _form(appointment, filled_in(appointment, request.args, zone))
    typed = {**request.form.to_dict(), "tell": request.form.get("tell", "")}
    try:
        to = read(typed, appointment, _choices(appointment), zone)
        by_hand.move(db.session, appointment, to, actor=staff_actor(), municipality=own_municipality(), now=clock.now())
    except (InvalidInput, Conflict) as problem:
        db.session.rollback()
        return _refused(appointment_of(appointment_id), typed, problem)
    db.session.commit()
    return see_with(_back(appointment), notice="moved", of=appointment_id)


@blueprint.post("/<int:appointment_id>/move/undo")
@staff("appointment.book")
def undo(appointment_id: int) -> Any:
    """Take the last move back, if nothing has happened since."""
    appointment = _movable(appointment_id)
    version = whole_number(request.form.get("version", "")) or 0
    try:
        by_hand.undo(
            db.session,
            appointment,
            version,
            actor=staff_actor(),
            municipality=own_municipality(),
            now=clock.now(),
        )
    except Conflict as problem:
        db.session.rollback()
        told = "changed" if isinstance(problem, ChangedMeanwhile) else "not_moved_back"
        return back_to(notice=told, of=appointment_id)
    db.session.commit()
    return back_to(notice="moved_back", of=appointment_id)


def _movable(appointment_id: int) -> Appointment:
    """The appointment, if the user may move it. Raises ``NotFound``, ``Forbidden``."""
    appointment = appointment_of(appointment_id)
    if not may_move(appointment.professional_id):
        raise Forbidden
    return appointment


def _choices(appointment: Appointment) -> Choices:
    """Those whose calendars the user may change, and the offices where the service is given."""
    people = select(Professional).where(Professional.active).order_by(Professional.last_name, Professional.first_name)
    given = select(ServiceOffice.office_id).where(ServiceOffice.service_id == appointment.service_id)
    places = select(Office).where(Office.active, Office.id.in_(given)).order_by(Office.id)
    in_person = appointment.mode == Mode.IN_PERSON
    return Choices(
        {row.id: row.full_name for row in db.session.scalars(people) if may_move(row.id)},
        {row.id: local_text(row.name) for row in db.session.scalars(places)} if in_person else {},
    )


def _refused(appointment: Appointment, typed: dict[str, str], problem: InvalidInput | Conflict) -> Any:
    """The form again with what was typed, and what is wrong with it."""
    zone = own_municipality().zone
    if isinstance(problem, InvalidInput):
        return _form(appointment, typed, problem.field_texts(), problem.status)
    if isinstance(problem, ChangedMeanwhile):
        now = {**typed, "version": str(appointment.version)}
        return _form(appointment, now, {"time": changed_text(appointment, zone)}, problem.status)
    found = problem.obstacles if isinstance(problem, InTheWay) else []
    texts = obstacle_texts((one for one in found if not one.passable), zone)
    return _form(appointment, typed, {"time": " ".join(texts) or problem.text()}, problem.status)


def _form(
    appointment: Appointment, typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> Any:
    zone, choices, errors = own_municipality().zone, _choices(appointment), errors or {}
    found = _in_the_way(appointment, typed, choices)
    texts = obstacle_texts(found, zone)
    html = render_template(
        "staff/calendar/move.html",
        meeting=meeting_view(appointment, zone, clock.now()),
        when=span_text(appointment.starts_at, appointment.ends_at, zone),
        typed=typed,
        errors=errors,
        obstacles=[text for text in texts if text not in errors.get("time", "")],
        ask_reason="reason" in errors or bool(typed.get("reason")) or any(one.passable for one in found),
        professionals=options(choices.professionals),
        offices=options(choices.offices),
        today=local_today().isoformat(),
        action_url=url_for(".page", appointment_id=appointment.id),
        back=_back(appointment),
        show_url=url_for("appointments.show", appointment_id=appointment.id),
        reason_hint=gettext("Only staff see it. Do not write about the client's matter."),
        **staff_page("calendar"),
    )
    return html, status


def _in_the_way(appointment: Appointment, typed: dict[str, str], choices: Choices) -> list[Obstacle]:
    """What stands in the way of what was typed, as far as it can be read; nothing where nothing is moved."""
    zone = own_municipality().zone
    try:
        to = read(typed, appointment, choices, zone)
    except InvalidInput:
        return []
    if replace(to, version=0, reason="", tell=True) == ByHand(0, *by_hand.place_of_row(appointment)):
        return []
    person = db.session.get_one(Professional, to.professional_id)
    return obstacles(db.session, wanted_of(appointment, to, person), zone=zone, now=clock.now())


def _back(appointment: Appointment) -> str:
    """Where to go afterwards: the staff's page that the form was opened on."""
    wanted = request.values.get("back", "")
    return wanted if is_staff_path(wanted) else url_for("appointments.show", appointment_id=appointment.id)
