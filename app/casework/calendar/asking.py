"""Pure: what the calendar's address asks for, and the addresses of the days around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from app.scheduling.weekly import monday_of

VIEWS = ("day", "week", "month", "team", "list")
ONE_DAY, WHOLE_WEEKS = ("day", "team"), ("week", "list")
ALL, PEOPLE = "all", "people"
"""The groups of everybody, and of those who were chosen one by one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A view of some days in some people's calendars. ``group``: ``all``, ``people``, ``office-3`` or ``service-7``."""

    view: str
    day: date
    who: tuple[int, ...] = ()
    group: str = ""

    @property
    def first(self) -> date:
        """The first date that is shown."""
        if self.view in ONE_DAY:
            return self.day
        return monday_of(self.day if self.view in WHOLE_WEEKS else self.day.replace(day=1))

    @property
    def last(self) -> date:
        """The last date that is shown: months are shown in whole weeks."""
        if self.view in ONE_DAY:
            return self.day
        end = self.day if self.view in WHOLE_WEEKS else _next_month(self.day) - timedelta(days=1)
        return monday_of(end) + timedelta(days=6)

    def turned(self, way: int) -> Asked:
        """The same view one step back (-1) or on (1)."""
        if self.view == "month":
            first = self.day.replace(day=1)
            return replace(self, day=_next_month(first) if way > 0 else (first - timedelta(days=1)).replace(day=1))
        return replace(self, day=self.day + timedelta(days=way * (1 if self.view in ONE_DAY else 7)))

    def query(self) -> dict[str, Any]:
        """For addresses."""
        found: dict[str, Any] = {"view": self.view, "day": self.day.isoformat()}
        if self.of_team and self.group:
            found["group"] = self.group
        if self.who and (self.group == PEOPLE or not self.of_team):
            found["who"] = list(self.who)
        return found

    @property
    def of_team(self) -> bool:
        """Several calendars, and not one: side by side, or in one list."""
        return self.view == "team" or (self.view == "list" and bool(self.group))


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def read(values: Mapping[str, str], who: Sequence[str], today: date, default: str) -> Asked:
    """From an address; nonsense counts as not asked. ``default``: the view of whoever asks for none."""
    view = values.get("view", "")
    try:
        day = date.fromisoformat(values.get("day", ""))
    except ValueError:
        day = today
    ids = tuple(dict.fromkeys(int(key) for key in who if key.isascii() and key.isdigit() and len(key) < 19))
    day = day if 2000 <= day.year < 2100 else today
    view = view if view in VIEWS else default
    group = values.get("group", "") or ((PEOPLE if ids else ALL) if view == "team" else "")
    return Asked(view, day, ids, group)
