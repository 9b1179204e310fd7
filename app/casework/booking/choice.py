"""What has been chosen so far on the booking page, as its address and its forms carry it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_login import current_user
from sqlalchemy import select

from app.booking.clients import find_client
from app.booking.models import Appointment, Client
from app.booking.search import Pick
from app.booking.times_page import offices_of, professionals_of
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import N_, local_text
from app.core.typed import sort_key, whole_number
from app.identity.access import own_municipality
from app.scheduling.clock_times import parse_minute, show_minute
from app.scheduling.models import Mode, Office, Professional, Service, WorkingHours

ANYBODY = "any"
FIELDS = ("client", "service", "mode", "professional", "office", "from", "starts_at", "day", "time", "minutes", "after")


@dataclass(frozen=True, slots=True)
class Choice:
    """The steps taken. ``by_hand``: the time was typed (or drawn in the calendar), not picked from the free ones."""

    client: Client | None = None
    service: Service | None = None
    mode: str = ""
    professional: Professional | None = None
    office: Office | None = None
    first: date | None = None
    starts_at: datetime | None = None
    by_hand: bool = False
    minutes: int | None = None
    after: Appointment | None = None
    anybody: bool = False

    def query(self, **changed: Any) -> dict[str, Any]:
        """For addresses and hidden fields that carry the choice on, without what is still open."""
        values: dict[str, Any] = {
            "client": self.client.id if self.client else "",
            "service": self.service.id if self.service else "",
            "mode": self.mode,
            "professional": self.professional.id if self.professional else ANYBODY if self.anybody else "",
            "office": self.office.id if self.office else "",
            "from": self.first.isoformat() if self.first else "",
            "starts_at": self._when(),
            "minutes": self.minutes if self.by_hand else "",
            "after": self.after.id if self.after else "",
            **changed,
        }
        return {name: str(value) for name, value in values.items() if value not in ("", None)}

    def _when(self) -> str:
        """Local wall time where it was typed, an instant where it was picked."""
        if self.starts_at is None:
            return ""
        if not self.by_hand:
            return self.starts_at.isoformat()
        return self.starts_at.astimezone(own_municipality().zone).strftime("%Y-%m-%dT%H:%M")


def choice_of_request(zone: ZoneInfo) -> tuple[Choice, dict[str, str]]:
    """What the request has chosen, with errors by field for what cannot be used. Nonsense counts as not chosen."""
    typed = {name: request.values.getlist(name)[-1] for name in FIELDS if request.values.getlist(name)}
    after = _row(Appointment, typed.get("after", ""))
    choice = _as_before(after) if after else Choice()
    client_id = whole_number(typed.get("client", ""))
    client = find_client(db.session, client_id) if client_id else choice.client
    service = _row(Service, typed.get("service", "")) or (choice.service if "service" not in typed else None)
    choice = replace(choice, client=client, service=service if service and service.active else None, after=after)
    choice = replace(choice, mode=_mode(typed.get("mode") or choice.mode, choice.service))
    choice = _with_whom(choice, typed.get("professional", ""))
    choice = replace(choice, office=_office(choice, typed.get("office", "")), first=_date(typed.get("from", "")))
    return _with_time(choice, typed, zone)


def _as_before(appointment: Appointment) -> Choice:
    """The next appointment is first taken to be like the last."""
    return Choice(
        client=find_client(db.session, appointment.client_id),
        service=appointment.service,
        mode=appointment.mode,
        professional=appointment.professional,
        office=appointment.office,
    )


def _row(model: Any, typed: str) -> Any:
    number = whole_number(typed)
    return db.session.get(model, number) if number else None


def _mode(wanted: str, service: Service | None) -> str:
    """The wanted way of meeting, else the service's first."""
    if service is None:
        return wanted if wanted in set(Mode) else ""
    return wanted if wanted in service.modes else service.modes[0]


