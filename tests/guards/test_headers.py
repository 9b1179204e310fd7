"""Every answer carries the security headers, word for word, whatever went wrong."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.core.db import db
from tests.guards.addresses import MAILS_AS_PAGES, Visitor, access_of, addresses_of, get_rules
from tests.town import Town, browser

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY_OF_MAILS = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"


def assert_guarded(answer: Any, what: str, **instead: str) -> None:
    for name, value in {**HEADERS, **instead}.items():
        assert answer.headers.getlist(name) == [value], f"{what}: {name}"


def test_every_page_carries_the_security_headers(app: Flask, town: Town, visitor: Visitor) -> None:
    for rule in get_rules(app):
        access = access_of(app, rule)
        assert access is not None
        instead = {"Content-Security-Policy": POLICY_OF_MAILS} if rule.endpoint in MAILS_AS_PAGES else {}
        for method in ("GET", "HEAD"):
            for address in addresses_of(app, rule, town):
                assert_guarded(visitor.ask(method, address, access), f"{method} {address}", **instead)


def test_only_what_has_no_personal_content_may_be_stored_by_caches(app: Flask, town: Town, visitor: Visitor) -> None:
    storable = set()
    for rule in get_rules(app):
        access = access_of(app, rule)
        assert access is not None
        for address in addresses_of(app, rule, town):
            answer = visitor.ask("GET", address, access)
            if "private" not in answer.headers.get("Cache-Control", "") and not answer.cache_control.no_store:
                storable.add(rule.endpoint)
    assert storable == {"static", "brand_css", "head.icon", "head.icon_png", "head.logo", "head.share_picture"}


@pytest.mark.parametrize(
    ("method", "address", "status", "more"),
    [
        ("GET", "/nowhere", 404, {}),
        ("GET", "/api/v1/nowhere", 404, {}),
        ("GET", "/static/nowhere.js", 404, {}),
        ("GET", "/a/wrong", 404, {}),
        ("GET", "/nul%00nul", 404, {}),
        ("DELETE", "/", 405, {}),
        ("DELETE", "/api/v1/services", 405, {}),
        ("OPTIONS", "/", 200, {}),
        ("GET", "/staff", 308, {}),
        ("GET", "/staff/", 302, {}),
        ("GET", "/api/v1/services", 401, {}),
        ("POST", "/staff/sign-in", 403, {"headers": {"Sec-Fetch-Site": "cross-site"}}),
        ("POST", "/staff/sign-in", 413, {"data": {"email": "x" * 1_100_000}}),
        ("POST", "/staff/sign-in", 422, {"data": {"email": "a@b.example", "password": "wrong"}}),
    ],
)
def test_every_refusal_carries_the_security_headers(
    app: Flask, method: str, address: str, status: int, more: dict[str, Any]
) -> None:
    answer = browser(app).open(address, method=method, **more)
    assert answer.status_code == status
    assert_guarded(answer, f"{method} {address}")


@pytest.mark.parametrize(("fault", "status"), [(RuntimeError("secret detail"), 500), (None, 503)])
@pytest.mark.parametrize("address", ["/m/nowhere/", "/api/v1/services"])
def test_a_fault_carries_the_security_headers_and_tells_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch, fault: Exception | None, status: int, address: str
) -> None:
    problem = fault or OperationalError("SELECT secret detail", {}, Exception("secret detail"))

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise problem

    for way in ("execute", "scalar", "scalars"):
        monkeypatch.setattr(db.session, way, fail)
    answer = browser(app).get(address, headers={"Authorization": "Bearer x"})
    assert answer.status_code == status
    assert "secret detail" not in answer.text
    assert answer.headers["Retry-After"]
    assert_guarded(answer, address)


def test_only_answers_over_https_ask_browsers_to_stay_there(app: Flask) -> None:
    assert "Strict-Transport-Security" not in browser(app).get("/health/live").headers
    secure = browser(app).get("/health/live", base_url="https://localhost")
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"
