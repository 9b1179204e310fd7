"""What can be set of a service: read from the form, written to its rows, shown as a client would see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.form import Form, Line, first_text
from app.admin.services import questions as asking
from app.admin.services.questions import Asked, asked_of, read_questions
from app.booking.views import mode_name
from app.core.db import LocalText
from app.core.i18n import N_, gettext
from app.scheduling.models import Mode, Question, Service, ServiceOffice, WhoMayBook

LONGEST_TEXT = 2000
HOUR, DAY = 60, 24 * 60
UNITS = {"minutes": 1, "hours": HOUR, "days": DAY}
UNIT_NAMES = {"minutes": N_("minutes"), "hours": N_("hours"), "days": N_("days")}
LONGEST_NOTICE = 90 * DAY
REMINDERS = ("reminder_minutes", "second_reminder_minutes", "call_reminder_minutes")
SPANS = ("minimum_notice_minutes", "change_cutoff_minutes", *REMINDERS)
LONGEST_REMINDER = 14 * DAY
BOOKERS = {
    WhoMayBook.ANYONE: (N_("Anyone"), N_("Clients book it on the public pages.")),
    WhoMayBook.INVITED: (N_("Those who are invited"), N_("Clients book it through the link of an invitation.")),
    WhoMayBook.OWN_CLIENTS: (N_("Own clients"), N_("Meant for a caseworker's own clients. Staff book it for them.")),
    WhoMayBook.STAFF: (N_("Staff only"), N_("Staff book it for the client.")),
}
TRUTHS = ("several_bookings", "phone_required", "own_caseworker_first", "ask_may_move", "verification_code")


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """Columns of a service, the offices where it is given, and its questions in order."""

    slug: str = ""
    name: LocalText = field(default_factory=dict)
    public_label: LocalText = field(default_factory=dict)
    description: LocalText = field(default_factory=dict)
    instructions: LocalText = field(default_factory=dict)
    duration_minutes: int = 45
    buffer_before: int = 0
    buffer_after: int = 15
    step_minutes: int | None = None
    modes: list[str] = field(default_factory=lambda: [Mode.IN_PERSON, Mode.PHONE])
    who_may_book: str = WhoMayBook.ANYONE
    minimum_notice_minutes: int = DAY
    change_cutoff_minutes: int = 0
    horizon_days: int = 60
    limit_per_professional: int | None = None
    limit_per_office: int | None = None
    several_bookings: bool = False
    phone_required: bool = False
    own_caseworker_first: bool = False
    ask_may_move: bool = True
    verification_code: bool = False
    reminder_minutes: int = DAY
    second_reminder_minutes: int = 0
    call_reminder_minutes: int = 30
    active: bool = True
    office_ids: list[int] = field(default_factory=list)
    questions: list[Asked] = field(default_factory=list)

    def columns(self) -> dict[str, Any]:
        """What stands in the service's own row."""
        return {name: value for name, value in asdict(self).items() if name not in ("office_ids", "questions")}


def facts_of(session: Session, service: Service) -> ServiceFacts:
    """What is saved of a service."""
    given = select(ServiceOffice.office_id).where(ServiceOffice.service_id == service.id)
    columns = {
        name: getattr(service, name) for name in ServiceFacts.__slots__ if name not in ("office_ids", "questions")
    }
    return ServiceFacts(
        **columns,
        office_ids=sorted(session.scalars(given)),
        questions=[asked_of(question) for question in question_rows(session, service.id)],
    )


def question_rows(session: Session, service_id: int) -> list[Question]:
    """The questions of a service, in order."""
    query = select(Question).where(Question.service_id == service_id)
    return list(session.scalars(query.order_by(Question.position, Question.id)))


