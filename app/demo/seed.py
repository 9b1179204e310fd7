"""Fills an installation with the demo: two municipalities and eight weeks of their life around today.

The same date gives the same towns, people and meetings; only secrets (links, references, codes) are always new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Client
from app.core.tenancy import Municipality
from app.demo.seed_calendar import plan_meetings
from app.demo.seed_clients import Crowd
from app.demo.seed_fresh import Visitors
from app.demo.seed_gaps import add_gaps
from app.demo.seed_groups import add_groups
from app.demo.seed_invitations import add_invitations
from app.demo.seed_rows import Writer
from app.demo.seed_structure import build
from app.demo.seed_towns import TOWNS, Town
from app.demo.words import add_words


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made of a town."""

    name: str
    professionals: int
    clients: int
    appointments: int


def existing(session: Session, towns: Iterable[Town] = TOWNS) -> list[str]:
    """Slugs of the demo's municipalities that are there already."""
    slugs = [town.slug for town in towns]
    query = select(Municipality.slug).where(Municipality.slug.in_(slugs)).order_by(Municipality.slug)
    return list(session.scalars(query))


def seed(session: Session, *, now: datetime, towns: Iterable[Town] = TOWNS) -> list[Seeded]:
    """Make the towns in the caller's transaction, so that a seed that dies leaves nothing."""
    return [_seed_town(session, town, now=now) for town in towns]


def _seed_town(session: Session, town: Town, *, now: datetime) -> Seeded:
    structure = build(session, town, now=now)
    add_words(session, town.slug, now=now)
    today = now.astimezone(structure.municipality.zone).date()
    rng = Random(f"{town.slug} {today}")  # noqa: S311 - invents people, no secrets
    add_gaps(session, town, structure, today=today, rng=rng)
    meetings = plan_meetings(session, town, structure, today=today, rng=rng)
    crowd = Crowd(town, len(meetings), today=today, rng=rng)
    Writer(session, town, structure, now, rng).write(meetings, crowd)
    Visitors(session, town, structure, crowd, now, rng).book(town.fresh_bookings)
    add_invitations(session, structure.municipality, now=now)
    add_groups(session, structure.municipality, now=now)
    return Seeded(
        name=town.municipality.name["en"],
        professionals=len(structure.professionals),
        clients=session.scalar(select(func.count(Client.id))) or 0,
        appointments=session.scalar(select(func.count(Appointment.id)).where(Appointment.group_session_id.is_(None)))
        or 0,
    )
