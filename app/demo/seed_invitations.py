"""A few clients of a demo town who have been sent a link and have not chosen a time yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.invited.service import Wanted, invite
from app.booking.models import Client
from app.core.audit import Actor
from app.core.tenancy import Municipality
from app.scheduling.models import Professional, ProfessionalService, Service

OPEN_FOR = (5, 12)
"""Days that each invitation is still open."""


def add_invitations(session: Session, municipality: Municipality, *, now: datetime) -> None:
    """One invitation to the own caseworker, one to anybody, where there are such clients."""
    own = select(Client, Professional, Service).join(Professional, Professional.id == Client.own_professional_id)
    own = own.join(ProfessionalService, ProfessionalService.professional_id == Professional.id)
    own = own.join(Service, Service.id == ProfessionalService.service_id)
    own = own.where(Service.active, Professional.active, Client.phone != "").order_by(Client.id.desc(), Service.id)
    today, asked = now.astimezone(municipality.zone).date(), set[int]()
    for client, professional, service in session.execute(own.limit(50)):
        number = len(asked)
        if number == len(OPEN_FOR) or client.id in asked:
            continue
        wanted = Wanted(
            client.id, service, today + timedelta(days=OPEN_FOR[number]), professional.id if number == 0 else None
        )
        actor = Actor("staff", label=professional.full_name, trusted=True)
        invite(session, wanted, actor=actor, municipality=municipality, now=now)
        asked.add(client.id)
