"""What can be booked: services, offices, professionals, free times."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy import select

from app.api import schemas
from app.api.answers import municipality, slots_of
from app.api.setup import scope
from app.booking.availability import Wish, openings
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import N_
from app.scheduling.models import Mode, Office, Professional, ProfessionalService, Question, Service, ServiceOffice

blueprint = Blueprint("api_catalogue", __name__, url_prefix="/api/v1", description="Services, offices, free times")


def find_service(service_id: int) -> Service:
    """An active service of the caller's municipality. Raises ``NotFound``."""
    service = db.session.get(Service, service_id)
    if service is None or not service.active:
        raise NotFound(N_("There is no such service."))
    return service


@blueprint.get("/services")
@scope("read")
@blueprint.response(200, schemas.ServiceList)
def services() -> Any:
    """All services."""
    offices: dict[int, list[int]] = defaultdict(list)
    for row in db.session.scalars(select(ServiceOffice).order_by(ServiceOffice.office_id)):
        offices[row.service_id].append(row.office_id)
    questions: dict[int, list[Question]] = defaultdict(list)
    for question in db.session.scalars(select(Question).order_by(Question.position, Question.id)):
        questions[question.service_id].append(question)
    found = db.session.scalars(select(Service).where(Service.active).order_by(Service.position, Service.id))
    items = [
        {
            "id": service.id,
            "slug": service.slug,
            "name": service.name,
            "description": service.description,
            "duration_minutes": service.duration_minutes,
            "modes": service.modes,
            "office_ids": offices[service.id],
            "online_booking": service.online_booking,
            "who_may_book": service.who_may_book,
            "questions": questions[service.id],
        }
        for service in found
    ]
    return {"items": items, "next": None}


@blueprint.get("/offices")
@scope("read")
@blueprint.response(200, schemas.OfficeList)
def offices() -> Any:
    """All offices."""
    return {"items": list(db.session.scalars(select(Office).where(Office.active).order_by(Office.id))), "next": None}


@blueprint.get("/professionals")
@scope("read")
@blueprint.response(200, schemas.ProfessionalList)
def professionals() -> Any:
    """All professionals who meet clients."""
    given: dict[int, list[int]] = defaultdict(list)
    for row in db.session.scalars(select(ProfessionalService).order_by(ProfessionalService.service_id)):
        given[row.professional_id].append(row.service_id)
    found = db.session.scalars(select(Professional).where(Professional.active).order_by(Professional.id))
    items = [
        {
            "id": person.id,
            "slug": person.slug,
            "name": person.full_name,
            "title": person.title,
            "languages": person.languages,
            "modes": person.modes,
            "service_ids": given[person.id],
        }
        for person in found
    ]
    return {"items": items, "next": None}


@blueprint.get("/services/<int:service_id>/slots")
@scope("read")
@blueprint.arguments(schemas.SlotQuery, location="query")
@blueprint.response(200, schemas.SlotList)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such service")
def slots(query: dict[str, Any], service_id: int) -> Any:
    """Free times of a service. Without a mode, of all its modes; with an office and no mode, in person."""
    service = find_service(service_id)
    modes = [query["mode"]] if "mode" in query else [str(Mode.IN_PERSON)] if "office" in query else service.modes
    found = set()
    for mode in modes:
        wish = Wish(
            service=service,
            mode=mode,
            first=query["first"],
            last=query["last"],
            office_id=query.get("office"),
            professional_id=query.get("professional"),
            language=query.get("language"),
        )
        found.update(openings(db.session, wish, zone=municipality().zone, now=clock.now()))
    return {"items": slots_of(sorted(found), service.duration_minutes)}
