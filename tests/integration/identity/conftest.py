"""A town, its neighbour, and users of a test's own."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import clock
from app.core.audit import AuditEvent
from app.core.permissions import Role
from app.identity.models import StaffUser
from app.identity.service import create_user
from tests.town import PASSWORD, Browser, Town, accept_terms, bound, browser, cheap_passwords, make_town

SIGN_IN = "/staff/sign-in"
NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)


@pytest.fixture(scope="module")
def town(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture(scope="module")
def neighbour(app: Flask) -> Town:
    return make_town(app)


class User:
    """A user of this test's own, who has accepted the terms."""

    def __init__(
        self,
        app: Flask,
        municipality_id: int,
        *,
        role: Role = Role.LEAD,
        email: str = "",
        password: str | None = PASSWORD,
        accepts: bool = True,
    ) -> None:
        self.app, self.municipality_id = app, municipality_id
        self.email = email or f"user-{secrets.token_hex(5)}@testila.example"
        with bound(app, municipality_id) as session, cheap_passwords():
            user = create_user(session, email=self.email, name="Testi", role=role, password=password, now=clock.now())
            if accepts:
                accept_terms(session, user)
            session.commit()
            self.id = user.id

    def sign_in(self, password: str = PASSWORD, *, into: Browser | None = None, **query: str) -> Any:
        data = {"email": self.email, "password": password}
        return (into or browser(self.app)).post(SIGN_IN, data=data, query_string=query)

    def browser(self, device: str = "") -> Browser:
        """A browser in which the user has signed in; ``device``: what it says of itself."""
        made = browser(self.app)
        if device:
            made.environ_base["HTTP_USER_AGENT"] = device
        answer = self.sign_in(into=made)
        assert answer.status_code == 303, answer.text
        return made

    def row(self) -> StaffUser:
        with bound(self.app, self.municipality_id) as session:
            row = session.get_one(StaffUser, self.id)
            session.expunge(row)
            return row

    def set(self, **values: Any) -> None:
        with bound(self.app, self.municipality_id) as session:
            session.execute(update(StaffUser).where(StaffUser.id == self.id).values(**values))
            session.commit()

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        with bound(self.app, self.municipality_id) as session:
            query = select(AuditEvent.action, AuditEvent.data).where(
                AuditEvent.object_type == "staff_user", AuditEvent.object_id == self.id
            )
            return [tuple(row) for row in session.execute(query.order_by(AuditEvent.id))]  # type: ignore[misc]

    def actions(self) -> list[str]:
        """What the log says of the user, but for being made."""
        return [action for action, _ in self.events() if action not in ("user.create", "terms.accept")]


@pytest.fixture
def user(app: Flask, town: Town) -> User:
    return User(app, town.municipality_id)


@pytest.fixture
def time() -> Iterator[Any]:
    """Moves the clock: ``time(minutes=1)`` is a minute after nine."""
    with ExitStack() as stack:
        stack.enter_context(clock.standing_at(NOW))
        yield lambda **after: stack.enter_context(clock.standing_at(NOW + timedelta(**after)))


def error_of(page: Any) -> str:
    """The words of the error summary."""
    found = re.search(r'<div class="[^"]*error-summary.*?</div>', page.text, re.DOTALL)
    assert found, page.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", found.group())).strip()
