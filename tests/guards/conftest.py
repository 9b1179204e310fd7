"""What the guards walk through: two towns over the migrated database, and one browser or key for every audience.

Each file has towns of its own: some guards change what others want to read, and files run in any order.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine

from app.core.database_urls import resolve
from config import Config
from tests.guards.addresses import Visitor
from tests.town import Town, make_town


@pytest.fixture(scope="module")
def town(app: Flask) -> Town:
    """A municipality in which every table has a row."""
    return make_town(app)


@pytest.fixture(scope="module")
def neighbour(app: Flask) -> Town:
    """Another one."""
    return make_town(app)


@pytest.fixture(scope="module")
def visitor(app: Flask, town: Town) -> Visitor:
    """Somebody of the town."""
    return Visitor(app, town)


@pytest.fixture(scope="session")
def owner(app: Flask, settings: Config) -> Iterator[Engine]:
    """The database as the tables' owner."""
    engine = create_engine(resolve(settings.DATABASE_URL, settings.DATABASE_OWNER_URL, settings.instance).owner)
    yield engine
    engine.dispose()
