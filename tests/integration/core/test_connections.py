"""The pool's connections: a dead one is never handed out, and what is asked again and again is prepared once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, text

from app.core import connections
from app.core.db import db

PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%kept plans%'")
BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    """A pool of one connection, looked after as the application's is."""
    with app.app_context():
        pool = create_engine(db.engine.url, pool_size=1, max_overflow=0)
    connections.install(pool)
    yield pool
    pool.dispose()


def ask(connection: Connection) -> int:
    return int(connection.scalar(text('SELECT 1 AS "kept plans" WHERE :n > 0'), {"n": 1}) or 0)


def test_what_is_prepared_outlives_a_rollback_and_a_failed_transaction(engine: Engine) -> None:
    for _ in range(connections.SEEN_BEFORE_PREPARED + 1):
        with engine.connect() as connection:
            ask(connection)
            connection.rollback()
    with engine.connect() as connection:
        assert connection.scalar(PREPARED) == 1
        with pytest.raises(Exception, match="division by zero"):
            connection.execute(text("SELECT 1 / 0"))
        connection.rollback()
        assert ask(connection) == 1
        assert connection.scalar(PREPARED) == 1


def test_a_connection_that_the_server_ended_is_replaced_before_anybody_gets_it(engine: Engine) -> None:
    with engine.connect() as connection:
        dead = connection.scalar(BACKEND)
    end(engine, int(dead or 0))
    with engine.connect() as connection:
        assert ask(connection) == 1
        assert connection.scalar(BACKEND) != dead


def end(engine: Engine, backend: int) -> None:
    """End a backend, and wait until it has gone."""
    other = create_engine(engine.url)
    with other.connect() as connection:
        assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": backend})
    other.dispose()
