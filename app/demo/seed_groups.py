"""A few group sessions of a demo town: one that is nearly full, one that has just been arranged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.groups.models import GroupSession
from app.booking.groups.seats import give_seat
from app.booking.groups.service import GroupPlan, plan_group
from app.booking.models import Client
from app.core.audit import Actor
from app.core.errors import Conflict
from app.core.tenancy import Municipality
from app.scheduling.holidays import is_public_holiday
from app.scheduling.models import Office, Professional, ProfessionalService, Service, ServiceOffice

SESSIONS = (("Työnhakuvalmennus", 10, 8, 6), ("Työttömyysturvan info", 12, 4, 11))
"""Name, seats, how many of them are taken, and from how many days on."""
HOURS = (13, 9, 10, 14, 12, 15)
MINUTES = 90


def add_groups(session: Session, municipality: Municipality, *, now: datetime) -> None:
    """Arrange the sessions with the first leaders who have the time, where the town has somebody to lead and to come."""
    clients = session.scalars(select(Client).where(Client.merged_into_id.is_(None)).order_by(Client.id).limit(60)).all()
    for number, (title, capacity, taken, after) in enumerate(SESSIONS):
        group = next(_arranged(session, municipality, title, capacity, after, now=now), None)
        if group is None:
            return
        actor, seats = Actor("staff", label=group.professional.full_name, trusted=True), 0
        for client in clients[number::2]:
            if seats == taken:
                break
            try:
                with session.begin_nested():
                    give_seat(session, group, client.id, actor=actor, municipality=municipality, now=now)
            except Conflict:
                continue  # this one has another meeting then
            seats += 1


def _arranged(
    session: Session, municipality: Municipality, title: str, capacity: int, after: int, *, now: datetime
) -> Iterator[GroupSession]:
    query = (
        select(Professional, Service, Office)
        .join(ProfessionalService, ProfessionalService.professional_id == Professional.id)
        .join(Service, Service.id == ProfessionalService.service_id)
        .join(ServiceOffice, ServiceOffice.service_id == Service.id)
        .join(Office, Office.id == ServiceOffice.office_id)
        .where(Professional.active, Service.active, Office.active)
        .order_by(Professional.id, Service.position, Office.id)
    )
    leaders = session.execute(query.limit(40)).all()
    for day, hour, (leader, service, office) in product(_days(municipality, after, now), HOURS, leaders):
        starts_at = datetime.combine(day, time(hour), municipality.zone)
        plan = GroupPlan(title, service, leader, "in_person", office, starts_at, MINUTES, capacity)
        actor = Actor("staff", label=leader.full_name, trusted=True)
        try:
            with session.begin_nested():
                group = plan_group(session, plan, actor=actor, municipality=municipality, now=now)
        except Conflict:
            continue
        yield group


def _days(municipality: Municipality, after: int, now: datetime) -> list[date]:
    today = now.astimezone(municipality.zone).date()
    days = (today + timedelta(days=after + number) for number in range(10))
    return [day for day in days if day.weekday() < 5 and not is_public_holiday(day)]
