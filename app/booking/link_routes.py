"""The pages of one appointment, for whoever holds its link: see, change, cancel, calendar file, receipt, questions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import select

from app.booking.answers import asked_in, check_answers
from app.booking.availability import Wish
from app.booking.ics import Method
from app.booking.lifecycle import Status, Step, next_status
from app.booking.models import Appointment
from app.booking.notices import calendar_of
from app.booking.service import answer, cancel, last_change, reschedule, who_would_take
from app.booking.times_page import Filters, parse_start, times_context
from app.booking.views import (
    appointment_rows,
    professional_text,
    question_view,
    service_view,
    status_name,
    summary_of,
)
from app.core import clock, tenancy
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import Conflict, Gone, InvalidInput, InvalidTransition, NotFound, SlotTaken
from app.core.http import remote_address, see_other
from app.core.i18n import format_instant, gettext, local_text
from app.core.pages import enter
from app.core.permissions import by_link
from app.core.tenancy import Municipality
from app.core.typed import Unusable, clean_text
from app.scheduling.models import Mode, Professional, Question, QuestionKind

blueprint = Blueprint("appointment", __name__, url_prefix="/a/<token>")

LONGEST_REASON = 500


def _open(token: str) -> tuple[Appointment, Municipality]:
    """The appointment of a link. Raises ``NotFound`` (unknown or tampered) or ``Gone`` (its time is over)."""
    for route in tenancy.find_routes(db.session, kind="appointment", secret=token):
        municipality = enter(db.session.get_one(Municipality, route.municipality_id))
        if route.expires_at is not None and route.expires_at < clock.now():
            raise Gone(gettext("This appointment was long ago, and its page is no longer kept."))
        return db.session.get_one(Appointment, route.target_id), municipality
    raise NotFound(gettext("There is no appointment behind this link. Check that the whole link was copied."))


def _client(appointment: Appointment) -> Actor:
    return Actor("client", appointment.client_id, address=remote_address())


def _page_url(token: str, **query: Any) -> str:
    return url_for("appointment.page", token=token, **query)


@blueprint.get("")
@by_link
def page(token: str) -> Any:
    """See the appointment."""
    appointment, municipality = _open(token)
    now, service = clock.now(), appointment.service
    active = next_status(appointment.status, Step.CANCEL) is not None and appointment.ends_at > now
    can_change = active and now < last_change(appointment)
    past = appointment.ends_at <= now and appointment.status != Status.CANCELLED
    unanswered = active and _open_questions(appointment)
    return render_template(
        "appointment/page.html",
        done="done" in request.args and active,
        status="past" if past and appointment.status == Status.BOOKED else appointment.status,
        status_text=gettext("Past")
        if past and appointment.status == Status.BOOKED
        else status_name(appointment.status),
        when=format_instant(appointment.starts_at, municipality.zone),
        rows=appointment_rows(appointment, municipality.zone, with_time=False),
        reference=appointment.reference,
        what_next=_what_next(appointment, municipality) if active else [],
        bring=_bring(appointment) if active else "",
        join_url=appointment.professional.video_link if active and appointment.mode == Mode.VIDEO else "",
        ics_url=url_for(".calendar", token=token) if active else "",
        questions_url=url_for(".questions", token=token) if unanswered else "",
        change_url=url_for(".change", token=token),
        cancel_url=url_for(".cancel_page", token=token),
        can_change=can_change,
        cannot_change_reason=_too_late() if active and not can_change else "",
        receipt_url=url_for(".receipt", token=token),
        book_again_url="" if active or not service.online_booking else _book_again(municipality, appointment),
        notice=_notice(request.args.get("notice", "")),
    )


def _book_again(municipality: Municipality, appointment: Appointment) -> str:
    return url_for("booking.how", slug=municipality.slug, service_slug=appointment.service.slug)


def _too_late() -> str:
    return gettext("The appointment is so near that it cannot be changed or cancelled here any more. Please call us.")


def _notice(name: str) -> str:
    return {
        "changed": gettext("The time has been changed. You get a new confirmation."),
        "cancelled": gettext("The appointment has been cancelled. You get a confirmation."),
        "answered": gettext("Thank you. Your answers have been saved."),
    }.get(name, "")


def _what_next(appointment: Appointment, municipality: Municipality) -> list[str]:
    """What happens, and until when it can be changed."""
    lines = {
        Mode.IN_PERSON: [gettext("Come to the office a few minutes before the time.")],
        Mode.PHONE: [gettext("We call you at the agreed time. Keep your phone at hand.")],
        Mode.VIDEO: [gettext("Open the video link on this page at the agreed time.")],
    }[Mode(appointment.mode)]
    arrival = local_text(appointment.office.arrival) if appointment.office else ""
    until = format_instant(last_change(appointment), municipality.zone)
    return [*lines, *([arrival] if arrival else []), gettext("You can change or cancel until %(until)s.", until=until)]


def _bring(appointment: Appointment) -> str:
    return local_text(appointment.service.instructions)


@blueprint.get("/calendar.ics")
@by_link
def calendar(token: str) -> Any:
    """The appointment as a calendar file."""
    appointment, municipality = _open(token)
    text = calendar_of(appointment, municipality, Method.PUBLISH)
    response = Response(text, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="vuoro-{appointment.reference}.ics"'
    return response


@blueprint.get("/receipt")
@by_link
def receipt(token: str) -> Any:
    """A receipt to print."""
    appointment, municipality = _open(token)
    what = _last_action(appointment, municipality)
    return render_template(
        "appointment/receipt.html",
        reference=appointment.reference,
        what=what,
        rows=appointment_rows(appointment, municipality.zone),
        back_url=_page_url(token),
    )


def _last_action(appointment: Appointment, municipality: Municipality) -> str:
    """What was done last, and when."""
    changed = format_instant(appointment.updated_at, municipality.zone)
    if appointment.status == Status.CANCELLED:
        return gettext("Cancelled on %(when)s", when=changed)
    if appointment.version > 1:
        return gettext("Changed on %(when)s", when=changed)
    return gettext("Booked on %(when)s", when=format_instant(appointment.created_at, municipality.zone))


# — change —


@blueprint.get("/change")
@by_link
def change(token: str) -> Any:
    """Free times for the same service."""
    appointment, municipality = _open(token)
    if next_status(appointment.status, Step.RESCHEDULE) is None or clock.now() >= last_change(appointment):
        return see_other(_page_url(token))
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
    context = times_context(
        wish,
        Filters.of_request(),
        municipality,
        address=lambda **query: url_for(".change", token=token, **query),
        keep={},
        near=more.pop("near", None),
        present=appointment.starts_at,
    )
    return {
        **context,
        "service": service_view(appointment.service),
        "when": format_instant(appointment.starts_at, municipality.zone),
        "summary": summary_of(appointment.service, appointment.mode, appointment.office),
        "back_url": _page_url(token),
        "action_url": url_for(".choose", token=token),
        **more,
    }


@blueprint.post("/change")
@by_link
def choose(token: str) -> Any:
    """A time was chosen: ask for confirmation."""
    appointment, municipality = _open(token)
    try:
        start = parse_start(request.form.get("starts_at", ""))
    except InvalidInput as problem:
        words = next(iter(problem.field_texts().values()))
        return render_template(
            "appointment/change.html", **_change_page(appointment, municipality, token, notice=words)
        ), 422
    wished = Filters.of_request().professional_id
    try:
        who = who_would_take(db.session, appointment, start, wished, zone=municipality.zone, now=clock.now())
    except SlotTaken as problem:
        context = _change_page(appointment, municipality, token, near=start, notice=problem.text())
        return render_template("appointment/change.html", **context), problem.status
    return see_other(url_for(".change_check", token=token, starts_at=start.isoformat(), professional=who))


@blueprint.route("/change/check", methods=["GET", "POST"])
@by_link
def change_check(token: str) -> Any:
    """Old and new beside each other; then the move."""
    appointment, municipality = _open(token)
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
            keep_url=_page_url(token),
        )
    try:
        reschedule(
            db.session,
            appointment,
            starts_at=start,
            professional_id=professional_id,
            actor=_client(appointment),
            municipality=municipality,
            now=clock.now(),
        )
    except (Conflict, InvalidInput) as problem:
        db.session.rollback()
        if isinstance(problem, InvalidTransition):
            return see_other(_page_url(token))
        words = next(iter(problem.field_texts().values())) if isinstance(problem, InvalidInput) else problem.text()
        page_context = _change_page(appointment, municipality, token, near=start, notice=words)
        return render_template("appointment/change.html", **page_context), problem.status
    db.session.commit()
    return see_other(_page_url(token, notice="changed"))


# — cancel —


@blueprint.route("/cancel", methods=["GET", "POST"], endpoint="cancel_page")
@by_link
def cancel_page(token: str) -> Any:
    """Ask once, then cancel. Sent twice, it is cancelled once."""
    appointment, municipality = _open(token)
    if appointment.status == Status.CANCELLED:
        return see_other(_page_url(token, notice="cancelled"))
    if next_status(appointment.status, Step.CANCEL) is None or clock.now() >= last_change(appointment):
        return see_other(_page_url(token))
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
            actor=_client(appointment),
            municipality=municipality,
            now=clock.now(),
            reason=reason,
        )
    except InvalidTransition:
        db.session.rollback()
        return see_other(_page_url(token, notice="cancelled"))
    db.session.commit()
    return see_other(_page_url(token, notice="cancelled"))


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
        back_url=_page_url(token),
        keep_url=_page_url(token),
        change_url=url_for(".change", token=token),
    )


# — pre-information afterwards (bookings made by other systems) —


def _open_questions(appointment: Appointment) -> list[Question]:
    """The questions, where one that must be answered is not."""
    query = (
        select(Question).where(Question.service_id == appointment.service_id).order_by(Question.position, Question.id)
    )
    questions = asked_in(list(db.session.scalars(query)), appointment.mode)
    missing = any(question.required and question.key not in appointment.answers for question in questions)
    return questions if missing else []


@blueprint.route("/questions", methods=["GET", "POST"])
@by_link
def questions(token: str) -> Any:
    """Answer what was not asked when the time was booked."""
    appointment, _ = _open(token)
    asked = _open_questions(appointment)
    if not asked or appointment.status != Status.BOOKED:
        return see_other(_page_url(token))
    if request.method != "POST":
        return _questions_page(asked, appointment.answers, {}, token)
    typed = {
        q.key: request.form.getlist(q.key) if q.kind == QuestionKind.SEVERAL else request.form.get(q.key, "")
        for q in asked
    }
    answers, errors = check_answers(asked, typed)
    if errors:
        return _questions_page(asked, typed, errors, token), 422
    answer(db.session, appointment, answers, actor=_client(appointment), now=clock.now())
    db.session.commit()
    return see_other(_page_url(token, notice="answered"))


def _questions_page(asked: list[Question], values: dict[str, Any], errors: dict[str, str], token: str) -> str:
    texts = {key: gettext(message) for key, message in errors.items()}
    return render_template(
        "book/questions.html",
        questions=[question_view(q, values.get(q.key, ""), texts.get(q.key, "")) for q in asked],
        errors=texts,
        action_url=url_for(".questions", token=token),
        back_url=_page_url(token),
    )
