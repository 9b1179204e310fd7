"""Clients, as other systems know them."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy import func, select

from app.api import schemas
from app.api.answers import IDEMPOTENT, created, decode_cursor, encode_cursor, municipality, page_of
from app.api.description import LOCATION
from app.api.setup import calling_actor, scope
from app.booking.clients import add_client, change_client
from app.booking.clients import find_client as find_or_follow
from app.booking.contact import check_details
from app.booking.models import Client
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.i18n import N_

blueprint = Blueprint("api_clients", __name__, url_prefix="/api/v1", description="Clients")


def find_client(client_id: int) -> Client:
    """A client of the caller's municipality, or the one that it was merged into. Raises ``NotFound``."""
    client = find_or_follow(db.session, client_id)
    if client is None:
        raise NotFound(N_("There is no such client."))
    return client


def shown(client: Client) -> dict[str, Any]:
    """A client as the API shows one."""
    return {
        **{name: getattr(client, name) for name in ("id", "name", "phone", "email", "language", "external_id")},
        "created_at": client.created_at.astimezone(municipality().zone),
    }


@blueprint.get("/clients")
@scope("read")
@blueprint.arguments(schemas.ClientQuery, location="query")
@blueprint.response(200, schemas.ClientList)
def clients(query: dict[str, Any]) -> Any:
    """Clients in the order they were added."""
    statement = select(Client).where(Client.merged_into_id.is_(None)).order_by(Client.id).limit(query["limit"] + 1)
    if "external_id" in query:
        named = select(func.coalesce(Client.merged_into_id, Client.id)).where(
            Client.external_id == query["external_id"]
        )
        statement = statement.where(Client.id.in_(named))
    if "cursor" in query:
        statement = statement.where(Client.id > decode_cursor(query["cursor"])[-1])
    rows = list(db.session.scalars(statement))
    page = page_of(rows, query["limit"], lambda client: encode_cursor(client.id))
    return {**page, "items": [shown(client) for client in page["items"]]}


@blueprint.post("/clients")
@scope("book")
@blueprint.doc(**IDEMPOTENT)
@blueprint.arguments(schemas.ClientFields)
@blueprint.response(201, schemas.Client, headers=LOCATION)
@blueprint.alt_response(409, schema=schemas.Problem, description="`external_id_taken`")
def new_client(body: dict[str, Any]) -> Response:
    """Add a client; `external_id` is unique."""
    details, errors = check_details(body, reachable=False)
    if errors:
        raise InvalidInput(errors)

    def do() -> dict[str, Any]:
        return shown(add_client(db.session, details, actor=calling_actor(), now=clock.now()))

    return created(schemas.Client(), do, location=lambda made: f"/api/v1/clients/{made['id']}")


@blueprint.get("/clients/<int:client_id>")
@scope("read")
@blueprint.response(200, schemas.Client)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such client")
def client(client_id: int) -> Any:
    """One client. One that was merged into another is answered with that other one, under its own id."""
    return shown(find_client(client_id))


@blueprint.patch("/clients/<int:client_id>")
@scope("book")
@blueprint.arguments(schemas.ClientPatch)
@blueprint.response(200, schemas.Client)
@blueprint.alt_response(404, schema=schemas.Problem, description="No such client")
@blueprint.alt_response(409, schema=schemas.Problem, description="`external_id_taken`")
def patch_client(body: dict[str, Any], client_id: int) -> Any:
    """Change what is given, leave the rest."""
    found = find_client(client_id)
    present = {name: getattr(found, name) for name in ("name", "phone", "email", "language", "external_id")}
    details, errors = check_details({**present, **body}, reachable=False)
    if errors:
        raise InvalidInput(errors)
    change_client(db.session, found, details, actor=calling_actor(), now=clock.now())
    db.session.commit()
    return shown(found)
