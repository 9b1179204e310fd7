"""Booking for a client: a free time as everybody sees it, or any time typed by hand; and taking the booking back at once.

By hand, working hours, limits and who gives the service can be passed with a reason; other meetings never.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.availability import Opening
from app.booking.by_hand import LONGEST, SHORTEST, InTheWay
from app.booking.changes import cancel, lock_row
from app.booking.lifecycle import Status
from app.booking.models import Appointment
from app.booking.notices import UNDO_TIME
from app.booking.obstacles import Wanted, obstacles
from app.booking.reserve import drop_expired_holds, epoch_of
from app.booking.service import Order, book, promise, refuse_closed, settle
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.messaging.outbox import have_left
from app.scheduling.models import Mode, Office, Professional
from app.scheduling.service import lock_office_limit, lock_professionals


def book_for_client(
    session: Session, order: Order, *, actor: Actor, municipality: Municipality, now: datetime, reason: str = ""
) -> Appointment:
    """Book for ``order.client_id``. With ``order.minutes`` the time is taken by hand, from a named professional.

    Sent twice, the same appointment comes back. ``reason``: why the time is taken although something speaks against it.
    Raises ``SlotTaken``, ``InTheWay``, ``InvalidInput``, ``Conflict`` (``client_busy``), ``Forbidden``.
    """
    made = _made_before(session, order, actor, now)
    if made is not None:
        return made
    if order.minutes is None:
        return book(session, order, actor=actor, municipality=municipality, now=now)
    refuse_closed(order.service, actor)
    return _take_by_hand(session, order, reason, actor=actor, municipality=municipality, now=now)


def _made_before(session: Session, order: Order, actor: Actor, now: datetime) -> Appointment | None:
    """What the same form has just made: it was sent twice."""
    query = select(Appointment).where(
        Appointment.client_id == order.client_id,
        Appointment.service_id == order.service.id,
        Appointment.mode == order.mode,
        Appointment.starts_at == order.starts_at,
        Appointment.status == Status.BOOKED,
        Appointment.created_at > now - UNDO_TIME,
    )
    if order.professional_id is not None:
        query = query.where(Appointment.professional_id == order.professional_id)
    found: Appointment | None = session.scalar(query.limit(1))
    return found if actor.kind == "staff" else None


def wanted_of(session: Session, order: Order) -> Wanted:
    """The meeting of an order by hand. Raises ``InvalidInput`` where it does not say with whom, where, or how long."""
    professional = session.get(Professional, order.professional_id) if order.professional_id else None
    if professional is None or not professional.active:
        raise InvalidInput({"professional": N_("Choose somebody from the list.")})
    office = session.get(Office, order.office_id) if order.office_id else None
    in_person = order.mode == Mode.IN_PERSON
    if in_person and (office is None or not office.active):
        raise InvalidInput({"office": N_("Choose an office.")})
    if order.minutes is None or not SHORTEST <= order.minutes <= LONGEST:
        raise InvalidInput({"minutes": N_("Enter the length in minutes, from 5 to 720.")})
    office_id = order.office_id if in_person else None
    return Wanted(order.service, order.mode, order.starts_at, order.minutes, professional, office_id, order.client_id)


def _take_by_hand(
    session: Session, order: Order, reason: str, *, actor: Actor, municipality: Municipality, now: datetime
) -> Appointment:
    wanted = wanted_of(session, order)
    lock_professionals(session, [wanted.professional.id])
    lock_office_limit(session, order.service, wanted.office_id)
    opening = Opening(epoch_of(order.starts_at), wanted.professional.id, wanted.office_id)
    drop_expired_holds(session, opening, now=now)
    found = obstacles(session, wanted, zone=municipality.zone, now=now)
    if not all(obstacle.passable for obstacle in found):
        raise InTheWay(found)
    if found and not reason:
        raise InvalidInput({"reason": N_("Write why the time is booked all the same.")})
    appointment = promise(session, order, opening, actor=actor, now=now)
    noted = {"by_hand": True, "passed": [str(obstacle.kind) for obstacle in found], "reason": reason}
    settle(session, appointment, municipality, "book", actor=actor, now=now, quiet=order.quiet, noted=noted)
    return appointment


def can_unbook(appointment: Appointment, *, now: datetime) -> bool:
    """True in the first minute of a booking to which nothing has happened yet."""
    fresh = appointment.created_at <= now < appointment.created_at + UNDO_TIME
    return fresh and appointment.status == Status.BOOKED and appointment.version == 1


def unbook(
    session: Session, appointment: Appointment, *, actor: Actor, municipality: Municipality, now: datetime
) -> None:
    """Take a booking back before anybody was told of it. Raises ``Conflict`` (``too_late``) where that is past."""
    lock_professionals(session, [appointment.professional_id])
    lock_row(session, appointment, appointment.professional_id)
    if not can_unbook(appointment, now=now) or have_left(session, cause=f"appointment:{appointment.id}"):
        raise Conflict(
            N_("The client has been told already, or a minute has passed. Cancel the appointment instead."),
            code="too_late",
        )
    cancel(session, appointment, actor=actor, municipality=municipality, now=now, untold=True)
