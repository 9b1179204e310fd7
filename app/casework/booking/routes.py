"""Booking for a client: who, what, with whom and when on one page; then the appointment's page, with its undoing.

What is chosen stands in the address; what is typed of people goes by POST.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.booking.answers import check_answers
from app.booking.by_hand import InTheWay
from app.booking.models import Appointment
from app.booking.register import editing
from app.booking.register.alike import alike_to
from app.booking.staff_booking import book_for_client, unbook
from app.casework.booking.choice import Choice, choice_of_request
from app.casework.booking.page_view import answer_field, order_of, page_view, questions_of, ready
from app.casework.calendar.move_words import obstacle_texts
from app.casework.clients.search_routes import LONGEST as LONGEST_SEARCH
from app.casework.clients.search_routes import client_lines, found_by
from app.casework.clients.words import why_text
from app.casework.day.appointment_routes import appointment_of
from app.casework.day.returning import see_with
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.http import field_cipher, see_other
from app.core.i18n import LANGUAGES, gettext
from app.core.typed import Unusable, clean_text
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page
from app.scheduling.models import QuestionKind

blueprint = Blueprint("staff_booking", __name__, url_prefix="/staff/book")

LONGEST_NOTE = 1000
LONGEST_REASON = 300
TYPED = ("reason", "note", "untold", "day", "time", "minutes")
DETAILS = ("name", "phone", "email", "language")


@blueprint.get("")
@staff("appointment.book")
def start() -> Any:
    """The page, as far as the address has filled it."""
    choice, errors = choice_of_request(own_municipality().zone)
    return _page(choice, errors), 422 if errors else 200


@blueprint.post("/find")
@staff("appointment.book")
def find() -> Any:
    """Clients that a typed search finds; only the list where htmx asks for it."""
    choice, errors = choice_of_request(own_municipality().zone)
    typed = request.form.get("q", "").replace("\0", "")[:LONGEST_SEARCH].strip()
    shown = _results(choice, typed)
    if request.headers.get("HX-Request"):
        return render_template("staff/booking/_results.html", **shown)
    return _page(choice, errors, q=typed, **shown)


@blueprint.post("/new-client")
@staff("appointment.book")
def add_client() -> Any:
    """A client who is not known yet: asked for only what the booking needs; the rest is added on their page."""
    choice, errors = choice_of_request(own_municipality().zone)
    typed = {name: request.form.get(name, "") for name in DETAILS}
    try:
        values = editing.read(db.session, {**typed, "preferred_channel": ""}, today=local_today())
    except InvalidInput as problem:
        return _page(choice, {**errors, **problem.field_texts()}, new_client=typed), 422
    known = alike_to(db.session, name=values.name, phone=values.phone, email=values.email)
    seen = ",".join(str(one.client.id) for one in known)
    if known and not (request.form.get("do") == "anyway" and request.form.get("seen") == seen):
        lines = _leading_on(choice, client_lines([one.client for one in known]))
        alike = [{**line, "why": why_text(one.why)} for line, one in zip(lines, known, strict=True)]
        return _page(choice, errors, new_client=typed, alike=alike, seen=seen)
    client = editing.add(db.session, values, "", cipher=field_cipher(), actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for(".start", **choice.query(client=client.id)))


@blueprint.post("")
@staff("appointment.book")
def book() -> Any:
    """Book, or only show another time with what was typed. Sent twice, it is booked once."""
    choice, errors = choice_of_request(own_municipality().zone)
    typed: dict[str, Any] = {name: request.form.get(name, "") for name in TYPED} | _typed_answers(choice)
    if errors or not ready(choice) or request.form.get("do") != "book":
        return _page(choice, errors, typed), 422 if errors else 200
    try:
        made = _book(choice, typed)
    except InvalidInput as problem:
        db.session.rollback()
        return _again(choice, typed, problem)
    except Conflict as problem:
        db.session.rollback()
        return _lost(typed, problem)
    db.session.commit()
    return see_with(url_for("appointments.show", appointment_id=made.id), notice="booked", of=made.id)


def _book(choice: Choice, typed: Mapping[str, Any]) -> Appointment:
    questions = questions_of(choice)
    answers, wrong = check_answers(questions, {q.key: typed[answer_field(q)] for q in questions}, required=False)
    errors = {f"answer-{key}": message for key, message in wrong.items()}
    texts = {}
    for name, longest in (("reason", LONGEST_REASON), ("note", LONGEST_NOTE)):
        try:
            texts[name] = clean_text(typed[name], longest=longest)
        except Unusable as problem:
            errors[name] = str(problem)
    if errors:
        raise InvalidInput(errors)
    return book_for_client(
        db.session,
        order_of(choice, answers=answers, note=texts["note"], quiet=typed["untold"] == "1"),
        actor=staff_actor(),
        municipality=own_municipality(),
        now=clock.now(),
        reason=texts["reason"],
    )


def _typed_answers(choice: Choice) -> dict[str, Any]:
    return {
        answer_field(question): request.form.getlist(answer_field(question))
        if question.kind == QuestionKind.SEVERAL
        else request.form.get(answer_field(question), "")
        for question in questions_of(choice)
    }


def _again(choice: Choice, typed: Mapping[str, Any], problem: InvalidInput) -> Any:
    """A field to look at again; a time that is none of the service's is shown with those that are."""
    fresh, _ = choice_of_request(own_municipality().zone)
    errors = problem.field_texts()
    return _page(fresh, errors, typed, lost="starts_at" in errors), 422


