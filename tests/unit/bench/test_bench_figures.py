"""What a measurement says."""

from __future__ import annotations

import pytest

from scripts.bench_figures import Round, best, line, percentile, typical


def test_a_percentile_is_a_measured_value_that_so_many_do_not_exceed() -> None:
    values = [0.005, 0.001, 0.004, 0.002, 0.003]
    assert percentile(values, 0.5) == 0.003
    assert percentile(values, 0.6) == 0.003
    assert percentile(values, 0.61) == 0.004
    assert percentile(values, 0.95) == percentile(values, 1) == 0.005
    assert percentile(values, 0) == 0.001
    assert percentile([7.0], 0.95) == 7.0


def test_twenty_answers_leave_one_beyond_the_95th_percentile() -> None:
    assert percentile(list(range(1, 21)), 0.95) == 19


def test_nothing_measured_is_no_figure() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_a_round_tells_its_throughput_by_its_own_length_not_by_its_answers() -> None:
    measured = Round([0.001, 0.009, 0.002, 0.002], seconds=0.5)
    assert (measured.p50, measured.p95, measured.per_second) == (0.002, 0.009, 8.0)


def test_the_typical_round_is_the_middle_one_and_the_best_the_quickest() -> None:
    slow, quick, middle = (Round([seconds], 1.0) for seconds in (0.9, 0.1, 0.5))
    assert typical([slow, quick, middle]) is middle
    assert typical([slow, quick]) is slow
    assert best([slow, quick, middle]) is quick


def test_a_line_of_the_table_shows_milliseconds() -> None:
    assert line("x", Round([0.0041, 0.0041], 2.0)).split() == ["x", "4.1", "ms", "4.1", "ms", "1/s", "2"]
