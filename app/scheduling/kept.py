"""Services that a web process keeps in memory for as long as none of the municipality's has changed.

The municipality, which every request reads, carries the edition of its services; the database raises it in the
transaction of each change. What is kept is at most newer than its edition, never older (docs/decisions/0018).
"""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from app.core.tenancy import Municipality
from app.scheduling.models import Service


def kept_service(session: Session, municipality: Municipality, service_id: int) -> Service | None:
    """The service, to be read and not changed: it belongs to no session. None where there is none.

    ``municipality``: as read in this request.
    """
    kept: dict[int, tuple[int, dict[int, Service]]] = current_app.extensions.setdefault("vuoro_kept_services", {})
    edition, services = kept.get(municipality.id, (-1, {}))
    if edition != municipality.services_edition:
        edition, services = kept[municipality.id] = municipality.services_edition, {}
    if service_id not in services:
        found: Any = session.get(Service, service_id)
        if found is None:
            return None
        session.expunge(found)
        services[service_id] = found
    return services[service_id]
