"""What can be booked: services, offices, professionals, free times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from flask import current_app
from flask_smorest import Blueprint
from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.api import schemas
from app.api.answers import decode_cursor, encode_cursor, municipality, page_of, slots_of
from app.api.setup import scope
from app.booking.availability import Wish, who_is_free
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.i18n import N_
from app.scheduling.kept import kept_service
from app.scheduling.models import Mode, Office, Professional, ProfessionalService, Question, Service, ServiceOffice

blueprint = Blueprint("api_catalogue", __name__, url_prefix="/api/v1", description="Services, offices, free times")
NO_SERVICE = N_("There is no such service.")


def find_service(service_id: int) -> Service:
    """An active service of the caller's municipality. Raises ``NotFound``."""
    service = db.session.get(Service, service_id)
    if service is None or not service.active:
        raise NotFound(NO_SERVICE)
    return service


def _page(
    statement: Select[Any],
    keys: Sequence[InstrumentedAttribute[int]],
    query: dict[str, Any],
    show: Callable[[Any], Any],
) -> dict[str, Any]:
    """A page of rows in the order of ``keys``."""
    if "cursor" in query:
        after = decode_cursor(query["cursor"])
        if len(after) != len(keys) or any(type(value) is not int or abs(value) >= 2**63 for value in after):
            raise InvalidInput({"cursor": N_("Use the value of next from the page before.")})
        statement = statement.where(tuple_(*keys) > tuple(after))
    rows = list(db.session.scalars(statement.order_by(*keys).limit(query["limit"] + 1)))
    page = page_of(rows, query["limit"], lambda last: encode_cursor(*(getattr(last, key.key) for key in keys)))
    return {**page, "items": [show(row) for row in page["items"]]}


@blueprint.get("/services")
@scope("read")
@blueprint.arguments(schemas.LongPageQuery, location="query")
@blueprint.response(200, schemas.ServiceList)
def services(query: dict[str, Any]) -> Any:
    """Services in the order in which they are offered."""
    offices: dict[int, list[int]] = defaultdict(list)
    for row in db.session.scalars(select(ServiceOffice).order_by(ServiceOffice.office_id)):
        offices[row.service_id].append(row.office_id)
    questions: dict[int, list[Question]] = defaultdict(list)
    for question in db.session.scalars(select(Question).order_by(Question.position, Question.id)):
        questions[question.service_id].append(question)

    def show(service: Service) -> dict[str, Any]:
        return {
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

    return _page(select(Service).where(Service.active), (Service.position, Service.id), query, show)


@blueprint.get("/offices")
@scope("read")
@blueprint.arguments(schemas.LongPageQuery, location="query")
@blueprint.response(200, schemas.OfficeList)
def offices(query: dict[str, Any]) -> Any:
    """Offices where clients are met."""
    return _page(select(Office).where(Office.active), (Office.id,), query, lambda office: office)


@blueprint.get("/professionals")
@scope("read")
@blueprint.arguments(schemas.LongPageQuery, location="query")
@blueprint.response(200, schemas.ProfessionalList)
def professionals(query: dict[str, Any]) -> Any:
    """Professionals who meet clients."""
    given: dict[int, list[int]] = defaultdict(list)
    for row in db.session.scalars(select(ProfessionalService).order_by(ProfessionalService.service_id)):
        given[row.professional_id].append(row.service_id)

    def show(person: Professional) -> dict[str, Any]:
        return {
            "id": person.id,
            "slug": person.slug,
            "name": person.full_name,
            "title": person.title,
            "languages": person.languages,
            "modes": person.modes,
            "service_ids": given[person.id],
        }

    return _page(select(Professional).where(Professional.active), (Professional.id,), query, show)


@blueprint.get("/services/<int:service_id>/slots")
@scope("read")
@blueprint.arguments(schemas.SlotQuery, location="query")
@blueprint.response(200, schemas.SlotList)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such service")
def slots(query: dict[str, Any], service_id: int) -> Any:
    """Free times of a service. Without a mode, of all its modes; with an office and no mode, in person."""
    service = kept_service(db.session, municipality(), service_id)
    if service is None or not service.active:
        raise NotFound(NO_SERVICE)
    modes = [query["mode"]] if "mode" in query else [str(Mode.IN_PERSON)] if "office" in query else service.modes
    wishes = [
        Wish(
            service=service,
            mode=mode,
            first=query["first"],
            last=query["last"],
            office_id=query.get("office"),
            professional_id=query.get("professional"),
            language=query.get("language"),
        )
        for mode in modes
    ]
    free = who_is_free(db.session, wishes, zone=municipality().zone, now=clock.now())
    items = slots_of(free, service.duration_minutes)
    return current_app.json.response({"items": items})  # as the schema would: it takes longer than everything before
