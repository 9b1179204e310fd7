"""Every route says who may use it, and keeps to what it says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.booking.models import UnreachableTime
from app.core import clock
from app.core.permissions import PERMISSIONS, Role
from app.identity.roles_routes import PERMISSION_NAMES
from app.identity.service import SCOPES, create_api_key
from tests.guards.addresses import access_of, addresses_of, routes
from tests.town import Town, bound, browser, signed_in

AUDIENCES = {"public", "link", "client", "staff", "api", "metrics", "provider"}
EVERY_PERMISSION = frozenset[str]().union(*PERMISSIONS.values())


def routes_for(app: Flask, audience: str) -> list[tuple[Any, str, str]]:
    """Routes with one audience: rule, method and permission."""
    found = [(rule, method, access_of(app, rule, method)) for rule, method in routes(app)]
    chosen = [
        (rule, method, access.permission) for rule, method, access in found if access and access.audience == audience
    ]
    assert chosen, f"no route is for {audience!r}: this guard would guard nothing"
    return chosen


def test_every_permission_has_a_name_on_the_page_of_roles() -> None:
    assert set(PERMISSION_NAMES) == EVERY_PERMISSION


def test_every_route_declares_who_may_use_it(app: Flask) -> None:
    silent = [f"{method} {rule.rule}" for rule, method in routes(app) if access_of(app, rule, method) is None]
    assert not silent, f"these routes need a decorator of core.permissions, identity.access or api.setup: {silent}"


def test_declarations_name_known_audiences_and_permissions(app: Flask) -> None:
    allowed = {"staff": set(EVERY_PERMISSION), "api": set(SCOPES)} | {
        name: {""} for name in ("public", "link", "client", "metrics", "provider")
    }
    assert allowed.keys() == AUDIENCES
    unknown = [
        f"{method} {rule.rule}: {access}"
        for rule, method in routes(app)
        if (access := access_of(app, rule, method)) and access.permission not in allowed.get(access.audience, ())
    ]
    assert not unknown


def test_what_a_provider_did_not_sign_is_refused(app: Flask, town: Town) -> None:
    for rule, method, _ in routes_for(app, "provider"):
        for address in addresses_of(app, rule, town):
            assert browser(app).open(address, method=method, data={"MessageSid": "SM1"}).status_code == 403


def test_permissions_are_named_area_and_action() -> None:
    assert [name for name in EVERY_PERMISSION if not re.fullmatch(r"[a-z_]+\.[a-z_]+", name)] == []
    assert PERMISSIONS.keys() == set(Role)


def test_a_stranger_is_led_to_sign_in_from_every_staff_route(app: Flask, town: Town) -> None:
    stranger = browser(app)
    for rule, method, _ in routes_for(app, "staff"):
        for address in addresses_of(app, rule, town):
            answer = stranger.open(address, method=method)
            assert answer.status_code == 302, address
            assert answer.location.startswith("/staff/sign-in?"), address


def test_a_stranger_and_even_a_member_of_staff_is_led_to_sign_in_from_every_clients_own_page(
    app: Flask, town: Town
) -> None:
    for who in (browser(app), signed_in(app, town, Role.ADMIN)):
        for rule, method, _ in routes_for(app, "client"):
            for address in addresses_of(app, rule, town):
                answer = who.open(address, method=method)
                assert (answer.status_code, answer.location) == (302, "/my/sign-in"), address


def test_a_client_reaches_no_row_of_another_municipality(app: Flask, town: Town, neighbour: Town) -> None:
    asked = 0
    for rule, method, _ in routes_for(app, "client"):
        for address in addresses_of(app, rule, town) if rule.arguments else ():
            answer = neighbour.signed_in_client.open(address, method=method)
            assert answer.status_code in (303, 404), f"{method} {address}"
            asked += 1
    assert asked
    with bound(app, town.municipality_id) as session:
        assert session.get(UnreachableTime, town.away_id) is not None


@pytest.mark.parametrize("role", Role)
def test_every_staff_route_refuses_the_roles_that_lack_its_permission(app: Flask, town: Town, role: Role) -> None:
    staff = signed_in(app, town, role)
    for rule, method, permission in routes_for(app, "staff"):
        for address in addresses_of(app, rule, town):
            answer = staff.open(address, method=method)
            refused = permission not in PERMISSIONS[role]
            assert (answer.status_code == 403) == refused, f"{role} {method} {address}: {answer.status_code}"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer nonsense", "Basic {key}", "{key}"])
def test_every_api_route_wants_a_valid_key(app: Flask, town: Town, authorization: str) -> None:
    caller = browser(app)
    headers = {"Authorization": authorization.format(key=town.api_key)} if authorization else {}
    for rule, method, _ in routes_for(app, "api"):
        for address in addresses_of(app, rule, town):
            answer = caller.open(address, method=method, headers=headers, json={} if method != "GET" else None)
            assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), f"{method} {address}"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "{token}", "Basic {token}", "Bearer {token}x"])
def test_the_metrics_want_their_token(app: Flask, town: Town, authorization: str) -> None:
    given = authorization.format(token=app.config["SETTINGS"].METRICS_TOKEN)
    for rule, method, _ in routes_for(app, "metrics"):
        for address in addresses_of(app, rule, town):
            answer = browser(app).open(address, method=method, headers={"Authorization": given} if given else {})
            assert (answer.status_code, "vuoro_" in answer.text) == (401, False)


@pytest.mark.parametrize("scope", SCOPES)
def test_every_api_route_refuses_a_key_without_its_scope(app: Flask, town: Town, scope: str) -> None:
    with bound(app, town.municipality_id) as session:
        secret = create_api_key(session, name=f"only {scope}", now=clock.now(), scopes=(scope,))
        session.commit()
    caller = browser(app)
    for rule, method, wanted in routes_for(app, "api"):
        if wanted == scope:
            continue
        for address in addresses_of(app, rule, town):
            answer = caller.open(address, method=method, headers={"Authorization": f"Bearer {secret}"})
            assert (answer.status_code, answer.json["code"]) == (403, "missing_scope"), f"{method} {address}"


def test_a_key_reaches_no_row_of_another_municipality(app: Flask, town: Town, neighbour: Town) -> None:
    caller = browser(app)
    headers = {"Authorization": f"Bearer {neighbour.api_key}"}
    asked = 0
    for rule, method, _ in routes_for(app, "api"):
        if not rule.arguments:
            continue
        for address in addresses_of(app, rule, town):
            bodies: list[Any] = [None] if method == "GET" else [{}, {"starts_at": town.free_start}]
            answers = [caller.open(address, method=method, headers=headers, json=body) for body in bodies]
            found = {answer.status_code for answer in answers}
            assert 404 in found, f"{method} {address}: {found}"
            assert found <= {404, 422}, f"{method} {address}: {found}"
            asked += 1
    assert asked > 2


def test_a_wrong_secret_opens_no_page_of_a_link(app: Flask, town: Town) -> None:
    stranger = browser(app)
    for rule, method, _ in routes_for(app, "link"):
        for secret in ("wrong", town.link_token[:-1], town.link_token.swapcase(), "ä'\"%00"):
            for address in addresses_of(app, rule, town, token=[secret], secret=[secret]):
                answer = stranger.open(address, method=method)
                assert answer.status_code in (404, 410), f"{method} {address}: {answer.status_code}"
                assert "Aino" not in answer.text


def test_the_link_of_one_municipality_opens_nothing_under_the_address_of_another(
    app: Flask, town: Town, neighbour: Town
) -> None:
    stranger, asked = browser(app), 0
    for rule, method, _ in routes_for(app, "link"):
        if "slug" not in rule.arguments:
            continue
        for address in addresses_of(app, rule, town, slug=[neighbour.slug], service_slug=[neighbour.service_slug]):
            assert stranger.open(address, method=method).status_code in (404, 410), f"{method} {address}"
            asked += 1
    assert asked
