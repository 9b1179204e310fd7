"""A day as a row of cells."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.casework.hours.week_picture import Layer, cells, flatten, hours_shown

layers = st.lists(
    st.builds(
        lambda start, length, kind: Layer(start, min(1440, start + length), kind, kind.upper()),
        st.integers(0, 1430),
        st.integers(1, 600),
        st.sampled_from(["office", "remote", "busy"]),
    ),
    max_size=5,
)


@given(layers=layers)
def test_every_minute_shows_the_last_layer_over_it(layers: list[Layer]) -> None:
    runs = flatten(layers)
    assert all(one.end_minute <= other.start_minute for one, other in pairwise(runs))
    for minute in range(0, 1440, 7):
        over = [layer.kind for layer in layers if layer.start_minute <= minute < layer.end_minute]
        seen = [run.kind for run in runs if run.start_minute <= minute < run.end_minute]
        assert seen == over[-1:]


@given(layers=layers)
def test_a_row_is_as_wide_as_the_hours_shown_and_holds_its_runs_in_order(layers: list[Layer]) -> None:
    runs, shown = flatten(layers), hours_shown([layers])
    row = cells(runs, shown)
    assert sum(width for width, _ in row) == 4 * (shown[1] - shown[0])
    assert all(width > 0 for width, _ in row)
    drawn = [run for _, run in row if run is not None]
    assert drawn == [run for run in runs if run in drawn]
    assert {run for run in runs if run.end_minute - run.start_minute >= 60} <= set(drawn)


def test_busy_time_cuts_working_time_in_two() -> None:
    day = flatten([Layer(540, 900, "office", "Keskusta"), Layer(720, 780, "busy", "Varattu")])
    assert [(run.start_minute, run.end_minute, run.label) for run in day] == [
        (540, 720, "Keskusta"), (720, 780, "Varattu"), (780, 900, "Keskusta")
    ]  # fmt: skip
    assert [width for width, _ in cells(day, (8, 16))] == [4, 12, 4, 8, 4]


def test_ordinary_hours_are_always_shown_and_unusual_ones_when_there_are_some() -> None:
    assert hours_shown([[]]) == (8, 16)
    assert hours_shown([[Layer(445, 460, "office", "")], [Layer(1200, 1205, "busy", "")]]) == (7, 21)
