"""Inviting one client to choose a time: made, sent again, withdrawn; opened, booked, declined by whoever holds the link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.booking.clients import locked_client
from app.booking.invited import letters
from app.booking.invited.models import Invitation
from app.booking.invited.states import OPEN, State, may_become, state_on
from app.booking.models import Appointment, Client
from app.booking.notices import ways_to
from app.core import audit, crypto, tenancy
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import N_
from app.core.tenancy import Municipality
from app.messaging.models import Message
from app.messaging.outbox import SUPERSEDED, cancel_waiting
from app.messaging.status import MessageStatus
from app.scheduling.models import Professional, ProfessionalService, Service

KIND = "invitation"
LONGEST = timedelta(days=180)
LINK_LIVES = timedelta(days=60)
"""How long after the last day the link still says that the invitation is over."""
LONGEST_WORDS = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to invite to what, until when; ``professional_id`` None: anybody who gives the service."""

    client_id: int
    service: Service
    book_by: date
    professional_id: int | None = None


def invite(session: Session, wanted: Wanted, *, actor: Actor, municipality: Municipality, now: datetime) -> Invitation:
    """Make the invitation and write its message. Pressed twice, the open one comes back.

    Raises ``InvalidInput`` (``service``, ``professional``, ``book_by``, ``client``).
    """
    client = locked_client(session, wanted.client_id)
    _refuse(session, wanted, client, today=now.astimezone(municipality.zone).date())
    same = _open_one(session, client, wanted, today=now.astimezone(municipality.zone).date())
    if same is not None:
        return same
    invitation = _new(session, wanted, actor=actor, now=now)
    _send(session, invitation, municipality, now)
    return invitation


def _new(session: Session, wanted: Wanted, *, actor: Actor, now: datetime) -> Invitation:
    invitation = Invitation(
        client_id=wanted.client_id,
        service_id=wanted.service.id,
        professional_id=wanted.professional_id,
        book_by=wanted.book_by,
        invited_by=actor.label,
        created_at=now,
    )
    session.add(invitation)
    session.flush()
    _note(session, invitation, "create", actor, now, book_by=wanted.book_by.isoformat(), service_id=wanted.service.id)
    return invitation


def link_to_choose(
    session: Session, wanted: Wanted, *, actor: Actor, municipality: Municipality, now: datetime
) -> tuple[Invitation, str, bool]:
    """An invitation whose link another message carries: the invitation, the link's secret, and whether it is new.

    Raises ``InvalidInput`` as ``invite`` does.
    """
    client, today = locked_client(session, wanted.client_id), now.astimezone(municipality.zone).date()
    _refuse(session, wanted, client, today=today)
    same = _open_one(session, client, wanted, today=today)
    invitation = same or _new(session, wanted, actor=actor, now=now)
    return invitation, _new_link(session, invitation, municipality), same is None


def _refuse(session: Session, wanted: Wanted, client: Client, *, today: date) -> None:
    errors = {}
    if not wanted.service.active:
        errors["service"] = N_("Choose a service.")
    given = select(ProfessionalService.id).join(Professional, Professional.id == ProfessionalService.professional_id)
    given = given.where(
        ProfessionalService.service_id == wanted.service.id,
        ProfessionalService.professional_id == wanted.professional_id,
        Professional.active,
    )
    if wanted.professional_id is not None and session.scalar(given) is None:
        errors["professional"] = N_("Choose somebody from the list.")
    if not today <= wanted.book_by <= today + LONGEST:
        errors["book_by"] = N_("Choose a day from today on, at most half a year ahead.")
    if not ways_to(client):
        errors["client"] = N_("The client has no mobile number or e-mail address to which a link could be sent.")
    if errors:
        raise InvalidInput(errors)


def _open_one(session: Session, client: Client, wanted: Wanted, *, today: date) -> Invitation | None:
    query = select(Invitation).where(
        Invitation.client_id == client.id,
        Invitation.service_id == wanted.service.id,
        Invitation.professional_id.is_not_distinct_from(wanted.professional_id),
        Invitation.book_by == wanted.book_by,
        Invitation.state.in_(OPEN),
    )
    found: Invitation | None = session.scalar(query.order_by(Invitation.id).limit(1))
    return found if today <= wanted.book_by else None


def _send(session: Session, invitation: Invitation, municipality: Municipality, now: datetime) -> None:
    """Write the message with a link of its own."""
    secret = _new_link(session, invitation, municipality)
    letters.queue_letters(session, invitation, municipality, secret, now=now)


def _new_link(session: Session, invitation: Invitation, municipality: Municipality) -> str:
    """The secret of one more link: it stands in the message and nowhere else."""
    secret = crypto.link_token()
    last = letters.end_of(invitation.book_by, municipality)
    tenancy.add_route(
        session,
        kind=KIND,
        secret=secret,
        municipality_id=municipality.id,
        target_id=invitation.id,
        expires_at=last + LINK_LIVES,
    )
    invitation.sendings += 1
    session.flush()
    return secret


