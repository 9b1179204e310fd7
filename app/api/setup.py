"""How the API is put together: flask-smorest with our errors, keys and documentation page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import UnprocessableEntity

from app.api import description
from app.api.key_use import note_use
from app.api.schemas import Problem
from app.core import clock, limits, pages
from app.core.audit import Actor
from app.core.db import db
from app.core.http import remote_address
from app.core.i18n import gettext, set_language
from app.core.permissions import access_of, declare, public
from app.identity.service import Caller, recognise_key
from config import PROJECT, Config

DESCRIPTION = "\n\n".join(
    (
        "Book, read and change appointments from another system.",
        "Every call carries the header Authorization: Bearer KEY. A key belongs to one municipality and has scopes: read, "
        "book, and admin (may also book services that are not open to everybody, and manage all webhooks).",
        "Times are ISO 8601 with offset. Lists come in pages of items and next; give next as cursor to go on.",
        "Errors are application/problem+json with a stable code. POSTs that create honour Idempotency-Key: the same key "
        "and body give the same answer again.",
        "Whoever calls too often gets 429; the header Retry-After tells after how many seconds to go on.",
    )
)


class VuoroApi(Api):  # type: ignore[misc]
    """flask-smorest without its own error format: ours is problem+json."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_responses(self) -> None:
        description.register(self.spec)

    def _register_error_handlers(self) -> None:
        self._app.register_error_handler(UnprocessableEntity, _on_invalid)


def install(app: Flask, blueprints: Iterable[Blueprint]) -> None:
    """Register the blueprints under ``/api/v1`` and the description."""
    app.config.update(
        API_TITLE="Vuoro API",
        API_VERSION="1.0",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = VuoroApi(
        app,
        spec_kwargs={
            "extra_plugins": [description.Refusals()],
            "info": {"description": DESCRIPTION},
            "servers": [{"url": "/"}],
            "security": [{"key": []}],
        },
    )
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    for blueprint in blueprints:
        if _admit not in blueprint.before_request_funcs.get(None, ()):  # a second application of this process
            blueprint.before_request(_admit)
        api.register_blueprint(blueprint)
    for endpoint, view in list(app.view_functions.items()):
        if endpoint.startswith("api-docs."):
            app.view_functions[endpoint] = public(partial(view))  # a bound method cannot carry the mark
    app.add_url_rule("/api/docs", view_func=docs, endpoint="api_docs")
    app.add_url_rule("/api/guide", view_func=guide, endpoint="api_guide")
    app.extensions["vuoro_api"] = api


def scope(name: str) -> Any:
    """A call needs a key with this scope."""
    return declare("api", name)


def caller() -> Caller:
    """Whose key this call carries."""
    found: Caller = g.caller
    return found


def calling_actor() -> Actor:
    """The caller, as the audit log names it."""
    who = caller()
    return Actor("api", who.key_id, who.name, remote_address(), trusted="admin" in who.scopes)


def _admit() -> Response | None:
    """Recognise the key, bind its municipality, check the scope."""
    set_language(request.accept_languages.best_match(["fi", "sv", "en"]) or "en")
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    found = recognise_key(db.session, secret.strip()) if kind.lower() == "bearer" and secret.strip() else None
    if found is None:
        if secret:
            limits.count("api wrong key", remote_address(), _settings().API_WRONG_KEYS_PER_ADDRESS)
        response = pages.problem(401, "unauthorized", gettext("The API key is missing or not valid."))
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    g.caller, municipality = found
    limits.count("api key", str(g.caller.key_id), _settings().API_CALLS_PER_KEY)
    pages.enter(municipality)
    note_use(db.session, calling_actor(), now=clock.now())
    wanted = access_of(current_app.view_functions[str(request.endpoint)]).permission
    if wanted not in g.caller.scopes:
        return pages.problem(403, "missing_scope", gettext("The API key lacks the scope %(scope)s.", scope=wanted))
    return None


def _settings() -> Config:
    settings: Config = current_app.config["SETTINGS"]
    return settings


def _flat(problems: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """``{"client": {"name": ["Missing."]}}`` as ``client.name: Missing.``"""
    if isinstance(problems, dict):
        for name, inner in problems.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    else:
        yield path or "body", " ".join(problems) if isinstance(problems, list) else str(problems)


def _on_invalid(error: UnprocessableEntity) -> Any:
    """webargs' complaints as fields of a problem."""
    messages = getattr(error, "data", {}).get("messages")
    if not messages or not pages.wants_json():
        return pages.on_http_error(error)
    fields = {name: text for where in messages.values() for name, text in _flat(where)}
    title = gettext("Please check the fields that are marked.")
    return pages.problem(422, "invalid_input", title, fields=fields)


@public
def docs() -> str:
    """The description as a readable page."""
    api = current_app.extensions["vuoro_api"]
    return render_template("api/docs.html", spec=api.spec.to_dict(), spec_url=url_for("api-docs.openapi_json"))


@public
def guide() -> Response:
    """The guide with examples, as it stands in the repository."""
    return Response((PROJECT / "docs" / "api.md").read_text(encoding="utf-8"), mimetype="text/plain")
