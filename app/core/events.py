"""What one room announces and others listen to: plain functions, run in the same transaction as the cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

Event = TypeVar("Event")

_subscribers: dict[type[Any], list[Callable[[Session, Any], None]]] = defaultdict(list)


def subscribe(kind: type[Event], listener: Callable[[Session, Event], None]) -> None:
    """Call ``listener(session, event)`` for every announced event of ``kind``. Twice is once."""
    if listener not in _subscribers[kind]:
        _subscribers[kind].append(listener)


def announce(session: Session, event: object) -> None:
    """Tell everybody who listens; what they raise undoes the whole transaction."""
    for listener in _subscribers[type(event)]:
        listener(session, event)
