"""The day as a column: what overlaps stands beside, what touches stands below, and nothing is too short to read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.casework.day.picture import LEAST, Block, hours_shown, place


def block(start: int, end: int) -> Block:
    return Block(start, end, "phone", "")


def test_meetings_one_after_the_other_have_the_whole_width() -> None:
    placed = place([block(540, 600), block(600, 645)], (8, 16))
    assert [(one.top, one.height, one.lane, one.lanes) for one in placed] == [(60, 60, 0, 1), (120, 45, 0, 1)]


def test_what_overlaps_shares_the_width_and_only_that() -> None:
    placed = place([block(540, 600), block(570, 630), block(615, 660), block(700, 760)], (8, 16))
    assert [(one.lane, one.lanes) for one in placed] == [(0, 2), (1, 2), (0, 2), (0, 1)]


def test_early_and_late_meetings_widen_the_hours_shown() -> None:
    assert hours_shown([]) == (8, 16)
    assert hours_shown([block(7 * 60 + 30, 8 * 60), block(17 * 60, 17 * 60 + 15)]) == (7, 18)


@given(
    st.lists(st.tuples(st.integers(0, 1400), st.integers(1, 39)).map(lambda t: block(t[0], t[0] + t[1])), max_size=12)
)
def test_no_two_blocks_cover_each_other(blocks: list[Block]) -> None:
    placed = place(blocks, hours_shown(blocks))
    assert len(placed) == len(blocks)
    for n, one in enumerate(placed):
        assert one.height >= LEAST
        assert 0 <= one.lane < one.lanes
        for other in placed[:n]:
            apart = one.top >= other.top + other.height or other.top >= one.top + one.height
            assert apart or (one.lane != other.lane and one.lanes == other.lanes)
