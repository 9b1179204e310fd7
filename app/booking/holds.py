"""Holds: a time kept for one visitor while the form is filled, and what was typed so far."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.booking.availability import Opening, Wish
from app.booking.models import Hold, IdempotencyKey, Reservation
from app.booking.reserve import constraints_as_errors, epoch_of, office_of, span_of, take_one_of
from app.core.crypto import FieldCipher
from app.core.errors import Gone, TooMany
from app.core.i18n import N_
from app.core.tenancy import digest_of

HOLD_TIME = timedelta(minutes=10)
TYPED_IS_KEPT = timedelta(hours=24)
ANSWERS_ARE_KEPT = timedelta(days=2)  # of idempotency keys: long enough for any retry
SWEEP_AFTER = timedelta(minutes=1)  # a booking that is just being made may still turn it into its own
LIVE_HOLDS_PER_ADDRESS = 60
"""Phones of one operator, and a library's computers, share an address: few enough to stop a flood, no fewer."""
CHOICES_PER_ADDRESS = 1200
"""Times chosen from one address in ten minutes, by everybody together."""
TABS = 5
"""Unfinished bookings that one visitor may leave lying; the oldest goes first."""
LONGEST_TYPED = 12_000
"""Characters of one field that are kept while they are wrong."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who holds: a browser (or one API call) and the address it came from; no address: not limited."""

    id: str
    address: str = ""


def place_hold(
    session: Session, wish: Wish, starts_at: datetime, *, visitor: Visitor, zone: ZoneInfo, now: datetime
) -> tuple[Hold, str]:
    """Keep ``starts_at`` for the visitor and let go of what the visitor held before.

    Returns the hold and its secret token. Raises ``SlotTaken``, ``InvalidInput`` or ``TooMany``.
    """
    lock = func.pg_advisory_xact_lock(func.hashtext(f"vuoro.visitor.{visitor.id}"))
    session.execute(select(lock))  # two presses at once: the second finds the first one's hold and moves it
    _refuse_flood(session, visitor, now=now)
    earlier = _live_reservations(session, visitor)
    wish = replace(wish, ignored_reservations=tuple(reservation.id for reservation in earlier))

    def take(opening: Opening) -> tuple[Hold, str]:
        _release(session, [reservation.id for reservation in earlier])
        return _add_hold(session, wish, opening, visitor=visitor, now=now)

    owners = [reservation.professional_id for reservation in earlier if reservation.professional_id is not None]
    return take_one_of(session, wish, epoch_of(starts_at), take, zone=zone, now=now, also_lock=owners)


def _add_hold(session: Session, wish: Wish, opening: Opening, *, visitor: Visitor, now: datetime) -> tuple[Hold, str]:
    with constraints_as_errors():
        reservation = Reservation(
            kind="hold",
            professional_id=opening.professional_id,
            service_id=wish.service.id,
            office_id=office_of(opening, wish.mode),
            expires_at=now + HOLD_TIME,
            **span_of(wish.service, opening.start),
        )
        session.add(reservation)
        session.flush()
    token = secrets.token_urlsafe(16)
    hold = Hold(
        digest=digest_of(token),
        visitor=visitor.id,
        address=visitor.address,
        reservation_id=reservation.id,
        service_id=wish.service.id,
        professional_id=opening.professional_id,
        office_id=reservation.office_id,
        mode=wish.mode,
        starts_at=reservation.starts_at,
        created_at=now,
        expires_at=now + HOLD_TIME,
    )
    session.add(hold)
    session.flush()
    _forget_oldest(session, visitor)
    return hold, token


def _forget_oldest(session: Session, visitor: Visitor) -> None:
    """Delete what the visitor began and left, but for the last few tabs."""
    unfinished = select(Hold.id).where(Hold.visitor == visitor.id, Hold.appointment_id.is_(None))
    oldest = unfinished.order_by(Hold.id.desc()).offset(TABS)
    session.execute(delete(Hold).where(Hold.id.in_(oldest)).execution_options(synchronize_session=False))


def _refuse_flood(session: Session, visitor: Visitor, *, now: datetime) -> None:
    if not visitor.address:
        return
    recent = select(func.count(Hold.id)).where(Hold.address == visitor.address, Hold.created_at > now - HOLD_TIME)
    live = recent.where(Hold.reservation_id.is_not(None), Hold.appointment_id.is_(None), Hold.visitor != visitor.id)
    too_many_live = (session.scalar(live) or 0) >= LIVE_HOLDS_PER_ADDRESS
    if too_many_live or (session.scalar(recent) or 0) >= CHOICES_PER_ADDRESS:
        raise TooMany(N_("Many times are being booked from your network right now. Please try again in a few minutes."))


def _live_reservations(session: Session, visitor: Visitor) -> list[Reservation]:
    query = (
        select(Reservation)
        .join(Hold, Hold.reservation_id == Reservation.id)
        .where(Hold.visitor == visitor.id, Reservation.kind == "hold")
    )
    return list(session.scalars(query))


def _release(session: Session, reservation_ids: list[int]) -> None:
    if reservation_ids:
        session.execute(
            delete(Reservation)
            .where(Reservation.id.in_(reservation_ids), Reservation.kind == "hold")
            .execution_options(synchronize_session=False)
        )


def find_hold(session: Session, token: str) -> Hold:
    """The hold of a token. Raises ``Gone`` for a token that is unknown, tampered with or past keeping."""
    hold: Hold | None = session.scalar(select(Hold).where(Hold.digest == digest_of(token)))
    if hold is None:
        raise Gone(N_("This booking was not finished in time, or the address is not complete. Please start again."))
    return hold


def is_live(hold: Hold, *, now: datetime) -> bool:
    """True while the time is still kept for the visitor."""
    return hold.reservation_id is not None and hold.expires_at > now


def typed_of(hold: Hold, cipher: FieldCipher) -> dict[str, Any]:
    """What the visitor has typed so far."""
    return cipher.unseal(hold.typed) if hold.typed else {}


def remember_typed(hold: Hold, cipher: FieldCipher, **sections: dict[str, Any]) -> None:
    """Keep what was typed, whether or not it was right, so that nothing is typed twice."""
    shortened = {
        section: {key: value[:LONGEST_TYPED] for key, value in fields.items()} for section, fields in sections.items()
    }
    hold.typed = cipher.seal({**typed_of(hold, cipher), **shortened})


def sweep(session: Session, *, now: datetime) -> int:
    """Delete run-out holds' reservations, and what was kept only for a while. Returns how many rows went."""
    expired = (
        select(Reservation.id)
        .where(Reservation.kind == "hold", Reservation.expires_at <= now - SWEEP_AFTER)
        .with_for_update(skip_locked=True)
    )
    gone = session.scalars(delete(Reservation).where(Reservation.id.in_(expired)).returning(Reservation.id)).all()
    old = session.scalars(delete(Hold).where(Hold.created_at < now - TYPED_IS_KEPT).returning(Hold.id)).all()
    stale = IdempotencyKey.created_at < now - ANSWERS_ARE_KEPT
    answers = session.scalars(delete(IdempotencyKey).where(stale).returning(IdempotencyKey.id)).all()
    return len(gone) + len(old) + len(answers)
