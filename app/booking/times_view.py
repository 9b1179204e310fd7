"""The buttons of free times: the next ones, and days with times, each saying how, where and with whom where that varies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from app.booking.search import Free, Pick
from app.booking.views import professional_text
from app.core.i18n import format_clock, format_day, format_instant
from app.scheduling.models import Professional

NEXT_TIMES = 3


@dataclass(frozen=True, slots=True)
class Shelf:
    """What buttons are made with: people by id, the zone, and names of the ways of meeting where there are several."""

    people: Mapping[int, Professional]
    zone: ZoneInfo
    ways: Mapping[tuple[str, int | None], str] = field(default_factory=dict)

    def next_times(
        self, found: Sequence[Free], *, near: datetime | None = None, with_id: int | None = None
    ) -> list[dict[str, str]]:
        """The first free times, or those nearest to an instant; ``with_id``: to be had with that professional."""
        first = found[:NEXT_TIMES]
        if near is not None:
            first = sorted(sorted(found, key=lambda free: abs(free.starts_at - near))[:NEXT_TIMES], key=_start)
        return [self._next(free, with_id) for free in first]

    def days(self, found: Iterable[Free]) -> list[dict[str, Any]]:
        """Days with times; within a day by way of meeting."""
        return [
            {"heading": format_day(day), "groups": self._groups(list(times))}
            for day, times in groupby(found, key=lambda free: free.starts_at.astimezone(self.zone).date())
        ]

    def _groups(self, found: list[Free]) -> list[dict[str, Any]]:
        ways = sorted({free.way for free in found}, key=list(self.ways).index) if self.ways else [None]
        return [
            {
                "label": self.ways[way] if way else "",
                "times": [self._clock(free) for free in found if way in (None, free.way)],
            }
            for way in ways
        ]

    def _next(self, free: Free, with_id: int | None) -> dict[str, str]:
        only = free.professional_ids[0] if len(free.professional_ids) == 1 else None
        who = professional_text(self.people[only]) if only is not None and with_id is None else ""
        return {
            "label": format_instant(free.starts_at, self.zone),
            "value": self._value(free, with_id),
            "aria_label": "",
            "note": " · ".join(part for part in (self.ways.get(free.way, ""), who) if part),
        }

    def _clock(self, free: Free) -> dict[str, str]:
        spoken = (format_instant(free.starts_at, self.zone), self.ways.get(free.way, ""))
        return {
            "label": format_clock(free.starts_at, self.zone),
            "value": self._value(free, None),
            "aria_label": ", ".join(part for part in spoken if part),
        }

    def _value(self, free: Free, with_id: int | None) -> str:
        mode, office_id = free.way if self.ways else ("", None)
        return str(Pick(free.starts_at, mode, office_id, with_id))


def _start(free: Free) -> int:
    return free.start
