"""What the pages show of services, times and appointments: plain values in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from app.booking.lateness import LATE_CHOICES
from app.booking.models import Appointment
from app.booking.notices import place_of
from app.core.i18n import current_language, format_clock, format_day, format_instant, gettext, local_text
from app.core.typed import show_phone
from app.scheduling.models import Closure, Mode, Office, Professional, Question, QuestionKind, Service


def mode_name(mode: str) -> str:
    """``Toimistossa`` · ``Puhelimessa`` · ``Videolla``."""
    return {
        Mode.IN_PERSON: gettext("At the office"),
        Mode.PHONE: gettext("By phone"),
        Mode.VIDEO: gettext("By video"),
    }[Mode(mode)]


def mode_hint(mode: str) -> str:
    """One sentence on what the mode means for the client."""
    return {
        Mode.IN_PERSON: gettext("You come to our office."),
        Mode.PHONE: gettext("We call you at the agreed time."),
        Mode.VIDEO: gettext("You get a link that opens in a browser."),
    }[Mode(mode)]


def status_name(status: str) -> str:
    """An appointment's state in words."""
    return {
        "booked": gettext("Booked"),
        "checked_in": gettext("Arrived"),
        "in_progress": gettext("In progress"),
        "completed": gettext("Completed"),
        "no_show": gettext("Missed"),
        "cancelled": gettext("Cancelled"),
    }[status]


def how_late(minutes: int) -> str:
    """``about 10 minutes``; the last choice stands for more, too."""
    if minutes >= LATE_CHOICES[-1]:
        return gettext("at least %(minutes)s minutes", minutes=minutes)
    return gettext("about %(minutes)s minutes", minutes=minutes)


def duration_text(service: Service) -> str:
    """``45 min``."""
    return gettext("%(minutes)s min", minutes=service.duration_minutes)


def length_text(appointment: Appointment) -> str:
    """How long the meeting itself is: staff may have given it another length than its service has."""
    minutes = (appointment.ends_at - appointment.starts_at).total_seconds() / 60
    return gettext("%(minutes)s min", minutes=round(minutes))


def professional_text(professional: Professional) -> str:
    """First name and title: what clients see of a professional."""
    return ", ".join(part for part in (professional.first_name, local_text(professional.title)) if part)


def languages_text(professional: Professional) -> str:
    """The languages that a professional speaks, in the reader's language."""
    known = (Locale(code).get_language_name(current_language()) for code in professional.languages)
    return ", ".join(name for name in known if name)


def service_view(service: Service) -> dict[str, Any]:
    """A service as pages show it."""
    return {
        "name": local_text(service.name),
        "description": local_text(service.description),
        "instructions": local_text(service.instructions),
        "duration_text": duration_text(service),
        "mode_names": [mode_name(mode) for mode in service.modes],
    }


def office_text(office: Office | None) -> str:
    """Name and address of an office."""
    return ", ".join(part for part in (local_text(office.name), office.address) if part) if office else ""


def summary_of(service: Service, mode: str, office: Office | None) -> list[str]:
    """What has been chosen so far, in short."""
    parts = [duration_text(service), mode_name(mode), local_text(office.name) if office else ""]
    return [part for part in parts if part]


def question_view(question: Question, value: Any, error: str) -> dict[str, Any]:
    """A pre-information question as the form shows it."""
    has_options = question.kind in (QuestionKind.CHOICE, QuestionKind.SEVERAL)
    longest = {QuestionKind.TEXT: 200, QuestionKind.LONG_TEXT: 2000}.get(QuestionKind(question.kind))
    return {
        "name": question.key,
        "kind": question.kind,
        "label": local_text(question.label),
        "help": local_text(question.help),
        "required": question.required,
        "options": [
            {"value": option["value"], "label": local_text(option["label"])}
            for option in question.options
            if has_options
        ],
        "value": value,
        "error": error,
        "max_length": longest,
    }


def answer_rows(questions: Iterable[Question], answers: dict[str, Any], change_url: str = "") -> list[dict[str, Any]]:
    """Answers in words, for the check page."""
    rows = []
    for question in questions:
        value = answers.get(question.key)
        if not value:
            continue
        row = {"key": local_text(question.label), "value": _answer_text(question, value)}
        if change_url:
            row |= {"change_url": change_url, "change_label": row["key"]}
        rows.append(row)
    return rows


def _answer_text(question: Question, value: Any) -> str | list[str]:
    names: dict[str, str] = {option["value"]: local_text(option["label"]) for option in question.options}
    if question.kind == QuestionKind.YES_NO:
        names = {"yes": gettext("Yes"), "no": gettext("No"), **names}
    if isinstance(value, list):
        return [names.get(item, str(item)) for item in value]
    if question.kind == QuestionKind.DATE:
        day = date.fromisoformat(value)
        return f"{day.day}.{day.month}.{day.year}"
    return names.get(value, str(value))


def appointment_rows(appointment: Appointment, zone: ZoneInfo, *, with_time: bool = True) -> list[dict[str, Any]]:
    """Facts of an appointment; without the time where the page's heading tells it."""
    service, office = appointment.service, appointment.office
    time = [format_instant(appointment.starts_at, zone), length_text(appointment)]
    rows: list[tuple[str, Any]] = [
        (gettext("Time"), time) if with_time else (gettext("Duration"), length_text(appointment)),
        (gettext("Matter"), local_text(service.name)),
        (gettext("Place"), [mode_name(appointment.mode), office_text(office)] if office else place_of(appointment)),
        (gettext("With whom"), professional_text(appointment.professional)),
        (gettext("Name"), appointment.client.name),
        (gettext("Phone"), show_phone(appointment.client.phone)),
        (gettext("E-mail"), appointment.client.email),
        (gettext("Reference"), appointment.reference),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def closure_text(closure: Closure, zone: ZoneInfo) -> str:
    """``ti 24.11.2026 klo 12.00–16.00``; whole days without their hours."""
    first, last = closure.starts_at.astimezone(zone), (closure.ends_at - timedelta(seconds=1)).astimezone(zone)
    whole_days = first.time() == time() and closure.ends_at.astimezone(zone).time() == time()
    if whole_days and first.date() == last.date():
        return format_day(first.date())
    if whole_days:
        return f"{format_day(first.date())} – {format_day(last.date())}"
    one_day = first.date() == last.date()
    end = format_clock(closure.ends_at, zone) if one_day else format_instant(closure.ends_at, zone)
    return f"{format_instant(closure.starts_at, zone)}{'–' if one_day else ' – '}{end}"
