"""Changes to when people can be met. Every write to somebody's calendar goes through here or through booking,
and first takes the lock of ``lock_professionals``: it closes the race between a booking and a closing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.audit import Actor
from app.core.errors import InvalidInput
from app.core.i18n import N_
from app.scheduling.hours import HOURS_SET, rule_of
from app.scheduling.intervals import DAY_MINUTES
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
from app.scheduling.weekly import WeeklyHours, as_json, changes, clashes
from app.scheduling.workday import DayException, Hours, replaced_day

ABSENCE_REASONS = ("sick", "leave", "training", "other")


def lock_professionals(session: Session, ids: Iterable[int]) -> list[Professional]:
    """Make this transaction the only one that writes to these calendars, in id order so that none deadlock."""
    wanted = select(Professional).where(Professional.id.in_(sorted(set(ids)))).order_by(Professional.id)
    return list(session.scalars(wanted.with_for_update(key_share=True)))


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
    plan_id: int | None = None,
) -> Absence:
    """Block new bookings of a professional from this moment; existing ones stay."""
    if starts_at >= ends_at:
        raise InvalidInput({"to": N_("The end must be after the start.")})
    if reason not in ABSENCE_REASONS:
        raise InvalidInput({"reason": N_("Choose one of the reasons.")})
    lock_professionals(session, [professional_id])
    absence = Absence(professional_id=professional_id, starts_at=starts_at, ends_at=ends_at, reason=reason)
    absence.plan_id = plan_id
    session.add(absence)
    session.flush()
    audit.record(session, actor=actor, action="absence.register", on=absence, now=now, professional_id=professional_id)
    return absence


def end_absence(session: Session, absence: Absence, *, at: datetime, actor: Actor, now: datetime) -> None:
    """Give the time from ``at`` on back; nothing is left of an absence that had not begun."""
    lock_professionals(session, [absence.professional_id])
    session.refresh(absence)
    if not absence.active or at >= absence.ends_at:
        return
    if at <= absence.starts_at:
        absence.active = False
    else:
        absence.ends_at = at
    session.flush()
    audit.record(session, actor=actor, action="absence.end", on=absence, now=now, at=at.isoformat())


def add_busy_time(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    professional_id: int,
    starts_at: datetime,
    ends_at: datetime,
    title: str,
    source: str = "typed",
) -> BusyTime:
    """Block a span of a professional's time by something else. The title is the owner's: no log holds it."""
    if starts_at >= ends_at:
        raise InvalidInput({"to": N_("The end must be after the start.")})
    lock_professionals(session, [professional_id])
    busy = BusyTime(professional_id=professional_id, starts_at=starts_at, ends_at=ends_at, title=title, source=source)
    session.add(busy)
    session.flush()
    audit.record(session, actor=actor, action="busy_time.add", on=busy, now=now, professional_id=professional_id)
    return busy


def remove_busy_time(session: Session, busy: BusyTime, *, actor: Actor, now: datetime) -> None:
    """Give the time back."""
    lock_professionals(session, [busy.professional_id])
    audit.record(
        session, actor=actor, action="busy_time.remove", on=busy, now=now, professional_id=busy.professional_id
    )
    session.delete(busy)
    session.flush()


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


def end_closure(session: Session, closure: Closure, *, at: datetime, actor: Actor, now: datetime) -> None:
    """Open the office again from ``at`` on; nothing is left of a closure that had not begun."""
    if at <= closure.starts_at:
        remove_closure(session, closure, actor=actor, now=now)
        return
    lock_all_professionals(session)
    closure.ends_at = min(closure.ends_at, at)
    session.flush()
    audit.record(session, actor=actor, action="closure.end", on=closure, now=now, at=at.isoformat())


def remove_closure(session: Session, closure: Closure, *, actor: Actor, now: datetime) -> None:
    """Give the time back."""
    lock_all_professionals(session)
    audit.record(session, actor=actor, action="closure.remove", on=closure, now=now, office_id=closure.office_id)
    session.delete(closure)
    session.flush()


def set_working_hours(
    session: Session, *, actor: Actor, now: datetime, professional_id: int, hours: Iterable[WeeklyHours]
) -> None:
    """Make these a professional's weekly rules; those that stay keep their rows, existing bookings their place."""
    wanted = list(hours)
    if clashes(wanted):
        raise InvalidInput({"hours": N_("Two of the hours overlap.")})
    if any(rule.valid_from and rule.valid_to and rule.valid_to < rule.valid_from for rule in wanted):
        raise InvalidInput({"hours": N_("The last day must not be before the first day.")})
    lock_professionals(session, [professional_id])
    professional = session.get_one(Professional, professional_id)
    rows = list(session.scalars(select(WorkingHours).where(WorkingHours.professional_id == professional_id)))
    ended, begun = changes(map(rule_of, rows), wanted)
    for row in rows:
        if rule_of(row) in ended:
            session.delete(row)
    for rule in begun:
        values = {**asdict(rule), "modes": list(rule.modes) if rule.modes else None}
        session.add(WorkingHours(professional_id=professional_id, **values))
    session.flush()
    told = {"ended": [as_json(rule) for rule in ended], "begun": [as_json(rule) for rule in begun]}
    audit.record(session, actor=actor, action=HOURS_SET, on=professional, now=now, **told)


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
    modes: tuple[str, ...] | None = None,
) -> ScheduleException:
    """Extra (``extra``) or removed working time on one local date."""
    if not 0 <= start_minute < end_minute <= DAY_MINUTES:
        raise InvalidInput({"to": N_("The end must be after the start.")})
    lock_professionals(session, [professional_id])
    row = _add_exception(session, professional_id, DayException(on, start_minute, end_minute, extra, office_id, modes))
    told = {"professional_id": professional_id, "date": on.isoformat(), "extra": extra}
    audit.record(session, actor=actor, action="schedule_exception.add", on=row, now=now, **told)
    return row


def _add_exception(session: Session, professional_id: int, exception: DayException) -> ScheduleException:
    values = {**asdict(exception), "modes": list(exception.modes) if exception.modes else None}
    row = ScheduleException(professional_id=professional_id, **values)
    session.add(row)
    session.flush()
    return row


def remove_exception(session: Session, exception: ScheduleException, *, actor: Actor, now: datetime) -> None:
    """Let the date be as the rest says."""
    lock_professionals(session, [exception.professional_id])
    told = {"professional_id": exception.professional_id, "date": exception.date.isoformat(), "extra": exception.extra}
    audit.record(session, actor=actor, action="schedule_exception.remove", on=exception, now=now, **told)
    session.delete(exception)
    session.flush()


def set_day(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    professional_id: int,
    on: date,
    hours: Sequence[Hours] | None,
) -> None:
    """Give one date hours of its own in place of its weekly rules and earlier exceptions; None: the weekly rules again."""
    lock_professionals(session, [professional_id])
    professional = session.get_one(Professional, professional_id)
    session.execute(
        delete(ScheduleException).where(
            ScheduleException.professional_id == professional_id, ScheduleException.date == on
        )
    )
    for exception in replaced_day(on, hours) if hours is not None else ():
        _add_exception(session, professional_id, exception)
    told = None if hours is None else [asdict(piece) for piece in hours]
    audit.record(
        session, actor=actor, action="working_day.set", on=professional, now=now, date=on.isoformat(), hours=told
    )
