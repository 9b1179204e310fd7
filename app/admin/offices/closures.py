"""Closures of offices: read from the form, and written once somebody has seen which meetings they concern."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.form import Form
from app.admin.offices.effects import Closing
from app.casework.hours.reading import NO_DATE, NO_TIME, read_day
from app.core.audit import Actor
from app.core.db import LocalText
from app.core.errors import InvalidInput
from app.core.i18n import N_
from app.scheduling.clock_times import parse_minute
from app.scheduling.intervals import DAY_MINUTES
from app.scheduling.models import Closure
from app.scheduling.service import close_office
from app.scheduling.workday import instants

LONGEST = timedelta(days=366)
SCOPES = ("in_person", "everything")


def coming_closures(session: Session, *, now: datetime) -> list[Closure]:
    """Closures that are going on or to come, the first one first."""
    query = select(Closure).where(Closure.ends_at > now).order_by(Closure.starts_at, Closure.id)
    return list(session.scalars(query))


def read_closure(form: Form, offices: Collection[str], *, zone: ZoneInfo, now: datetime) -> tuple[Closing, LocalText]:
    """What was typed: when and where, and the reason. Raises ``InvalidInput``."""
    office = form.value("office")
    if office not in ("", *offices):
        form.refuse("office", N_("Choose a place from the list."))
    scope = form.one_of("scope", SCOPES)
    title = form.local("title", required=True, kept={})
    starts_at = _bound(form, "first", zone, end=False)
    ends_at = _bound(form, "last", zone, end=True)
    if starts_at and ends_at:
        _check_span(form, starts_at, ends_at, now)
    form.require_good()
    if starts_at is None or ends_at is None:  # a day that the clock skips whole
        raise InvalidInput({"first": NO_DATE})
    return Closing(int(office) if office else None, starts_at, ends_at, scope == "everything"), title


def _check_span(form: Form, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        form.refuse("last_time" if form.value("last_time") else "last", N_("The end must be after the start."))
    elif ends_at <= now:
        form.refuse("last", N_("This time has already passed."))
    elif ends_at - starts_at > LONGEST:
        form.refuse("last", N_("A closure can last a year at most. To close an office for good, see its own page."))


def _bound(form: Form, name: str, zone: ZoneInfo, *, end: bool) -> datetime | None:
    """An end of the closure: a date, and a time of day if only a part of it is closed. The last date may be left out."""
    typed = form.value(name) or (form.value("first") if end else "")
    day, minute = read_day(typed), _minute(form, f"{name}_time", end=end)
    if day is None:
        form.refuse(name, NO_DATE)
    return _instant(day, minute, zone, end=end) if day is not None and minute is not None else None


def _minute(form: Form, name: str, *, end: bool) -> int | None:
    if not form.value(name).strip():
        return DAY_MINUTES if end else 0
    minute = parse_minute(form.value(name))
    if minute is None:
        form.refuse(name, NO_TIME)
    return minute


def _instant(day: date, minute: int, zone: ZoneInfo, *, end: bool) -> datetime | None:
    """The wall-clock minute of a date; one that the clock skips is the next that there is (at an end: the last before)."""
    span = instants(day, 0, minute, zone) if end else instants(day, minute, DAY_MINUTES, zone)
    return datetime.fromtimestamp(span[1] if end else span[0], UTC) if span else None


def add_closure(session: Session, closing: Closing, title: LocalText, *, actor: Actor, now: datetime) -> Closure:
    """Write a closure, under the locks that the caller has taken. The same form sent twice makes one."""
    same = select(Closure).where(
        Closure.office_id.is_not_distinct_from(closing.office_id),
        Closure.starts_at == closing.starts_at,
        Closure.ends_at == closing.ends_at,
        Closure.remote_too == closing.remote_too,
    )
    there = session.scalars(same).first()
    if there is not None and there.title == title:
        return there
    return close_office(
        session,
        actor=actor,
        now=now,
        office_id=closing.office_id,
        starts_at=closing.starts_at,
        ends_at=closing.ends_at,
        title=title,
        remote_too=closing.remote_too,
    )
