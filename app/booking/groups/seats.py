"""Seats: giving one to a client, taking it back, and noting afterwards who came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.booking.changes import cancel
from app.booking.clients import locked_client
from app.booking.day import advance
from app.booking.groups.models import GroupSession
from app.booking.groups.service import lock_group, taken_seats
from app.booking.lifecycle import Status, Step
from app.booking.models import Appointment, Reservation
from app.booking.notices import UNDO_TIME
from app.booking.reserve import constraints_as_errors, epoch_of, span_of
from app.booking.service import Telling, settle, write_appointment
from app.booking.staff_booking import can_unbook, unbook
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidTransition
from app.core.i18n import N_
from app.core.tenancy import Municipality

GIVEN = "group_confirmation"
"""What those are told who got a seat."""


def give_seat(
    session: Session,
    group: GroupSession,
    client_id: int,
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
    quiet: bool = False,
) -> Appointment:
    """Give the client the first free seat. Asked twice, the same seat comes back.

    Raises ``Conflict`` (``full``, ``client_busy``), ``InvalidTransition`` where the session is cancelled or over.
    """
    lock_group(session, group)
    if group.cancelled_at is not None or group.ends_at <= now:
        raise InvalidTransition
    client = locked_client(session, client_id)
    seats = taken_seats(session, group)
    own = next((seat for seat in seats if seat.client_id == client.id), None)
    if own is not None:
        return own
    taken = {seat.seat_no for seat in seats}
    number = next((number for number in range(1, group.capacity + 1) if number not in taken), None)
    if number is None:
        raise Conflict(N_("All seats are taken."), code="full")
    reservation = Reservation(
        kind="seat",
        client_id=client.id,
        service_id=group.service_id,
        office_id=group.office_id,
        **span_of(group.service, epoch_of(group.starts_at), group.minutes),
    )
    with constraints_as_errors():
        session.add(reservation)
        session.flush()
    seat = write_appointment(
        session,
        reservation,
        client=client,
        service=group.service,
        professional=group.professional,
        office=group.office,
        now=now,
        mode=group.mode,
        answers={},
        group_session_id=group.id,
        seat_no=number,
    )
    telling = Telling(GIVEN, not_before=now + UNDO_TIME)
    noted = {"group_session_id": group.id}
    settle(session, seat, municipality, "book", actor=actor, now=now, quiet=quiet, noted=noted, telling=telling)
    return seat


def take_back_seat(
    session: Session, seat: Appointment, *, actor: Actor, municipality: Municipality, now: datetime
) -> None:
    """Free the seat: unseen in the first minute, with a message afterwards. Raises ``InvalidTransition``."""
    if can_unbook(seat, now=now):
        try:
            with session.begin_nested():
                unbook(session, seat, actor=actor, municipality=municipality, now=now)
                return
        except Conflict as problem:
            if problem.code != "too_late":
                raise
    cancel(session, seat, actor=actor, municipality=municipality, now=now)


def note_the_end(
    session: Session, group: GroupSession, *, actor: Actor, municipality: Municipality, now: datetime
) -> int:
    """Who was noted as here took part; who was not did not come. Returns how many seats were settled.

    Raises ``InvalidTransition`` before the session has begun.
    """
    lock_group(session, group)
    if group.cancelled_at is not None or group.starts_at > now:
        raise InvalidTransition
    settled = 0
    for seat in taken_seats(session, group):
        for step in STEPS_TO_END.get(Status(seat.status), ()):
            advance(session, seat, step, actor=actor, municipality=municipality, now=now)
        settled += seat.status in (Status.COMPLETED, Status.NO_SHOW)
    return settled


STEPS_TO_END = {
    Status.BOOKED: (Step.MARK_NO_SHOW,),
    Status.CHECKED_IN: (Step.START, Step.COMPLETE),
    Status.IN_PROGRESS: (Step.COMPLETE,),
}
