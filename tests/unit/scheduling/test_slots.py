"""The pure grid and the pure expansion of local time, against slow and obvious oracles."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from app.scheduling.intervals import DAY_MINUTES, day_pieces, spans_of
from app.scheduling.slots import Shape, merge, slot_starts

HELSINKI = ZoneInfo("Europe/Helsinki")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

minutes = st.integers(0, 40)
spans = st.lists(st.tuples(minutes, st.integers(1, 30)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=4)
shapes = st.builds(Shape, st.integers(1, 12), st.integers(0, 4), st.integers(0, 4), st.integers(1, 12))


def inside(minute: int, covered: list[tuple[int, int]]) -> bool:
    return any(start <= minute < end for start, end in covered)


def slow_starts(
    working: list[tuple[int, int]], free: list[tuple[int, int]], shape: Shape, within: tuple[int, int]
) -> list[int]:
    """Every instant, one by one: is it on a grid, and is every instant of what it occupies free?"""
    found = []
    for t in range(-20, 120):
        on_grid = any(
            start <= t < end
            and t >= start + shape.buffer_before
            and (t - start - shape.buffer_before) % shape.step == 0
            for start, end in working
        )
        occupied = range(t - shape.buffer_before, t + shape.duration + shape.buffer_after)
        if on_grid and within[0] <= t < within[1] and all(inside(minute, free) for minute in occupied):
            found.append(t)
    return found


@settings(max_examples=3000, deadline=None)
@given(working=spans, busy=spans, shape=shapes, first=st.integers(-5, 60), length=st.integers(0, 80))
def test_the_grid_equals_the_slow_oracle(
    working: list[tuple[int, int]], busy: list[tuple[int, int]], shape: Shape, first: int, length: int
) -> None:
    free = merge((m, m + 1) for m in range(80) if inside(m, working) and not inside(m, busy))
    within = (first, first + length)
    assert slot_starts(sorted(working), free, shape, within) == slow_starts(working, free, shape, within)


def wall(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC).astimezone(HELSINKI)


def slow_expansion(day: date, start: int, end: int) -> list[int]:
    """Every minute of three days of real time whose wall clock shows the rule's minutes, first passing only."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    found = []
    for minute in range(-36 * 60, 36 * 60):
        instant = noon + timedelta(minutes=minute)
        local = instant.astimezone(HELSINKI)
        if local.date() == day and local.fold == 0 and start <= local.hour * 60 + local.minute < end:
            found.append(int(instant.timestamp()))
    return found


@settings(max_examples=120, deadline=None)
@given(
    day=st.one_of(st.sampled_from([SPRING, AUTUMN]), st.dates(date(2025, 1, 1), date(2030, 12, 31))),
    start=st.integers(0, DAY_MINUTES - 1),
    length=st.integers(1, DAY_MINUTES),
)
def test_local_hours_become_instants_exactly_on_every_day(day: date, start: int, length: int) -> None:
    end = min(start + length, DAY_MINUTES)
    expanded = [t for span in spans_of(day_pieces(day, HELSINKI), start, end) for t in range(*span, 60)]
    assert expanded == slow_expansion(day, start, end)


def test_no_slot_stands_in_the_missing_hour() -> None:
    working = list(spans_of(day_pieces(SPRING, HELSINKI), 60, 360))
    starts = slot_starts(
        [(working[0][0], working[-1][1])], merge(working), Shape.of_minutes(60, 0, 0, None), (0, 2**40)
    )
    assert [wall(t).hour for t in starts] == [1, 2, 4, 5]


def test_no_wall_clock_time_is_offered_twice_when_the_hour_repeats() -> None:
    working = list(spans_of(day_pieces(AUTUMN, HELSINKI), 60, 360))
    starts = slot_starts(
        [(working[0][0], working[-1][1])], merge(working), Shape.of_minutes(60, 0, 0, None), (0, 2**40)
    )
    assert [wall(t).hour for t in starts] == [1, 2, 3, 4, 5]
    assert all(wall(t).fold == 0 for t in starts)


def test_nine_oclock_stays_at_nine_across_the_clock_change() -> None:
    for day in (SPRING - timedelta(days=1), SPRING, SPRING + timedelta(days=1)):
        ((start, _),) = spans_of(day_pieces(day, HELSINKI), 540, 900)
        assert (wall(start).hour, wall(start).minute) == (9, 0)


def test_bookings_never_shift_the_grid() -> None:
    hour = Shape.of_minutes(60, 0, 0, None)
    assert slot_starts([(0, 6 * 3600)], [(1800, 6 * 3600)], hour, (0, 10**6)) == [3600, 7200, 10800, 14400, 18000]
