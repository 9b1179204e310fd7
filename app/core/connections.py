"""The pool's connections: what the server closed is noticed without asking it, and plans made once are kept.

Why and what it brings: docs/decisions/0009.
"""

from __future__ import annotations

import select
from typing import Any

from psycopg import _queries
from psycopg._preparing import PrepareManager
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

SEEN_BEFORE_PREPARED = 2
LONGEST_STATEMENT = 8192
"""Characters of a statement whose placeholders psycopg finds once and remembers; its own limit is half of it."""


class KeptPlans(PrepareManager):
    """Prepared statements that outlive a rollback, as they do in PostgreSQL.

    psycopg deallocates them at every rollback, in case the transaction had made or altered tables. Ours never does, and
    every transaction that only reads ends with a rollback: without this, nothing would ever be prepared.
    """

    def clear(self) -> bool:
        """Forget nothing."""
        return False


def install(engine: Engine) -> None:
    """Look after every connection of the engine."""
    _queries.MAX_CACHED_STATEMENT_LENGTH = LONGEST_STATEMENT
    event.listen(engine, "connect", _keep_plans)
    event.listen(engine, "checkout", _refuse_dead)


def _keep_plans(connection: Any, record: Any) -> None:
    connection._prepared = KeptPlans()
    connection.prepare_threshold = SEEN_BEFORE_PREPARED


def _refuse_dead(connection: Any, record: Any, proxy: Any) -> None:
    """Have the pool connect anew where the server has gone: its farewell, or the end of the stream, waits to be read.

    A ping would ask the server the same, at every request.
    """
    watch = select.poll()
    if not connection.closed:
        watch.register(connection.fileno(), select.POLLIN)
    if connection.closed or watch.poll(0):
        raise DisconnectionError("the server has closed this connection")
