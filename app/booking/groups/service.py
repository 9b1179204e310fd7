"""Arranging a group session: planned, changed, cancelled. Whoever has a seat moves along and is told.

Every step takes the locks in one order: the professionals' calendars, the session, its seats by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.booking.availability import Opening
from app.booking.by_hand import LONGEST, SHORTEST, InTheWay
from app.booking.changes import cancel
from app.booking.groups.models import MOST_SEATS, GroupSession
from app.booking.lifecycle import ACTIVE, Status, Step
from app.booking.models import Appointment, Client, Reservation
from app.booking.obstacles import Wanted, obstacles
from app.booking.reserve import constraints_as_errors, drop_expired_holds, epoch_of, span_of
from app.booking.service import LINK_LIVES, Telling, settle
from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.errors import ChangedMeanwhile, Conflict, InvalidInput, InvalidTransition
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.scheduling.models import Mode, Office, Professional, Service
from app.scheduling.service import lock_professionals

CHANGED = "group_change"
"""What those are told whose session got another time, place or leader."""


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A group session as it is wanted."""

    title: str
    service: Service
    professional: Professional
    mode: str
    office: Office | None
    starts_at: datetime
    minutes: int
    capacity: int
    note: str = ""


class ParticipantsBusy(Conflict):
    """Some who have a seat have another meeting at the new time; ``names`` of them."""

    code = "participants_busy"
    message = N_("Some participants have another meeting at this time.")

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = list(names)


def plan_group(
    session: Session, plan: GroupPlan, *, actor: Actor, municipality: Municipality, now: datetime
) -> GroupSession:
    """Arrange a session: from now on it takes the professional's time. Raises ``InvalidInput``, ``InTheWay``."""
    _check(plan)
    lock_professionals(session, [plan.professional.id])
    passed = _clear(session, plan, municipality, now=now)
    reservation = Reservation(kind="group_session")
    _place_reservation(session, reservation, plan)
    group = GroupSession(reservation_id=reservation.id, created_at=now, version=1)
    _place(group, plan)
    session.add(group)
    session.flush()
    audit.record(session, actor=actor, action="group.plan", on=group, now=now, **_noted(group, passed))
    return group


def change_group(
    session: Session,
    group: GroupSession,
    plan: GroupPlan,
    version: int,
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
) -> GroupSession:
    """Change what was arranged. Who has a seat is told of another time, place or leader; nothing else is worth a message.

    Raises ``InvalidInput``, ``InTheWay``, ``ParticipantsBusy``, ``ChangedMeanwhile``, ``InvalidTransition``.
    """
    _check(plan)
    lock_group(session, group, also=[plan.professional.id])
    if group.cancelled_at is not None or group.ends_at <= now:
        raise InvalidTransition
    if group.version != version:
        raise ChangedMeanwhile
    seats = taken_seats(session, group)
    if plan.capacity < len(seats):
        raise InvalidInput({"capacity": N_("More seats than this are taken already.")})
    moved = _where(group) != _where_of(plan)
    passed: list[str] = []
    before = group.starts_at
    if moved:
        passed = _clear(session, plan, municipality, now=now, group=group)
        _refuse_busy(session, plan, seats)
        _place_reservation(session, session.get_one(Reservation, group.reservation_id), plan)
    if plan.capacity < group.capacity:
        _close_up(session, seats)
    _place(group, plan)
    group.version += 1
    session.flush()
    session.expire(group, ["professional", "office", "service"])
    if moved:
        telling = Telling(CHANGED)
        for seat in seats:
            _move_seat(session, seat, group)
            settle(
                session,
                seat,
                municipality,
                Step.RESCHEDULE,
                actor=actor,
                now=now,
                before=before,
                telling=telling,
            )
    audit.record(session, actor=actor, action="group.change", on=group, now=now, **_noted(group, passed))
    return group


def cancel_group(
    session: Session, group: GroupSession, *, actor: Actor, municipality: Municipality, now: datetime, reason: str = ""
) -> int:
    """Cancel it for everybody, who are told. Sent twice, it is cancelled once. Returns how many had a seat.

    Raises ``InvalidTransition`` where it is over.
    """
    lock_group(session, group)
    if group.cancelled_at is not None:
        return 0
    if group.ends_at <= now:
        raise InvalidTransition
    seats = [seat for seat in taken_seats(session, group) if seat.status in (Status.BOOKED, Status.CHECKED_IN)]
    for seat in seats:
        cancel(session, seat, actor=actor, municipality=municipality, now=now, reason=reason)
    group.cancelled_at, group.version = now, group.version + 1
    session.get_one(Reservation, group.reservation_id).active = False
    session.flush()
    audit.record(session, actor=actor, action="group.cancel", on=group, now=now, seats=len(seats), reason=reason)
    return len(seats)


def lock_group(session: Session, group: GroupSession, *, also: Sequence[int] = ()) -> None:
    """Read the session as it is, under the lock of its calendar and its own. Raises ``ChangedMeanwhile``."""
    owner = group.professional_id
    lock_professionals(session, [owner, *also])
    session.refresh(group, with_for_update=True)
    if group.professional_id != owner:
        raise ChangedMeanwhile


