"""The booking form after a time is chosen: pre-information, details, check. Each step is saved before the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import select

from app.booking.answers import asked_in, check_answers
from app.booking.contact import ClientDetails, check_details
from app.booking.holds import find_hold, is_live, remember_typed, typed_of
from app.booking.invited.models import Invitation
from app.booking.invited.service import note_booked
from app.booking.known import STRANGER, VIA, client_of_form, invited_by, masked
from app.booking.models import Appointment, Client, Hold
from app.booking.receipts import Way
from app.booking.service import Order, book
from app.booking.views import (
    answer_rows,
    duration_text,
    mode_name,
    office_text,
    professional_text,
    question_view,
)
from app.booking.visitor_limits import refuse_too_many
from app.core import clock, flood
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import Gone, InvalidInput, SlotTaken
from app.core.http import field_cipher, remote_address, see_other
from app.core.i18n import (
    LANGUAGES,
    current_language,
    format_clock,
    format_instant,
    gettext,
    local_text,
)
from app.core.tenancy import Municipality
from app.core.typed import gets_sms, mask_email, mask_phone, show_phone
from app.scheduling.models import Mode, Office, Professional, Question, QuestionKind, Service


def open_form(municipality: Municipality, service_slug: str, token: str) -> BookingForm | None:
    """The form of a token; None where it is unknown, tampered with, or its keeping time is over."""
    try:
        hold = find_hold(db.session, token)
    except Gone:
        return None
    service = db.session.get_one(Service, hold.service_id)
    if service.slug != service_slug:
        return None
    return BookingForm(municipality, service, hold, token)


@dataclass
class BookingForm:
    """One visitor's booking in the making."""

    municipality: Municipality
    service: Service
    hold: Hold
    token: str
    errors: dict[str, str] = field(default_factory=dict)

    def address(self, step: str) -> str:
        """Where a step stands."""
        return url_for(
            "booking.form", slug=self.municipality.slug, service_slug=self.service.slug, token=self.token, step=step
        )

    def done_address(self) -> str:
        """The page of the appointment that this form became."""
        appointment = db.session.get_one(Appointment, self.hold.appointment_id)
        return url_for("appointment.page", token=appointment.link_token, done=1)

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed so far, as typed."""
        return typed_of(self.hold, field_cipher())

    @cached_property
    def client(self) -> Client | None:
        """The client for whom this books, where it is known who that is and how to reach them for this meeting."""
        client = client_of_form(self.typed.get("known", {}))
        reachable = client is not None and (client.phone or (client.email and not self._phone_required))
        return client if reachable else None

    @property
    def known(self) -> dict[str, str]:
        """The personal link's token, for addresses outside the form."""
        token = self.typed.get("known", {}).get(VIA, "")
        return {VIA: token} if token else {}

    @cached_property
    def invitation(self) -> Invitation | None:
        """The invitation by which this books."""
        token = self.known.get(VIA, "")
        return invited_by(token) if token else None

    def questions(self) -> list[Question]:
        """The questions that this mode asks."""
        query = select(Question).where(Question.service_id == self.service.id).order_by(Question.position, Question.id)
        return asked_in(list(db.session.scalars(query)), self.hold.mode)

    def first_unfinished(self) -> str:
        """The first step whose answers are missing or wrong."""
        questions = self.questions()
        typed = self.typed
        if questions and ("answers" not in typed or check_answers(questions, typed["answers"])[1]):
            return "questions"
        if "details" not in typed or self._check_details(typed["details"])[1]:
            return "details"
        return "check"

    # — pre-information —

    def show_questions(self, status: int = 200) -> Any:
        """The questions with what was typed."""
        questions = self.questions()
        if not questions:
            return see_other(self.address("details"))
        typed = self.typed.get("answers", {})
        errors = {key: gettext(message) for key, message in self.errors.items()}
        page = render_template(
            "book/questions.html",
            questions=[question_view(q, typed.get(q.key, ""), errors.get(q.key, "")) for q in questions],
            **self._shared("questions", errors),
        )
        return page, status

    def take_questions(self) -> Any:
        """Keep what was typed; go on if it is whole."""
        questions = self.questions()
        typed: dict[str, Any] = {
            q.key: request.form.getlist(q.key) if q.kind == QuestionKind.SEVERAL else request.form.get(q.key, "")
            for q in questions
        }
        self._keep(answers=typed)
        _, self.errors = check_answers(questions, typed)
        return self.show_questions(422) if self.errors else see_other(self.address(self._after("questions")))

    # — details —

    def show_details(self, status: int = 200) -> Any:
        """Name, phone, e-mail, language."""
        errors = {key: gettext(message) for key, message in self.errors.items()}
        page = render_template(
            "book/details.html",
            values={"language": current_language(), **self.typed.get("details", {})},
            phone_required=self._phone_required,
            email_required=False,
            ask_may_move=self.service.ask_may_move,
            known=masked(self.client) if self.client else None,
            **self._shared("details", errors),
        )
        return page, status

    def take_details(self) -> Any:
        """Keep what was typed; go on if it is whole. "This is not me" forgets who it would be for."""
        if "not_me" in request.form:
            self._keep(known=STRANGER)
            return see_other(self.address("details"))
        asked = ("name", "phone", "email", "language", "may_move")
        typed = {name: request.form[name] for name in asked if name in request.form}
        typed["again"] = flood.robot_like(self.hold.created_at)
        self._keep(details=typed)
        _, self.errors = self._check_details(typed)
        return self.show_details(422) if self.errors else see_other(self.address(self._after("details")))

    @property
    def _phone_required(self) -> bool:
        return self.service.phone_required or self.hold.mode == Mode.PHONE

    @property
    def _may_move(self) -> bool:
        """True if the client was asked, and said that we may move the time ourselves."""
        return self.service.ask_may_move and self.typed["details"].get("may_move") == "yes"

    def _check_details(self, typed: dict[str, str]) -> tuple[ClientDetails, dict[str, str]]:
        if self.client is not None:
            known = self.client
            return ClientDetails(known.name, known.phone, known.email, known.language), {}
        details, errors = check_details(typed, phone_required=self._phone_required)
        return details, {**errors, "name": typed["again"]} if typed.get("again") else errors

    # — check and book —

    def show_check(self) -> Any:
        """Everything on one page before it is promised."""
        missing = self.first_unfinished()
        if missing != "check":
            return see_other(self.address(missing))
        details, _ = self._check_details(self.typed["details"])
        return render_template(
            "book/check.html",
            rows=self._rows(details),
            notes=self._notes(details),
            privacy_note=gettext("We use your details only to arrange this appointment."),
            **self._shared("check", {}),
        )

    def take_check(self) -> Any:
        """Book. Sent twice, it leads to the same appointment."""
        missing = self.first_unfinished()
        if missing != "check":
            return see_other(self.address(missing))
        details, _ = self._check_details(self.typed["details"])
        answers, _ = check_answers(self.questions(), self.typed.get("answers", {}))
        order = Order(
            service=self.service,
            mode=self.hold.mode,
            starts_at=self.hold.starts_at,
            client=details,
            client_id=self.client.id if self.client else None,
            answers=answers,
            may_move=self._may_move,
            invited=self.invitation is not None,
        )
        now = clock.now()
        actor = Actor("client", order.client_id, address=remote_address(), way=self._way)
        who: dict[str, Any] = {"actor": actor, "municipality": self.municipality, "now": now}
        if self.client is None:
            refuse_too_many(db.session, details, self.hold, now=now)
        try:
            appointment = book(db.session, order, hold=self.hold, **who)
        except InvalidInput as problem:
            raise _as_conflict(problem) from problem
        if self.invitation is not None:
            note_booked(db.session, self.invitation, appointment, **who)
        self.hold.typed = None  # the appointment has it now
        db.session.commit()
        return see_other(url_for("appointment.page", token=appointment.link_token, done=1))

    @property
    def _way(self) -> str:
        """By which way the client came, for the receipt."""
        if self.client is None:
            return Way.PAGES
        return Way.LINK if self.known else Way.SIGNED_IN

    def _rows(self, details: ClientDetails) -> list[dict[str, Any]]:
        professional = db.session.get_one(Professional, self.hold.professional_id)
        office = db.session.get(Office, self.hold.office_id) if self.hold.office_id else None
        times, questions = self._times_address(), self.address("questions")
        form = self.address("details")
        typed = "" if self.client else form
        place = [mode_name(self.hold.mode), office_text(office)] if office else mode_name(self.hold.mode)
        phone, email = self._shown(details)
        rows: list[tuple[str, Any, str]] = [
            (gettext("Matter"), local_text(self.service.name), ""),
            (gettext("Time"), [self._when(), duration_text(self.service)], times),
            (gettext("Place"), place, ""),
            (gettext("With whom"), professional_text(professional), times),
            (gettext("Name"), details.name, typed),
            (gettext("Phone"), phone, typed),
            (gettext("E-mail"), email, typed),
            (gettext("Language"), LANGUAGES[details.language], typed),
        ]
        if self.service.ask_may_move:
            rows.append((gettext("May we move your time?"), gettext("Yes") if self._may_move else gettext("No"), form))
        shown = [
            {"key": key, "value": value, **({"change_url": url, "change_label": key} if url else {})}
            for key, value, url in rows
            if value
        ]
        answers, _ = check_answers(self.questions(), self.typed.get("answers", {}))
        return shown + answer_rows(self.questions(), answers, questions)

    def _notes(self, details: ClientDetails) -> list[str]:
        notes = []
        phone, email = self._shown(details)
        if email:
            notes.append(gettext("We send a confirmation and a calendar file to %(email)s.", email=email))
        if phone:
            if gets_sms(details.phone):
                notes.append(gettext("We send a confirmation by text message to %(phone)s.", phone=phone))
            else:
                notes.append(gettext("%(phone)s is a landline: text messages do not reach it.", phone=phone))
        if details.email or gets_sms(details.phone):
            notes.append(gettext("You can change or cancel the time by the link in the confirmation."))
        else:
            notes.append(gettext("You change or cancel the time on the next page: save its address or print it."))
        return notes

    def _shown(self, details: ClientDetails) -> tuple[str, str]:
        """Phone and e-mail, masked where they come from us: a link may be in other hands."""
        if self.client is not None:
            return mask_phone(self.client.phone), mask_email(self.client.email)
        return show_phone(details.phone), details.email

    # — shared —

    def _keep(self, **sections: dict[str, Any]) -> None:
        remember_typed(self.hold, field_cipher(), **sections)
        db.session.commit()

    def _steps(self) -> list[str]:
        return ["questions", "details", "check"] if self.questions() else ["details", "check"]

    def _after(self, step: str) -> str:
        """The next step; straight back to the check page where everything else is already there."""
        steps = self._steps()
        following = steps[steps.index(step) + 1]
        return "check" if self.first_unfinished() == "check" else following

    def _shared(self, step: str, errors: dict[str, str]) -> dict[str, Any]:
        steps = self._steps()
        position = steps.index(step)
        live = is_live(self.hold, now=clock.now())
        return {
            "action_url": self.address(step),
            "back_url": self.address(steps[position - 1]) if position else self._times_address(),
            "step": {"n": 3 + position, "total": 2 + len(steps)},
            "errors": errors,
            "chosen": self._when(),
            "hold_note": self._hold_note(live),
            "expires_in_seconds": int((self.hold.expires_at - clock.now()).total_seconds()) if live else 0,
        }

    def _when(self) -> str:
        return format_instant(self.hold.starts_at, self.municipality.zone)

    def _hold_note(self, live: bool) -> str:
        if not live:
            return gettext("We no longer keep this time, but it may still be free. What you typed is kept.")
        until: datetime = self.hold.expires_at
        return gettext("We keep this time for you until %(time)s.", time=format_clock(until, self.municipality.zone))

    def _times_address(self) -> str:
        """The times again, as they were looked for."""
        searched = self.typed.get("search") or {"mode": self.hold.mode, "office": str(self.hold.office_id or "")}
        query = {**searched, "typed": self.token, **self.known}
        return url_for("booking.times", slug=self.municipality.slug, service_slug=self.service.slug, **query)


def _as_conflict(problem: InvalidInput) -> Exception:
    """A time that cannot be booked any more (past, too near) is for the visitor the same as a taken one."""
    return SlotTaken(next(iter(problem.fields.values()))) if "starts_at" in problem.fields else problem
