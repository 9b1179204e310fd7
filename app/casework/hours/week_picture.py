"""Pure: a day of the week picture as a row of cells. Later layers cover earlier ones; what is covered is cut out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

QUARTER = 15
DAY_QUARTERS = 96
EARLIEST, LATEST = 8, 16
"""Hours that are always shown."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A run of minutes of the day with its meaning: ``kind`` names its look, ``label`` says it."""

    start_minute: int
    end_minute: int
    kind: str
    label: str


def flatten(layers: Sequence[Layer]) -> list[Layer]:
    """What is seen of the layers: disjoint runs in order."""
    edges = sorted({edge for layer in layers for edge in (layer.start_minute, layer.end_minute)})
    seen: list[tuple[int, int, int]] = []
    for start, end in pairwise(edges):
        over = [n for n, layer in enumerate(layers) if layer.start_minute <= start and end <= layer.end_minute]
        if not over:
            continue
        if seen and seen[-1][0] == over[-1] and seen[-1][2] == start:
            seen[-1] = (over[-1], seen[-1][1], end)
        else:
            seen.append((over[-1], start, end))
    return [Layer(start, end, layers[n].kind, layers[n].label) for n, start, end in seen]


def hours_shown(days: Iterable[Sequence[Layer]]) -> tuple[int, int]:
    """First and last full hour that the picture needs."""
    layers = [layer for day in days for layer in day]
    first = min([EARLIEST, *(layer.start_minute // 60 for layer in layers)])
    last = max([LATEST, *(-(-layer.end_minute // 60) for layer in layers)])
    return first, last


def cells(runs: Iterable[Layer], shown: tuple[int, int]) -> list[tuple[int, Layer | None]]:
    """Widths in quarters of an hour, each with its run or None for a gap, from the first to the last hour shown.

    ``runs``: disjoint and in order. One that is shorter than a quarter gets one where there is room.
    """
    made: list[tuple[int, Layer | None]] = []
    position, last = 4 * shown[0], 4 * shown[1]
    for run in runs:
        start = max(position, run.start_minute // QUARTER)
        end = min(last, max(start + 1, -(-run.end_minute // QUARTER)))
        if start >= end:
            continue
        if start > position:
            made.append((start - position, None))
        made.append((end - start, run))
        position = end
    return [*made, (last - position, None)] if position < last else made
