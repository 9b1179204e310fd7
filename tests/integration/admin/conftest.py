"""Staff of a test's own municipality, signed in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.permissions import Role
from app.identity.service import create_user
from tests.factories import World
from tests.town import PASSWORD, Browser, browser, cheap_passwords

SignIn = Callable[..., Browser]


@pytest.fixture
def sign_in(app: Flask, world: World, session: Session) -> SignIn:
    """A browser in which somebody with the role has signed in."""

    def run(role: Role = Role.ADMIN, name: str = "Paula Rinne") -> Any:
        email = f"{secrets.token_hex(4)}@testila.example"
        with cheap_passwords():
            create_user(session, email=email, name=name, role=role, password=PASSWORD, now=clock.now())
        session.commit()
        staff = browser(app)
        assert staff.post("/staff/sign-in", data={"email": email, "password": PASSWORD}).status_code == 303
        return staff

    return run
