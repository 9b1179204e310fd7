"""Writes the planned meetings of a demo town as rows, in bulk: clients, reservations, appointments, links.

Nothing is announced, so nobody is told: these bookings were made, and told of, long ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.booking.lifecycle import Status
from app.booking.models import Appointment, Client, Reservation
from app.booking.register import keys
from app.booking.reserve import span_of
from app.booking.service import LINK_LIVES
from app.core import crypto, tenancy
from app.core.tenancy import RouteToken
from app.core.typed import sort_key
from app.demo.content import t
from app.demo.seed_calendar import Meeting
from app.demo.seed_clients import Crowd, Person, answers_of
from app.demo.seed_structure import Structure
from app.demo.seed_towns import Town
from app.scheduling.models import Mode

DRAW_IDS = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
NO_SHOWS = 0.07
ARRIVES_EARLY = timedelta(minutes=15)
LONGEST_LEAD = 20  # days from booking to meeting
AREAS = ("Keskusta", "Pohjoinen", "Itä", "")
SERVICE_LINES = ("Nuoret", "Työnhaku", "Osaamisen kehittäminen", "Kotoutuminen", "")
CANCEL_REASONS = (
    t("Sain töitä.", "Jag har fått jobb.", "I got a job."),
    t("Olen kipeä.", "Jag är sjuk.", "I am ill."),
    t("Minulla on samaan aikaan muuta.", "Jag har något annat på samma gång.", "Something else came up."),
    t("", "", ""),
)
STEPS = {
    Status.BOOKED: 0, Status.CANCELLED: 1, Status.NO_SHOW: 1, Status.CHECKED_IN: 1, Status.IN_PROGRESS: 1,
    Status.COMPLETED: 2,
}  # fmt: skip
"""How many steps lead to a state, besides the check-in of those who come to an office."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Turns a town's meetings into rows."""

    session: Session
    town: Town
    structure: Structure
    now: datetime
    rng: Random

    @property
    def _zone(self) -> ZoneInfo:
        return self.structure.municipality.zone

    @property
    def _today(self) -> date:
        return self.now.astimezone(self._zone).date()

    def write(self, meetings: Sequence[Meeting], crowd: Crowd) -> None:
        """Insert everything, four statements in all."""
        attending = [crowd.choose(meeting) for meeting in meetings]
        people = [person for person in crowd.people if person.days or self.town.clients is not None]
        client_ids = dict(zip(map(id, people), self._insert(Client, map(self._client, people)), strict=True))
        clients = [client_ids[id(person)] for person in attending]
        reservations = self._insert(Reservation, map(self._reservation, meetings, clients))
        appointments = [
            {"reference": reference, **self._appointment(meeting, person, client_id, reservation_id)}
            for meeting, person, client_id, reservation_id, reference in zip(
                meetings, attending, clients, reservations, _references(len(meetings)), strict=True
            )
        ]
        ids = self._insert(Appointment, appointments)
        self.session.execute(insert(RouteToken), [self._route(*pair) for pair in zip(appointments, ids, strict=True)])
        keys.index_all(self.session)

    def _insert(self, model: Any, rows: Iterable[dict[str, Any]]) -> list[int]:
        """Insert rows of the bound municipality; their ids in the same order.

        Ids are drawn beforehand: thousands of rows then go as one batch, which RETURNING would make three times slower.
        """
        values = list(rows)
        ids = list(self.session.scalars(DRAW_IDS, {"table": model.__tablename__, "count": len(values)}))
        own = tenancy.bound_to(self.session)
        numbered = [{"id": id_, "municipality_id": own, **row} for id_, row in zip(ids, values, strict=True)]
        if numbered:
            self.session.execute(insert(model), numbered, execution_options={"render_nulls": True})
        return ids

    def _client(self, person: Person) -> dict[str, Any]:
        met_first = min(person.days, default=self._today)
        first_day = datetime.combine(met_first, time(9), self._zone)
        return {
            "name": person.name,
            "name_key": sort_key(person.name),
            "phone": person.phone,
            "email": person.email,
            "language": person.language,
            "own_professional_id": person.own,
            "area": AREAS[int(person.phone[-1]) % len(AREAS)],
            "service_line": SERVICE_LINES[int(person.phone[-2]) % len(SERVICE_LINES)],
            "unemployed_since": met_first - timedelta(days=person.known_for_days),
            "verified": True,
            "created_at": min(first_day - timedelta(days=person.known_for_days), self.now),
        }

    def _reservation(self, meeting: Meeting, client_id: int) -> dict[str, Any]:
        return {
            "kind": "appointment",
            "professional_id": meeting.professional.id,
            "client_id": client_id,
            "service_id": meeting.service.id,
            "office_id": meeting.office_id,
            "active": not meeting.cancelled,
            **span_of(meeting.service, meeting.start),
        }

    def _appointment(self, meeting: Meeting, person: Person, client_id: int, reservation_id: int) -> dict[str, Any]:
        questions = next(item.questions for item in self.town.services if item.slug == meeting.service.slug)
        starts_at = datetime.fromtimestamp(meeting.start, UTC)
        ends_at = starts_at + timedelta(minutes=meeting.service.duration_minutes)
        status = status_of(meeting, starts_at, ends_at, self.now)
        return {
            "link_token": crypto.link_token(),
            "check_in_code": crypto.check_in_code(),
            "reservation_id": reservation_id,
            "service_id": meeting.service.id,
            "professional_id": meeting.professional.id,
            "client_id": client_id,
            "office_id": meeting.office_id,
            "mode": meeting.mode,
            "status": status,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "answers": answers_of(questions, meeting.mode, person.language, day=meeting.day, rng=self.rng),
            "version": 1 + STEPS[status] + (came(status) and meeting.mode == Mode.IN_PERSON),
            **self._cancellation(meeting, person),
            **self._history(meeting, status, starts_at, ends_at),
        }

    def _cancellation(self, meeting: Meeting, person: Person) -> dict[str, str | None]:
        reason = self.rng.choice(CANCEL_REASONS)[person.language]
        values = ("client", reason) if meeting.cancelled else (None, None)
        return dict(zip(("cancelled_by", "cancel_reason"), values, strict=True))

    def _history(self, meeting: Meeting, status: Status, starts_at: datetime, ends_at: datetime) -> dict[str, datetime]:
        """When it was booked (by day, yesterday at the latest, inside the horizon) and last touched."""
        ahead = max(0, (meeting.day - self._today).days)
        longest = min(LONGEST_LEAD, meeting.service.horizon_days - ahead)
        day = min(meeting.day, self._today) - timedelta(days=self.rng.randint(1, longest))
        wall = time(self.rng.randrange(8, 20), self.rng.randrange(60))
        created_at = datetime.combine(day, wall, self._zone).astimezone(UTC)
        last = {
            Status.COMPLETED: ends_at,
            Status.NO_SHOW: starts_at + ARRIVES_EARLY,
            Status.IN_PROGRESS: starts_at,
            Status.CHECKED_IN: self.now,
            Status.CANCELLED: created_at + (min(starts_at, self.now) - created_at) * self.rng.random(),
        }
        return {"created_at": created_at, "updated_at": min(last.get(status, created_at), self.now)}

    def _route(self, appointment: dict[str, Any], appointment_id: int) -> dict[str, Any]:
        return {
            "digest": tenancy.digest_of(appointment["link_token"]),
            "kind": "appointment",
            "municipality_id": tenancy.bound_to(self.session),
            "target_id": appointment_id,
            "expires_at": appointment["ends_at"] + LINK_LIVES,
        }


def _references(count: int) -> set[str]:
    """So many different ones: among a city's there may be two alike."""
    found: set[str] = set()
    while len(found) < count:
        found.add(crypto.reference())
    return found


def came(status: Status) -> bool:
    """True where the client was, or is, there."""
    return status in (Status.CHECKED_IN, Status.IN_PROGRESS, Status.COMPLETED)


def status_of(meeting: Meeting, starts_at: datetime, ends_at: datetime, now: datetime) -> Status:
    """Where a meeting stands at ``now``."""
    if meeting.cancelled:
        return Status.CANCELLED
    comes = meeting.fate >= NO_SHOWS
    if ends_at <= now:
        return Status.COMPLETED if comes else Status.NO_SHOW
    if starts_at <= now and comes:
        return Status.IN_PROGRESS
    if starts_at - ARRIVES_EARLY <= now and comes and meeting.mode == Mode.IN_PERSON:
        return Status.CHECKED_IN
    return Status.BOOKED
