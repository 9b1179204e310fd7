"""How long failed work waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.work import back_off


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 10), (2, 20), (3, 40), (5, 160), (9, 2560), (10, 3600), (50, 3600)]
)
def test_the_wait_doubles_up_to_an_hour(attempts: int, seconds: int) -> None:
    waits = {back_off(attempts) for _ in range(50)}
    assert min(waits) >= timedelta(seconds=seconds * 0.9)
    assert max(waits) <= timedelta(seconds=seconds * 1.1)
    assert len(waits) > 1, "without jitter everything that failed together comes back together"


@given(st.integers(1, 10**6))
def test_no_number_of_attempts_is_too_many(attempts: int) -> None:
    assert timedelta(seconds=9) <= back_off(attempts) <= timedelta(minutes=66)
