"""Pure: the slot grid. Where a meeting may start, given when somebody works and what of that is free.

Shapes: instants are whole seconds since the epoch, lengths are seconds, spans are half-open pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from app.scheduling.intervals import Span


@dataclass(frozen=True, slots=True)
class Shape:
    """The time that one meeting takes: the meeting, the buffers around it, and the step of the grid."""

    duration: int
    buffer_before: int
    buffer_after: int
    step: int

    @classmethod
    def of_minutes(cls, duration: int, before: int, after: int, step: int | None) -> Shape:
        """From a service's minutes; a missing step is the duration."""
        return cls(60 * duration, 60 * before, 60 * after, 60 * (step or duration))

    def occupied(self, start: int) -> Span:
        """What a meeting at ``start`` takes of the professional's time. The database's constraint says the same."""
        return start - self.buffer_before, start + self.duration + self.buffer_after


def slot_starts(working: Sequence[Span], free: Sequence[Span], shape: Shape, within: Span) -> list[int]:
    """Starts ``t`` with ``within[0] ≤ t < within[1]`` where a meeting fits, sorted, each once.

    ``working``: the working intervals, sorted; each has a grid of its own, from its start (+ buffer before) in elapsed steps,
    and bookings never shift it. ``free``: what is left of the working time, sorted and disjoint. A meeting fits where
    its occupied span lies inside one free span; it starts inside the working interval whose grid it stands on.
    """
    found: set[int] = set()
    before, after, step = shape.buffer_before, shape.duration + shape.buffer_after, shape.step
    earliest, latest = within[0], within[1] - 1
    passed = 0  # free spans that end before the working interval, and so before those after it
    for start, end in working:
        origin = start + before
        floor, ceiling = max(origin, earliest), min(end - 1, latest)
        while passed < len(free) and free[passed][1] <= start:
            passed += 1
        for free_start, free_end in islice(free, passed, None):
            if free_start >= end:
                break
            # Comparisons, not max() and min(): a month of fifty people comes here five thousand times.
            first, last = free_start + before, free_end - after
            if first < floor:
                first = floor
            if last > ceiling:
                last = ceiling
            if first <= last:
                found.update(range(first + (origin - first) % step, last + 1, step))
    return sorted(found)


def merge(spans: Iterable[Span]) -> list[Span]:
    """Sorted, disjoint spans that cover the same instants; spans that touch become one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged
