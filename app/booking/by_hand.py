"""Moving an appointment to a time that somebody on the staff chose by hand, and taking such a move back.

Any minute and any length will do, outside working hours with a reason; never over another booking, somebody's hold, an
absence, or another meeting of the same client. The exclusion constraints say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.availability import Opening
from app.booking.changes import lock_row, move_to, refuse_step
from app.booking.lifecycle import Status, Step
from app.booking.models import Appointment
from app.booking.obstacles import Obstacle, Wanted, obstacles
from app.booking.reserve import drop_expired_holds, epoch_of, office_of
from app.booking.service import LINK_LIVES, Telling, settle
from app.core import tenancy
from app.core.audit import Actor, AuditEvent
from app.core.errors import ChangedMeanwhile, Conflict, InvalidInput
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.scheduling.models import Mode, Professional
from app.scheduling.service import lock_office_limit, lock_professionals

SHORTEST, LONGEST = 5, 720
"""Minutes of a meeting."""
MOVED = f"appointment.{Step.RESCHEDULE}"


@dataclass(frozen=True, slots=True)
class ByHand:
    """Where to, and what the mover saw and says. ``version``: of the appointment as it was on their screen."""

    version: int
    starts_at: datetime
    minutes: int
    professional_id: int
    office_id: int | None = None
    reason: str = ""
    tell: bool = True
    telling: Telling | None = None


class InTheWay(Conflict):
    """The time cannot be taken; ``obstacles`` say why."""

    code = "in_the_way"
    message = N_("The appointment cannot be moved to this time.")

    def __init__(self, found: list[Obstacle]) -> None:
        super().__init__()
        self.obstacles = found


def wanted_of(appointment: Appointment, to: ByHand, professional: Professional) -> Wanted:
    """The appointment as it would be after the move."""
    return Wanted(
        appointment.service,
        appointment.mode,
        to.starts_at,
        to.minutes,
        professional,
        to.office_id if appointment.mode == Mode.IN_PERSON else None,
        appointment.client_id,
        appointment.reservation_id,
    )


def move(
    session: Session,
    appointment: Appointment,
    to: ByHand,
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
    back: bool = False,
) -> Appointment:
    """Move the appointment. ``back``: to where it stood before, which needs no reason. Sent twice, it is moved once.

    Raises ``ChangedMeanwhile``, ``InTheWay``, ``InvalidInput`` (``reason``, ``minutes``), ``InvalidTransition``.
    """
    owner = appointment.professional_id
    people = {row.id: row for row in lock_professionals(session, {owner, to.professional_id})}
    lock_row(session, appointment, owner)
    if to.professional_id not in people:
        raise InvalidInput({"professional": N_("Choose somebody from the list.")})
    if _is_there(appointment, to):
        return appointment
    if appointment.version != to.version:
        raise ChangedMeanwhile
    refuse_step(appointment, Step.RESCHEDULE, actor, now=now)
    if not SHORTEST <= to.minutes <= LONGEST:
        raise InvalidInput({"minutes": N_("Enter the length in minutes, from 5 to 720.")})
    opening = Opening(epoch_of(to.starts_at), to.professional_id, to.office_id)
    lock_office_limit(session, appointment.service, office_of(opening, appointment.mode))
    drop_expired_holds(session, opening, now=now)
    found = obstacles(session, wanted_of(appointment, to, people[to.professional_id]), zone=municipality.zone, now=now)
    _refuse(found, to, back=back)
    return _moved(session, appointment, opening, to, actor=actor, municipality=municipality, now=now, back=back)


def _is_there(appointment: Appointment, to: ByHand) -> bool:
    """True where nothing is left to do: sent twice, or nothing was changed."""
    return appointment.status == Status.BOOKED and place_of_row(appointment) == (
        to.starts_at,
        to.minutes,
        to.professional_id,
        to.office_id if appointment.mode == Mode.IN_PERSON else None,
    )


def place_of_row(appointment: Appointment) -> tuple[datetime, int, int, int | None]:
    """Start, minutes, professional and office."""
    minutes = int((appointment.ends_at - appointment.starts_at).total_seconds()) // 60
    return appointment.starts_at, minutes, appointment.professional_id, appointment.office_id


def _refuse(found: list[Obstacle], to: ByHand, *, back: bool) -> None:
    if not all(obstacle.passable for obstacle in found):
        raise InTheWay(found)
    if found and not to.reason and not back:
        raise InvalidInput({"reason": N_("Write why the meeting is moved here all the same.")})


def _moved(
    session: Session,
    appointment: Appointment,
    opening: Opening,
    to: ByHand,
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
    back: bool,
) -> Appointment:
    starts_at, minutes, professional_id, office_id = place_of_row(appointment)
    before = {
        "starts_at": starts_at.astimezone(UTC).isoformat(),
        "minutes": minutes,
        "professional_id": professional_id,
        "office_id": office_id,
    }
    try:
        move_to(session, appointment, opening, minutes=to.minutes)
    except Conflict as problem:  # unseen by ``obstacles``, caught by the constraint
        raise InTheWay([]) from problem
    until = appointment.ends_at + LINK_LIVES
    tenancy.prolong_route(session, kind="appointment", secret=appointment.link_token, until=until)
    noted: dict[str, Any] = {"by_hand": before, "told": to.tell, "reason": to.reason, "back": back}
    settle(
        session,
        appointment,
        municipality,
        Step.RESCHEDULE,
        actor=actor,
        now=now,
        before=starts_at,
        quiet=not to.tell,
        noted=noted,
        telling=to.telling,
    )
    return appointment


def undoing(session: Session, appointment: Appointment) -> ByHand | None:
    """What takes the last change back, if that was a move by hand and nothing has happened since."""
    query = select(AuditEvent).where(
        AuditEvent.object_type == Appointment.__tablename__,
        AuditEvent.object_id == appointment.id,
        AuditEvent.action == MOVED,
    )
    event = session.scalar(query.order_by(AuditEvent.id.desc()).limit(1))
    if event is None or "by_hand" not in event.data or event.data["version"] != appointment.version:
        return None
    before = event.data["by_hand"]
    return ByHand(
        appointment.version,
        datetime.fromisoformat(before["starts_at"]),
        before["minutes"],
        before["professional_id"],
        before["office_id"],
        tell=event.data["told"],
    )


def undo(
    session: Session, appointment: Appointment, version: int, *, actor: Actor, municipality: Municipality, now: datetime
) -> Appointment:
    """Take back the move by hand that made this ``version``; the client is told if they were told of the move.

    Raises ``ChangedMeanwhile``, ``InTheWay``, ``InvalidTransition``.
    """
    to = undoing(session, appointment)
    if to is None or to.version != version:
        raise ChangedMeanwhile
    return move(session, appointment, to, actor=actor, municipality=municipality, now=now, back=True)
