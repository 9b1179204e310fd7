"""Every page of the staff has help of its own, in every language, for every role that sees it."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.permissions import PERMISSIONS, Role, may
from app.identity.help import topic_of
from app.identity.help_texts import BY_BLUEPRINT, BY_MENU, WELCOME
from tests.guards.addresses import access_of, routes


def pages(app: Flask) -> dict[str, str]:
    """Every page that staff may look at, with its permission."""
    found = {
        rule.endpoint: access.permission
        for rule, method in routes(app)
        if method == "GET" and (access := access_of(app, rule, method)) and access.audience == "staff"
    }
    assert len(found) > 40
    return found


def test_every_page_of_staff_has_a_topic(app: Flask) -> None:
    silent = sorted({endpoint for endpoint in pages(app) if topic_of(endpoint.partition(".")[0]) is None})
    assert not silent, f"app/identity/help_texts.py: BY_BLUEPRINT needs a topic for the pages {silent}"


def test_every_entry_of_the_menu_has_a_topic(app: Flask) -> None:
    assert set(app.extensions["staff_menu"]) - set(BY_MENU) == set()


@pytest.mark.parametrize("role", Role)
def test_nobody_who_sees_a_page_is_left_without_a_step(app: Flask, role: Role) -> None:
    empty = [
        endpoint
        for endpoint, permission in pages(app).items()
        if may(role, permission)
        for topic in [topic_of(endpoint.partition(".")[0]) or ()]
        if not any(not hint.permission or may(role, hint.permission) for hint in topic)
    ]
    assert not empty
    assert WELCOME[role]


def test_steps_name_permissions_that_there_are() -> None:
    every = frozenset[str]().union(*PERMISSIONS.values())
    topics = [*BY_BLUEPRINT.values(), *BY_MENU.values(), *WELCOME.values()]
    assert {hint.permission for topic in topics for hint in topic} - every == {""}
