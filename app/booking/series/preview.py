"""What each meeting of a series would meet with: nothing, something that a reason passes, or somebody else's time.

It only reads. Where the usual time cannot be had, the nearest free time of the same week or so stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.booking.availability import Wish, openings
from app.booking.obstacles import Obstacle, Wanted, obstacles

AROUND = timedelta(days=3)
"""So far from the usual day another time is looked for: the windows of a weekly series just touch."""
TRIED = 6
"""Free times that are looked at, the nearest first: a free one may still meet another meeting of the client."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One meeting as it would be. ``starts_at`` None: that wall time does not exist on the day (clocks are put forward)."""

    day: date
    starts_at: datetime | None
    obstacles: Sequence[Obstacle] = ()
    instead: datetime | None = None

    @property
    def free(self) -> bool:
        """Nothing is in the way."""
        return self.starts_at is not None and not self.obstacles

    @property
    def possible(self) -> bool:
        """It can be booked, with a reason if need be."""
        return self.starts_at is not None and all(obstacle.passable for obstacle in self.obstacles)


def preview(session: Session, wanted: Wanted, days: Sequence[date], *, zone: ZoneInfo, now: datetime) -> list[Planned]:
    """The meeting ``wanted`` at its wall time on each of the days."""
    clock = wanted.starts_at.astimezone(zone).time()
    return [_planned(session, wanted, day, clock, zone, now) for day in days]


def _planned(session: Session, wanted: Wanted, day: date, clock: time, zone: ZoneInfo, now: datetime) -> Planned:
    starts_at = datetime.combine(day, clock, zone)
    exists = starts_at.astimezone(UTC).astimezone(zone).time() == clock
    found = obstacles(session, replace(wanted, starts_at=starts_at), zone=zone, now=now) if exists else []
    planned = Planned(day, starts_at if exists else None, found)
    return planned if planned.free else replace(planned, instead=_instead(session, wanted, starts_at, zone, now))


def _instead(session: Session, wanted: Wanted, around: datetime, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The nearest free time with the same professional that nothing speaks against."""
    day = around.date()
    wish = Wish(
        service=wanted.service,
        mode=wanted.mode,
        first=day - AROUND,
        last=day + AROUND,
        office_id=wanted.office_id,
        professional_id=wanted.professional.id,
        any_notice=True,
    )
    free = {opening.starts_at for opening in openings(session, wish, zone=zone, now=now)} - {around}
    for start in sorted(free, key=lambda start: abs(start - around))[:TRIED]:
        if not obstacles(session, replace(wanted, starts_at=start), zone=zone, now=now):
            return start
    return None
