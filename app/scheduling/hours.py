"""What is set of people's working time, read as the plain values of ``weekly`` and ``workday``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEvent
from app.scheduling.models import Professional, ScheduleException, WorkingHours
from app.scheduling.weekly import WeeklyHours
from app.scheduling.workday import DayException, Plan

HOURS_SET = "working_hours.set"


def rule_of(row: WorkingHours) -> WeeklyHours:
    """A row as a rule."""
    return WeeklyHours(
        weekday=row.weekday,
        start_minute=row.start_minute,
        end_minute=row.end_minute,
        office_id=row.office_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        modes=tuple(row.modes) if row.modes else None,
        cycle_weeks=row.cycle_weeks,
        cycle_phase=row.cycle_phase,
    )


def exception_of(row: ScheduleException) -> DayException:
    """A row as an exception."""
    return DayException(
        date=row.date,
        start_minute=row.start_minute,
        end_minute=row.end_minute,
        extra=row.extra,
        office_id=row.office_id,
        modes=tuple(row.modes) if row.modes else None,
        replaces_hours=row.replaces_hours,
    )


def exception_rows(session: Session, ids: Collection[int], *, since: date) -> list[ScheduleException]:
    """The exceptions of these professionals from a date on, in order."""
    query = select(ScheduleException).where(ScheduleException.professional_id.in_(ids), ScheduleException.date >= since)
    order = (ScheduleException.date, ScheduleException.start_minute, ScheduleException.id)
    return list(session.scalars(query.order_by(*order)))


def plans_of(session: Session, ids: Collection[int], *, since: date) -> dict[int, Plan]:
    """All weekly rules, and the exceptions from a date on, by professional. Two queries."""
    rules, exceptions = defaultdict(list), defaultdict(list)
    rows = select(WorkingHours).where(WorkingHours.professional_id.in_(ids))
    for row in session.scalars(rows.order_by(WorkingHours.weekday, WorkingHours.start_minute, WorkingHours.id)):
        rules[row.professional_id].append(rule_of(row))
    for exception in exception_rows(session, ids, since=since):
        exceptions[exception.professional_id].append(exception_of(exception))
    return {key: Plan(tuple(rules[key]), tuple(exceptions[key])) for key in ids}


def versions_of(session: Session, ids: Collection[int]) -> dict[int, int]:
    """A number by professional that rises with every change of the weekly rules: the log's last line on them."""
    newest = func.max(AuditEvent.id)
    query = select(AuditEvent.object_id, newest).where(_changes_of_hours(ids)).group_by(AuditEvent.object_id)
    found = {key: version for key, version in session.execute(query) if key is not None}
    return {**dict.fromkeys(ids, 0), **found}


def changes_since(session: Session, professional_id: int, version: int) -> list[AuditEvent]:
    """What the log tells of changes to the weekly rules after a version, in order."""
    query = select(AuditEvent).where(_changes_of_hours([professional_id]), AuditEvent.id > version)
    return list(session.scalars(query.order_by(AuditEvent.id)))


def _changes_of_hours(ids: Collection[int]) -> ColumnElement[bool]:
    return and_(
        AuditEvent.object_type == Professional.__tablename__,
        AuditEvent.object_id.in_(ids),
        AuditEvent.action == HOURS_SET,
    )
