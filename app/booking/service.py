"""The promise: booking, moving and cancelling. Pages, API and (later) staff all come through these functions.

Every function writes the thing, its audit event, its messages and what other rooms hear in the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.availability import Opening, Wish, by_fairness, openings_at
from app.booking.clients import client_of
from app.booking.contact import ClientDetails
from app.booking.lifecycle import ACTIVE, Status, Step, next_status
from app.booking.models import Appointment, Client, Hold, Reservation
from app.booking.reserve import constraints_as_errors, epoch_of, office_of, span_of, take_one_of
from app.core import audit, crypto, tenancy
from app.core.audit import Actor
from app.core.errors import Conflict, Forbidden, InvalidInput, InvalidTransition, SlotTaken
from app.core.events import announce
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.scheduling.models import Service, WhoMayBook
from app.scheduling.service import lock_professionals

LINK_LIVES = timedelta(days=60)
"""How long after the meeting its link still shows what was agreed."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is booked: a service at a start, in a mode; ``None`` leaves the choice to us."""

    service: Service
    mode: str
    starts_at: datetime
    professional_id: int | None = None
    office_id: int | None = None
    client: ClientDetails = field(default_factory=lambda: ClientDetails(""))
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AppointmentChanged:
    """Announced after every step of an appointment, in its transaction. ``before``: start before a move."""

    appointment: Appointment
    municipality: Municipality
    step: str
    actor: Actor
    now: datetime
    before: datetime | None = None


def book(
    session: Session,
    order: Order,
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
    hold: Hold | None = None,
) -> Appointment:
    """Make the promise. With a hold, that time; submitted twice, the same appointment comes back.

    Raises ``SlotTaken``, ``InvalidInput``, ``Conflict`` (``already_booked``, ``client_busy``), ``Forbidden``.
    """
    refuse_closed(order.service, actor)
    if hold is not None:
        order = _as_held(order, hold)
        lock_professionals(session, [hold.professional_id])
        session.refresh(hold)
        if hold.appointment_id is not None:
            return session.get_one(Appointment, hold.appointment_id)
    wish = _wish(order, actor, municipality, hold)

    def take(opening: Opening) -> Appointment:
        return _promise(session, order, opening, hold, actor=actor, now=now)

    appointment = take_one_of(session, wish, epoch_of(order.starts_at), take, zone=municipality.zone, now=now)
    if hold is not None:
        hold.appointment_id = appointment.id
    _settle(session, appointment, municipality, "book", actor=actor, now=now)
    return appointment


def _as_held(order: Order, hold: Hold) -> Order:
    """The order with the professional who is kept for it. Raises ``InvalidInput`` where it is not what is kept."""
    if (order.service.id, order.mode, order.starts_at) != (hold.service_id, hold.mode, hold.starts_at):
        raise InvalidInput({"hold_id": N_("Another time is kept for you than the one you are booking.")})
    return replace(order, professional_id=hold.professional_id, office_id=hold.office_id)


def _wish(order: Order, actor: Actor, municipality: Municipality, hold: Hold | None) -> Wish:
    day = order.starts_at.astimezone(municipality.zone).date()
    held = hold.reservation_id if hold is not None else None
    return Wish(
        service=order.service,
        mode=order.mode,
        first=day,
        last=day,
        office_id=order.office_id,
        professional_id=order.professional_id,
        ignored_reservations=(held,) if held is not None else (),
        by_staff=actor.kind == "staff",
    )


def refuse_closed(service: Service, actor: Actor) -> None:
    """Raise ``Forbidden`` where the actor may not book the service without staff."""
    if not service.active:
        raise Forbidden(N_("This service is not available at the moment."), code="service_closed")
    if not actor.trusted and service.who_may_book != WhoMayBook.ANYONE:
        raise Forbidden(N_("Times for this service are given by the staff. Please contact us."), code="staff_only")


