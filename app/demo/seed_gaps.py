"""When the people of a demo town cannot be met although they work: absences, other work, a closed afternoon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import cycle
from random import Random
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.absence.models import AbsencePlan
from app.core import clock
from app.demo.content import t
from app.demo.seed_structure import Structure
from app.demo.seed_towns import FEW_WEEKS, Town
from app.scheduling.holidays import is_public_holiday
from app.scheduling.models import Absence, BusyTime, Closure, Professional


class Away(NamedTuple):
    """An absence: days from today, how many days, why."""

    begins: int
    days: int
    reason: str


ABSENCES = (
    Away(3, 5, "leave"), Away(-16, 2, "sick"), Away(8, 1, "training"), Away(-24, 5, "leave"), Away(13, 5, "leave"),
    Away(-9, 1, "training"), Away(20, 2, "training"), Away(-4, 3, "sick"),
)  # fmt: skip
"""The most important first: a small town takes only the first of them."""

TUESDAY, WEDNESDAY = 1, 2
TEAM_MEETING = time(14)
OTHER_WORK_STARTS = (time(9), time(10), time(13))
TITLES = {
    "fi": ("Tiimipalaveri", "Verkostotapaaminen", "Kirjaamisaika", "Työnantajakäynti"),
    "sv": ("Teammöte", "Nätverksmöte", "Tid för dokumentation", "Besök hos arbetsgivare"),
}
STAFF_TRAINING = t("Henkilöstökoulutus", "Personalutbildning", "Staff training")


def add_gaps(session: Session, town: Town, structure: Structure, *, today: date, rng: Random) -> None:
    """Make the gaps of the town's days."""
    for begins in range(town.days[0], town.days[-1], len(FEW_WEEKS)):
        middle = today + timedelta(days=begins - FEW_WEEKS[0])
        for absence in _absences(town, structure, middle, rng):
            absence.plan_id = _plan_of(session, absence)
            session.add(absence)
    session.add_all(_busy_times(town, structure, today, rng))
    session.add(_closure(town, structure, today))
    session.flush()


def _plan_of(session: Session, absence: Absence) -> int:
    """The registration of an absence, by the one who is away."""
    person = session.get_one(Professional, absence.professional_id)
    plan = AbsencePlan(
        starts_at=absence.starts_at,
        ends_at=absence.ends_at,
        reason=absence.reason,
        made_by=person.full_name,
        created_at=min(clock.now(), absence.starts_at),
    )
    session.add(plan)
    session.flush()
    return plan.id


def _absences(town: Town, structure: Structure, middle: date, rng: Random) -> Iterator[Absence]:
    """Around a date somebody in three is away; never those who sign in: their calendars have something to show."""
    signing_in = {person.professional for person in town.sign_ins}
    others = [row for slug, row in structure.professionals.items() if slug not in signing_in]
    count = min(len(others), len(structure.professionals) // 3)
    for away, professional in zip(cycle(ABSENCES), rng.sample(others, count), strict=False):
        first = middle + timedelta(days=away.begins)
        yield Absence(
            professional_id=professional.id,
            starts_at=datetime.combine(first, time(), structure.municipality.zone),
            ends_at=datetime.combine(first + timedelta(days=away.days), time(), structure.municipality.zone),
            reason=away.reason,
        )


def _busy_times(town: Town, structure: Structure, today: date, rng: Random) -> Iterator[BusyTime]:
    """The team's meeting on Tuesdays, and on some days something else."""
    team_meeting, *others = TITLES[town.municipality.languages[0]]
    zone = structure.municipality.zone
    for professional in structure.professionals.values():
        for number in town.days:
            day = today + timedelta(days=number)
            if day.weekday() == TUESDAY:
                begins, title = TEAM_MEETING, team_meeting
            elif rng.random() < 0.08:
                begins, title = rng.choice(OTHER_WORK_STARTS), rng.choice(others)
            else:
                continue
            starts_at = datetime.combine(day, begins, zone)
            yield BusyTime(
                professional_id=professional.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=1),
                title=title,
            )


def _closure(town: Town, structure: Structure, today: date) -> Closure:
    """The last office is closed on an afternoon in the week after next; remote meetings go on."""
    day = today + timedelta(days=9)
    while day.weekday() != WEDNESDAY or is_public_holiday(day):
        day += timedelta(days=1)
    zone = structure.municipality.zone
    return Closure(
        office_id=structure.offices[town.offices[-1].slug].id,
        starts_at=datetime.combine(day, time(12), zone),
        ends_at=datetime.combine(day, time(17), zone),
        title=STAFF_TRAINING,
    )