def _lost(typed: Mapping[str, Any], problem: Conflict) -> Any:
    """The time could not be had: why, and the nearest free ones, with everything that was typed."""
    fresh, _ = choice_of_request(own_municipality().zone)
    zone = own_municipality().zone
    why = obstacle_texts(problem.obstacles, zone) if isinstance(problem, InTheWay) else []
    if problem.code == "client_busy":
        why = [gettext("The client has another meeting at this time.")]
    if fresh.by_hand and why:
        why = []  # the page says it itself, as it is now
    elif not why:
        why = [problem.text()]
    return _page(fresh, {}, typed, lost=True, refused=why), 409


def _page(
    choice: Choice,
    errors: Mapping[str, str],
    typed: Mapping[str, Any] | None = None,
    *,
    lost: bool = False,
    **more: Any,
) -> str:
    shown = page_view(choice, errors, typed or request.values, lost=lost, refused=more.pop("refused", ()))
    if choice.client is None:
        more = {"q": "", "new_client": None, **_results(choice, ""), **more}
    spoken = [{"value": code, "label": name} for code, name in LANGUAGES.items()]
    return render_template(
        "staff/booking/page.html", errors=errors, lost=lost, spoken=spoken, **shown, **more, **staff_page("today")
    )


def _results(choice: Choice, typed: str) -> dict[str, Any]:
    found = found_by(typed)
    return {**found, "clients": _leading_on(choice, found["clients"])}


def _leading_on(choice: Choice, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Clients as the register lists them, each going on with the booking."""
    return [{**line, "url": url_for(".start", **choice.query(client=line["id"]))} for line in lines]


@blueprint.post("/undo/<int:appointment_id>")
@staff("appointment.book")
def undo(appointment_id: int) -> Any:
    """Take back what was booked a moment ago; where the client may know of it already, cancelling is offered."""
    appointment = appointment_of(appointment_id)
    shown = url_for("appointments.show", appointment_id=appointment.id)
    try:
        unbook(db.session, appointment, actor=staff_actor(), municipality=own_municipality(), now=clock.now())
    except Conflict:
        db.session.rollback()
        return see_with(shown, notice="not_unbooked", of=appointment_id)
    db.session.commit()
    return see_with(shown, notice="unbooked", of=appointment_id)
