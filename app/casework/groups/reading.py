"""Group sessions as lists need them: with how many seats are taken, who is here, and what is not noted yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.booking.groups.models import GroupSession
from app.booking.lifecycle import ACTIVE, Status
from app.booking.models import Appointment

MOST = 200
"""Sessions of a list."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A session with its seats: ``taken`` of its capacity, ``here`` who were noted as arrived, ``open`` not noted yet."""

    group: GroupSession
    taken: int = 0
    here: int = 0
    open: int = 0


def sessions(
    session: Session, *conditions: Any, latest_first: bool = False, at_most: int = MOST, cancelled: bool = True
) -> list[Counted]:
    """Sessions that meet the conditions, in order of time, with their seats counted. A few queries, whatever the size."""
    order = (GroupSession.starts_at.desc(), GroupSession.id.desc()) if latest_first else (GroupSession.starts_at,)
    relations = (GroupSession.service, GroupSession.professional, GroupSession.office)
    query = select(GroupSession).where(*conditions).options(*(selectinload(one) for one in relations))
    if not cancelled:
        query = query.where(GroupSession.cancelled_at.is_(None))
    found = session.scalars(query.order_by(*order, GroupSession.id).limit(at_most)).all()
    return counted(session, found)


def counted(session: Session, groups: Sequence[GroupSession]) -> list[Counted]:
    """The sessions with their seats counted."""
    query = (
        select(
            Appointment.group_session_id,
            func.count(),
            func.count().filter(Appointment.status == Status.CHECKED_IN),
            func.count().filter(Appointment.status.in_(sorted(ACTIVE))),
        )
        .where(Appointment.group_session_id.in_([group.id for group in groups]), Appointment.status != Status.CANCELLED)
        .group_by(Appointment.group_session_id)
    )
    rows = {key: numbers for key, *numbers in session.execute(query)}
    return [Counted(group, *rows.get(group.id, (0, 0, 0))) for group in groups]


def unsettled_sessions(session: Session, *conditions: Any, since: datetime, now: datetime) -> list[Counted]:
    """Sessions that ended since then, of which somebody's coming is not noted."""
    found = sessions(session, GroupSession.ends_at > since, GroupSession.ends_at <= now, *conditions, cancelled=False)
    return [one for one in found if one.open]


LISTED_FOR = timedelta(days=60)
"""How long sessions that are over stay in the list."""
