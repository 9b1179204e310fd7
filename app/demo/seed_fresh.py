"""A few bookings made as clients make them, so that the mailbox, the audit log and the job queue are not empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import cycle
from random import Random

from sqlalchemy.orm import Session

from app.booking.availability import Opening, Wish, openings
from app.booking.changes import cancel, reschedule
from app.booking.contact import ClientDetails
from app.booking.models import Appointment
from app.booking.service import Order, book
from app.core.audit import Actor
from app.core.errors import DomainError
from app.demo.seed_clients import Crowd, Person, answers_of
from app.demo.seed_structure import Structure
from app.demo.seed_towns import Town
from app.scheduling.models import Service, WhoMayBook

DAYS_TO_LOOK = 5
BETWEEN_BOOKINGS = timedelta(minutes=17)
ENOUGH_TO_CHANGE = 6
ADDRESS = "192.0.2.10"  # reserved for documentation (RFC 5737)


@dataclass(frozen=True, slots=True)
class Visitors:
    """People who book, change and cancel on the pages of a town."""

    session: Session
    town: Town
    structure: Structure
    crowd: Crowd
    now: datetime
    rng: Random

    def book(self, count: int) -> list[Appointment]:
        """Make ``count`` bookings on the nearest day that has times, the last a moment ago; change one, cancel one."""
        made: list[Appointment] = []
        for service, mode in self._turns(3 * count):
            if len(made) < count and (opening := self._opening(service, mode)):
                at = self.now - BETWEEN_BOOKINGS * (count - len(made))
                if appointment := self._book(service, mode, opening, at):
                    made.append(appointment)
        if len(made) >= ENOUGH_TO_CHANGE:
            moved = next(appointment for appointment in made if self._change(appointment) or appointment is made[-1])
            self._cancel(next(appointment for appointment in made if appointment is not moved))
        return made

    def _turns(self, count: int) -> Iterator[tuple[Service, str]]:
        """Services that anyone may book, in all their modes, again and again."""
        pairs = [
            (service, mode)
            for service in self.structure.services.values()
            if service.who_may_book == WhoMayBook.ANYONE
            for mode in service.modes
        ]
        self.rng.shuffle(pairs)
        for (service, mode), _ in zip(cycle(pairs), range(count), strict=False):
            yield service, mode

    def _opening(self, service: Service, mode: str, instead_of: Appointment | None = None) -> Opening | None:
        """A free time on the first day after today that has any; one that an appointment may move to."""
        zone = self.structure.municipality.zone
        today: date = self.now.astimezone(zone).date()
        wish = Wish(
            service=service,
            mode=mode,
            first=today + timedelta(days=1),
            last=today + timedelta(days=DAYS_TO_LOOK),
            office_id=instead_of.office_id if instead_of else None,
        )
        found = openings(self.session, wish, zone=zone, now=self.now)
        if instead_of is not None:
            found = [entry for entry in found if entry.starts_at != instead_of.starts_at]
        if not found:
            return None
        first = found[0].starts_at.astimezone(zone).date()
        return self.rng.choice([entry for entry in found if entry.starts_at.astimezone(zone).date() == first])

    def _book(self, service: Service, mode: str, opening: Opening, at: datetime) -> Appointment | None:
        person = self.crowd.visitor()
        questions = next(item.questions for item in self.town.services if item.slug == service.slug)
        zone = self.structure.municipality.zone
        day = opening.starts_at.astimezone(zone).date()
        order = Order(
            service=service,
            mode=mode,
            starts_at=opening.starts_at,
            office_id=opening.office_id,
            client=_details(person),
            answers=dict(answers_of(questions, mode, person.language, day=day, rng=self.rng)),
        )
        visitor = Actor("client", address=ADDRESS)
        try:
            return book(self.session, order, actor=visitor, municipality=self.structure.municipality, now=at)
        except DomainError:
            return None  # the time was not one for a client after all: the next visitor has more luck

    def _change(self, appointment: Appointment) -> bool:
        """Move the appointment to another free time of its office; False where there is none."""
        opening = self._opening(appointment.service, appointment.mode, instead_of=appointment)
        if opening is None:
            return False
        reschedule(
            self.session,
            appointment,
            starts_at=opening.starts_at,
            actor=_client(appointment),
            municipality=self.structure.municipality,
            now=self.now - BETWEEN_BOOKINGS / 2,
        )
        return True

    def _cancel(self, appointment: Appointment) -> None:
        cancel(
            self.session,
            appointment,
            actor=_client(appointment),
            municipality=self.structure.municipality,
            now=self.now - BETWEEN_BOOKINGS / 4,
        )


def _client(appointment: Appointment) -> Actor:
    return Actor("client", appointment.client_id, address=ADDRESS)


def _details(person: Person) -> ClientDetails:
    return ClientDetails(name=person.name, phone=person.phone, email=person.email, language=person.language)
