"""The life of a message."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.messaging.status import TRANSITIONS, MessageStatus, may_become

S = MessageStatus


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ((S.QUEUED, S.SENDING, S.SENT, S.DELIVERED), True),
        ((S.QUEUED, S.SENDING, S.QUEUED, S.SENDING, S.FAILED), True),
        ((S.QUEUED, S.SENDING, S.SENT, S.FAILED), True),
        ((S.QUEUED, S.CANCELLED), True),
        ((S.QUEUED, S.SKIPPED), True),
        ((S.QUEUED, S.SENT), False),
        ((S.SENT, S.QUEUED), False),
        ((S.SENT, S.CANCELLED), False),
        ((S.CANCELLED, S.QUEUED), False),
        ((S.CANCELLED, S.SENDING), False),
        ((S.DELIVERED, S.FAILED), False),
        ((S.FAILED, S.SENT), False),
    ],
)
def test_a_message_lives_along_these_paths_only(path: tuple[MessageStatus, ...], allowed: bool) -> None:
    steps = [may_become(one, other) for one, other in pairwise(path)]
    assert all(steps[:-1])
    assert steps[-1] == allowed


def test_every_status_has_its_line_and_an_end_has_no_way_out() -> None:
    assert TRANSITIONS.keys() == set(MessageStatus)
    assert all(TRANSITIONS[status] == frozenset() for status in (S.DELIVERED, S.FAILED, S.SKIPPED))
    assert TRANSITIONS[S.CANCELLED] <= {S.SENT}, "only what was on its way already"
    assert all(status not in after for status, after in TRANSITIONS.items())


def test_a_status_is_understood_as_the_database_writes_it() -> None:
    assert may_become("queued", MessageStatus.SENDING)
    with pytest.raises(ValueError, match="nonsense"):
        may_become("nonsense", MessageStatus.SENDING)
