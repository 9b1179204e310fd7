"""Reading the audit log: what is asked for, a page at a time, and what each line is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import ColumnElement, and_, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.admin.log.words import AREAS
from app.booking.models import Appointment, Client
from app.booking.register.reference import LARGEST_ID, find_by_reference
from app.core.audit import AuditEvent
from app.core.permissions import Role
from app.identity.models import StaffUser
from app.scheduling.models import Professional

PAGE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """Part of a person's name, a client's reference, a kind of action, and days, both included. ``after``: a cursor."""

    who: str = ""
    client: str = ""
    area: str = ""
    first: date | None = None
    last: date | None = None
    after: str = ""

    @classmethod
    def of(cls, arguments: Any) -> Asked:
        """From the address; what cannot be understood is as if it were not there."""
        area = arguments.get("area", "")
        return cls(
            who=arguments.get("who", "").strip()[:200],
            client=arguments.get("client", "").strip()[:100],
            area=area if area in AREAS else "",
            first=_day(arguments.get("from", "")),
            last=_day(arguments.get("to", "")),
            after=arguments.get("after", "")[:60],
        )

    def query(self, **more: str) -> dict[str, Any]:
        """The same as an address has it, without the cursor."""
        days = {"from": self.first, "to": self.last}
        texts = {"who": self.who, "client": self.client, "area": self.area, **more}
        return {name: str(value) for name, value in {**texts, **days}.items() if value}


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None


def events(session: Session, asked: Asked, *, zone: ZoneInfo, limit: int) -> list[AuditEvent]:
    """The newest first."""
    query = select(AuditEvent).where(*_conditions(session, asked, zone))
    return list(session.scalars(query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)))


def cursor_of(event: AuditEvent) -> str:
    """Where the next page begins."""
    return f"{event.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{event.id}"


def _conditions(session: Session, asked: Asked, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.who:
        found.append(func.lower(AuditEvent.actor_label).contains(asked.who.lower(), autoescape=True))
    if asked.area:
        found.append(AuditEvent.action.startswith(f"{asked.area}."))
    if asked.first:
        found.append(AuditEvent.at >= datetime.combine(asked.first, time(), zone))
    if asked.last:
        found.append(AuditEvent.at < datetime.combine(asked.last + timedelta(days=1), time(), zone))
    if asked.client:
        found.append(_about(find_by_reference(session, asked.client)))
    if (place := _place(asked.after)) is not None:
        found.append(tuple_(AuditEvent.at, AuditEvent.id) < tuple_(*place))
    return found


def _place(cursor: str) -> tuple[datetime, int] | None:
    instant, _, number = cursor.partition("-")
    try:
        at = datetime.strptime(instant, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (at, int(number)) if number.isascii() and number.isdigit() and int(number) <= LARGEST_ID else None


def _about(client: Client | None) -> ColumnElement[bool]:
    if client is None:
        return false()
    own = select(Appointment.id).where(Appointment.client_id == client.id)
    return or_(
        and_(AuditEvent.object_type == "client", AuditEvent.object_id == client.id),
        and_(AuditEvent.object_type == "appointment", AuditEvent.object_id.in_(own)),
    )


Thing = dict[str, str]


def things_of(session: Session, rows: Sequence[AuditEvent]) -> dict[tuple[str, int | None], Thing]:
    """What the lines are about, where it can be named: ``text`` and ``url``. One query a table."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.object_id is not None:
            wanted[row.object_type].add(row.object_id)
    found: dict[tuple[str, int | None], Thing] = {}
    for client in session.scalars(select(Client).where(Client.id.in_(wanted["client"]))):
        found["client", client.id] = _thing(client.name, "client.page", client_id=client.id)
    meetings = select(Appointment.id, Appointment.reference).where(Appointment.id.in_(wanted["appointment"]))
    for key, reference in session.execute(meetings):
        found["appointment", key] = _thing(reference, "appointments.show", appointment_id=key)
    for user in session.scalars(select(StaffUser).where(StaffUser.id.in_(wanted["staff_user"]))):
        name = user.name or user.email
        managed = user.role != Role.OPERATOR  # the operator belongs to the installation
        found["staff_user", user.id] = _thing(name, "users.edit", user_id=user.id) if managed else {"text": name}
    for person in session.scalars(select(Professional).where(Professional.id.in_(wanted["professional"]))):
        found["professional", person.id] = _thing(person.full_name, "professionals.edit", professional_id=person.id)
    return found


def _thing(text: str, endpoint: str, **arguments: Any) -> Thing:
    return {"text": text, "url": url_for(endpoint, **arguments)}
