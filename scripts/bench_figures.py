"""Pure: what a measurement says. Times are seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of the values do not exceed."""
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]


@dataclass(frozen=True, slots=True)
class Round:
    """The answers of one measurement: how long each took, and how long all of it."""

    times: Sequence[float]
    seconds: float

    @property
    def p50(self) -> float:
        """Half of the answers were at least as quick."""
        return percentile(self.times, 0.5)

    @property
    def p95(self) -> float:
        """Nineteen answers of twenty were at least as quick."""
        return percentile(self.times, 0.95)

    @property
    def per_second(self) -> float:
        """How many answers there were in a second."""
        return len(self.times) / self.seconds


def best(rounds: Sequence[Round]) -> Round:
    """The round least disturbed by whatever else the machine did."""
    return min(rounds, key=lambda one: one.p50)


def typical(rounds: Sequence[Round]) -> Round:
    """The round in the middle; of an even number the slower of the two."""
    return sorted(rounds, key=lambda one: one.p50)[len(rounds) // 2]


def line(name: str, measured: Round) -> str:
    """One row of the printed table."""
    return (
        f"{name:<44}{1000 * measured.p50:>8.1f} ms{1000 * measured.p95:>8.1f} ms"
        f"{measured.per_second:>9.0f}/s{len(measured.times):>9}"
    )


HEADER = f"{'':<44}{'p50':>11}{'p95':>11}{'throughput':>11}{'answers':>9}"
