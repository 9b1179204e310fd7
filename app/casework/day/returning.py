"""After a form: back to the page that it was pressed on (one of the staff's own), which then says what was done."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import request, url_for
from flask_login import current_user

from app.booking.by_hand import undoing
from app.booking.lifecycle import Step
from app.booking.models import Appointment, Task
from app.booking.series.service import following
from app.booking.staff_booking import can_unbook
from app.booking.tasks import State
from app.casework.calendar.rights import may_move
from app.casework.day.words import DONE_TEXTS, UNDO, state_text, steps_of
from app.core import clock
from app.core.db import db
from app.core.http import see_other
from app.core.i18n import format_instant, gettext, ngettext
from app.core.typed import whole_number
from app.identity.access import own_municipality
from app.identity.own_path import is_staff_path

MOVES = ("moved", "moved_back", "not_moved_back")
BOOKINGS = ("booked", "unbooked", "not_unbooked")
SERIES = ("series", "series_unbooked", "series_cancelled")
SAID = ("notice", "of")
"""What the address tells of the last action: not carried over to the next."""


def page_before() -> str:
    """The page that the form was pressed on: what its ``back`` names, if that is one of the staff's own."""
    wanted = request.form.get("back", "")
    return wanted if is_staff_path(wanted) else url_for("staff.today")


def back_to(**told: Any) -> Any:
    """See the page again that the form was pressed on, with what was just done in its address."""
    return see_with(page_before(), **told)


def see_with(page: str, **told: Any) -> Any:
    """See a page of the staff's, with what was just done in its address."""
    parts = urlsplit(page)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name not in SAID]
    query += [(name, str(value)) for name, value in told.items()]
    return see_other(f"{parts.path}?{urlencode(query)}" if query else parts.path)


def said() -> dict[str, Any] | None:
    """What was just done, in words, with its undoing: ``notice`` and ``of`` of the address."""
    name, number = request.args.get("notice", ""), whole_number(request.args.get("of", "")) or 0
    if name.startswith("task_"):
        return _of_task(name.removeprefix("task_"), db.session.get(Task, number))
    return _of_appointment(name, db.session.get(Appointment, number))


def _of_task(name: str, task: Task | None) -> dict[str, Any] | None:
    texts = {
        "added": gettext("The task has been added."),
        State.DONE: gettext("The task is done."),
        State.DROPPED: gettext("The task was dropped."),
        State.OPEN: gettext("The task is open again."),
    }
    if task is None or name not in (*texts, "settled"):
        return None
    if name == "settled":
        return {"text": gettext("Somebody settled this meanwhile."), "kind": "warn", "undo": None}
    undo = {"field": "state", "value": str(State.OPEN), "url": url_for("tasks.settle", task_id=task.id)}
    return {"text": texts[name], "kind": "ok", "undo": undo if name in (State.DONE, State.DROPPED) else None}


def _of_appointment(name: str, appointment: Appointment | None) -> dict[str, Any] | None:
    if appointment is None:
        return None
    who = appointment.client.name
    if name == "changed":
        text = gettext("Somebody was quicker: %(name)s is now “%(state)s”.", name=who, state=state_text(appointment))
        return {"text": text, "kind": "warn", "undo": None}
    if name == "cancelled":
        text = gettext("The appointment of %(name)s has been cancelled. The client is told.", name=who)
        return {"text": text, "kind": "ok", "undo": None}
    if name in MOVES:
        return _of_move(name, appointment)
    if name in SERIES:
        return _of_series(name, appointment)
    if name in BOOKINGS:
        return _of_booking(name, appointment)
    if name not in set(DONE_TEXTS):
        return None
    step = UNDO.get(Step(name))
    possible = {found["value"] for found in steps_of(appointment, own_municipality().zone, clock.now())}
    undo = {"field": "step", "value": str(step), "url": url_for("appointments.step", appointment_id=appointment.id)}
    return {
        "text": gettext(DONE_TEXTS[Step(name)], name=who),
        "kind": "ok",
        "undo": undo if str(step) in possible else None,
        "next_url": _next_url(appointment) if name == Step.COMPLETE else "",
    }


def _next_url(appointment: Appointment) -> str:
    """After a meeting the next one is agreed, while the client is still there."""
    return url_for("staff_booking.start", after=appointment.id) if current_user.may("appointment.book") else ""


def _of_move(name: str, appointment: Appointment) -> dict[str, Any]:
    """A move by hand, with its undoing as long as nothing has happened since."""
    values = {
        "name": appointment.client.name,
        "time": format_instant(appointment.starts_at, own_municipality().zone),
        "who": appointment.professional.full_name,
    }
    if name == "not_moved_back":
        text = gettext(
            "The move could not be taken back: the earlier time is no longer free. %(name)s: %(time)s, %(who)s."
        )
        return {"text": text % values, "kind": "warn", "undo": None}
    if name == "moved_back":
        return {
            "text": gettext("The move was taken back. %(name)s: %(time)s, %(who)s.", **values),
            "kind": "ok",
            "undo": None,
        }
    undo = {
        "field": "version",
        "value": str(appointment.version),
        "url": url_for("move.undo", appointment_id=appointment.id),
    }
    possible = may_move(appointment.professional_id) and undoing(db.session, appointment) is not None
    text = gettext("The appointment was moved. %(name)s: %(time)s, %(who)s.", **values)
    return {"text": text, "kind": "ok", "undo": undo if possible else None}


def _of_series(name: str, appointment: Appointment) -> dict[str, Any]:
    """A series that was booked, taken back or cancelled; of one that nobody has heard of, with its undoing."""
    who = appointment.client.name
    if name == "series_unbooked":
        text = gettext("The bookings were taken back. Nothing was sent to %(name)s.", name=who)
        return {"text": text, "kind": "ok", "undo": None}
    if name == "series_cancelled":
        text = gettext(
            "The appointments of %(name)s have been cancelled. The client is told of all in one message.", name=who
        )
        return {"text": text, "kind": "ok", "undo": None}
    meetings = following(db.session, appointment)
    number = len(meetings)
    text = ngettext(
        "%(num)s appointment booked for %(name)s.", "%(num)s appointments booked for %(name)s.", number, name=who
    )
    url = url_for("staff_booking.undo_series", series_id=appointment.series_id or 0)
    possible = all(can_unbook(one, now=clock.now()) for one in meetings)
    undo = {"field": "do", "value": "undo", "url": url} if possible else None
    return {"text": text, "kind": "ok", "undo": undo}


def _of_booking(name: str, appointment: Appointment) -> dict[str, Any]:
    """A booking for the client, with its undoing while nobody has heard of it; afterwards there is cancelling."""
    who, when = appointment.client.name, format_instant(appointment.starts_at, own_municipality().zone)
    if name == "unbooked":
        text = gettext("The booking was taken back. Nothing was sent to %(name)s.", name=who)
        return {"text": text, "kind": "ok", "undo": None}
    if name == "not_unbooked":
        text = gettext("The booking can no longer be taken back unseen: the client may know of it. Cancel it instead.")
        return {"text": text, "kind": "warn", "undo": None}
    undo = {"field": "do", "value": "undo", "url": url_for("staff_booking.undo", appointment_id=appointment.id)}
    possible = can_unbook(appointment, now=clock.now())
    text = gettext("Booked for %(name)s: %(when)s.", name=who, when=when)
    return {"text": text, "kind": "ok", "undo": undo if possible else None}
