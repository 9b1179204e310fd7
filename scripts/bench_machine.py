"""How quick the machine is at this moment, so that figures of two days or two machines can be compared."""

from __future__ import annotations

import time

ADDITIONS = 10_000_000


def speed() -> str:
    """One line about one core: ask while nothing else is measured. Takes about a second."""
    began, total = time.perf_counter(), 0
    for number in range(ADDITIONS):
        total += number
    took = time.perf_counter() - began
    return f"This machine now: {ADDITIONS // 1_000_000} million additions in {took:.2f} s"
