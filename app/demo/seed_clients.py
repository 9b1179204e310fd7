"""The clients of a demo town: invented people, some with a caseworker of their own, and what they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from app.demo import content
from app.demo.people import ANSWERS, CLIENT_NAME_GROUPS, plain
from app.demo.seed_calendar import Meeting
from app.demo.seed_towns import Town

Answer = str | list[str]

NEWCOMERS = frozenset({"russian", "ukrainian", "somali", "arabic", "vietnamese", "other"})
LANGUAGES_OF_NEWCOMERS = {"fi": 50, "en": 46, "sv": 4}
LANGUAGES_OF_FINLAND_SWEDES = {"sv": 85, "fi": 15}
FOR_NEWCOMERS = "kotoutumisen-arviointi"
MEETINGS_PER_CLIENT, MOST_MEETINGS = 2, 5


@dataclass(slots=True)
class Person:
    """A client to be. ``days``: when met; ``ahead``: services of meetings to come; ``own``: caseworker's id."""

    name: str
    language: str
    phone: str
    email: str
    newcomer: bool
    own: int | None
    known_for_days: int
    days: set[date] = field(default_factory=set)
    ahead: set[str] = field(default_factory=set)


class Crowd:
    """Everybody who may be met, and the choice of who comes to which meeting."""

    def __init__(self, town: Town, meetings: int, *, today: date, rng: Random) -> None:
        """``meetings``: how many are to be attended."""
        self.town, self.today, self.rng = town, today, rng
        self.with_own_clients = {service.slug for service in town.services if service.own_caseworker_first}
        self.people: list[Person] = []
        self.of_caseworker: dict[int, list[Person]] = {}
        for _ in range(town.clients or meetings // MEETINGS_PER_CLIENT):
            self._add()

    def choose(self, meeting: Meeting) -> Person:
        """Somebody who can come: not met twice on a day, nor waiting for the same service already."""
        person = next((someone for someone in self._asked(meeting) if self._can(someone, meeting)), None)
        if person is None and self.town.clients is not None:
            person = self._anybody(meeting)
        elif person is None:
            person = self._add(newcomer=meeting.service.slug == FOR_NEWCOMERS)
        person.days.add(meeting.day)
        if meeting.day >= self.today:
            person.ahead.add(meeting.service.slug)
        if person.own is None and meeting.service.slug in self.with_own_clients:
            person.own = meeting.professional.id
            self.of_caseworker.setdefault(person.own, []).append(person)
        return person

    def visitor(self) -> Person:
        """Somebody new."""
        return self._add()

    def _asked(self, meeting: Meeting) -> Iterator[Person]:
        own = self.of_caseworker.get(meeting.professional.id)
        if own and meeting.service.slug in self.with_own_clients:
            for _ in range(6):
                yield self.rng.choice(own)
        if self.people:
            for _ in range(12):
                yield self.rng.choice(self.people)

    def _anybody(self, meeting: Meeting) -> Person:
        """Where the number of clients is given: somebody for whom it is possible, if not likely."""
        while True:
            person = self.rng.choice(self.people)
            if self._is_free(person, meeting):
                return person

    def _is_free(self, person: Person, meeting: Meeting) -> bool:
        """Not met on that day, nor waiting for the same service."""
        waiting = meeting.day >= self.today and meeting.service.slug in person.ahead
        return meeting.day not in person.days and not waiting

    def _can(self, person: Person, meeting: Meeting) -> bool:
        if len(person.days) >= MOST_MEETINGS or not self._is_free(person, meeting):
            return False
        if meeting.service.slug in self.with_own_clients and person.own not in (None, meeting.professional.id):
            return False
        return person.newcomer or meeting.service.slug != FOR_NEWCOMERS

    def _add(self, *, newcomer: bool = False) -> Person:
        names = {group: share for group, share in self.town.names.items() if not newcomer or group in NEWCOMERS}
        group = self._one_of(names)
        first, last = self.rng.choice(CLIENT_NAME_GROUPS[group].first), self.rng.choice(CLIENT_NAME_GROUPS[group].last)
        languages = LANGUAGES_OF_NEWCOMERS if group in NEWCOMERS else self.town.languages
        if group == "finland_swedish":
            languages = LANGUAGES_OF_FINLAND_SWEDES
        has_email = self.rng.random() < 0.85
        person = Person(
            name=f"{first} {last}",
            language=self._one_of(languages),
            phone=_phone(len(self.people)),
            email=_email(first, last) if has_email else "",
            newcomer=group in NEWCOMERS,
            own=None,
            known_for_days=self.rng.randrange(30, 700),
        )
        self.people.append(person)
        return person

    def _one_of(self, weights: Mapping[str, int]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]


def _phone(number: int) -> str:
    """A mobile number that cannot ring: no subscriber number begins with 0."""
    return f"+35841{number % 1_000_000:07d}"


def _email(first: str, last: str) -> str:
    """An address under ``.example``, which leads nowhere (RFC 2606)."""
    return plain(f"{first}.{last}") + "@posti.example"


def answers_of(
    questions: tuple[content.Question, ...], mode: str, language: str, *, day: date, rng: Random
) -> dict[str, Answer]:
    """What a client answers to a service's questions: everything required, most of the rest."""
    asked = [question for question in questions if not question.modes or mode in question.modes]
    return {
        question.key: _answer(question, language, day=day, rng=rng)
        for question in asked
        if question.required or rng.random() < 0.6
    }


def _answer(question: content.Question, language: str, *, day: date, rng: Random) -> Answer:
    values = [value for value, _ in question.options]
    if question.kind == "several":
        return sorted(rng.sample(values, rng.choice((1, 1, 2))), key=values.index)
    if question.kind == "choice":
        return rng.choice(values)
    if question.kind == "yes_no":
        return rng.choice(("yes", "no"))
    if question.kind == "date":
        past = question.key == "arrived_on"
        return (day + timedelta(days=-rng.randrange(60, 900) if past else rng.randrange(20, 150))).isoformat()
    return rng.choice(ANSWERS[question.key])[language]
