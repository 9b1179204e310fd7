"""Finding a client by what stands on papers and in other systems, rather than by name."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Client

LARGEST_ID = 2**63 - 1


def find_by_reference(session: Session, reference: str) -> Client | None:
    """Whose reference it is: of one of the client's appointments, or the client's id in another system or here."""
    owner = select(Appointment.client_id).where(Appointment.reference == reference.upper())
    found: Client | None = session.scalar(
        select(Client).where(or_(Client.id.in_(owner), Client.external_id == reference)).limit(1)
    )
    if found is None and reference.isascii() and reference.isdigit() and int(reference) <= LARGEST_ID:
        return session.get(Client, int(reference))
    return found
