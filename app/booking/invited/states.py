"""Pure: the life of an invitation."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class State(StrEnum):
    """Where an invitation stands."""

    CREATED = "created"
    SENT = "sent"
    OPENED = "opened"
    BOOKED = "booked"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({State.CREATED, State.SENT, State.OPENED})
"""States in which a time can be chosen."""
TRANSITIONS: dict[State, frozenset[State]] = {
    State.CREATED: frozenset(State) - {State.CREATED},
    State.SENT: frozenset(State) - {State.CREATED, State.SENT},
    State.OPENED: frozenset({State.BOOKED, State.DECLINED, State.EXPIRED, State.WITHDRAWN}),
    State.BOOKED: frozenset(),
    State.DECLINED: frozenset(),
    State.EXPIRED: frozenset(),
    State.WITHDRAWN: frozenset(),
}


def may_become(state: str, following: State) -> bool:
    """True where the step is allowed."""
    return following in TRANSITIONS[State(state)]


def state_on(state: str, book_by: date, today: date) -> State:
    """The state as it is on a day: an open invitation is over after its last day, whether or not that was noted."""
    return State.EXPIRED if State(state) in OPEN and today > book_by else State(state)
