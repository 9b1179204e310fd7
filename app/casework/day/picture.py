"""Pure: a day drawn as a column. Minutes of the local day become places; what overlaps stands side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

EARLIEST, LATEST = 8, 16
"""Hours that are always shown."""
HOUR_HEIGHT = 60
"""So that a minute is a unit of the drawing."""
LEAST = 22
"""Height of the shortest block: one line of text."""


@dataclass(frozen=True, slots=True)
class Block:
    """Something that takes a part of the day. ``kind`` names its look."""

    start_minute: int
    end_minute: int
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A block with its place: ``top`` and ``height`` in units, ``lane`` of ``lanes`` beside each other."""

    block: Block
    top: int
    height: int
    lane: int
    lanes: int


def hours_shown(blocks: Sequence[Block]) -> tuple[int, int]:
    """First and last full hour that the picture needs."""
    first = min([EARLIEST, *(block.start_minute // 60 for block in blocks)])
    last = max([LATEST, *(-(-block.end_minute // 60) for block in blocks)])
    return first, last


def place(blocks: Sequence[Block], shown: tuple[int, int]) -> list[Placed]:
    """Every block with its place. Those of a run that overlap share its width, each in the first lane that is free."""
    placed: list[Placed] = []
    run: list[tuple[Block, int]] = []
    run_ends = 0
    for block in sorted(blocks, key=lambda block: (block.start_minute, -block.end_minute)):
        if run and block.start_minute >= run_ends:
            placed += _placed(run, shown)
            run = []
        run.append((block, _free_lane(run, block)))
        run_ends = max(run_ends if len(run) > 1 else 0, _bottom(block))
    return placed + _placed(run, shown)


def _bottom(block: Block) -> int:
    return max(block.end_minute, block.start_minute + LEAST)


def _free_lane(run: Sequence[tuple[Block, int]], block: Block) -> int:
    taken = {lane for other, lane in run if _bottom(other) > block.start_minute}
    return next(lane for lane in range(len(run) + 1) if lane not in taken)


def _placed(run: Sequence[tuple[Block, int]], shown: tuple[int, int]) -> list[Placed]:
    lanes = 1 + max((lane for _, lane in run), default=0)
    first = 60 * shown[0]
    return [
        Placed(block, block.start_minute - first, _bottom(block) - block.start_minute, lane, lanes)
        for block, lane in run
    ]
