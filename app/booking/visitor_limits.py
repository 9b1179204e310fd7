"""How many times an unverified visitor may book: exact per telephone number and e-mail, generous per network."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.booking.contact import ClientDetails
from app.booking.lifecycle import ACTIVE
from app.booking.models import Appointment, Client, Hold
from app.core import tenancy
from app.core.errors import TooMany
from app.core.i18n import N_

WINDOW = timedelta(hours=24)
NEW_PER_CONTACT = 5
"""Times booked with one telephone number or e-mail within the window, also those cancelled since."""
COMING_PER_CONTACT = 10
"""Times still to come that one telephone number or e-mail may have."""
NEW_PER_NETWORK = 300
"""Times booked from one network within the window: a library, an employment office, a telephone operator."""


def refuse_too_many(session: Session, details: ClientDetails, hold: Hold, *, now: datetime) -> None:
    """Raise ``TooMany`` where the contact or the network has booked enough.

    The contact stays locked until the transaction ends, so that bookings at once are counted one after the other. A
    form sent twice passes: its hold has become an appointment meanwhile.
    """
    columns = [(Client.phone, details.phone), (Client.email, details.email)]
    contacts = [(column, value) for column, value in columns if value]
    for value in sorted(value for _, value in contacts):
        lock = func.pg_advisory_xact_lock(func.hashtext(f"vuoro.contact.{tenancy.bound_to(session)}.{value}"))
        session.execute(select(lock))
    session.refresh(hold)
    if hold.appointment_id is not None:
        return
    _refuse_network(session, hold.address, now=now)
    for column, value in contacts:
        _refuse_contact(session, column == value, now=now)


def _refuse_network(session: Session, network: str, *, now: datetime) -> None:
    query = select(func.count(Hold.id)).where(
        Hold.address == network, Hold.created_at > now - WINDOW, Hold.appointment_id.is_not(None)
    )
    if (session.scalar(query) or 0) >= NEW_PER_NETWORK:
        raise TooMany(
            N_("Many times have been booked from your network today. Call us and we book the time for you."),
            retry_after=3600,
            limit="network",
        )


def _refuse_contact(session: Session, is_theirs: object, *, now: datetime) -> None:
    coming = and_(Appointment.starts_at > now, Appointment.status.in_(ACTIVE))
    query = (
        select(Appointment.created_at, Appointment.starts_at, coming)
        .join(Client, Client.id == Appointment.client_id)
        .where(is_theirs, ~Client.verified, or_(Appointment.created_at > now - WINDOW, coming))  # type: ignore[arg-type]
    )
    booked = session.execute(query).all()
    new = sorted(created for created, _, _ in booked if created > now - WINDOW)
    ahead = sorted(starts for _, starts, is_coming in booked if is_coming)
    if len(new) >= NEW_PER_CONTACT:
        raise TooMany(
            N_(
                "Several times have already been booked with this phone number or e-mail address today. "
                "Call us and we book the next one for you."
            ),
            retry_after=_seconds(new[-NEW_PER_CONTACT] + WINDOW - now),
            limit="contact",
        )
    if len(ahead) >= COMING_PER_CONTACT:
        raise TooMany(
            N_(
                "You already have many coming appointments with this phone number or e-mail address. "
                "Cancel one that you do not need, or call us."
            ),
            retry_after=_seconds(ahead[-COMING_PER_CONTACT] - now),
            limit="contact",
        )


def _seconds(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds()))
