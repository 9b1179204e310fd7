"""Making a promise. Pages, API and staff all come through ``book``; ``changes`` moves and cancels.

Every step writes the thing, its audit event, its messages and what other rooms hear in the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.booking.availability import Opening, Wish
from app.booking.clients import client_of, is_stranger
from app.booking.contact import ClientDetails
from app.booking.holds import is_live
from app.booking.lifecycle import ACTIVE, Status
from app.booking.models import Appointment, Client, Hold, Reservation
from app.booking.reserve import constraints_as_errors, epoch_of, office_of, span_of, take_one_of
from app.core import audit, crypto, tenancy
from app.core.audit import Actor
from app.core.errors import Conflict, Forbidden, InvalidInput
from app.core.events import announce
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.scheduling.models import Office, Professional, Service, WhoMayBook
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
    client_id: int | None = None
    """Whose promise it is, where a personal link or a sign-in has told: never what somebody typed."""
    answers: dict[str, Any] = field(default_factory=dict)
    may_move: bool = False
    minutes: int | None = None
    """Another length than the service's, where staff typed the time."""
    note: str = ""
    quiet: bool = False
    """Whoever books tells the client by other means."""
    invited: bool = False
    """By an invitation, which opens services that are not open to everybody."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How a step is told otherwise than usual: in another kind's words, with another link, not before an instant."""

    kind: str
    link: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class AppointmentChanged:
    """Announced after every step of an appointment, in its transaction. ``before``: start before a move."""

    appointment: Appointment
    municipality: Municipality
    step: str
    actor: Actor
    now: datetime
    before: datetime | None = None
    quiet: bool = False
    """Whoever took the step tells the client by other means."""
    untold: bool = False
    """What is taken back was never told: nothing is said of it at all."""
    telling: Telling | None = None


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
    refuse_closed(order.service, actor, invited=order.invited)
    if hold is not None:
        order = _as_held(order, hold)
        lock_professionals(session, [hold.professional_id])
        session.refresh(hold)
        if hold.appointment_id is not None:
            if not actor.is_client:  # systems repeat a call by its Idempotency-Key
                raise Conflict(N_("This hold has already become an appointment."), code="hold_used")
            return session.get_one(Appointment, hold.appointment_id)
    kept = hold is not None and is_live(hold, now=now)
    wish = _wish(order, municipality, hold, any_notice=kept or actor.kind == "staff")

    def take(opening: Opening) -> Appointment:
        return promise(session, order, opening, hold, actor=actor, now=now)

    appointment = take_one_of(session, wish, epoch_of(order.starts_at), take, zone=municipality.zone, now=now)
    if hold is not None:
        hold.appointment_id = appointment.id
    settle(session, appointment, municipality, "book", actor=actor, now=now, quiet=order.quiet)
    return appointment


def _as_held(order: Order, hold: Hold) -> Order:
    """The order with the professional who is kept for it. Raises ``InvalidInput`` where it is not what is kept."""
    if (order.service.id, order.mode, order.starts_at) != (hold.service_id, hold.mode, hold.starts_at):
        raise InvalidInput({"hold_id": N_("Another time is kept for you than the one you are booking.")})
    if order.professional_id not in (None, hold.professional_id) or order.office_id not in (None, hold.office_id):
        raise InvalidInput({"hold_id": N_("The time is kept with another professional or office.")})
    return replace(order, professional_id=hold.professional_id, office_id=hold.office_id)


def _wish(order: Order, municipality: Municipality, hold: Hold | None, *, any_notice: bool) -> Wish:
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
        any_notice=any_notice,
    )


def refuse_closed(service: Service, actor: Actor, *, invited: bool = False) -> None:
    """Raise ``Forbidden`` where the actor may not book the service without staff."""
    if not service.active:
        raise Forbidden(N_("This service is not available at the moment."), code="service_closed")
    if not (actor.trusted or invited) and service.who_may_book != WhoMayBook.ANYONE:
        raise Forbidden(N_("Times for this service are given by the staff. Please contact us."), code="staff_only")


def promise(
    session: Session, order: Order, opening: Opening, hold: Hold | None = None, *, actor: Actor, now: datetime
) -> Appointment:
    """Rows of a new appointment, under the lock of its professional."""
    office_id = office_of(opening, order.mode)
    office = session.get_one(Office, office_id) if office_id is not None else None
    client = client_of(session, order.client, known_id=order.client_id, actor=actor, now=now)
    if actor.kind != "staff" and not is_stranger(order.client, actor=actor, known_id=order.client_id):
        _refuse_second(session, order.service, client, now=now)
    reservation = _held_reservation(session, hold) or Reservation()
    reservation.kind, reservation.expires_at = "appointment", None
    reservation.professional_id, reservation.client_id = opening.professional_id, client.id
    reservation.service_id, reservation.office_id = order.service.id, office_id
    for column, value in span_of(order.service, opening.start, order.minutes).items():
        setattr(reservation, column, value)
    with constraints_as_errors():
        session.add(reservation)
        session.flush()
    return write_appointment(
        session,
        reservation,
        client=client,
        service=order.service,
        professional=session.get_one(Professional, opening.professional_id),
        office=office,
        now=now,
        mode=order.mode,
        answers=order.answers,
        may_move=order.may_move,
        note=order.note,
    )


def write_appointment(
    session: Session,
    reservation: Reservation,
    *,
    client: Client,
    service: Service,
    professional: Professional,
    office: Office | None,
    now: datetime,
    **more: Any,
) -> Appointment:
    """The row of a new appointment over its reservation, and the address of its link."""
    appointment = Appointment(
        reference=crypto.reference(),
        link_token=crypto.link_token(),
        check_in_code=crypto.check_in_code(),
        reservation_id=reservation.id,
        service_id=service.id,
        professional_id=professional.id,
        client_id=client.id,
        office_id=office.id if office else None,
        status=Status.BOOKED,
        starts_at=reservation.starts_at,
        ends_at=reservation.ends_at,
        version=1,
        created_at=now,
        updated_at=now,
        **more,
    )
    # At hand for the messages, so that they need not be read again.
    set_committed_value(appointment, "service", service)
    set_committed_value(appointment, "professional", professional)
    set_committed_value(appointment, "office", office)
    set_committed_value(appointment, "client", client)
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


def settle(
    session: Session,
    appointment: Appointment,
    municipality: Municipality,
    step: str,
    *,
    actor: Actor,
    now: datetime,
    before: datetime | None = None,
    quiet: bool = False,
    untold: bool = False,
    noted: dict[str, Any] | None = None,
    telling: Telling | None = None,
) -> None:
    """What every step leaves behind: the raised version, the audit event, and the announcement others act on.

    ``quiet``: the client is not told of it; ``noted``: what else the audit log keeps of it.
    """
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
        **(noted or {}),
    )
    announce(session, AppointmentChanged(appointment, municipality, step, actor, now, before, quiet, untold, telling))
