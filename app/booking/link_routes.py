"""The pages of one appointment, for whoever holds its link: see it, its calendar file, the questions asked afterwards."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import select

from app.booking.answers import asked_in, check_answers
from app.booking.changes import answer, can_step, last_change, may_still_move
from app.booking.ics import Method
from app.booking.known import VIA
from app.booking.lateness import LATE_CHOICES, can_report_late
from app.booking.lifecycle import Status, Step, next_status
from app.booking.models import Appointment
from app.booking.notices import calendar_of
from app.booking.receipts import Way, receipts_of
from app.booking.series.models import Series
from app.booking.series.service import meetings_of
from app.booking.views import appointment_rows, how_late, question_view, status_name
from app.core import clock, tenancy
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import Gone, NotFound
from app.core.http import remote_address, see_other
from app.core.i18n import format_instant, gettext, local_text
from app.core.pages import enter
from app.core.permissions import by_link
from app.core.tenancy import Municipality
from app.scheduling.models import Mode, Question, QuestionKind

blueprint = Blueprint("appointment", __name__, url_prefix="/a/<token>")

LONGEST_REASON = 500


def open_link(token: str) -> tuple[Appointment, Municipality]:
    """The appointment of a link. Raises ``NotFound`` (unknown or tampered) or ``Gone`` (its time is over)."""
    for route in tenancy.find_routes(db.session, kind="appointment", secret=token):
        municipality = enter(db.session.get_one(Municipality, route.municipality_id))
        if route.expires_at is not None and route.expires_at < clock.now():
            raise Gone(gettext("This appointment was long ago, and its page is no longer kept."))
        return db.session.get_one(Appointment, route.target_id), municipality
    raise NotFound(gettext("There is no appointment behind this link. Check that the whole link was copied."))


def acting_client(appointment: Appointment) -> Actor:
    """The holder of the link, as the audit log names them."""
    return Actor("client", appointment.client_id, address=remote_address(), way=Way.LINK)


def page_url(token: str, **query: Any) -> str:
    """Where the appointment's page stands."""
    return url_for("appointment.page", token=token, **query)


@blueprint.get("")
@by_link
def page(token: str) -> Any:
    """See the appointment."""
    appointment, municipality = open_link(token)
    now, service = clock.now(), appointment.service
    active = next_status(appointment.status, Step.CANCEL) is not None and appointment.ends_at > now
    can_change = active and now < last_change(appointment)
    past = appointment.ends_at <= now and appointment.status != Status.CANCELLED
    unanswered = active and _open_questions(appointment)
    done = "done" in request.args and active
    acted = done or request.args.get("notice", "not_told") != "not_told"
    notice, notice_kind = _notice(request.args.get("notice", ""), appointment)
    return render_template(
        "appointment/page.html",
        done=done,
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
        change_url=url_for(".change", token=token) if can_step(appointment, Step.RESCHEDULE) else "",
        cancel_url=url_for(".cancel_page", token=token),
        can_change=can_change,
        cannot_change_reason=_too_late() if active and not can_change else "",
        receipts_url=url_for(".receipts", token=token),
        new_receipt_url=_newest_receipt(appointment, token) if acted else "",
        late=_late_card(appointment, token) if can_report_late(appointment, now=now) else None,
        consent=_consent_card(appointment, token) if may_still_move(appointment, now=now) else None,
        series=_series_of(appointment, municipality),
        book_again_url="" if active or not service.online_booking else _book_again(municipality, appointment),
        notice=notice,
        notice_kind=notice_kind,
    )


def _series_of(appointment: Appointment, municipality: Municipality) -> list[dict[str, Any]]:
    """The coming times that were agreed together with this one, itself among them."""
    if appointment.series_id is None:
        return []
    coming = [
        one
        for one in meetings_of(db.session, db.session.get_one(Series, appointment.series_id))
        if one.ends_at > clock.now()
    ]
    return [
        {
            "when": format_instant(one.starts_at, municipality.zone),
            "url": "" if one.id == appointment.id else page_url(one.link_token),
        }
        for one in coming
    ]


def _newest_receipt(appointment: Appointment, token: str) -> str:
    newest = receipts_of(db.session, appointment, at_most=1)
    return url_for(".receipt", token=token, number=newest[0].number) if newest else ""


