"""Pure: how local wall time becomes instants, exact on the two days of the year when clocks change.

Shapes: an instant is whole seconds since the epoch (``int``), a span is a half-open pair ``(start, end)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

Span = tuple[int, int]

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class DayPiece:
    """A run of wall-clock minutes ``[from_minute, to_minute)`` of one local date that passes at one UTC offset.

    Minute ``m`` of the piece is the instant ``midnight + 60·m`` (``midnight`` counts back at the piece's own offset).
    An ordinary day is one piece. A day with a missing hour is two that leave it out; a day with a repeated hour is
    two that hold its first passing only, so that no wall-clock time is offered twice.
    """

    date: date
    midnight: int
    from_minute: int
    to_minute: int


def day_pieces(day: date, zone: tzinfo) -> list[DayPiece]:
    """The pieces of one local date, in order."""
    offsets = [_offset(day, minute, zone) for minute in (0, DAY_MINUTES)]
    midnight_utc = int(datetime.combine(day, time(), UTC).timestamp())
    if offsets[0] == offsets[1]:
        return [DayPiece(day, midnight_utc - offsets[0], 0, DAY_MINUTES)]
    change = _change_minute(day, zone, offsets[0])
    gap = max(0, (offsets[1] - offsets[0]) // 60)
    pieces = [
        DayPiece(day, midnight_utc - offsets[0], 0, change),
        DayPiece(day, midnight_utc - offsets[1], change + gap, DAY_MINUTES),
    ]
    return [piece for piece in pieces if piece.from_minute < piece.to_minute]


def _offset(day: date, minute: int, zone: tzinfo) -> int:
    """Seconds east of UTC at a wall-clock minute (the first passing, and the offset before a gap)."""
    offset = (datetime.combine(day, time()) + timedelta(minutes=minute)).replace(tzinfo=zone).utcoffset()
    if offset is None:
        raise ValueError("the zone has no offset")
    return int(offset.total_seconds())


def _change_minute(day: date, zone: tzinfo, before: int) -> int:
    """First wall-clock minute that the offset of the day's start no longer serves (or that is missing)."""
    low, high = 0, DAY_MINUTES  # the offset is `before` at low, another at high
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(day, middle, zone) == before and _exists(day, middle, zone):
            low = middle
        else:
            high = middle
    return high


def _exists(day: date, minute: int, zone: tzinfo) -> bool:
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def spans_of(pieces: Iterable[DayPiece], start_minute: int, end_minute: int) -> Iterator[Span]:
    """The instants of the wall-clock minutes ``[start_minute, end_minute)`` of a day."""
    for piece in pieces:
        start, end = max(start_minute, piece.from_minute), min(end_minute, piece.to_minute)
        if start < end:
            yield piece.midnight + 60 * start, piece.midnight + 60 * end


def dates_between(first: date, last: date) -> Iterator[date]:
    """Every date from ``first`` to ``last``, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
