"""Pure: the life of an absence's plan, and of the decisions in it."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a plan stands. The absence itself blocks new bookings until it is withdrawn."""

    PLANNED = "planned"
    APPLIED = "applied"
    UNDONE = "undone"
    WITHDRAWN = "withdrawn"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.APPLIED, State.WITHDRAWN}),
    State.APPLIED: frozenset({State.APPLIED, State.UNDONE, State.WITHDRAWN}),
    State.UNDONE: frozenset({State.APPLIED, State.WITHDRAWN}),
    State.WITHDRAWN: frozenset(),
}
"""Applied again: what was left the first time."""


def may_become(state: str, following: State) -> bool:
    """True where the step is allowed."""
    return following in TRANSITIONS[State(state)]


class ItemState(StrEnum):
    """What became of one decision."""

    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"
