"""Choosing among places with HiGHS, a proven solver of mixed-integer programs: one goal after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NEARLY = 1e-6


class Unsolved(RuntimeError):
    """The solver found no best choice, although choosing nothing is always one."""


@dataclass(frozen=True, slots=True)
class Row:
    """Of these numbers, at most so many may be chosen."""

    numbers: Sequence[int]
    most: int


@dataclass(frozen=True, slots=True)
class Problem:
    """``count`` things to choose or leave.

    ``goals``: what each is worth, the first goal before all others. ``even``: groups with how much each carries already;
    last of all, the choice is spread so that the sum of 0 + 1 + 2 … of what each carries then is smallest.
    """

    count: int
    rows: Sequence[Row]
    goals: Sequence[Sequence[int]]
    even: Sequence[tuple[Sequence[int], int]]


def solve(problem: Problem) -> list[int]:
    """The numbers of what is chosen, sorted."""
    kept: list[tuple[Sequence[int], int]] = []
    for worth in problem.goals:
        chosen = _choose(problem, kept, worth)
        kept.append((worth, sum(worth[number] for number in chosen)))
    return _choose(problem, kept, [0] * problem.count, even=True)


def _choose(
    problem: Problem, kept: Sequence[tuple[Sequence[int], int]], worth: Sequence[int], *, even: bool = False
) -> list[int]:
    """The choice that is worth most while it reaches all that earlier goals have reached."""
    rows: list[tuple[list[int], list[int], float, float]] = []
    endless = float("inf")
    for row in problem.rows:
        rows.append((list(row.numbers), [1] * len(row.numbers), -endless, row.most))
    for values, reached in kept:
        worthy = [number for number, value in enumerate(values) if value]
        rows.append((worthy, [values[number] for number in worthy], reached, endless))
    costs: list[float] = [-value for value in worth]
    if even:
        # The k-th meeting more on a day costs what the day carries then: costs rise, so the cheap steps fill up first.
        for numbers, carried in problem.even:
            steps = range(len(costs), len(costs) + len(numbers))
            costs += [carried + step for step in range(len(numbers))]
            rows.append(([*numbers, *steps], [1] * len(numbers) + [-1] * len(numbers), 0, 0))
    found = _highs(costs, rows, whole=problem.count)
    return [number for number in range(problem.count) if found[number] > 0.5]


def _highs(costs: list[float], rows: list[tuple[list[int], list[int], float, float]], *, whole: int) -> Any:
    """Every variable between 0 and 1, the first ``whole`` of them whole: the cheapest values.

    Asked without the word *whole* first: such an assignment mostly has its best corner there anyway, and is quicker so.
    """
    import highspy
    import numpy as np

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(costs), len(rows)
    model.col_cost_ = np.array(costs, dtype=np.double)
    model.col_lower_, model.col_upper_ = np.zeros(len(costs)), np.ones(len(costs))
    model.row_lower_ = np.array([row[2] for row in rows], dtype=np.double)
    model.row_upper_ = np.array([row[3] for row in rows], dtype=np.double)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.cumsum([0, *(len(row[0]) for row in rows)], dtype=np.int32)
    model.a_matrix_.index_ = np.array([number for row in rows for number in row[0]], dtype=np.int32)
    model.a_matrix_.value_ = np.array([value for row in rows for value in row[1]], dtype=np.double)
    relaxed = _run(model)
    if all(abs(value - round(value)) < NEARLY for value in relaxed[:whole]):
        return relaxed
    kinds = (highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous)
    model.integrality_ = [kinds[number >= whole] for number in range(len(costs))]
    return _run(model)


def _run(model: Any) -> Any:
    """The best values. Raises ``Unsolved``."""
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5), ("threads", 1)):
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise Unsolved(str(solver.getModelStatus()))
    return solver.getSolution().col_value
