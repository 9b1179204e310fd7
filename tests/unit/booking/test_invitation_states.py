"""The life of an invitation, as a table."""

from __future__ import annotations

from datetime import date

import pytest

from app.booking.invited.states import OPEN, TRANSITIONS, State, may_become, state_on

LAST = date(2026, 11, 30)


def test_nothing_leads_back_from_where_an_invitation_is_over() -> None:
    assert {state for state in State if not TRANSITIONS[state]} == set(State) - OPEN


@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_open_invitation_may_be_used_refused_taken_back_or_run_out(state: State) -> None:
    for following in (State.BOOKED, State.DECLINED, State.EXPIRED, State.WITHDRAWN):
        assert may_become(state, following)


def test_an_invitation_is_opened_once() -> None:
    assert may_become(State.SENT, State.OPENED)
    assert not may_become(State.OPENED, State.OPENED)


def test_the_last_day_still_counts_and_the_day_after_does_not() -> None:
    assert state_on("sent", LAST, LAST) == State.SENT
    assert state_on("sent", LAST, date(2026, 12, 1)) == State.EXPIRED
    assert state_on("booked", LAST, date(2026, 12, 1)) == State.BOOKED