def taken_seats(session: Session, group: GroupSession) -> list[Appointment]:
    """The seats that are taken, by number; those of whom came and who did not, too."""
    query = (
        select(Appointment)
        .where(Appointment.group_session_id == group.id, Appointment.status != Status.CANCELLED)
        .options(selectinload(Appointment.client), selectinload(Appointment.service), selectinload(Appointment.office))
        .order_by(Appointment.seat_no)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _check(plan: GroupPlan) -> None:
    errors = {}
    if not SHORTEST <= plan.minutes <= LONGEST:
        errors["minutes"] = N_("Enter the length in minutes, from 5 to 720.")
    if not 1 <= plan.capacity <= MOST_SEATS:
        errors["capacity"] = N_("Enter how many seats there are, from 1 to 500.")
    if plan.mode not in (Mode.IN_PERSON, Mode.VIDEO):
        errors["mode"] = N_("A group meets in person or by video.")
    if plan.mode == Mode.IN_PERSON and (plan.office is None or not plan.office.active):
        errors["office"] = N_("Choose an office.")
    if not plan.professional.active:
        errors["professional"] = N_("Choose somebody from the list.")
    if errors:
        raise InvalidInput(errors)


def _clear(
    session: Session, plan: GroupPlan, municipality: Municipality, *, now: datetime, group: GroupSession | None = None
) -> list[str]:
    """What was passed (outside working hours …). Raises ``InTheWay`` where the time is somebody else's, or past."""
    own = group.reservation_id if group else 0
    wanted = Wanted(
        plan.service, plan.mode, plan.starts_at, plan.minutes, plan.professional, _office_id(plan), reservation_id=own
    )
    opening = Opening(epoch_of(plan.starts_at), plan.professional.id, _office_id(plan))
    drop_expired_holds(session, opening, now=now)
    found = obstacles(session, wanted, zone=municipality.zone, now=now)
    if not all(obstacle.passable for obstacle in found):
        raise InTheWay(found)
    return [str(obstacle.kind) for obstacle in found]


def _refuse_busy(session: Session, plan: GroupPlan, seats: Sequence[Appointment]) -> None:
    query = (
        select(Client.name)
        .join(Reservation, Reservation.client_id == Client.id)
        .where(
            Client.id.in_([seat.client_id for seat in seats]),
            Reservation.id.not_in([seat.reservation_id for seat in seats]),
            Reservation.active,
            Reservation.starts_at < plan.starts_at + timedelta(minutes=plan.minutes),
            Reservation.ends_at > plan.starts_at,
        )
    )
    names = sorted(session.scalars(query.distinct()))
    if names:
        raise ParticipantsBusy(names)


def _place_reservation(session: Session, reservation: Reservation, plan: GroupPlan) -> None:
    reservation.professional_id, reservation.service_id = plan.professional.id, plan.service.id
    reservation.office_id = _office_id(plan)
    for column, value in span_of(plan.service, epoch_of(plan.starts_at), plan.minutes).items():
        setattr(reservation, column, value)
    with constraints_as_errors():
        session.add(reservation)
        session.flush()


def _place(group: GroupSession, plan: GroupPlan) -> None:
    group.title, group.note, group.capacity, group.mode = plan.title, plan.note, plan.capacity, plan.mode
    group.service_id, group.professional_id = plan.service.id, plan.professional.id
    group.office_id = _office_id(plan)
    group.starts_at, group.ends_at = plan.starts_at, plan.starts_at + timedelta(minutes=plan.minutes)


def _close_up(session: Session, seats: Sequence[Appointment]) -> None:
    """Number the seats from one on, so that those of the highest numbers fit into fewer. In order: none meets another."""
    for number, seat in enumerate(seats, start=1):
        if seat.seat_no != number:
            seat.seat_no = number
            session.flush()


def _move_seat(session: Session, seat: Appointment, group: GroupSession) -> None:
    """The seat follows its session."""
    reservation = session.get_one(Reservation, seat.reservation_id)
    reservation.office_id, reservation.service_id = group.office_id, group.service_id
    for column, value in span_of(group.service, epoch_of(group.starts_at), group.minutes).items():
        setattr(reservation, column, value)
    with constraints_as_errors():
        session.flush()
    seat.starts_at, seat.ends_at, seat.mode = group.starts_at, group.ends_at, group.mode
    seat.professional_id, seat.office_id, seat.service_id = group.professional_id, group.office_id, group.service_id
    seat.late_minutes = seat.late_at = None  # said of the earlier time
    session.flush()
    session.expire(seat, ["professional", "office", "service"])
    until = seat.ends_at + LINK_LIVES
    tenancy.prolong_route(session, kind="appointment", secret=seat.link_token, until=until)


def _office_id(plan: GroupPlan) -> int | None:
    return plan.office.id if plan.office is not None and plan.mode == Mode.IN_PERSON else None


def _where(group: GroupSession) -> tuple[Any, ...]:
    return group.starts_at, group.minutes, group.mode, group.office_id, group.service_id, group.professional_id


def _where_of(plan: GroupPlan) -> tuple[Any, ...]:
    return plan.starts_at, plan.minutes, plan.mode, _office_id(plan), plan.service.id, plan.professional.id


def _noted(group: GroupSession, passed: Sequence[str]) -> dict[str, Any]:
    return {
        "starts_at": group.starts_at.isoformat(),
        "professional_id": group.professional_id,
        "capacity": group.capacity,
        "passed": list(passed),
    }


def plan_of(group: GroupSession, **changed: Any) -> GroupPlan:
    """The session as it stands, with some changes."""
    plan = GroupPlan(
        group.title,
        group.service,
        group.professional,
        group.mode,
        group.office,
        group.starts_at,
        group.minutes,
        group.capacity,
        group.note,
    )
    return replace(plan, **changed)


def settled(seats: Sequence[Appointment]) -> bool:
    """True where of everybody it is noted whether they came."""
    return not any(seat.status in ACTIVE for seat in seats)
