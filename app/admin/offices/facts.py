"""What can be set of an office: read from the form, written to its rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.form import Form, Line, first_text
from app.core.db import LocalText
from app.core.i18n import N_, local_text, weekday_name
from app.scheduling.models import Mode, Office, Service, ServiceOffice
from app.scheduling.opening_times import as_rows, of_rows, parse_open, show_open
from app.scheduling.weekday_words import separator

LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """Columns of an office, and which services are met there."""

    slug: str
    name: LocalText
    street: str
    postal_code: str
    city: str
    phone: str
    arrival: LocalText
    opening_hours: LocalText
    open_times: list[list[int]]
    service_ids: list[int]

    def columns(self) -> dict[str, Any]:
        """What stands in the office's own row."""
        return {name: value for name, value in asdict(self).items() if name != "service_ids"}


def facts_of(session: Session, office: Office) -> OfficeFacts:
    """What is saved of an office."""
    met = select(ServiceOffice.service_id).where(ServiceOffice.office_id == office.id)
    columns = {name: getattr(office, name) for name in OfficeFacts.__slots__ if name != "service_ids"}
    return OfficeFacts(**columns, service_ids=sorted(session.scalars(met)))


def office_form(facts: OfficeFacts) -> Form:
    """The same as the form shows it."""
    days = of_rows(facts.open_times)
    opens = {f"open-{day}": show_open(days.get(day, ()), separator()) for day in range(7)}
    return Form.of({**facts.columns(), "services": facts.service_ids, **opens})


EMPTY = OfficeFacts("", {}, "", "", "", "", {}, {}, [], [])


def read_office(form: Form, services: Collection[str], saved: OfficeFacts) -> OfficeFacts:
    """What was typed. Raises ``InvalidInput``."""
    name = form.local("name", required=True, kept=saved.name)
    facts = OfficeFacts(
        slug=form.slug("slug", first_text(name)) if name else saved.slug,
        name=name,
        street=form.line("street", required=True),
        postal_code=form.line("postal_code", longest=10),
        city=form.line("city", required=True),
        phone=form.phone("phone"),
        arrival=form.local("arrival", longest=LONGEST_TEXT, lines=True, kept=saved.arrival),
        opening_hours=form.local("opening_hours", longest=LONGEST_TEXT, lines=True, kept=saved.opening_hours),
        open_times=_open_times(form),
        service_ids=sorted(int(key) for key in form.some_of("services", services)),
    )
    form.require_good()
    return facts


def _open_times(form: Form) -> list[list[int]]:
    times = {}
    for day in range(7):
        spans = parse_open(form.value(f"open-{day}"))
        if spans is None:
            form.refuse(f"open-{day}", N_("Write the hours like this: 9–15, or 9–11.30, 12–15. Leave empty if closed."))
        times[day] = spans or []
    return as_rows(times)


def services_met_in_person(session: Session) -> list[Service]:
    """The services that can be met at an office."""
    every = session.scalars(select(Service).where(Service.active).order_by(Service.position, Service.id))
    return [service for service in every if Mode.IN_PERSON in service.modes]


def lines_of(services: Collection[Service]) -> list[Line]:
    """The form's fields, for comparing."""
    names = {str(service.id): local_text(service.name) for service in services}
    return [
        Line("name", N_("Name"), local=True),
        Line("slug", N_("In web addresses")),
        Line("street", N_("Street address")),
        Line("postal_code", N_("Postal code")),
        Line("city", N_("Town")),
        Line("phone", N_("Phone")),
        *(Line(f"open-{day}", weekday_name(day)) for day in range(7)),
        Line("opening_hours", N_("More about the opening hours"), local=True),
        Line("arrival", N_("How to get here"), local=True),
        Line("services", N_("Services met here"), options=names),
    ]
