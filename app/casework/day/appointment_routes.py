"""One appointment as staff see it: what was agreed and told, its steps on the day, its messages and its history."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user

from app.booking.changes import can_step, cancel
from app.booking.day import STEPS, advance
from app.booking.lifecycle import TRANSITIONS, Status, Step, next_status
from app.booking.models import Appointment
from app.booking.series.models import Series
from app.booking.series.service import cancel_following, following, meetings_of
from app.casework.calendar.rights import may_move
from app.casework.day.history import facts_of, history_of, messages_of, reminders_not_sent, tasks_of
from app.casework.day.returning import back_to, said, see_with
from app.casework.day.words import answers_of, meeting_view, state_text, task_view
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import format_instant, gettext
from app.core.typed import Unusable, clean_text
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page

blueprint = Blueprint("appointments", __name__, url_prefix="/staff/appointments")

LONGEST_REASON = 500


def appointment_of(appointment_id: int) -> Appointment:
    """The appointment, if it is the municipality's. Raises ``NotFound``."""
    found = db.session.get(Appointment, appointment_id)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/<int:appointment_id>")
@staff("appointment.view")
def show(appointment_id: int) -> str:
    """Everything about the appointment that the reader may see. That it was read stands in the audit log."""
    appointment, zone, now = appointment_of(appointment_id), own_municipality().zone, clock.now()
    audit.record(db.session, actor=staff_actor(), action="appointment.view", on=appointment, now=now)
    db.session.commit()
    today = local_today()
    can_cancel = next_status(appointment.status, Step.CANCEL) is not None and appointment.ends_at > now
    return render_template(
        "staff/appointment.html",
        meeting=meeting_view(appointment, zone, now),
        when=format_instant(appointment.starts_at, zone),
        facts=facts_of(appointment, zone),
        answers=answers_of(appointment),
        messages=messages_of(db.session, appointment, zone),
        not_reminded=reminders_not_sent(db.session, appointment),
        history=history_of(db.session, appointment, zone),
        tasks=[task_view(task, today) for task in tasks_of(db.session, appointment)],
        task_url=url_for("tasks.add"),
        today=today.isoformat(),
        cancel_url=url_for(".cancel_page", appointment_id=appointment.id) if can_cancel else "",
        move_url=url_for("move.page", appointment_id=appointment.id) if _can_move(appointment) else "",
        next_url=url_for("staff_booking.start", after=appointment.id) if current_user.may("appointment.book") else "",
        again_url=_again_url(appointment),
        series=_series(appointment),
        notice=said(),
        here=request.path,
        **staff_page("today"),
    )


def _can_move(appointment: Appointment) -> bool:
    to_come = can_step(appointment, Step.RESCHEDULE) and appointment.ends_at > clock.now()
    return to_come and may_move(appointment.professional_id)


def _series(appointment: Appointment) -> list[dict[str, Any]]:
    """The meetings that were agreed together, and which of them is shown."""
    if appointment.series_id is None:
        return []
    found = meetings_of(db.session, db.session.get_one(Series, appointment.series_id))
    zone = own_municipality().zone
    return [
        {
            "when": format_instant(one.starts_at, zone),
            "state": state_text(one) if one.status != Status.BOOKED else "",
            "url": "" if one.id == appointment.id else url_for(".show", appointment_id=one.id),
        }
        for one in found
    ]


def _again_url(appointment: Appointment) -> str:
    """After a booking: another one for the same client."""
    booked = request.args.get("notice") in ("booked", "unbooked")
    return url_for("staff_booking.start", client=appointment.client_id) if booked else ""


@blueprint.post("/<int:appointment_id>/steps")
@staff("appointment.advance")
def step(appointment_id: int) -> Any:
    """A step of the day, pressed on a page. Pressed twice, it is taken once; too late, the page says what is now."""
    appointment = appointment_of(appointment_id)
    wanted = request.form.get("step", "")
    if wanted not in set(STEPS):
        raise NotFound
    try:
        advance(
            db.session,
            appointment,
            Step(wanted),
            actor=staff_actor(),
            municipality=own_municipality(),
            now=clock.now(),
            excused={"yes": True, "no": False}.get(request.form.get("excused", "")),
        )
    except Conflict:
        db.session.rollback()
        told = wanted if _is_taken(appointment_of(appointment_id), Step(wanted)) else "changed"
        return back_to(notice=told, of=appointment_id)
    db.session.commit()
    return back_to(notice=wanted, of=appointment_id)


def _is_taken(appointment: Appointment, step: Step) -> bool:
    """True where the appointment stands where the step would have brought it: a second press of the same button."""
    return appointment.status in TRANSITIONS[step].values()


@blueprint.route("/<int:appointment_id>/cancel", methods=["GET", "POST"])
@staff("appointment.book")
def cancel_page(appointment_id: int) -> Any:
    """Ask once, then cancel and tell the client. Sent twice, it is cancelled once."""
    appointment = appointment_of(appointment_id)
    shown = url_for(".show", appointment_id=appointment.id)
    if appointment.status == Status.CANCELLED:
        return see_with(shown, notice="cancelled", of=appointment.id)
    if request.method != "POST":
        return _cancel_form(appointment)
    typed = request.form.get("reason", "")
    try:
        step = cancel_following if request.form.get("which") == "following" else cancel
        step(
            db.session,
            appointment,
            actor=staff_actor(),
            municipality=own_municipality(),
            now=clock.now(),
            reason=_reason(typed),
        )
    except InvalidInput as problem:
        return _cancel_form(appointment, typed, problem.field_texts()), 422
    except Conflict:
        db.session.rollback()
        return see_with(shown, notice="changed", of=appointment_id)
    db.session.commit()
    told = "series_cancelled" if step is cancel_following else "cancelled"
    return see_with(shown, notice=told, of=appointment_id)


def _reason(typed: str) -> str:
    try:
        return clean_text(typed, longest=LONGEST_REASON)
    except Unusable as problem:
        raise InvalidInput({"reason": str(problem)}) from None


def _following(appointment: Appointment) -> list[str]:
    """The times of its series from this one on, where there are others."""
    found = following(db.session, appointment)
    zone = own_municipality().zone
    return [format_instant(one.starts_at, zone) for one in found] if len(found) > 1 else []


def _cancel_form(appointment: Appointment, typed: str = "", errors: dict[str, str] | None = None) -> str:
    zone = own_municipality().zone
    return render_template(
        "staff/appointment_cancel.html",
        meeting=meeting_view(appointment, zone, clock.now()),
        when=format_instant(appointment.starts_at, zone),
        typed=typed,
        following=_following(appointment),
        errors=errors or {},
        action_url=request.path,
        keep_url=url_for(".show", appointment_id=appointment.id),
        reason_hint=gettext("Only staff see the reason. The client is told that the appointment is cancelled."),
        **staff_page("today"),
    )
