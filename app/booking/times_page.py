"""The page of free times, shared by booking and changing: its question, its window of days, its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import request
from sqlalchemy import select

from app.booking.availability import Opening, Wish, openings
from app.booking.views import in_part_of_day, professional_text, times_of
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import LANGUAGES, N_, gettext
from app.core.tenancy import Municipality
from app.scheduling.models import Office, Professional, ProfessionalService, Service, ServiceOffice

WINDOW = 14  # days shown at a time


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader narrowed the times by."""

    part: str = "all"
    professional_id: int | None = None
    language: str | None = None
    first: date | None = None

    @classmethod
    def of_request(cls) -> Filters:
        """From the address; nonsense counts as not chosen."""
        values = request.values
        professional = values.get("professional", "")
        language = values.get("language", "")
        return cls(
            part=values.get("part", "all") if values.get("part") in ("morning", "afternoon") else "all",
            professional_id=int(professional)
            if professional.isascii() and professional.isdigit() and len(professional) < 18
            else None,
            language=language if language in LANGUAGES else None,
            first=_date(values.get("from", "")),
        )

    def query(self) -> dict[str, str]:
        """For addresses that keep the filters."""
        pairs = {
            "part": "" if self.part == "all" else self.part,
            "professional": str(self.professional_id or ""),
            "language": self.language or "",
        }
        return {name: value for name, value in pairs.items() if value}


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


def professionals_of(service: Service) -> list[Professional]:
    """Active professionals who give the service, by first name."""
    query = (
        select(Professional)
        .join(ProfessionalService, ProfessionalService.professional_id == Professional.id)
        .where(ProfessionalService.service_id == service.id, Professional.active)
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


def times_context(
    wish: Wish,
    filters: Filters,
    municipality: Municipality,
    *,
    address: Any,
    keep: dict[str, str],
    near: datetime | None = None,
    present: datetime | None = None,
) -> dict[str, Any]:
    """Everything the list of free times needs. ``address(**query)`` makes its links, ``keep`` stays in them.

    ``present``: the start of an appointment that is being moved, which is no choice.
    """
    zone, now = municipality.zone, clock.now()
    today = now.astimezone(zone).date()
    wish = replace(wish, professional_id=filters.professional_id, language=filters.language)
    first, found = _window(wish, filters, today, municipality)
    found = [opening for opening in found if opening.starts_at != present]
    people = professionals_of(wish.service)
    in_mode = [person for person in people if wish.mode in person.modes]
    query = {**keep, **filters.query()}
    last_day = today + timedelta(days=wish.service.horizon_days)
    after = first + timedelta(days=WINDOW)
    later = address(**query, **{"from": after.isoformat()}) if after <= last_day else ""
    before = max(today, first - timedelta(days=WINDOW))
    context = times_of(found, {person.id: person for person in people}, zone, near=near)
    return {
        **context,
        "filters": _filters_view(filters, in_mode, address(), keep),
        "earlier_url": address(**query, **{"from": before.isoformat()}) if first > today else "",
        "later_url": later,
        "nothing_free": None if found else _nothing(municipality, later if filters.first else ""),
        "hidden": {name: value for name, value in {**keep, **filters.query()}.items() if name != "part"},
    }


def _window(wish: Wish, filters: Filters, today: date, municipality: Municipality) -> tuple[date, list[Opening]]:
    """The days to show and what is free on them. Without a chosen start it moves to the first day with a free time."""
    zone, now = municipality.zone, clock.now()
    horizon = today + timedelta(days=wish.service.horizon_days)
    first = min(max(filters.first or today, today), horizon)

    def free(start: date, end: date) -> list[Opening]:
        found = openings(db.session, replace(wish, first=start, last=end), zone=zone, now=now)
        return in_part_of_day(found, filters.part, zone)

    found = free(first, first + timedelta(days=WINDOW - 1))
    if found or filters.first:
        return first, found
    found = free(first, horizon)
    if found:
        first = found[0].starts_at.astimezone(zone).date()
        end = first + timedelta(days=WINDOW)
        found = [opening for opening in found if opening.starts_at.astimezone(zone).date() < end]
    return first, found


def _filters_view(filters: Filters, people: list[Professional], url: str, keep: dict[str, str]) -> dict[str, Any]:
    spoken = sorted(
        {code for person in people for code in person.languages if code in LANGUAGES}, key=list(LANGUAGES).index
    )
    anyone = {"value": "", "name": gettext("Anyone"), "selected": filters.professional_id is None}
    any_language = {"value": "", "name": gettext("Any language"), "selected": filters.language is None}
    return {
        "url": url,
        "hidden": keep,
        "part": filters.part,
        "professional": filters.professional_id or "",
        "language": filters.language or "",
        "professionals": [
            anyone,
            *(
                {
                    "value": person.id,
                    "name": professional_text(person),
                    "selected": person.id == filters.professional_id,
                }
                for person in people
            ),
        ],
        "languages": [
            any_language,
            *({"value": code, "name": LANGUAGES[code], "selected": code == filters.language} for code in spoken),
        ],
    }


def _nothing(municipality: Municipality, later_url: str) -> dict[str, str]:
    return {
        "text": gettext(
            "There are no free times with these choices. Try other choices, or call us and we look for a time together."
        ),
        "phone": municipality.phone,
        "later_url": later_url,
    }
