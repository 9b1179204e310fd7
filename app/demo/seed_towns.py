"""What the demo consists of: each town with its own part of the content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.demo import content, guide, people, services
from app.demo.city import CITY_PROFESSIONALS

PASSWORD = "koivula-demo-2026"  # noqa: S105 - of invented people, printed by `demo info`
FEW_WEEKS = range(-28, 29)
"""Four weeks back and four ahead, counted from today."""


@dataclass(frozen=True, slots=True)
class Town:
    """A demo municipality. ``languages`` and ``names``: weights of clients' languages and groups of names."""

    municipality: content.Municipality
    offices: tuple[content.Office, ...]
    services: tuple[services.Service, ...]
    professionals: tuple[people.Professional, ...]
    sign_ins: tuple[people.SignIn, ...]
    guide: tuple[guide.GuideQuestion, ...]
    languages: Mapping[str, int]
    names: Mapping[str, int]
    fresh_bookings: int
    """How many bookings are made as a client makes them, with their messages."""
    days: range = FEW_WEEKS
    taken: float = 0.82
    """Share of the packed times that is taken this week and before."""
    meetings: int | None = None
    """How many meetings are kept of those planned; None: all."""
    clients: int | None = None
    """How many clients there are; None: as many as the meetings need."""

    @property
    def slug(self) -> str:
        """The municipality's slug."""
        return self.municipality.slug


def _town(
    slug: str,
    offered: tuple[services.Service, ...],
    professionals: tuple[people.Professional, ...],
    questions: tuple[guide.GuideQuestion, ...],
    *,
    languages: Mapping[str, int],
    names: Mapping[str, int],
    fresh_bookings: int,
) -> Town:
    return Town(
        municipality=next(item for item in content.MUNICIPALITIES if item.slug == slug),
        offices=tuple(office for office in content.OFFICES if office.municipality == slug),
        services=offered,
        professionals=professionals,
        sign_ins=tuple(person for person in people.SIGN_INS if person.municipality == slug),
        guide=questions,
        languages=languages,
        names=names,
        fresh_bookings=fresh_bookings,
    )


_SHARES = {name: group.share for name, group in people.CLIENT_NAME_GROUPS.items()}

KOIVULA = _town(
    "koivula",
    services.SERVICES,
    people.PROFESSIONALS,
    guide.KOIVULA_GUIDE,
    languages={"fi": 92, "sv": 3, "en": 5},
    names=_SHARES,
    fresh_bookings=12,
)
RANTALA = _town(
    "rantala",
    services.RANTALA_SERVICES,
    people.RANTALA_PROFESSIONALS,
    guide.RANTALA_GUIDE,
    languages={"sv": 50, "fi": 46, "en": 4},
    names={**_SHARES, "finland_swedish": 60},
    fresh_bookings=3,
)
TOWNS = (KOIVULA, RANTALA)
CITY = replace(
    KOIVULA,
    professionals=people.PROFESSIONALS + CITY_PROFESSIONALS,
    fresh_bookings=60,
    days=range(-490, 57),  # eighteen months
    taken=0.62,
    meetings=120_000 - 60,
    clients=40_000 - 60,
)
"""Koivula as it would be with some 200 000 inhabitants; fresh bookings bring their own clients."""
SIZES = {"small": TOWNS, "city": (CITY, RANTALA)}
