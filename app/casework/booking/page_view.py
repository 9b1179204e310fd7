"""What the booking page shows: the steps taken, what is still to be chosen, and what would be booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select

from app.booking.answers import asked_in
from app.booking.lifecycle import ACTIVE
from app.booking.models import Appointment
from app.booking.obstacles import obstacles
from app.booking.series.pattern import LONGEST_PAUSE
from app.booking.service import Order
from app.booking.staff_booking import wanted_of
from app.booking.times_page import offices_of, professionals_of
from app.booking.views import mode_name, office_text, question_view
from app.casework.booking.choice import ANYBODY, Choice, services
from app.casework.booking.times import free_times
from app.casework.booking.words import told_texts
from app.casework.calendar.move_words import obstacle_texts
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import N_, format_clock, format_instant, gettext, local_text
from app.core.typed import show_phone
from app.identity.access import own_municipality
from app.scheduling.models import Mode, Question

Row = dict[str, Any]


def questions_of(choice: Choice) -> list[Question]:
    """The pre-information that the service asks in the chosen way of meeting."""
    if choice.service is None:
        return []
    query = select(Question).where(Question.service_id == choice.service.id).order_by(Question.position, Question.id)
    return asked_in(list(db.session.scalars(query)), choice.mode)


def answer_field(question: Question) -> str:
    """The name of the question's field beside the page's own ones."""
    return f"answer-{question.key}"


def order_of(choice: Choice, **more: Any) -> Order:
    """What is chosen, as an order. The client, the service and the time are there."""
    if choice.service is None or choice.starts_at is None:
        raise InvalidInput({"service": N_("Choose a service and a time.")})
    return Order(
        service=choice.service,
        mode=choice.mode,
        starts_at=choice.starts_at,
        professional_id=choice.professional.id if choice.professional else None,
        office_id=choice.office.id if choice.office else None,
        client_id=choice.client.id if choice.client else None,
        minutes=(choice.minutes or choice.service.duration_minutes) if choice.by_hand else None,
        **more,
    )


def ready(choice: Choice) -> bool:
    """True where nothing is missing any more."""
    return choice.client is not None and choice.service is not None and choice.starts_at is not None


def page_view(
    choice: Choice,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
    *,
    lost: bool = False,
    refused: Sequence[str] = (),
) -> Row:
    """Plain values for the page. ``lost``: the time could not be had; ``refused``: why."""
    times = free_times(choice, near=choice.starts_at if lost else None) if choice.service and choice.client else {}
    check = _check(choice, errors, typed, refused) if ready(choice) else None
    return {
        "client": _client(choice),
        "change_client_url": url_for("staff_booking.start", **choice.query(client="")) if choice.client else "",
        "chosen_time": _chosen_time(choice) if choice.starts_at and check is None else "",
        "selects": _selects(choice),
        "keep": choice.query(service="", mode="", professional="", office="", **{"from": ""}),
        "times_keep": choice.query(starts_at="", minutes=""),
        "first": choice.first.isoformat() if choice.first else "",
        "times": times,
        "by_hand": _by_hand(choice, typed),
        "check": check,
        "urls": {
            "start": url_for("staff_booking.start"),
            "find": url_for("staff_booking.find"),
            "new": url_for("staff_booking.add_client"),
            "book": url_for("staff_booking.book"),
        },
    }


def _client(choice: Choice) -> Row | None:
    client = choice.client
    if client is None:
        return None
    facts = [show_phone(client.phone), client.email]
    return {
        "name": client.name,
        "facts": [fact for fact in facts if fact],
        "url": url_for("client.page", client_id=client.id),
    }


def _chosen_time(choice: Choice) -> str:
    if choice.starts_at is None:
        return ""
    who = choice.professional.full_name if choice.professional else ""
    return ", ".join(part for part in (format_instant(choice.starts_at, own_municipality().zone), who) if part)


def _selects(choice: Choice) -> dict[str, list[Row]]:
    """What can be chosen from, each with the present choice."""
    service = choice.service
    found = {"services": [{"value": row.id, "label": local_text(row.name)} for row in services()]}
    if service is None:
        return found
    found["modes"] = [{"value": mode, "label": mode_name(mode)} for mode in service.modes]
    found["people"] = [
        {"value": ANYBODY, "label": gettext("Anybody who is free")},
        *({"value": person.id, "label": _person(choice, person)} for person in professionals_of(service)),
    ]
    if choice.mode == Mode.IN_PERSON:
        offices = [{"value": office.id, "label": local_text(office.name)} for office in offices_of(service)]
        found["offices"] = [{"value": "", "label": gettext("All offices")}, *offices] if len(offices) > 1 else offices
    return found


def _person(choice: Choice, person: Any) -> str:
    own = choice.client is not None and choice.client.own_professional_id == person.id
    return gettext("%(name)s (own caseworker)", name=person.full_name) if own else str(person.full_name)


def _by_hand(choice: Choice, typed: Mapping[str, str]) -> Row:
    """The fields of another time, as typed or as chosen."""
    zone = own_municipality().zone
    local = choice.starts_at.astimezone(zone) if choice.starts_at and choice.by_hand else None
    minutes = choice.minutes or (choice.service.duration_minutes if choice.service else "")
    return {
        "day": local.date().isoformat() if local else typed.get("day", ""),
        "time": format_clock(choice.starts_at, zone) if local and choice.starts_at else typed.get("time", ""),
        "minutes": typed.get("minutes") or minutes,
        "keep": choice.query(professional="", office="", starts_at="", minutes=""),
    }


def _check(choice: Choice, errors: Mapping[str, str], typed: Mapping[str, str], refused: Sequence[str]) -> Row | None:
    """What would be booked, what speaks against it, and who is told."""
    client, service = choice.client, choice.service
    if client is None or service is None or choice.starts_at is None:
        return None
    speaks_against, passable = _against(choice)
    return {
        "title": format_instant(choice.starts_at, own_municipality().zone),
        "facts": _facts(choice),
        "refused": [*refused, *([] if passable else speaks_against)],
        "passed": speaks_against if passable else [],
        "possible": passable,
        "already": _already(choice),
        "told": told_texts(client),
        "keep": choice.query(),
        "repeat": _repeat(choice) if passable else None,
        "reason": typed.get("reason", ""),
        "note": typed.get("note", ""),
        "untold": typed.get("untold") == "1",
        "questions": [
            {**question_view(question, typed.get(name, ""), errors.get(name, "")), "name": name, "required": False}
            for question, name in ((question, answer_field(question)) for question in questions_of(choice))
        ],
    }


def _repeat(choice: Choice) -> Row | None:
    """How the meeting could be repeated; with somebody in particular."""
    if choice.professional is None:
        return None
    return {"url": url_for("staff_booking.series"), "keep": choice.query(), "pauses": pauses()}


def pauses() -> list[Row]:
    """Weeks from one meeting of a series to the next."""
    return [
        {"value": weeks, "label": gettext("Every %(num)s weeks", num=weeks) if weeks > 1 else gettext("Every week")}
        for weeks in range(1, LONGEST_PAUSE + 1)
    ]


def _facts(choice: Choice) -> list[str]:
    minutes = choice.minutes if choice.by_hand else choice.service.duration_minutes if choice.service else 0
    return [
        local_text(choice.service.name) if choice.service else "",
        gettext("%(minutes)s min", minutes=minutes),
        mode_name(choice.mode),
        office_text(choice.office),
        choice.professional.full_name if choice.professional else gettext("Anybody who is free"),
    ]


def _against(choice: Choice) -> tuple[list[str], bool]:
    """What speaks against a typed time, and whether a reason is enough. (A free time is looked at when it is booked.)"""
    if not choice.by_hand:
        return [], True
    try:
        wanted = wanted_of(db.session, order_of(choice))
    except InvalidInput as problem:
        return [problem.sentence()], False
    zone = own_municipality().zone
    found = obstacles(db.session, wanted, zone=zone, now=clock.now())
    return obstacle_texts(found, zone), all(obstacle.passable for obstacle in found)


def _already(choice: Choice) -> list[str]:
    """Coming appointments of the client for the same service: nothing to be refused, but worth knowing."""
    if choice.client is None or choice.service is None or choice.service.several_bookings:
        return []
    query = select(Appointment.starts_at).where(
        Appointment.client_id == choice.client.id,
        Appointment.service_id == choice.service.id,
        Appointment.status.in_(ACTIVE),
        Appointment.ends_at > clock.now(),
    )
    zone = own_municipality().zone
    return [format_instant(starts_at, zone) for starts_at in db.session.scalars(query.order_by(Appointment.starts_at))]
