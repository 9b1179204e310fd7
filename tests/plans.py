"""Generated plans of working time around a date: weekly rules, alternate weeks, exceptions, at quarters of an hour."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from app.scheduling.weekly import WeeklyHours
from app.scheduling.workday import DayException, Plan

minutes = st.integers(0, 95).map(lambda quarter: 15 * quarter)
runs = st.tuples(minutes, st.integers(1, 40)).map(lambda pair: (pair[0], min(1440, pair[0] + 15 * pair[1])))
modes = st.sampled_from([None, ("phone",), ("in_person", "video")])
offices = st.sampled_from([None, 1, 2])
KINDS = ["extra", "removed", "replaces"]


@st.composite
def plans(draw: st.DrawFn, day: date) -> Plan:
    """Rules and exceptions of the date itself and of the days beside it."""
    near = st.integers(-1, 1).map(lambda offset: day + timedelta(days=offset))

    def rule(
        on: date, run: tuple[int, int], office: int | None, modes: tuple[str, ...] | None, every: int, phase: int
    ) -> WeeklyHours:
        return WeeklyHours(on.weekday(), *run, office, None, None, modes, every, phase % every)

    def exception(
        on: date, run: tuple[int, int], kind: str, office: int | None, modes: tuple[str, ...] | None
    ) -> DayException:
        if kind == "replaces":
            return DayException(on, 0, 1440, False, replaces_hours=True)
        return DayException(on, *run, kind == "extra", office, modes)

    weekly = st.builds(rule, near, runs, offices, modes, st.integers(1, 4), st.integers(0, 11))
    exceptions = st.builds(exception, near, runs, st.sampled_from(KINDS), offices, modes)
    return Plan(tuple(draw(st.lists(weekly, max_size=6))), tuple(draw(st.lists(exceptions, max_size=3))))
