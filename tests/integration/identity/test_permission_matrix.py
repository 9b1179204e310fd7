"""Every staff route × every role, nobody, and another municipality's user, against the table of permissions.

It walks the routes themselves: a new one is covered as soon as it is there. A route is about an object where the name of
an argument ends in ``_id``; ``tests/guards/addresses.py`` knows an own object for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.core.permissions import PERMISSIONS, Role, may
from tests.factories import make_professional
from tests.guards.addresses import access_of, addresses_of, routes
from tests.integration.identity.conftest import User
from tests.town import Browser, Town, bound, browser, make_town, signed_in

ANSWERS = {200, 302, 303, 404, 409, 410, 422}
"""What somebody who may gets for a request without a form: a page, the way on, or what is missing in the form."""


@cache
def staff_routes(app: Flask) -> list[tuple[Rule, str, str]]:
    """Rule, method and permission."""
    found = [(rule, method, access_of(app, rule, method)) for rule, method in routes(app)]
    chosen = [
        (rule, method, access.permission) for rule, method, access in found if access and access.audience == "staff"
    ]
    assert len(chosen) > 60
    return sorted(chosen, key=lambda route: (route[1] != "GET", route[0].rule))  # first look, then press


def asked(app: Flask, town: Town) -> Iterator[tuple[str, str, str, bool]]:
    """Method, address, permission, and whether the address is of an object."""
    for rule, method, permission in staff_routes(app):
        is_object = any(name.endswith("_id") for name in rule.arguments)
        for address in addresses_of(app, rule, town):
            yield method, address, permission, is_object


def outcome(visitor: Browser, method: str, address: str) -> str:
    """``in``, ``refused``, ``sign in``, or what else happened."""
    answer = visitor.open(address, method=method)
    if answer.status_code == 302 and answer.location.startswith("/staff/sign-in?"):
        return "sign in"
    if answer.status_code == 403:
        return "refused"
    return "in" if answer.status_code in ANSWERS else f"{answer.status_code}"


@pytest.mark.parametrize("role", Role)
def test_each_role_comes_in_exactly_where_the_table_says(app: Flask, role: Role) -> None:
    town = make_town(app)  # of this role alone: pressing changes things
    member = signed_in(app, town, role)
    wrong = {
        f"{method} {address}": found
        for method, address, permission, _ in asked(app, town)
        if (found := outcome(member, method, address)) != ("in" if may(role, permission) else "refused")
    }
    assert not wrong


ONLY_OWN = {"hours", "days", "day", "move"}
"""Rooms where somebody without a permission for all is let in to their own object, and refused at a colleague's."""


def test_what_is_ones_own_is_open_and_a_colleagues_is_not(app: Flask) -> None:
    town = make_town(app)
    with bound(app, town.municipality_id) as session:
        other_id = make_professional(session, services=[]).id
        session.commit()
    colleague, owner = (User(app, town.municipality_id, role=Role.CASEWORKER) for _ in range(2))
    colleague.set(professional_id=other_id)
    owner.set(professional_id=town.professional_id)
    seen = {}
    for who in (colleague, owner):  # the one who is refused more goes first: pressing changes things
        visitor = who.browser()
        seen[who] = {
            (method, rule.endpoint, address): outcome(visitor, method, address)
            for rule, method, _ in staff_routes(app)
            for address in addresses_of(app, rule, town)
        }
    different = {key for key in seen[owner] if seen[owner][key] != seen[colleague][key]}
    assert {endpoint.partition(".")[0] for _, endpoint, _ in different} == ONLY_OWN
    assert {(seen[colleague][key], seen[owner][key]) for key in different} == {("refused", "in")}


def test_nobody_comes_in_without_signing_in(app: Flask, town: Town) -> None:
    stranger = browser(app)
    assert {outcome(stranger, method, address) for method, address, *_ in asked(app, town)} == {"sign in"}


def test_nobody_comes_in_after_the_sign_in_has_ended(app: Flask, town: Town) -> None:
    member = signed_in(app, town, Role.ADMIN)
    cookie = member.get_cookie("vuoro")
    assert cookie is not None
    member.post("/staff/sign-out")
    member.set_cookie("vuoro", cookie.value)
    assert {outcome(member, method, address) for method, address, *_ in asked(app, town)} == {"sign in"}


@pytest.mark.parametrize("role", Role)
def test_no_role_finds_an_object_of_another_municipality(app: Flask, town: Town, neighbour: Town, role: Role) -> None:
    foreigner = signed_in(app, neighbour, role)
    found = {
        f"{method} {address}": status
        for method, address, permission, is_object in asked(app, town)
        if is_object
        and (status := foreigner.open(address, method=method).status_code) != (404 if may(role, permission) else 403)
    }
    assert not found


def test_there_are_objects_to_be_found(app: Flask, town: Town) -> None:
    """Else the test before would test nothing: the town's own administrator finds each of them."""
    member = signed_in(app, town, Role.ADMIN)
    objects = [
        address
        for method, address, permission, is_object in asked(app, town)
        if is_object and method == "GET" and may(Role.ADMIN, permission)
    ]
    assert len(objects) > 5
    assert {address: status for address in objects if (status := member.get(address).status_code) >= 400} == {}


def test_whoever_has_not_accepted_the_terms_comes_no_further_than_the_terms(app: Flask, town: Town) -> None:
    member = User(app, town.municipality_id, role=Role.ADMIN, accepts=False).browser()
    places = {
        address.partition("?")[0]
        for method, address, *_ in asked(app, town)
        if (answer := member.open(address, method=method)).status_code != 302
        or not answer.location.startswith("/staff/terms?")
    }
    assert places == {"/staff/terms"}


def test_a_user_who_is_made_inactive_comes_in_nowhere(app: Flask, town: Town) -> None:
    user = User(app, town.municipality_id, role=Role.ADMIN)
    member = user.browser()
    user.set(active=False)
    assert {outcome(member, method, address) for method, address, *_ in asked(app, town)} == {"sign in"}


def test_every_role_may_manage_its_own_account() -> None:
    assert all("account.own" in permissions for permissions in PERMISSIONS.values())
