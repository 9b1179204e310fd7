"""The description of the API names every route under /api/v1 and no other, and tells how each may refuse."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.guards.addresses import access_of, routes
from tests.town import browser

METHODS = {"get", "post", "put", "patch", "delete"}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def spec(app: Flask) -> Any:
    """The description as outsiders get it."""
    return browser(app).get("/api/v1/openapi.json").json


def operations(spec: Any) -> dict[tuple[str, str], Any]:
    """Calls by path and method."""
    return {
        (path, method): item[method] for path, item in spec["paths"].items() for method in METHODS if method in item
    }


def resolved(spec: Any, response: Any) -> Any:
    name = response.get("$ref", "").rpartition("/")[2]
    return spec["components"]["responses"][name] if name else response


def test_the_description_names_every_route_and_no_other(app: Flask, spec: Any) -> None:
    assert spec["openapi"].startswith("3.1")
    routed = {
        (rule.rule.replace("<int:", "{").replace(">", "}"), method.lower())
        for rule, method in routes(app)
        if rule.rule.startswith("/api/v1/") and "openapi" not in rule.rule
    }
    assert len(routed) > 20
    assert operations(spec).keys() == routed


def test_every_call_tells_how_it_may_refuse(app: Flask, spec: Any) -> None:
    silent = {}
    for (path, method), operation in operations(spec).items():
        wanted = {"400", "401", "403", "422", "429", "503"}
        wanted |= {"404"} if "{" in path else set()
        wanted |= {"409", "413"} if method != "get" else set()
        if missing := wanted - operation["responses"].keys():
            silent[f"{method} {path}"] = sorted(missing)
    assert not silent


def test_every_refusal_is_a_problem_with_a_description(spec: Any) -> None:
    wrong = []
    for call, operation in operations(spec).items():
        for status, raw in operation["responses"].items():
            response = resolved(spec, raw)
            kinds = set(response.get("content", {}))
            expected = {PROBLEM} if status >= "400" else set() if status == "204" else {"application/json"}
            if kinds != expected or not response["description"]:
                wrong.append((call, status, kinds))
    assert not wrong


def test_every_call_says_what_it_does_and_every_body_has_an_example(spec: Any) -> None:
    schemas = spec["components"]["schemas"]
    for call, operation in operations(spec).items():
        assert operation["summary"], call
        for media in operation.get("requestBody", {}).get("content", {}).values():
            shape = schemas[media["schema"]["$ref"].rpartition("/")[2]]
            assert "example" in media or any("example" in field for field in shape["properties"].values()), call


def test_calls_that_create_take_an_idempotency_key(spec: Any) -> None:
    for call, operation in operations(spec).items():
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("Idempotency-Key" in names) == ("201" in operation["responses"]), call


def test_what_is_described_wants_a_key(app: Flask) -> None:
    open_ones = {
        rule.rule
        for rule, method in routes(app)
        if rule.rule.startswith("/api/v1/") and (access := access_of(app, rule, method)) and access.audience != "api"
    }
    assert open_ones == {"/api/v1/openapi.json"}
