"""Which meetings fill the calendars of a demo town: only times that ``booking.availability`` really offers.

All openings of a few weeks are asked for while the calendars are still empty, with ``now`` standing at their
beginning. Each day of each professional is then packed from the morning on, and some of it is left free.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.booking.availability import Wish, openings, shape_of
from app.demo.seed_structure import Structure
from app.demo.seed_towns import Town
from app.scheduling.models import Professional, Service
from app.scheduling.slots import Shape

TAKEN_LATER = (0.55, 0.35, 0.2)
"""Share of the packed times that is taken next week and later; until then it is the town's."""
CHUNK = 57
"""How many days are planned at a time: a city's openings of all its days would not fit in memory."""
CANCELLED_BEFORE, CANCELLED_AHEAD = 0.1, 0.04
QUARTER = 15 * 60
POPULARITY = {"alkuhaastattelu": 4, "tyonhakukeskustelu": 5, "puhelinneuvonta": 3, "samtal-om-jobbsokning": 3}
MODE_WEIGHTS = {"in_person": 5, "phone": 3, "video": 2}


class Offer(NamedTuple):
    """A service in one mode, as one professional gives it."""

    service: Service
    mode: str


class Place(NamedTuple):
    """A start (epoch seconds), and the office where the meeting is in person."""

    start: int
    office_id: int | None


DayOffers = dict[Offer, list[Place]]
"""What one professional offers on one day; places sorted by start."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting to be written down. ``fate``: 0 to 1, decides how a past meeting went."""

    professional: Professional
    service: Service
    mode: str
    office_id: int | None
    start: int
    day: date
    cancelled: bool
    fate: float


def plan_meetings(session: Session, town: Town, structure: Structure, *, today: date, rng: Random) -> list[Meeting]:
    """The meetings of the town's days, by day, professional and time; no more than the town is to have."""
    people = {row.id: row for row in structure.professionals.values()}
    shares = (town.taken, *TAKEN_LATER)
    found: list[Meeting] = []
    for begins in range(0, len(town.days), CHUNK):
        days = town.days[begins : begins + CHUNK]
        for (day, professional_id), offers in sorted(_offers(session, structure, today, days).items(), key=_by_day):
            bookable = {offer: places for offer, places in offers.items() if _in_horizon(offer.service, day, today)}
            found += _Day(people[professional_id], day, today, bookable, shares, rng).fill()
    if town.meetings is None or len(found) <= town.meetings:
        return found
    return [found[number] for number in sorted(rng.sample(range(len(found)), town.meetings))]


def _by_day(entry: tuple[tuple[date, int], DayOffers]) -> tuple[date, int]:
    return entry[0]


def _in_horizon(service: Service, day: date, today: date) -> bool:
    """True where the day could be booked yesterday."""
    return (day - today).days < service.horizon_days


def _offers(session: Session, structure: Structure, today: date, days: range) -> dict[tuple[date, int], DayOffers]:
    zone = structure.municipality.zone
    first, last = today + timedelta(days=days[0]), today + timedelta(days=days[-1])
    found: dict[tuple[date, int], DayOffers] = defaultdict(lambda: defaultdict(list))
    for service in structure.services.values():
        for mode in service.modes:
            wish = Wish(service=service, mode=mode, first=first, last=last, any_notice=True)
            for opening in openings(session, wish, zone=zone, now=datetime.combine(first, time(), zone)):
                day = datetime.fromtimestamp(opening.start, zone).date()
                places = found[day, opening.professional_id][Offer(service, mode)]
                places.append(Place(opening.start, opening.office_id))
    return found


@dataclass
class _Day:
    """One day of one professional, being filled."""

    professional: Professional
    day: date
    today: date
    offers: DayOffers
    shares: tuple[float, ...]
    rng: Random
    free_from: int = 0
    taken: Counter[str] = field(default_factory=Counter)

    def fill(self) -> list[Meeting]:
        """Pack the day; what is drawn as free stays free."""
        week = max(0, (self.day - self.today).days // 7)
        share = self.shares[min(week, len(self.shares) - 1)]
        meetings = []
        while next_one := self._choose():
            offer, place = next_one
            if self.rng.random() < share:
                meetings.append(self._meet(offer, place))
            else:
                self.free_from = self._shape(offer).occupied(place.start)[1]
        return meetings

    def _meet(self, offer: Offer, place: Place) -> Meeting:
        cancelled = self.rng.random() < (CANCELLED_BEFORE if self.day < self.today else CANCELLED_AHEAD)
        if cancelled:  # the time may be somebody else's, at once or a little later
            self.free_from = place.start + self.rng.choice((0, self._shape(offer).duration))
            self.free_from += 1  # but never two of one start, so that packing comes to an end
        else:
            self.taken[offer.service.slug] += 1
            self.free_from = self._shape(offer).occupied(place.start)[1]
        return Meeting(
            professional=self.professional,
            service=offer.service,
            mode=offer.mode,
            office_id=place.office_id,
            start=place.start,
            day=self.day,
            cancelled=cancelled,
            fate=self.rng.random(),
        )

    def _choose(self) -> tuple[Offer, Place] | None:
        """One of the meetings that could begin next, or within a quarter of an hour after it."""
        possible = list(self._next_of_each())
        if not possible:
            return None
        soonest = min(place.start for _, place in possible)
        possible = [entry for entry in possible if entry[1].start <= soonest + QUARTER]
        weights = [POPULARITY.get(offer.service.slug, 2) * MODE_WEIGHTS[offer.mode] for offer, _ in possible]
        return self.rng.choices(possible, weights)[0]

    def _next_of_each(self) -> Iterator[tuple[Offer, Place]]:
        if self._used_up(self.taken.total(), self.professional.daily_limit):
            return
        for offer, places in self.offers.items():
            if self._used_up(self.taken[offer.service.slug], offer.service.limit_per_professional):
                continue
            at = bisect_left(places, (self.free_from + self._shape(offer).buffer_before,))
            if at < len(places):
                yield offer, places[at]

    @staticmethod
    def _used_up(count: int, limit: int | None) -> bool:
        return limit is not None and count >= limit

    @staticmethod
    def _shape(offer: Offer) -> Shape:
        return shape_of(offer.service)
