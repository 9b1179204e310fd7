"""Changing a promise: moving, cancelling, answering, consenting. The row, its reference and its link stay, ``version`` rises."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.booking.availability import Opening, Wish, by_fairness, openings_at
from app.booking.lifecycle import Status, Step, next_status
from app.booking.models import Appointment, Reservation
from app.booking.receipts import Action, record
from app.booking.reserve import constraints_as_errors, epoch_of, office_of, span_of, take_one_of
from app.booking.service import LINK_LIVES, Telling, settle
from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.errors import ChangedMeanwhile, Conflict, InvalidInput, InvalidTransition, SlotTaken
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.scheduling.service import lock_professionals


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
    owner = appointment.professional_id
    if starts_at == appointment.starts_at and professional_id in (None, owner) and appointment.status == Status.BOOKED:
        return appointment  # sent twice, or nothing to move
    refuse_step(appointment, Step.RESCHEDULE, actor, now=now)
    wish = _wish_to_move(
        appointment, starts_at, professional_id or owner, municipality.zone, any_notice=actor.kind == "staff"
    )

    def take(opening: Opening) -> datetime:
        lock_row(session, appointment, owner)
        refuse_step(appointment, Step.RESCHEDULE, actor, now=now)
        before = appointment.starts_at
        move_to(session, appointment, opening)
        return before

    def take_time(wish: Wish) -> datetime:
        return take_one_of(session, wish, epoch_of(starts_at), take, zone=municipality.zone, now=now, also_lock=[owner])

    try:
        before = take_time(wish)
    except (SlotTaken, InvalidInput):
        if professional_id is not None:
            raise
        before = take_time(replace(wish, professional_id=None))
    until = appointment.ends_at + LINK_LIVES
    tenancy.prolong_route(session, kind="appointment", secret=appointment.link_token, until=until)
    settle(session, appointment, municipality, Step.RESCHEDULE, actor=actor, now=now, before=before)
    return appointment


def _wish_to_move(
    appointment: Appointment,
    starts_at: datetime,
    professional_id: int | None,
    zone: ZoneInfo,
    *,
    any_notice: bool = False,
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
        any_notice=any_notice,
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


def move_to(session: Session, appointment: Appointment, opening: Opening, *, minutes: int | None = None) -> None:
    """Write the new time, professional and place. ``minutes``: another length than the service's. Raises ``SlotTaken``."""
    reservation = session.get_one(Reservation, appointment.reservation_id)
    for column, value in span_of(appointment.service, opening.start, minutes).items():
        setattr(reservation, column, value)
    reservation.professional_id = opening.professional_id
    reservation.office_id = office_of(opening, appointment.mode)
    with constraints_as_errors():
        session.flush()
    appointment.starts_at, appointment.ends_at = reservation.starts_at, reservation.ends_at
    appointment.professional_id, appointment.office_id = opening.professional_id, reservation.office_id
    appointment.late_minutes = appointment.late_at = None  # said of the earlier time
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
    untold: bool = False,
    telling: Telling | None = None,
) -> Appointment:
    """Cancel: the time is free for others at once, everybody concerned is told.

    ``untold``: nobody knows of the booking yet, so nobody is told that it is no more.
    """
    lock_professionals(session, [appointment.professional_id])
    lock_row(session, appointment, appointment.professional_id)
    appointment.status = refuse_step(appointment, Step.CANCEL, actor, now=now)
    appointment.cancelled_by, appointment.cancel_reason = actor.kind, reason
    session.get_one(Reservation, appointment.reservation_id).active = False
    settle(session, appointment, municipality, Step.CANCEL, actor=actor, now=now, untold=untold, telling=telling)
    return appointment


def restore(
    session: Session, appointment: Appointment, *, actor: Actor, municipality: Municipality, now: datetime
) -> Appointment:
    """Take back a cancelling that nobody has heard of, while the time is still free.

    Raises ``InvalidTransition``, ``SlotTaken``, ``Conflict`` (``client_busy``).
    """
    lock_professionals(session, [appointment.professional_id])
    lock_row(session, appointment, appointment.professional_id)
    appointment.status = refuse_step(appointment, Step.RESTORE, actor, now=now)
    appointment.cancelled_by = appointment.cancel_reason = None
    session.get_one(Reservation, appointment.reservation_id).active = True
    with constraints_as_errors():
        session.flush()
    settle(session, appointment, municipality, Step.RESTORE, actor=actor, now=now, untold=True)
    return appointment


def lock_row(session: Session, appointment: Appointment, owner: int) -> None:
    """Read the appointment as it is now, under the lock of its ``owner``'s calendar. Raises ``Conflict``."""
    session.refresh(appointment, with_for_update=True)
    if appointment.professional_id != owner:
        raise ChangedMeanwhile


def refuse_step(appointment: Appointment, step: Step, actor: Actor, *, now: datetime) -> Status:
    """The state after the step. Raises ``InvalidTransition``, for clients ``Conflict`` (``too_late``) after the cut-off."""
    status = next_status(appointment.status, step)
    if status is None or appointment.ends_at <= now or not can_step(appointment, step):
        raise InvalidTransition
    if actor.is_client and now >= last_change(appointment):
        raise Conflict(
            N_("The appointment is so near that it cannot be changed or cancelled here any more. Please call us."),
            code="too_late",
        )
    return status


def can_step(appointment: Appointment, step: Step) -> bool:
    """True where its state and kind allow the step: a seat moves with its group session, and comes back by a new booking."""
    alone = appointment.group_session_id is None or step not in (Step.RESCHEDULE, Step.RESTORE)
    return alone and next_status(appointment.status, step) is not None


def last_change(appointment: Appointment) -> datetime:
    """Until when the client may change or cancel: the service's cut-off before the start."""
    return appointment.starts_at - timedelta(minutes=appointment.service.change_cutoff_minutes)


def answer(session: Session, appointment: Appointment, answers: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    """Keep pre-information that was given after the booking. Sent twice, it is kept once."""
    session.refresh(appointment, with_for_update=True)
    kept = {**appointment.answers, **answers}
    if kept == appointment.answers:
        return
    appointment.answers, appointment.updated_at = kept, now
    audit.record(session, actor=actor, action="appointment.answer", on=appointment, now=now)
    record(
        session,
        appointment.client,
        Action.ANSWER,
        actor=actor,
        now=now,
        appointment=appointment,
        facts={"answered": len(answers)},
    )


def may_still_move(appointment: Appointment, *, now: datetime) -> bool:
    """True while it matters whether we may move the appointment ourselves."""
    return can_step(appointment, Step.RESCHEDULE) and now < appointment.starts_at


def allow_move(session: Session, appointment: Appointment, allowed: bool, *, actor: Actor, now: datetime) -> None:
    """Give or withdraw the consent to move the appointment ourselves. Said twice, it is said once.

    Raises ``InvalidTransition`` when there is nothing to move any more.
    """
    session.refresh(appointment, with_for_update=True)
    if not may_still_move(appointment, now=now):
        raise InvalidTransition
    if appointment.may_move == allowed:
        return
    appointment.may_move, appointment.updated_at = allowed, now
    action = Action.ALLOW_MOVE if allowed else Action.FORBID_MOVE
    audit.record(session, actor=actor, action=f"appointment.{action}", on=appointment, now=now)
    record(session, appointment.client, action, actor=actor, now=now, appointment=appointment)
