"""Making a series, taking it back at once, and cancelling what is left of it. All or nothing, told in one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.booking.by_hand import InTheWay
from app.booking.changes import cancel
from app.booking.lifecycle import Status
from app.booking.models import Appointment
from app.booking.notices import UNDO_TIME
from app.booking.series.models import Series
from app.booking.series.pattern import FEWEST, MOST
from app.booking.series.telling import CANCELLED, cause_of, tell
from app.booking.service import Order
from app.booking.staff_booking import book_for_client, can_unbook
from app.core import audit
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.messaging.outbox import have_left
from app.scheduling.service import lock_professionals


def book_series(
    session: Session,
    order: Order,
    starts: Sequence[datetime],
    *,
    every_weeks: int,
    reason: str = "",
    actor: Actor,
    municipality: Municipality,
    now: datetime,
) -> Series:
    """Book the order at each of the starts, by hand (``order.minutes``), for ``order.client_id``. Sent twice, it is one series.

    Raises ``InTheWay`` where one of them cannot be had (nothing is booked then), ``InvalidInput``.
    """
    chosen = sorted(set(starts))
    if not FEWEST <= len(chosen) <= MOST or order.client_id is None:
        raise InvalidInput({"times": N_("Choose at least two times, and at most 26.")})
    lock_professionals(session, [order.professional_id] if order.professional_id else [])
    made_before = _made_before(session, order.client_id, chosen, now)
    if made_before is not None:
        return made_before
    series = Series(client_id=order.client_id, every_weeks=every_weeks, made_by=actor.label, created_at=now)
    session.add(series)
    session.flush()
    for start in chosen:
        try:
            made = book_for_client(
                session,
                replace(order, starts_at=start, quiet=True),
                actor=actor,
                municipality=municipality,
                now=now,
                reason=reason,
            )
        except InTheWay:
            raise
        except Conflict as problem:  # unseen by ``obstacles``, caught by a constraint
            raise InTheWay([]) from problem
        made.series_id = series.id
    session.flush()
    audit.record(session, actor=actor, action="series.book", on=series, now=now, meetings=len(chosen))
    if not order.quiet:
        tell(session, series, meetings_of(session, series), municipality, now=now, not_before=now + UNDO_TIME)
    return series


def _made_before(session: Session, client_id: int, starts: Sequence[datetime], now: datetime) -> Series | None:
    """The series that the same form has just made."""
    query = (
        select(Series)
        .join(Appointment, Appointment.series_id == Series.id)
        .where(
            Series.client_id == client_id,
            Series.created_at > now - UNDO_TIME,
            Appointment.status == Status.BOOKED,
            Appointment.starts_at.in_(starts),
        )
    )
    found: Series | None = session.scalars(query.limit(1)).first()
    return found


def meetings_of(session: Session, series: Series) -> list[Appointment]:
    """The meetings of the series that are not cancelled, in order of time."""
    relations = (Appointment.client, Appointment.professional, Appointment.office, Appointment.service)
    query = (
        select(Appointment)
        .where(Appointment.series_id == series.id, Appointment.status != Status.CANCELLED)
        .options(*(selectinload(one) for one in relations))
        .order_by(Appointment.starts_at, Appointment.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def following(session: Session, appointment: Appointment) -> list[Appointment]:
    """The meeting and those of its series after it that can still be cancelled."""
    if appointment.series_id is None:
        return [appointment]
    series = session.get_one(Series, appointment.series_id)
    return [
        one
        for one in meetings_of(session, series)
        if one.starts_at >= appointment.starts_at and one.status in (Status.BOOKED, Status.CHECKED_IN)
    ]


def unbook_series(session: Session, series: Series, *, actor: Actor, municipality: Municipality, now: datetime) -> int:
    """Take a series back before anybody was told of it. Raises ``Conflict`` (``too_late``) where that is past."""
    meetings = meetings_of(session, series)
    lock_professionals(session, [one.professional_id for one in meetings])
    if not all(can_unbook(one, now=now) for one in meetings) or have_left(session, cause=cause_of(series)):
        raise Conflict(
            N_("The client has been told already, or a minute has passed. Cancel the appointments instead."),
            code="too_late",
        )
    for one in meetings:
        cancel(session, one, actor=actor, municipality=municipality, now=now, untold=True)
    return len(meetings)


def cancel_following(
    session: Session,
    appointment: Appointment,
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
    reason: str = "",
) -> int:
    """Cancel the meeting and those of its series after it; the client is told of all in one message. Returns how many."""
    meetings = following(session, appointment)
    if len(meetings) < FEWEST:
        cancel(session, appointment, actor=actor, municipality=municipality, now=now, reason=reason)
        return 1
    lock_professionals(session, [one.professional_id for one in meetings])
    for one in meetings:
        cancel(session, one, actor=actor, municipality=municipality, now=now, reason=reason, untold=True)
    series = session.get_one(Series, appointment.series_id)
    tell(session, series, meetings, municipality, now=now, kind=CANCELLED)
    return len(meetings)