def service_form(facts: ServiceFacts) -> Form:
    """The facts as the form shows them."""
    values: dict[str, Any] = {**facts.columns(), "offices": facts.office_ids, **asking.fields_of(facts.questions)}
    for name in SPANS:
        minutes = values.pop(name)
        unit = next(
            unit for unit in ("days", "hours", "minutes") if minutes % UNITS[unit] == 0 and (minutes or unit == "hours")
        )
        values |= {name: minutes // UNITS[unit], f"{name}_unit": unit}
    values["active"] = "1" if facts.active else "0"
    return Form.of(values)


def read_service(form: Form, offices: Collection[str], saved: ServiceFacts) -> ServiceFacts:
    """What was typed. Raises ``InvalidInput``."""
    name = form.local("name", required=True, kept=saved.name)
    modes = form.some_of("modes", list(Mode), required=N_("Choose at least one way of meeting."))
    chosen = form.some_of("offices", offices)
    if Mode.IN_PERSON in modes and not chosen:
        form.refuse("offices", N_("Choose at least one office, or leave out meetings at the office."))
    facts = ServiceFacts(
        slug=saved.slug or (form.slug("slug", first_text(name)) if name else ""),
        name=name,
        public_label=form.local("public_label", required=True, kept=saved.public_label),
        description=form.local("description", longest=LONGEST_TEXT, lines=True, kept=saved.description),
        instructions=form.local("instructions", longest=LONGEST_TEXT, lines=True, kept=saved.instructions),
        modes=modes,
        who_may_book=form.one_of("who_may_book", list(BOOKERS)),
        active=form.one_of("active", ("1", "0")) == "1",
        office_ids=sorted(int(key) for key in chosen),
        questions=read_questions(form, saved.questions),
        **_numbers(form),
        **{truth: form.truth(truth) for truth in TRUTHS},
    )
    form.require_good()
    return facts


def _numbers(form: Form) -> dict[str, Any]:
    return {
        "duration_minutes": _needed(form, "duration_minutes", 5, 720),
        "buffer_before": form.number("buffer_before", 0, 240) or 0,
        "buffer_after": form.number("buffer_after", 0, 240) or 0,
        "step_minutes": form.number("step_minutes", 5, 720),
        "horizon_days": _needed(form, "horizon_days", 1, 730),
        "limit_per_professional": form.number("limit_per_professional", 1, 1000),
        "limit_per_office": form.number("limit_per_office", 1, 1000),
        **{name: _span(form, name) for name in SPANS},
    }


def _needed(form: Form, name: str, least: int, most: int) -> int:
    found = form.number(name, least, most)
    if found is None:
        form.refuse(name, N_("Enter a whole number from %(least)s to %(most)s."), least=least, most=most)
    return found or 0


def _span(form: Form, name: str) -> int:
    """A length of time in minutes, typed with its unit; nothing is none."""
    unit = UNITS[form.one_of(f"{name}_unit", list(UNITS))] if form.value(f"{name}_unit") in UNITS else 1
    longest = LONGEST_REMINDER if name in REMINDERS else LONGEST_NOTICE
    return (form.number(name, 0, longest // unit) or 0) * unit


def lines_of(offices: Mapping[str, str], most_questions: int) -> list[Line]:
    """The form's fields, for comparing."""
    yes, modes = {"1": gettext("Yes"), "0": gettext("No")}, {str(mode): mode_name(mode) for mode in Mode}
    units = {unit: gettext(name) for unit, name in UNIT_NAMES.items()}
    bookers = {str(who): gettext(name) for who, (name, _) in BOOKERS.items()}
    return [
        *(Line(name, LABELS[name], local=True) for name in ("name", "public_label", "description", "instructions")),
        *(Line(name, LABELS[name]) for name in ("duration_minutes", "buffer_before", "buffer_after", "step_minutes")),
        Line("modes", LABELS["modes"], options=modes),
        Line("offices", LABELS["offices"], options=offices),
        Line("who_may_book", LABELS["who_may_book"], options=bookers),
        *(
            line
            for name in SPANS
            for line in (Line(name, LABELS[name]), Line(f"{name}_unit", LABELS[name], options=units))
        ),
        *(Line(name, LABELS[name]) for name in ("horizon_days", "limit_per_professional", "limit_per_office")),
        *(Line(name, LABELS[name], options=yes) for name in (*TRUTHS, "active")),
        *asking.lines_of(most_questions, QUESTION_LABELS, modes),
    ]


LABELS = {
    "name": N_("Name"),
    "public_label": N_("Name in messages"),
    "description": N_("Description"),
    "instructions": N_("Instructions and what to bring"),
    "duration_minutes": N_("Duration (minutes)"),
    "buffer_before": N_("Kept free before (minutes)"),
    "buffer_after": N_("Kept free after (minutes)"),
    "step_minutes": N_("A new time every (minutes)"),
    "modes": N_("Ways of meeting"),
    "offices": N_("Offices"),
    "who_may_book": N_("Who may book"),
    "minimum_notice_minutes": N_("Booked at least this long before"),
    "change_cutoff_minutes": N_("Clients may change or cancel until this long before"),
    "reminder_minutes": N_("Clients are reminded this long before"),
    "second_reminder_minutes": N_("… and once more this long before"),
    "call_reminder_minutes": N_("Of a call they are also reminded this long before"),
    "horizon_days": N_("Times are shown ahead (days)"),
    "limit_per_professional": N_("At most a day for each professional"),
    "limit_per_office": N_("At most a day at each office"),
    "several_bookings": N_("A client may have several coming bookings of this service"),
    "phone_required": N_("A phone number is always needed"),
    "own_caseworker_first": N_("Show the client's own caseworker's times first"),
    "ask_may_move": N_("Ask whether we may move the time ourselves if the professional falls ill"),
    "verification_code": N_("Receipts carry a code by which others can check that they are true"),
    "active": N_("Open for booking"),
}
QUESTION_LABELS = {
    "label": N_("Question"),
    "help": N_("Hint"),
    "kind": N_("How it is answered"),
    "options": N_("Answers to choose from"),
    "modes": N_("Asked only in these ways of meeting"),
    "required": N_("Must be answered"),
}
