"""No GET and no HEAD changes anything but the audit log: mail scanners, link previews and prefetching follow links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from app.core.db import db
from tests.guards.addresses import Visitor, access_of, addresses_of, get_rules
from tests.town import Town

MAY_GROW = {"audit_event", "staff_session"}
"""The log, and when a session was last seen."""
_CHANGE = re.compile(
    r"\b(?:INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?|(?<!KEY )(?<!FOR )(?<!DO )UPDATE)\s+(?:ONLY\s+)?"
    r"\"?(\w+)",
    re.IGNORECASE,
)
_LOCK = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+UPDATE|UPDATE|SHARE|KEY\s+SHARE)\b|\bLOCK\s+TABLE\b", re.IGNORECASE)


def changes(statement: str) -> set[str]:
    """The tables that a statement changes, and ``lock`` where it locks rows."""
    tables = {table.lower() for table in _CHANGE.findall(statement)} - MAY_GROW
    return tables | ({"lock"} if _LOCK.search(statement) else set())


@contextmanager
def recorded(engine: Engine) -> Iterator[list[str]]:
    """The changing statements that are run on the engine meanwhile."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if changes(statement):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def engine(app: Flask) -> Engine:
    """The application's engine."""
    with app.app_context():
        return db.engine


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("INSERT INTO hold (a) VALUES (1)", {"hold"}),
        ("WITH gone AS (DELETE FROM reservation WHERE id = 1 RETURNING id) SELECT * FROM gone", {"reservation"}),
        ('UPDATE "client" SET name = 1', {"client"}),
        ("INSERT INTO message (a) VALUES (1) ON CONFLICT DO UPDATE SET a = 2", {"message"}),
        ("INSERT INTO audit_event (at) VALUES (now())", set()),
        ("SELECT id FROM job FOR UPDATE SKIP LOCKED", {"lock"}),
        ("SELECT id FROM professional ORDER BY id FOR NO KEY UPDATE", {"lock"}),
        ("SELECT updated_at FROM appointment", set()),
    ],
)
def test_the_recorder_knows_a_change_when_it_sees_one(statement: str, found: set[str]) -> None:
    assert changes(statement) == found


def test_the_recorder_sees_what_a_request_changes(app: Flask, town: Town, visitor: Visitor, engine: Engine) -> None:
    with recorded(engine) as statements:
        times = f"/m/{town.slug}/book/{town.service_slug}/times"
        answer = visitor.anybody.post(times, data={"mode": "phone", "starts_at": town.free_start})
    assert answer.status_code == 303
    assert {"hold", "reservation", "lock"} <= set().union(*map(changes, statements))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_page_changes_anything_by_being_looked_at(
    app: Flask, town: Town, visitor: Visitor, engine: Engine, method: str
) -> None:
    changing = {}
    for rule in get_rules(app):
        access = access_of(app, rule)
        assert access is not None, rule.rule
        for address in addresses_of(app, rule, town):
            with recorded(engine) as statements:
                visitor.ask(method, address, access)
            if statements:
                changing[f"{method} {address}"] = statements
    assert not changing


def test_every_page_answers_and_none_fails(app: Flask, town: Town, visitor: Visitor) -> None:
    broken = []
    for rule in get_rules(app):
        access = access_of(app, rule)
        assert access is not None
        answers = {
            address: visitor.ask("GET", address, access).status_code for address in addresses_of(app, rule, town)
        }
        if max(answers.values()) >= 500 or min(answers.values()) >= 400:
            broken.append(answers)
    assert not broken, "each route must answer at least one of its addresses well, and none with a fault"


NONSENSE = [
    "",
    "x",
    "-1",
    "0",
    "9" * 30,
    "9999-12-31",
    "0001-01-01",
    "2026-02-30",
    "9999-12-31T23:59:59+00:00",
    "ä\u202e😀'\"<",
]


def test_no_nonsense_in_an_address_is_a_fault(app: Flask, town: Town, visitor: Visitor) -> None:
    faults = []
    for rule in get_rules(app):
        access = access_of(app, rule)
        assert access is not None
        for address in addresses_of(app, rule, town)[-1:]:
            path, _, query = address.partition("?")
            known = dict(parse_qsl(query))
            for name in [*known, "lang"]:
                for nonsense in NONSENSE:
                    asked = f"{path}?{urlencode({**known, name: nonsense})}"
                    if visitor.ask("GET", asked, access).status_code >= 500:
                        faults.append(asked)
    assert not faults


def test_no_nonsense_in_a_path_is_a_fault(app: Flask, town: Town, visitor: Visitor) -> None:
    wrong = []
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule)
        assert access is not None
        for name in rule.arguments:
            numeric = type(rule._converters[name]).__name__ == "IntegerConverter"
            for nonsense in [0, 2**63, 10**30] if numeric else ["x", "ä\u202e😀'\"<", "\x00", "a" * 3000, "..", "-1"]:
                for address in addresses_of(app, rule, town, **{name: [nonsense]}):
                    status = visitor.ask("GET", address, access).status_code
                    if not 400 <= status < 500 and "GET" in (rule.methods or ()):
                        wrong.append((address[:80], status))
    assert not wrong
