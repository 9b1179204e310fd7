"""What a visitor looks for, as it stands in the address, and what is free for it: ways of meeting and offices may be many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from app.booking.availability import Wish, openings
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import LANGUAGES, N_
from app.core.typed import whole_number
from app.scheduling.models import Mode, Service

WINDOW = 14
"""Days shown at a time."""
MIXED_WINDOW = 7
"""Days shown at a time where several ways of meeting or offices stand beside each other."""
ANY = "any"
"""Stands for every way of meeting."""
PARTS = ("morning", "afternoon")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader narrowed the times by. ``own``: only the own caseworker's."""

    part: str = "all"
    professional_id: int | None = None
    language: str | None = None
    first: date | None = None
    mode: str = ""
    office_id: int | None = None
    own: bool = False

    @classmethod
    def of_request(cls) -> Filters:
        """From the address; nonsense counts as not chosen."""
        values = request.values
        part, language = values.get("part", ""), values.get("language", "")
        return cls(
            part=part if part in PARTS else "all",
            professional_id=whole_number(values.get("professional", "")),
            language=language if language in LANGUAGES else None,
            first=_date(values.get("from", "")),
            mode=values.get("mode", ""),
            office_id=whole_number(values.get("office", "")),
            own=values.get("own") == "1",
        )

    def query(self) -> dict[str, Any]:
        """For addresses that keep the filters (but not the days)."""
        pairs = {
            "mode": self.mode,
            "office": str(self.office_id or ""),
            "part": "" if self.part == "all" else self.part,
            "professional": str(self.professional_id or ""),
            "own": "1" if self.own else "",
            "language": self.language or "",
        }
        return {name: value for name, value in pairs.items() if value}

    @property
    def narrowed(self) -> bool:
        """True where more times may show up without the filters."""
        return self != Filters(mode=self.mode, office_id=self.office_id)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_start(text: str) -> datetime:
    """An aware instant from a form or an address. Raises ``InvalidInput``."""
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        instant = None  # type: ignore[assignment]
    if instant is None or instant.tzinfo is None or not 2000 <= instant.year < 2200:
        raise InvalidInput({"starts_at": N_("Choose one of the free times.")})
    return instant


@dataclass(frozen=True, slots=True)
class Pick:
    """A time as a button names it: ``start;mode;office;professional``, where only the start is always there."""

    start: datetime
    mode: str = ""
    office_id: int | None = None
    professional_id: int | None = None

    @classmethod
    def of(cls, text: str) -> Pick:
        """From a form. Raises ``InvalidInput``."""
        start, mode, office, professional = [*text.split(";"), "", "", ""][:4]
        return cls(parse_start(start), mode, whole_number(office), whole_number(professional))

    def __str__(self) -> str:
        parts = (self.start.isoformat(), self.mode, self.office_id or "", self.professional_id or "")
        return ";".join(map(str, parts)).rstrip(";")


@dataclass(frozen=True, slots=True)
class Free:
    """A start that can be chosen, in one mode at one place, and everybody who is free then. ``start``: epoch seconds."""

    start: int
    mode: str
    office_id: int | None
    professional_ids: tuple[int, ...]

    @property
    def starts_at(self) -> datetime:
        """The start as an aware instant."""
        return datetime.fromtimestamp(self.start, UTC)

    @property
    def way(self) -> tuple[str, int | None]:
        """How and where."""
        return self.mode, self.office_id


def without(found: Iterable[Free], professional_id: int) -> list[Free]:
    """What is free with others."""
    others = (
        replace(free, professional_ids=tuple(who for who in free.professional_ids if who != professional_id))
        for free in found
    )
    return [free for free in others if free.professional_ids]


