"""The page of free times, shared by booking and changing: its question, its window of days, its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.booking.alternatives import ways_on
from app.booking.search import ANY, MIXED_WINDOW, WINDOW, Filters, Free, Search, without
from app.booking.times_view import Shelf
from app.booking.views import duration_text, mode_name, professional_text
from app.core.db import db
from app.core.i18n import LANGUAGES, format_short_date, gettext, local_text
from app.core.tenancy import Municipality
from app.scheduling.models import Mode, Office, Professional, ProfessionalService, Service, ServiceOffice


def professionals_of(service: Service) -> list[Professional]:
    """Professionals with whom clients may book the service, by first name."""
    query = (
        select(Professional)
        .join(ProfessionalService, ProfessionalService.professional_id == Professional.id)
        .where(ProfessionalService.service_id == service.id, Professional.active, Professional.online)
        .order_by(Professional.first_name, Professional.last_name, Professional.id)
    )
    return list(db.session.scalars(query))


def offices_of(service: Service) -> list[Office]:
    """Active offices where the service is given in person."""
    query = (
        select(Office)
        .join(ServiceOffice, ServiceOffice.office_id == Office.id)
        .where(ServiceOffice.service_id == service.id, Office.active)
        .order_by(Office.id)
    )
    return list(db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class TimesPage:
    """Everything that the page needs to know. ``address(**query)`` makes its links, ``keep`` stays in them.

    ``offices`` and ``modes``: what the reader may switch to; none where how and where are settled.
    """

    search: Search
    filters: Filters
    municipality: Municipality
    address: Callable[..., str]
    keep: Mapping[str, Any] = field(default_factory=dict)
    offices: Sequence[Office] = ()
    modes: Sequence[str] = ()
    own: Professional | None = None
    near: datetime | None = None

    def context(self) -> dict[str, Any]:
        """What the templates of free times show."""
        people = professionals_of(self.search.service)
        ways = self._ways()
        days = MIXED_WINDOW if ways else WINDOW
        first, found = self.search.window(self.filters, days)
        shelf = Shelf({person.id: person for person in people}, self.search.zone, ways)
        own = self._own_times() if found else None
        others = without(found, self.own.id) if own and self.own else found
        return {
            "next_times": shelf.next_times(others, near=self.near),
            "own_times": self._own_view(shelf, own),
            "days": shelf.days(found),
            "see_also": self._see_also(),
            "filters": self._filters_view(people),
            **self._walking(first, days, bool(found)),
            "nothing_free": None if found else self._nothing(days),
            "hidden": {**self.keep, **{name: text for name, text in self.filters.query().items() if name != "part"}},
        }

    def _url(self, filters: Filters) -> str:
        days = {"from": filters.first.isoformat()} if filters.first else {}
        return self.address(**self.keep, **filters.query(), **days)

    def _walking(self, first: date, days: int, found: bool) -> dict[str, str]:
        """Links to the days before and after; none where we have looked at all of them in vain."""
        if not found and self.filters.first is None:
            return {"earlier_url": "", "later_url": ""}
        search, after = self.search, first + timedelta(days=days)
        before = max(search.today, first - timedelta(days=days))
        return {
            "earlier_url": self._url(replace(self.filters, first=before)) if first > search.today else "",
            "later_url": self._url(replace(self.filters, first=after)) if after <= search.horizon else "",
        }

    def _ways(self) -> dict[tuple[str, int | None], str]:
        """Names of how and where, in order; empty where there is only one."""
        several_offices = len(self.offices) > 1 and self.filters.office_id is None
        several_modes = self.filters.mode == ANY
        if not several_modes and not (several_offices and self._in_person):
            return {}
        names: dict[tuple[str, int | None], str] = {}
        for mode in self.modes if several_modes else [Mode.IN_PERSON]:
            if mode == Mode.IN_PERSON:
                how = f"{mode_name(mode)}, " if several_modes else ""
                names |= {(mode, office.id): how + local_text(office.name) for office in self.offices}
            else:
                names[mode, None] = mode_name(mode)
        return names

    @property
    def _in_person(self) -> bool:
        return self.filters.mode == Mode.IN_PERSON or list(self.modes) == [Mode.IN_PERSON]

    # — the own caseworker first —

    def _own_times(self) -> list[Free] | None:
        """What is free with the own caseworker, however far away; None where they do not come first."""
        if self.own is None or not self.search.service.own_caseworker_first or self.near is not None:
            return None
        if self.filters.own or self.filters.professional_id:
            return None
        first = self.filters.first or self.search.today
        only = replace(self.filters, professional_id=self.own.id)
        return self.search.free(only, first, self.search.horizon)

    def _own_view(self, shelf: Shelf, found: list[Free] | None) -> dict[str, Any] | None:
        if found is None or self.own is None:
            return None
        return {"name": self.own.first_name, "times": shelf.next_times(found, with_id=self.own.id)}

    # — what else —

    def _see_also(self) -> list[dict[str, str]]:
        """The other ways of meeting, and the earliest of all."""
        if not self.modes or self.filters.mode == ANY:
            return []
        others = [mode for mode in self.modes if mode != self.filters.mode and len(self.modes) > 1]
        links = [
            {"label": mode_name(mode), "url": self._url(replace(self.filters, mode=mode, office_id=None))}
            for mode in others
        ]
        if others or (self._in_person and self.filters.office_id is not None and len(self.offices) > 1):
            anywhere = replace(self.filters, mode=ANY if others else Mode.IN_PERSON, office_id=None, first=None)
            links.append({"label": gettext("The earliest time anywhere"), "url": self._url(anywhere)})
        return links

    def _nothing(self, days: int) -> dict[str, Any]:
        """Until when we looked, and what one can do."""
        first = self.filters.first
        last = min(first + timedelta(days=days - 1), self.search.horizon) if first else self.search.horizon
        span = {"first": format_short_date(first or self.search.today), "last": format_short_date(last)}
        return {
            "text": gettext("There are no free times with these choices from %(first)s to %(last)s.", **span),
            "phone": self.municipality.phone,
            "ways_on": ways_on(
                self.search,
                self.filters,
                offices={office.id: local_text(office.name) for office in self.offices},
                switch=bool(self.modes),
                address=self._url,
            ),
        }

    # — the filters —

    def summary(self) -> list[str]:
        """What is chosen, in short: shown above the times."""
        filters = self.filters
        office = next((office for office in self.offices if self._in_person and office.id == filters.office_id), None)
        only = self.offices[0] if self._in_person and len(self.offices) == 1 else None
        where = local_text((office or only).name) if office or only else ""  # type: ignore[union-attr]
        if self._in_person and not where and self.offices:
            where = gettext("All offices")
        mode = self.modes[0] if len(self.modes) == 1 else filters.mode
        how = gettext("Any way of meeting") if mode == ANY else mode_name(mode)
        part = {"morning": gettext("Morning"), "afternoon": gettext("Afternoon")}.get(filters.part, "")
        spoken = LANGUAGES.get(filters.language or "", "")
        parts = (duration_text(self.search.service), how, where, self._with_whom(), part, spoken)
        return [text for text in parts if text]

    def _with_whom(self) -> str:
        if self.filters.own and self.own:
            return professional_text(self.own)
        if self.filters.professional_id is None:
            return ""
        professional = db.session.get(Professional, self.filters.professional_id)
        return professional_text(professional) if professional else ""

    def clear_url(self) -> str:
        """The address without the narrowings; empty where there are none."""
        bare = Filters(mode=self.filters.mode, office_id=self.filters.office_id)
        return self._url(bare) if self.filters.narrowed else ""

    def _filters_view(self, people: Sequence[Professional]) -> dict[str, Any]:
        filters, search = self.filters, self.search
        return {
            "url": self.address(),
            "hidden": self.keep,
            "part": filters.part,
            "own": {"name": self.own.first_name, "checked": filters.own} if self.own else None,
            "more_open": bool(filters.professional_id or filters.language or filters.first),
            "modes": self._mode_options(),
            "offices": self._office_options(),
            "professionals": _options(
                gettext("Anyone"),
                [(person.id, professional_text(person)) for person in people],
                filters.professional_id,
            ),
            "languages": _options(
                gettext("Any language"), [(code, LANGUAGES[code]) for code in _spoken_by(people)], filters.language
            ),
            "first": filters.first.isoformat() if filters.first else "",
            "first_min": search.today.isoformat(),
            "first_max": search.horizon.isoformat(),
        }

    def _mode_options(self) -> list[dict[str, Any]]:
        if len(self.modes) < 2:
            return []
        named = [*((str(mode), mode_name(mode)) for mode in self.modes), (ANY, gettext("Any way of meeting"))]
        return [{"value": mode, "name": name, "selected": mode == self.filters.mode} for mode, name in named]

    def _office_options(self) -> list[dict[str, Any]]:
        if Mode.IN_PERSON not in self.modes or len(self.offices) < 2:
            return []
        return _options(
            gettext("All offices"),
            [(office.id, local_text(office.name)) for office in self.offices],
            self.filters.office_id,
        )


def _options(anything: str, named: Sequence[tuple[Any, str]], chosen: Any) -> list[dict[str, Any]]:
    """Options of a select, "anything" first."""
    return [
        {"value": "", "name": anything, "selected": chosen is None},
        *({"value": value, "name": name, "selected": value == chosen} for value, name in named),
    ]


def _spoken_by(people: Sequence[Professional]) -> list[str]:
    return [code for code in LANGUAGES if any(code in person.languages for person in people)]