def _with_whom(choice: Choice, typed: str) -> Choice:
    """The chosen professional; first the signed-in user, or the client's own caseworker, if they give the service."""
    if typed == ANYBODY:
        return replace(choice, professional=None, anybody=True)
    wanted = whole_number(typed)
    if choice.service is None:
        return replace(choice, professional=_row(Professional, typed) or choice.professional)
    people = {person.id: person for person in professionals_of(choice.service)}
    own_id = choice.client.own_professional_id if choice.client else None
    before_id = choice.professional.id if choice.professional else None
    for candidate in (wanted, before_id, current_user.professional_id, own_id):
        if candidate in people:
            return replace(choice, professional=people[candidate])
    return replace(choice, professional=None, anybody=True)


def _office(choice: Choice, typed: str) -> Office | None:
    """Where, for a meeting in person: the chosen office, or the only one."""
    if choice.mode != Mode.IN_PERSON:
        return None
    wanted: Office | None = _row(Office, typed) or choice.office
    if choice.service is None:
        return wanted
    offices = offices_of(choice.service)
    if wanted is not None and wanted.id in [office.id for office in offices]:
        return wanted
    return offices[0] if len(offices) == 1 else None


def _date(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def _with_time(choice: Choice, typed: dict[str, str], zone: ZoneInfo) -> tuple[Choice, dict[str, str]]:
    """The chosen time: picked, or local wall time (as one value, or as a day and a time of day)."""
    if typed.get("day") or typed.get("time"):
        return _by_hand(choice, typed, zone)
    if not typed.get("starts_at"):
        return choice, {}
    try:
        wall = datetime.fromisoformat(typed["starts_at"])
    except ValueError:
        wall = None
    if wall is not None and wall.tzinfo is None:
        values = {**typed, "day": wall.date().isoformat(), "time": show_minute(60 * wall.hour + wall.minute)}
        return _by_hand(choice, values, zone)
    try:
        return _picked(choice, Pick.of(typed["starts_at"])), {}
    except InvalidInput as problem:
        return choice, problem.field_texts()


def _picked(choice: Choice, pick: Pick) -> Choice:
    person = db.session.get(Professional, pick.professional_id) if pick.professional_id else choice.professional
    office = db.session.get(Office, pick.office_id) if pick.office_id else choice.office
    return replace(choice, starts_at=pick.start.astimezone(UTC), office=office, professional=person)


def _by_hand(choice: Choice, typed: dict[str, str], zone: ZoneInfo) -> tuple[Choice, dict[str, str]]:
    try:
        starts_at = wall_time(typed.get("day", ""), typed.get("time", ""), zone)
    except InvalidInput as problem:
        return choice, problem.field_texts()
    usual = choice.service.duration_minutes if choice.service else None
    choice = replace(choice, office=choice.office or _usual_office(choice))
    minutes = whole_number(typed.get("minutes", "").strip()) if typed.get("minutes") else usual
    return replace(choice, starts_at=starts_at, by_hand=True, minutes=minutes), {}


def _usual_office(choice: Choice) -> Office | None:
    """Where the professional meets clients of the service in person: the first of their working hours' offices."""
    if choice.mode != Mode.IN_PERSON or choice.professional is None or choice.service is None:
        return None
    offices = {office.id: office for office in offices_of(choice.service)}
    query = select(WorkingHours.office_id).where(
        WorkingHours.professional_id == choice.professional.id, WorkingHours.office_id.in_(offices)
    )
    found = db.session.scalar(query.order_by(WorkingHours.weekday, WorkingHours.id).limit(1))
    return offices[found] if found is not None else None


def wall_time(day: str, clock: str, zone: ZoneInfo) -> datetime:
    """The instant of a typed local date and time of day. Raises ``InvalidInput`` (``day``, ``time``)."""
    errors = {}
    date_, minute = _date(day), parse_minute(clock)
    if date_ is None:
        errors["day"] = N_("Enter a date, for example 24.11.2026.")
    if minute is None or minute == 24 * 60:
        errors["time"] = N_("Enter a time, for example 9.00.")
    if errors or date_ is None or minute is None:
        raise InvalidInput(errors)
    wall = datetime.combine(date_, time(minute // 60, minute % 60))
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != wall:
        raise InvalidInput({"time": N_("Clocks are put forward on that day: this time does not exist.")})
    return instant


def services() -> Sequence[Service]:
    """Everything that can be booked for a client, by name."""
    found = db.session.scalars(select(Service).where(Service.active)).all()
    return sorted(found, key=lambda service: sort_key(local_text(service.name)))