def wishes_of(service: Service, filters: Filters, office_ids: Sequence[int], today: date) -> list[Wish]:
    """A wish for every way of meeting that the filters leave open. Raises ``InvalidInput``."""
    mode = filters.mode or (service.modes[0] if len(service.modes) == 1 else "")
    modes = service.modes if mode == ANY else [mode]
    if not set(modes) <= set(service.modes):
        raise InvalidInput({"mode": N_("Choose how you would like to meet.")})
    if filters.office_id is not None and Mode.IN_PERSON in modes and filters.office_id not in office_ids:
        raise InvalidInput({"office": N_("Choose an office.")})
    return [
        Wish(
            service=service,
            mode=mode,
            first=today,
            last=today,
            office_id=_only(filters.office_id, office_ids) if mode == Mode.IN_PERSON else None,
        )
        for mode in modes
    ]


def _only(office_id: int | None, office_ids: Sequence[int]) -> int | None:
    return office_ids[0] if office_id is None and len(office_ids) == 1 else office_id


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for in whose calendars. ``wishes`` makes wishes of filters, ``own_id`` is the own caseworker."""

    service: Service
    wishes: Callable[[Filters], Sequence[Wish]]
    zone: ZoneInfo
    now: datetime
    own_id: int | None = None
    present: datetime | None = None
    """The start of an appointment that is being moved, which is no choice."""

    @property
    def today(self) -> date:
        """The local date."""
        return self.now.astimezone(self.zone).date()

    @property
    def horizon(self) -> date:
        """The last day that can be booked."""
        return self.today + timedelta(days=self.service.horizon_days)

    def bookable(self, filters: Filters) -> Filters:
        """The filters with a day that can be booked."""
        if filters.first is None:
            return filters
        return replace(filters, first=min(max(filters.first, self.today), self.horizon))

    def free(self, filters: Filters, first: date, last: date) -> list[Free]:
        """Everything free between two dates, by start, then in the order of the ways of meeting."""
        professional_id = self.own_id if filters.own and self.own_id else filters.professional_id
        who: dict[tuple[int, str, int | None], list[int]] = defaultdict(list)
        for wish in self.wishes(filters):
            narrowed = replace(wish, first=first, last=last, professional_id=professional_id, language=filters.language)
            for opening in openings(db.session, narrowed, zone=self.zone, now=self.now):
                who[opening.start, wish.mode, opening.office_id].append(opening.professional_id)
        found = [Free(start, mode, office, tuple(ids)) for (start, mode, office), ids in who.items()]
        found.sort(key=lambda free: (free.start, self.service.modes.index(free.mode), free.office_id or 0))
        return [free for free in found if free.starts_at != self.present and self._in_part(free, filters.part)]

    def wish_for(self, filters: Filters, pick: Pick) -> Wish:
        """The wish that a pressed button means. Raises ``InvalidInput``."""
        mode = pick.mode or filters.mode
        mode = "" if mode == ANY else mode
        wish = self.wishes(replace(filters, mode=mode, office_id=pick.office_id or filters.office_id))[0]
        day = pick.start.astimezone(self.zone).date()
        own_id = self.own_id if filters.own else None
        professional_id = pick.professional_id or own_id or filters.professional_id
        return replace(wish, first=day, last=day, professional_id=professional_id, language=filters.language)

    def _in_part(self, free: Free, part: str) -> bool:
        """The ``morning`` ends at noon."""
        return part == "all" or (free.starts_at.astimezone(self.zone).hour < 12) == (part == "morning")

    def window(self, filters: Filters, days: int) -> tuple[date, list[Free]]:
        """Some days and what is free on them. Without a chosen day they begin on the first with a free time."""
        first = filters.first or self.today
        found = self.free(filters, first, first + timedelta(days=days - 1))
        if found or filters.first:
            return first, found
        found = self.free(filters, first, self.horizon)
        if found:
            first = self.day_of(found[0])
            found = [free for free in found if self.day_of(free) < first + timedelta(days=days)]
        return first, found

    def day_of(self, free: Free) -> date:
        """The local date of a start."""
        return free.starts_at.astimezone(self.zone).date()
