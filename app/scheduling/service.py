"""Changes to when people can be met. Every write to somebody's calendar goes through here or through booking,
and first takes the lock of ``lock_professionals``: it closes the race between a booking and a closing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.audit import Actor
from app.core.errors import InvalidInput
from app.core.i18n import N_
from app.scheduling.models import (
    Absence,
    BusyTime,
    Closure,
    Professional,
    ScheduleException,
    Service,
    ServiceOffice,
    WorkingHours,
)
from app.scheduling.weekly import WeeklyHours

ABSENCE_REASONS = ("sick", "leave", "training", "other")


def lock_professionals(session: Session, ids: Iterable[int]) -> None:
    """Make this transaction the only one that writes to these calendars, in id order so that none deadlock."""
    wanted = sorted(set(ids))
    session.execute(
        select(Professional.id)
        .where(Professional.id.in_(wanted))
        .order_by(Professional.id)
        .with_for_update(key_share=True)
    )


def lock_all_professionals(session: Session) -> None:
    """The same for a closing that concerns everybody."""
    session.execute(select(Professional.id).order_by(Professional.id).with_for_update(key_share=True))


def lock_office_limit(session: Session, service: Service, office_id: int | None) -> None:
    """Where a service has a daily limit for an office, several professionals count together: one at a time there.

    Always taken after the professionals' locks.
    """
    if office_id is None or service.limit_per_office is None:
        return
    row = select(ServiceOffice.id).where(ServiceOffice.service_id == service.id, ServiceOffice.office_id == office_id)
    session.execute(row.with_for_update(key_share=True))


def register_absence(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    professional_id: int,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> Absence:
    """Block new bookings of a professional from this moment; existing ones stay."""
    if starts_at >= ends_at:
        raise InvalidInput({"to": N_("The end must be after the start.")})
    if reason not in ABSENCE_REASONS:
        raise InvalidInput({"reason": N_("Choose one of the reasons.")})
    lock_professionals(session, [professional_id])
    absence = Absence(professional_id=professional_id, starts_at=starts_at, ends_at=ends_at, reason=reason)
    session.add(absence)
    session.flush()
    audit.record(session, actor=actor, action="absence.register", on=absence, now=now, professional_id=professional_id)
    return absence


def add_busy_time(
    session: Session, *, professional_id: int, starts_at: datetime, ends_at: datetime, title: str, source: str = "typed"
) -> BusyTime:
    """Block a span of a professional's time by something else."""
    if starts_at >= ends_at:
        raise InvalidInput({"to": N_("The end must be after the start.")})
    lock_professionals(session, [professional_id])
    busy = BusyTime(professional_id=professional_id, starts_at=starts_at, ends_at=ends_at, title=title, source=source)
    session.add(busy)
    session.flush()
    return busy


def close_office(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    office_id: int | None,
    starts_at: datetime,
    ends_at: datetime,
    title: dict[str, str],
    remote_too: bool = False,
) -> Closure:
    """Close an office (None: all) for a span; remote meetings go on unless ``remote_too``."""
    if starts_at >= ends_at:
        raise InvalidInput({"to": N_("The end must be after the start.")})
    lock_all_professionals(session)
    closure = Closure(office_id=office_id, starts_at=starts_at, ends_at=ends_at, title=title, remote_too=remote_too)
    session.add(closure)
    session.flush()
    audit.record(session, actor=actor, action="closure.add", on=closure, now=now, office_id=office_id)
    return closure


def set_working_hours(
    session: Session, *, actor: Actor, now: datetime, professional_id: int, hours: Iterable[WeeklyHours]
) -> None:
    """Replace a professional's weekly rules; existing bookings stay where they are."""
    lock_professionals(session, [professional_id])
    professional = session.get_one(Professional, professional_id)
    for rule in session.scalars(select(WorkingHours).where(WorkingHours.professional_id == professional_id)):
        session.delete(rule)
    for new in hours:
        session.add(
            WorkingHours(
                professional_id=professional_id,
                office_id=new.office_id,
                weekday=new.weekday,
                start_minute=new.start_minute,
                end_minute=new.end_minute,
                valid_from=new.valid_from,
                valid_to=new.valid_to,
                modes=list(new.modes) if new.modes else None,
                cycle_weeks=new.cycle_weeks,
                cycle_phase=new.cycle_phase,
            )
        )
    session.flush()
    audit.record(session, actor=actor, action="working_hours.set", on=professional, now=now)


def add_exception(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    professional_id: int,
    on: date,
    start_minute: int,
    end_minute: int,
    extra: bool,
    office_id: int | None = None,
) -> ScheduleException:
    """Extra (``extra``) or removed working time on one local date."""
    if not 0 <= start_minute < end_minute <= 1440:
        raise InvalidInput({"to": N_("The end must be after the start.")})
    lock_professionals(session, [professional_id])
    exception = ScheduleException(
        professional_id=professional_id,
        office_id=office_id,
        date=on,
        start_minute=start_minute,
        end_minute=end_minute,
        extra=extra,
    )
    session.add(exception)
    session.flush()
    audit.record(session, actor=actor, action="schedule_exception.add", on=exception, now=now)
    return exception