def _promise(
    session: Session, order: Order, opening: Opening, hold: Hold | None, *, actor: Actor, now: datetime
) -> Appointment:
    """Rows of a new appointment, under the lock of its professional."""
    client = client_of(session, order.client, actor=actor, now=now)
    _refuse_second(session, order.service, client, now=now)
    reservation = _held_reservation(session, hold) or Reservation()
    reservation.kind, reservation.expires_at = "appointment", None
    reservation.professional_id, reservation.client_id = opening.professional_id, client.id
    reservation.service_id, reservation.office_id = order.service.id, office_of(opening, order.mode)
    for column, value in span_of(order.service, opening.start).items():
        setattr(reservation, column, value)
    with constraints_as_errors():
        session.add(reservation)
        session.flush()
    appointment = Appointment(
        reference=crypto.reference(),
        link_token=crypto.link_token(),
        check_in_code=crypto.check_in_code(),
        reservation_id=reservation.id,
        service_id=order.service.id,
        professional_id=opening.professional_id,
        client_id=client.id,
        office_id=reservation.office_id,
        mode=order.mode,
        status=Status.BOOKED,
        starts_at=reservation.starts_at,
        ends_at=reservation.ends_at,
        answers=order.answers,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(appointment)
    session.flush()
    tenancy.add_route(
        session,
        kind="appointment",
        secret=appointment.link_token,
        municipality_id=appointment.municipality_id,
        target_id=appointment.id,
        expires_at=appointment.ends_at + LINK_LIVES,
    )
    return appointment


def _held_reservation(session: Session, hold: Hold | None) -> Reservation | None:
    if hold is None or hold.reservation_id is None:
        return None
    return session.get(Reservation, hold.reservation_id)


def _refuse_second(session: Session, service: Service, client: Client, *, now: datetime) -> None:
    if service.several_bookings:
        return
    other = select(Appointment.reference).where(
        Appointment.client_id == client.id,
        Appointment.service_id == service.id,
        Appointment.status.in_(ACTIVE),
        Appointment.ends_at > now,
    )
    if session.scalar(other.limit(1)) is not None:
        raise Conflict(
            N_("You already have an appointment for this service. Change or cancel it first."), code="already_booked"
        )


def reschedule(
    session: Session,
    appointment: Appointment,
    *,
    starts_at: datetime,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
    professional_id: int | None = None,
) -> Appointment:
    """Move the appointment: same row, reference and link; version rises. Without a professional, the same one first.

    Raises ``SlotTaken``, ``InvalidInput``, ``InvalidTransition``, ``Conflict`` (``too_late``, ``changed_meanwhile``).
    """
    before, owner = appointment.starts_at, appointment.professional_id
    if starts_at == before and professional_id in (None, owner) and appointment.status == Status.BOOKED:
        return appointment  # sent twice, or nothing to move
    _refuse_step(appointment, Step.RESCHEDULE, actor, now=now)
    wish = _wish_to_move(
        appointment, starts_at, professional_id or owner, municipality.zone, by_staff=actor.kind == "staff"
    )

    def take(opening: Opening) -> None:
        _lock_row(session, appointment, owner)
        _refuse_step(appointment, Step.RESCHEDULE, actor, now=now)
        _move(session, appointment, opening)

    def take_time(wish: Wish) -> None:
        take_one_of(session, wish, epoch_of(starts_at), take, zone=municipality.zone, now=now, also_lock=[owner])

    try:
        take_time(wish)
    except (SlotTaken, InvalidInput):
        if professional_id is not None:
            raise
        take_time(replace(wish, professional_id=None))
    _settle(session, appointment, municipality, Step.RESCHEDULE, actor=actor, now=now, before=before)
    return appointment


def _wish_to_move(
    appointment: Appointment,
    starts_at: datetime,
    professional_id: int | None,
    zone: ZoneInfo,
    *,
    by_staff: bool = False,
) -> Wish:
    """The appointment's service, mode and office on the day of the new start."""
    day = starts_at.astimezone(zone).date()
    return Wish(
        service=appointment.service,
        mode=appointment.mode,
        first=day,
        last=day,
        office_id=appointment.office_id,
        professional_id=professional_id,
        ignored_reservations=(appointment.reservation_id,),
        by_staff=by_staff,
    )


def who_would_take(
    session: Session,
    appointment: Appointment,
    starts_at: datetime,
    wished: int | None,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> int:
    """Who would meet the client at a new start: the wished one, else the present one if free, else the fairest.

    Nothing is kept by asking. Raises ``SlotTaken``.
    """
    wish = _wish_to_move(appointment, starts_at, wished, zone)
    free = openings_at(session, wish, epoch_of(starts_at), zone=zone, now=now)
    present = [opening for opening in free if opening.professional_id == appointment.professional_id]
    found = present or by_fairness(session, free, zone=zone, now=now)
    if not found:
        raise SlotTaken
    return found[0].professional_id


def _move(session: Session, appointment: Appointment, opening: Opening) -> None:
    reservation = session.get_one(Reservation, appointment.reservation_id)
    for column, value in span_of(appointment.service, opening.start).items():
        setattr(reservation, column, value)
    reservation.professional_id = opening.professional_id
    reservation.office_id = office_of(opening, appointment.mode)
    with constraints_as_errors():
        session.flush()
    appointment.starts_at, appointment.ends_at = reservation.starts_at, reservation.ends_at
    appointment.professional_id, appointment.office_id = opening.professional_id, reservation.office_id
    session.flush()
    session.expire(appointment, ["professional", "office"])


def cancel(
    session: Session,
    appointment: Appointment,
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
    reason: str = "",
) -> Appointment:
    """Cancel: the time is free for others at once, everybody concerned is told."""
    lock_professionals(session, [appointment.professional_id])
    _lock_row(session, appointment, appointment.professional_id)
    appointment.status = _refuse_step(appointment, Step.CANCEL, actor, now=now)
    appointment.cancelled_by, appointment.cancel_reason = actor.kind, reason
    session.get_one(Reservation, appointment.reservation_id).active = False
    _settle(session, appointment, municipality, Step.CANCEL, actor=actor, now=now)
    return appointment


def _lock_row(session: Session, appointment: Appointment, owner: int) -> None:
    """Read the appointment as it is now, under the lock of its ``owner``'s calendar."""
    session.refresh(appointment, with_for_update=True)
    if appointment.professional_id != owner:
        raise Conflict(N_("Somebody changed the appointment just now. Look at it again."), code="changed_meanwhile")


def _refuse_step(appointment: Appointment, step: Step, actor: Actor, *, now: datetime) -> Status:
    """The state after the step. Raises ``InvalidTransition``, for clients ``Conflict`` (``too_late``) after the cut-off."""
    status = next_status(appointment.status, step)
    if status is None:
        raise InvalidTransition
    if actor.is_client and now >= last_change(appointment):
        raise Conflict(
            N_("The appointment is so near that it cannot be changed or cancelled here any more. Please call us."), code="too_late"
        )
    return status


def last_change(appointment: Appointment) -> datetime:
    """Until when the client may change or cancel: the service's cut-off before the start."""
    return appointment.starts_at - timedelta(minutes=appointment.service.change_cutoff_minutes)


def _settle(
    session: Session,
    appointment: Appointment,
    municipality: Municipality,
    step: str,
    *,
    actor: Actor,
    now: datetime,
    before: datetime | None = None,
) -> None:
    """What every step leaves behind: the raised version, the audit event, and the announcement others act on."""
    if step != "book":
        appointment.version += 1
    appointment.updated_at = now
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"appointment.{step}",
        on=appointment,
        now=now,
        version=appointment.version,
        starts_at=appointment.starts_at.astimezone(UTC).isoformat(),
        professional_id=appointment.professional_id,
    )
    announce(session, AppointmentChanged(appointment, municipality, step, actor, now, before))


def answer(session: Session, appointment: Appointment, answers: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    """Keep pre-information that was given after the booking."""
    appointment.answers = {**appointment.answers, **answers}
    appointment.updated_at = now
    audit.record(session, actor=actor, action="appointment.answer", on=appointment, now=now)
