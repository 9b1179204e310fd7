"""What every test may use. The network is closed but for this machine; each test has a municipality of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pytest_socket import socket_allow_hosts
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.core.database_urls import ensure_application_role, normalise
from app.core.i18n import DEFAULT_LANGUAGE, speaking
from config import Config
from tests.factories import World, make_world
from tests.town import Browser


def pytest_runtest_setup() -> None:
    socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A test client asks in the test's own context: the language of its last page must not reach the next test."""
    with speaking(DEFAULT_LANGUAGE):
        yield


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An instance folder of the test run."""
    folder = Path(tempfile.mkdtemp(prefix="vuoro-test-"))
    yield folder
    from app.core import embedded

    if not os.environ.get("DATABASE_URL"):
        embedded.delete(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(instance: Path) -> Iterator[Config]:
    """Configuration over an empty, migrated database: embedded, or one made on the server of DATABASE_URL."""
    base = Config(
        VUORO_INSTANCE=str(instance),
        PUBLIC_URL="http://localhost",
        VUORO_DEMO="1",
        DATABASE_POOL_SIZE="30",
        ADDRESS_LIMITS="0",  # all tests come from one address; those about limits count for themselves
        METRICS_TOKEN="metrics of the tests",
        API_WRONG_KEYS_PER_ADDRESS="100000/minute",  # all tests come from one address
    )
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        yield base
        return
    admin = make_url(normalise(server, "DATABASE_URL"))
    name, password = f"vuoro_test_{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    owner = admin.set(database=name).render_as_string(hide_password=False)
    ensure_application_role(owner, name, password)
    application = admin.set(database=name, username=name, password=password).render_as_string(hide_password=False)
    yield replace(base, DATABASE_URL=application, DATABASE_OWNER_URL=owner)
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        connection.execute(text(f'DROP ROLE "{name}"'))
    engine.dispose()


@pytest.fixture(scope="session")
def app(settings: Config) -> Iterator[Flask]:
    """The application over the migrated database."""
    from flask_migrate import upgrade

    from app.core.db import db
    from app.factory import create_app

    application = create_app(settings, TESTING=False)
    application.test_client_class = Browser
    with application.app_context():
        upgrade()
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The application's session inside an application context; what a test does not commit is undone."""
    from app.core.db import db

    with app.app_context():
        yield db.session()
        db.session.rollback()


@pytest.fixture
def world(session: Session) -> World:
    """A municipality of this test's own, with one office, one service and one professional; committed."""
    return make_world(session)


@pytest.fixture
def client(app: Flask) -> Any:
    """A browser without JavaScript."""
    return app.test_client()


@pytest.fixture
def in_threads() -> Callable[..., list[Any]]:
    """Run functions at once in real threads and return their results or exceptions, in order."""
    from tests.concurrently import run_at_once

    return run_at_once
