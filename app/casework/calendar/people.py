"""Whose calendars are shown: one person's, or a team's by office, by service, or chosen one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.casework.calendar.asking import ALL, PEOPLE, Asked
from app.core.i18n import gettext, local_text
from app.core.typed import whole_number
from app.scheduling.models import Office, Professional, ProfessionalService, Service, WorkingHours

MOST = 40
"""Calendars side by side: more would not be read, and would make the page slow."""


def everybody(session: Session) -> Sequence[Professional]:
    """All who meet clients, in the order of their names."""
    query = select(Professional).where(Professional.active)
    return session.scalars(query.order_by(Professional.last_name, Professional.first_name, Professional.id)).all()


def chosen(session: Session, asked: Asked, people: Sequence[Professional], own_id: int | None) -> list[Professional]:
    """The people whose calendars are asked for; where that is not a team, it is one, the own where it can be."""
    if not asked.of_team:
        wanted = [*asked.who, own_id]
        found = [person for key in wanted for person in people if person.id == key]
        return found[:1] or list(people[:1])
    ids = _members(session, asked)
    return [person for person in people if ids is None or person.id in ids][:MOST]


def _members(session: Session, asked: Asked) -> set[int] | None:
    """Ids of a group; None for everybody."""
    kind, _, number = asked.group.partition("-")
    key = whole_number(number) or 0
    if kind == PEOPLE:
        return set(asked.who)
    if kind == "office":
        return set(session.scalars(select(WorkingHours.professional_id).where(WorkingHours.office_id == key)))
    if kind == "service":
        given = select(ProfessionalService.professional_id).where(ProfessionalService.service_id == key)
        return set(session.scalars(given))
    return None


def groups(session: Session) -> list[dict[str, Any]]:
    """What a team can be chosen by: ``label`` with its options."""
    offices = session.scalars(select(Office).where(Office.active).order_by(Office.id))
    services = session.scalars(select(Service).where(Service.active).order_by(Service.position, Service.id))
    return [
        {"label": "", "options": [(ALL, gettext("Everybody")), (PEOPLE, gettext("The people chosen below"))]},
        {"label": gettext("By office"), "options": [(f"office-{row.id}", local_text(row.name)) for row in offices]},
        {"label": gettext("By service"), "options": [(f"service-{row.id}", local_text(row.name)) for row in services]},
    ]
