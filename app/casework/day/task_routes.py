"""Tasks: written down beside the day, ticked off, taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user

from app.booking import tasks
from app.booking.models import Appointment, Task
from app.casework.day.returning import back_to, page_before
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, InvalidTransition, NotFound
from app.core.i18n import N_
from app.core.typed import whole_number
from app.identity.access import local_today, staff, staff_actor
from app.identity.staff_frame import staff_page

blueprint = Blueprint("tasks", __name__, url_prefix="/staff/tasks")


@blueprint.post("/")
@staff("task.edit")
def add() -> Any:
    """A reminder for a day: for the professional who writes it, or for anybody."""
    appointment = _appointment()
    try:
        due_on = _due_on()
        task = tasks.add_task(
            db.session,
            request.form.get("text", ""),
            due_on=due_on,
            actor=staff_actor(),
            now=clock.now(),
            professional_id=None if request.form.get("anybody") == "1" else current_user.professional_id,
            appointment=appointment,
        )
    except InvalidInput as problem:
        return _form_again(appointment, problem), 422
    db.session.commit()
    return back_to(notice="task_added", of=task.id)


def _appointment() -> Appointment | None:
    typed = request.form.get("appointment", "")
    if not typed:
        return None
    found = db.session.get(Appointment, whole_number(typed) or 0)
    if found is None:
        raise NotFound
    return found


def _due_on() -> date:
    today = local_today()
    try:
        due_on = date.fromisoformat(request.form.get("due_on", ""))
    except ValueError:
        raise InvalidInput({"due_on": N_("Enter a date.")}) from None
    if not today <= due_on <= today.replace(year=today.year + 2, day=1):
        raise InvalidInput({"due_on": N_("Choose today or a day to come.")})
    return due_on


def _form_again(appointment: Appointment | None, problem: InvalidInput) -> str:
    return render_template(
        "staff/task.html",
        errors=problem.field_texts(),
        typed={**request.form, "back": page_before()},
        about=appointment.client.name if appointment else "",
        action_url=url_for(".add"),
        **staff_page("today"),
    )


@blueprint.post("/<int:task_id>")
@staff("task.edit")
def settle(task_id: int) -> Any:
    """Done, dropped, or open again."""
    task = db.session.get(Task, task_id)
    wanted = request.form.get("state", "")
    if task is None or wanted not in set(tasks.State):
        raise NotFound
    try:
        tasks.settle_task(db.session, task, tasks.State(wanted), actor=staff_actor(), now=clock.now())
    except InvalidTransition:
        db.session.rollback()
        return back_to(notice="task_settled", of=task_id)
    db.session.commit()
    return back_to(notice=f"task_{wanted}", of=task.id)