def _late_card(appointment: Appointment, token: str) -> dict[str, Any]:
    """The question whether the client comes late, or what was answered to it."""
    return {
        "question": {
            Mode.IN_PERSON: gettext("Will you be late?"),
            Mode.PHONE: gettext("Can you not answer at the agreed time?"),
            Mode.VIDEO: gettext("Will you join late?"),
        }[Mode(appointment.mode)],
        "hint": gettext("Tell us with one press: %(name)s sees it at once.", name=appointment.professional.first_name),
        "thanks": _thanks(appointment),
        "choices": [
            {"value": minutes, "label": _late_choice(minutes)}
            for minutes in LATE_CHOICES
            if minutes != appointment.late_minutes
        ],
        "action_url": url_for(".late", token=token),
    }


def _thanks(appointment: Appointment) -> str:
    """Thanks to those who have told how late they will be."""
    if appointment.late_minutes is None:
        return ""
    values = {"name": appointment.professional.first_name, "much": how_late(appointment.late_minutes)}
    return {
        Mode.IN_PERSON: gettext("Thank you for telling us. %(name)s knows that you will be %(much)s late.", **values),
        Mode.PHONE: gettext(
            "Thank you for telling us. %(name)s knows that you can answer %(much)s after the agreed time.", **values
        ),
        Mode.VIDEO: gettext("Thank you for telling us. %(name)s knows that you will join %(much)s late.", **values),
    }[Mode(appointment.mode)]


def _late_choice(minutes: int) -> str:
    if minutes == LATE_CHOICES[-1]:
        return gettext("%(minutes)s min or more", minutes=minutes)
    return gettext("%(minutes)s min", minutes=minutes)


def _consent_card(appointment: Appointment, token: str) -> dict[str, Any] | None:
    """Whether we may move the time ourselves, where the service asks it or it was once allowed."""
    if not (appointment.may_move or appointment.service.ask_may_move):
        return None
    return {
        "given": appointment.may_move,
        "name": appointment.professional.first_name,
        "action_url": url_for(".may_move", token=token),
    }


def _book_again(municipality: Municipality, appointment: Appointment) -> str:
    """A new time for the same service, for the same client: the link goes along."""
    via: dict[str, Any] = {VIA: appointment.link_token}
    return url_for("booking.how", slug=municipality.slug, service_slug=appointment.service.slug, **via)


def _too_late() -> str:
    return gettext("The appointment is so near that it cannot be changed or cancelled here any more. Please call us.")


def _notice(name: str, appointment: Appointment) -> tuple[str, str]:
    """What was just done and its kind, where the appointment agrees (an address can be kept, and shared)."""
    if name == "not_told":
        return gettext("This can no longer be told here. If you are late, please call us."), "warn"
    going_on = appointment.status != Status.CANCELLED
    text = {
        ("changed", going_on): gettext("The time has been changed. You get a new confirmation."),
        ("cancelled", not going_on): gettext("The appointment has been cancelled. You get a confirmation."),
        ("answered", going_on): gettext("Thank you. Your answers have been saved."),
        ("may_move", appointment.may_move): gettext("Thank you. We may now move your time if needed."),
        ("may_not_move", not appointment.may_move): gettext("We no longer move your time without asking you."),
    }.get((name, True), "")
    return text, "ok"


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
    appointment, municipality = open_link(token)
    text = calendar_of(appointment, municipality, Method.PUBLISH)
    response = Response(text, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="vuoro-{appointment.reference}.ics"'
    return response


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
    appointment, _ = open_link(token)
    asked = _open_questions(appointment)
    if not asked or appointment.status != Status.BOOKED:
        return see_other(page_url(token))
    if request.method != "POST":
        return _questions_page(asked, appointment.answers, {}, token)
    typed = {
        q.key: request.form.getlist(q.key) if q.kind == QuestionKind.SEVERAL else request.form.get(q.key, "")
        for q in asked
    }
    answers, errors = check_answers(asked, typed)
    if errors:
        return _questions_page(asked, typed, errors, token), 422
    answer(db.session, appointment, answers, actor=acting_client(appointment), now=clock.now())
    db.session.commit()
    return see_other(page_url(token, notice="answered"))


def _questions_page(asked: list[Question], values: dict[str, Any], errors: dict[str, str], token: str) -> str:
    texts = {key: gettext(message) for key, message in errors.items()}
    return render_template(
        "book/questions.html",
        questions=[question_view(q, values.get(q.key, ""), texts.get(q.key, "")) for q in asked],
        errors=texts,
        action_url=url_for(".questions", token=token),
        back_url=page_url(token),
    )
