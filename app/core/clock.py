"""The clock. Everything asks ``clock.now()``, so tests and the demo can stand at any instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _source()


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Hold the clock of the whole process at ``instant`` (aware) while the block runs."""
    global _source
    if instant.tzinfo is None:
        raise ValueError("the clock needs an aware datetime")
    before, fixed = _source, instant.astimezone(UTC)
    _source = lambda: fixed
    try:
        yield
    finally:
        _source = before
