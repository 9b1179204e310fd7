"""Words of the day: states, steps and meetings as the staff's pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_login import current_user
from sqlalchemy import select

from app.booking.answers import asked_in
from app.booking.day import STEPS, can_advance
from app.booking.lifecycle import Status, Step
from app.booking.models import Appointment, Task
from app.booking.views import answer_rows, how_late, mode_name, status_name
from app.core.db import db
from app.core.i18n import (
    LANGUAGES,
    N_,
    format_clock,
    format_instant,
    format_weekday_date,
    gettext,
    local_text,
    ngettext,
)
from app.core.typed import show_phone
from app.scheduling.models import Question, QuestionKind

STATUS_TAGS = {"booked": "neutral", "checked_in": "ok", "in_progress": "info", "cancelled": "bad", "no_show": "warn"}
STEP_LABELS = {
    Step.CHECK_IN: N_("Has arrived"),
    Step.START: N_("Start"),
    Step.COMPLETE: N_("Completed"),
    Step.MARK_NO_SHOW: N_("Did not come"),
    Step.UNDO_CHECK_IN: N_("Has not arrived after all"),
    Step.UNDO_NO_SHOW: N_("Came after all"),
}
DONE_TEXTS = {
    Step.CHECK_IN: N_("%(name)s: marked as arrived."),
    Step.START: N_("%(name)s: the meeting has begun."),
    Step.COMPLETE: N_("%(name)s: the meeting is completed."),
    Step.MARK_NO_SHOW: N_("%(name)s: marked as not having come."),
    Step.UNDO_CHECK_IN: N_("%(name)s: is expected again."),
    Step.UNDO_NO_SHOW: N_("%(name)s: is expected again."),
}
UNDO = {Step.CHECK_IN: Step.UNDO_CHECK_IN, Step.MARK_NO_SHOW: Step.UNDO_NO_SHOW}
WRITTEN = (QuestionKind.TEXT, QuestionKind.LONG_TEXT)


def may_read_answers(appointment: Appointment) -> bool:
    """Free text that a client wrote is for the professional concerned and for leads."""
    return bool(current_user.professional_id == appointment.professional_id or current_user.may("client.read_words"))


def questions_of(service_ids: Iterable[int]) -> dict[int, list[Question]]:
    """What is asked beforehand, by service, in the order of the form."""
    found: dict[int, list[Question]] = {service_id: [] for service_id in service_ids}
    query = select(Question).where(Question.service_id.in_(found))
    for question in db.session.scalars(query.order_by(Question.position, Question.id)):
        found[question.service_id].append(question)
    return found


def answers_of(appointment: Appointment, asked: Sequence[Question] | None = None) -> dict[str, Any]:
    """What the client told beforehand: ``rows`` in words, and how many answers are ``hidden`` from this reader.

    Every page of staff that shows answers asks here. ``asked``: the service's questions, where they are known.
    """
    if asked is None:
        asked = questions_of([appointment.service_id])[appointment.service_id]
    questions = asked_in(asked, appointment.mode)
    readable = [question for question in questions if may_read_answers(appointment) or question.kind not in WRITTEN]
    shown = answer_rows(readable, appointment.answers)
    return {"rows": shown, "hidden": len(answer_rows(questions, appointment.answers)) - len(shown)}


def waiting_text(appointment: Appointment, zone: ZoneInfo, now: datetime) -> str:
    """``Paikalla klo 8.52, odottanut 6 min`` of a client who is here."""
    if appointment.status != Status.CHECKED_IN or appointment.arrived_at is None:
        return ""
    minutes = max(0, int((now - appointment.arrived_at).total_seconds()) // 60)
    return gettext(
        "Here since %(time)s, waited %(minutes)s min", time=format_clock(appointment.arrived_at, zone), minutes=minutes
    )


def late_text(appointment: Appointment) -> str:
    """What the client said about being late, until they are there."""
    if appointment.late_minutes is None or appointment.status != Status.BOOKED:
        return ""
    return gettext("Late %(much)s", much=how_late(appointment.late_minutes))


def state_text(appointment: Appointment) -> str:
    """The state, with what is known of a client who did not come."""
    if appointment.status == Status.NO_SHOW and appointment.excused is not None:
        return gettext("Missed, excused") if appointment.excused else gettext("Missed, not excused")
    return status_name(appointment.status)


def steps_of(appointment: Appointment, zone: ZoneInfo, now: datetime) -> list[dict[str, str]]:
    """The steps that can be taken now, the most likely first; nobody is missed before the start."""
    found = [step for step in STEPS if can_advance(appointment, step, zone=zone, now=now)]
    early = now < appointment.starts_at
    if early:
        found = [step for step in found if step != Step.MARK_NO_SHOW]
    if appointment.status == Status.BOOKED:  # first begin, or note who has arrived; the end is noted afterwards
        found = [step for step in found if step != Step.COMPLETE or now >= appointment.ends_at]
    return [{"value": str(step), "label": gettext(STEP_LABELS[step])} for step in found]


def meeting_view(appointment: Appointment, zone: ZoneInfo, now: datetime, *, whole: bool = False) -> dict[str, Any]:
    """A meeting as a row; ``whole``: with its date, and who meets the client."""
    return {
        "id": appointment.id,
        "time": format_instant(appointment.starts_at, zone) if whole else format_clock(appointment.starts_at, zone),
        "who": appointment.client.name,
        "url": url_for("appointments.show", appointment_id=appointment.id),
        "client_url": url_for("client.page", client_id=appointment.client_id),
        "service": local_text(appointment.service.name),
        "mode_name": mode_name(appointment.mode),
        "office": local_text(appointment.office.name) if appointment.office else "",
        "professional": appointment.professional.full_name,
        "phone": show_phone(appointment.client.phone) if appointment.mode == "phone" else "",
        "language": other_language(appointment),
        "status": appointment.status,
        "status_name": state_text(appointment),
        "status_tag": STATUS_TAGS.get(appointment.status, "neutral"),
        "waiting": waiting_text(appointment, zone, now),
        "late": late_text(appointment),
        "steps": steps_of(appointment, zone, now),
        "step_url": url_for("appointments.step", appointment_id=appointment.id),
    }


def other_language(appointment: Appointment) -> str:
    """The client's language where it is not Finnish."""
    return "" if appointment.client.language == "fi" else LANGUAGES.get(appointment.client.language, "")


def task_view(task: Task, today: Any) -> dict[str, Any]:
    """A task as a row."""
    return {
        "id": task.id,
        "text": task.text,
        "due": format_weekday_date(task.due_on) if task.due_on != today else gettext("today"),
        "overdue": task.due_on < today,
        "client": task.client.name if task.client else "",
        "url": url_for("appointments.show", appointment_id=task.appointment_id) if task.appointment_id else "",
        "owner": task.professional.full_name if task.professional else gettext("Anybody"),
        "settle_url": url_for("tasks.settle", task_id=task.id),
    }


def waiting_count(count: int) -> str:
    """How many clients wait, for the title and the menu."""
    return ngettext("%(num)s client is waiting", "%(num)s clients are waiting", count)
