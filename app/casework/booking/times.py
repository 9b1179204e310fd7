"""The free times that staff choose from: those of everybody, without minimum notice and further ahead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for

from app.booking.availability import Wish
from app.booking.search import Filters, Search, wishes_of
from app.booking.times_page import offices_of, professionals_of
from app.booking.times_view import Shelf
from app.casework.booking.choice import Choice
from app.core import clock
from app.core.i18n import local_text
from app.identity.access import local_today, own_municipality
from app.scheduling.models import Mode, Service

DAYS = 7
FURTHEST = 180
"""Days ahead that staff are offered, whatever the service's horizon; a typed time may be further still."""


@dataclass(frozen=True, slots=True)
class StaffSearch(Search):
    """Looks as far ahead as staff may book."""

    @property
    def horizon(self) -> date:
        """The last day that is offered."""
        return self.today + timedelta(days=max(self.service.horizon_days, FURTHEST))


def _search(service: Service) -> StaffSearch:
    office_ids = [office.id for office in offices_of(service)]
    today = local_today()

    def wishes(filters: Filters) -> list[Wish]:
        return [replace(wish, any_notice=True) for wish in wishes_of(service, filters, office_ids, today)]

    return StaffSearch(service, wishes, own_municipality().zone, clock.now())


def free_times(choice: Choice, *, near: datetime | None = None) -> dict[str, Any]:
    """Days with times, the next ones (or those nearest to ``near``), and the way to the days around them."""
    service = choice.service
    if service is None:
        return {}
    search = _search(service)
    filters = search.bookable(_filters(choice, near))
    first, found = search.window(filters, DAYS)
    people = {person.id: person for person in professionals_of(service)}
    shelf = Shelf(people, search.zone, _ways(choice, service))
    with_id = choice.professional.id if choice.professional else None
    if near is not None:
        return {"next_times": shelf.next_times(found, near=near, with_id=with_id)}
    after, before = first + timedelta(days=DAYS), max(search.today, first - timedelta(days=DAYS))
    return {
        "next_times": shelf.next_times(found, with_id=with_id),
        "days": shelf.days(found),
        "earlier_url": _url(choice, before) if first > search.today and (found or filters.first) else "",
        "later_url": _url(choice, after) if after <= search.horizon and (found or filters.first) else "",
    }


def _filters(choice: Choice, near: datetime | None) -> Filters:
    """Around a time that could not be had, else from the chosen day, or from the day after the present appointment."""
    zone = own_municipality().zone
    first = choice.first
    if near is not None:
        first = near.astimezone(zone).date() - timedelta(days=DAYS // 2)
    elif first is None and choice.after is not None:
        first = choice.after.starts_at.astimezone(zone).date()
    return Filters(
        professional_id=choice.professional.id if choice.professional else None,
        first=first,
        mode=choice.mode,
        office_id=choice.office.id if choice.office else None,
    )


def _ways(choice: Choice, service: Service) -> dict[tuple[str, int | None], str]:
    """Names of the offices, where there are several to choose from."""
    if choice.mode != Mode.IN_PERSON or choice.office is not None:
        return {}
    return {(Mode.IN_PERSON, office.id): local_text(office.name) for office in offices_of(service)}


def _url(choice: Choice, first: date) -> str:
    return url_for("staff_booking.start", **choice.query(**{"from": first.isoformat()}), _anchor="times")
