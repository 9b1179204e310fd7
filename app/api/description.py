"""The OpenAPI description's refusals: every call tells all the ways in which it may be refused, as problem+json."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from apispec import APISpec, BasePlugin

from app.api.schemas import Problem

PROBLEM = "application/problem+json"
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}}
LOCATION = {"Location": {"description": "Where it is found from now on", "schema": {"type": "string"}}}
CHALLENGE = {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}}

REFUSALS: dict[HTTPStatus, dict[str, Any]] = {
    HTTPStatus.BAD_REQUEST: {"description": "The body is not JSON, or the query cannot be read"},
    HTTPStatus.UNAUTHORIZED: {"description": "`unauthorized`: the key is missing or not valid", "headers": CHALLENGE},
    HTTPStatus.FORBIDDEN: {"description": "`missing_scope`, or for bookings `staff_only`, `service_closed`"},
    HTTPStatus.NOT_FOUND: {"description": "`not_found`: there is no such thing in this municipality"},
    HTTPStatus.CONFLICT: {"description": "The state of things does not allow it; `code` tells why"},
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: {"description": "The body is larger than a megabyte"},
    HTTPStatus.UNPROCESSABLE_ENTITY: {"description": "`invalid_input`: `fields` tells what is wrong"},
    HTTPStatus.TOO_MANY_REQUESTS: {"description": "`too_many`: wait, then try again", "headers": RETRY_AFTER},
    HTTPStatus.SERVICE_UNAVAILABLE: {"description": "`unavailable`: try again in a moment", "headers": RETRY_AFTER},
}
ALWAYS = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
}


def register(spec: APISpec) -> None:
    """Add the refusals as responses that calls refer to by name."""
    for status, more in REFUSALS.items():
        spec.components.response(status.name, {"content": {PROBLEM: {"schema": Problem}}, **more}, lazy=True)


class Refusals(BasePlugin):
    """Adds to every call the refusals that it shares with others; what a call says of its own stays."""

    def operation_helper(self, path: str | None = None, operations: Any = None, **kwargs: Any) -> None:
        """apispec: look at the calls of a path."""
        for method, operation in (operations or {}).items():
            responses = {int(status): response for status, response in operation["responses"].items()}
            for status in (status for status in responses if status >= HTTPStatus.BAD_REQUEST):
                _as_problem(responses[status])
            for status in _expected(method, str(path)):
                responses.setdefault(status, status.name)
            operation["responses"] = {str(status): responses[status] for status in sorted(responses)}


def _expected(method: str, path: str) -> set[HTTPStatus]:
    """What may happen to any call of this kind."""
    expected = set(ALWAYS)
    if "{" in path:
        expected.add(HTTPStatus.NOT_FOUND)
    if method != "get":
        expected |= {HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    return expected


def _as_problem(response: Any) -> None:
    """Errors that a call describes itself are problems too, whatever flask-smorest supposes."""
    if isinstance(response, dict) and "application/json" in response.get("content", {}):
        response["content"] = {PROBLEM: response["content"]["application/json"]}