def send_again(
    session: Session, invitation: Invitation, *, sendings: int, actor: Actor, municipality: Municipality, now: datetime
) -> None:
    """Write the message once more; earlier links go on working. ``sendings``: as the sender saw it, so that twice is once.

    Raises ``Conflict`` where the invitation is over.
    """
    locked(session, invitation)
    if invitation.sendings != sendings:
        return
    if not is_open(invitation, municipality, now):
        raise _over()
    cancel_waiting(session, cause=letters.cause_of(invitation), reason=SUPERSEDED)
    _send(session, invitation, municipality, now)
    _note(session, invitation, "send_again", actor, now)


def withdraw(
    session: Session, invitation: Invitation, *, actor: Actor, municipality: Municipality, now: datetime
) -> None:
    """Take the invitation back: its links only say so. Raises ``Conflict`` where it is over already."""
    locked(session, invitation)
    if invitation.state == State.WITHDRAWN:
        return
    if not is_open(invitation, municipality, now):
        raise _over()
    cancel_waiting(session, cause=letters.cause_of(invitation), reason="withdrawn")
    _become(session, invitation, State.WITHDRAWN, "withdraw", actor, now)


def locked(session: Session, invitation: Invitation) -> Invitation:
    """The invitation as it is now, held until the transaction ends."""
    session.refresh(invitation, with_for_update=True)
    return invitation


def find(session: Session, secret: str) -> Invitation | None:
    """The invitation of a link in the bound municipality, open or over."""
    for route in tenancy.find_routes(session, kind=KIND, secret=secret) if secret else ():
        if route.municipality_id == tenancy.bound_to(session):
            return session.get(Invitation, route.target_id)
    return None


def is_open(invitation: Invitation, municipality: Municipality, now: datetime) -> bool:
    """True while a time can be chosen."""
    return state_on(invitation.state, invitation.book_by, now.astimezone(municipality.zone).date()) in OPEN


def note_opened(
    session: Session, invitation: Invitation, *, actor: Actor, municipality: Municipality, now: datetime
) -> None:
    """The first form that the holder of the link sends. (Looking changes nothing: mail scanners open links.)"""
    locked(session, invitation)
    if is_open(invitation, municipality, now) and may_become(invitation.state, State.OPENED):
        invitation.opened_at = now
        _become(session, invitation, State.OPENED, "open", actor, now)


def decline(
    session: Session, invitation: Invitation, words: str, *, actor: Actor, municipality: Municipality, now: datetime
) -> None:
    """The client does not want a time. Said twice, it is said once. Raises ``Conflict`` where it is over."""
    locked(session, invitation)
    if invitation.state == State.DECLINED:
        return
    if not is_open(invitation, municipality, now):
        raise _over()
    invitation.decline_words = words
    invitation.opened_at = invitation.opened_at or now
    _become(session, invitation, State.DECLINED, "decline", actor, now)


def note_booked(
    session: Session,
    invitation: Invitation,
    appointment: Appointment,
    *,
    actor: Actor,
    municipality: Municipality,
    now: datetime,
) -> None:
    """The time was chosen; in the booking's transaction. Raises ``Conflict`` where the invitation is used or over.

    Locked last, after the calendar and the client, as everywhere.
    """
    locked(session, invitation)
    if invitation.appointment_id == appointment.id:
        return
    wrong_person = invitation.professional_id not in (None, appointment.professional_id)
    wrong = wrong_person or (invitation.client_id, invitation.service_id) != (
        appointment.client_id,
        appointment.service_id,
    )
    if wrong or not is_open(invitation, municipality, now):
        raise _over()
    invitation.appointment_id = appointment.id
    invitation.opened_at = invitation.opened_at or now
    _become(session, invitation, State.BOOKED, "book", actor, now, appointment_id=appointment.id)


def _become(
    session: Session, invitation: Invitation, state: State, step: str, actor: Actor, now: datetime, **told: Any
) -> None:
    invitation.state = state
    invitation.settled_at = None if state in OPEN else now
    invitation.version += 1
    _note(session, invitation, step, actor, now, **told)


def _note(session: Session, invitation: Invitation, step: str, actor: Actor, now: datetime, **told: Any) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"invitation.{step}",
        on=invitation,
        now=now,
        client_id=invitation.client_id,
        **told,
    )


def _over() -> Conflict:
    return Conflict(N_("This invitation has been used already, or it is no longer open."), code="invitation_over")


def sweep(session: Session, *, now: datetime) -> int:
    """Note which open invitations have been sent, and which are past their last day. Returns how many."""
    municipality = session.get_one(Municipality, tenancy.bound_to(session))
    today = now.astimezone(municipality.zone).date()
    left = select(Message.cause).where(Message.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED)))
    unsent = session.scalars(
        select(Invitation).where(Invitation.state == State.CREATED).with_for_update(skip_locked=True)
    )
    changed = 0
    for invitation in unsent.all():
        if session.scalar(left.where(Message.cause == letters.cause_of(invitation)).limit(1)) is not None:
            invitation.state, changed = State.SENT, changed + 1
    session.flush()
    over = update(Invitation).where(Invitation.state.in_(OPEN), Invitation.book_by < today)
    ended = session.execute(
        over.values(state=State.EXPIRED, settled_at=now, version=Invitation.version + 1).execution_options(
            synchronize_session=False
        )
    )
    return changed + int(ended.rowcount)  # type: ignore[attr-defined]
