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
weekly = st.builds(
    lambda weekday, run, office, modes, cycle: WeeklyHours(
        weekday, *run, office, None, None, modes, cycle[0], cycle[1] % cycle[0]
    ),
    st.integers(0, 6),
    runs,
    offices,
    modes,
    st.tuples(st.integers(1, 2), st.integers(0, 1)),
)


@st.composite
def plans(draw: st.DrawFn, day: date) -> Plan:
    exceptions = st.builds(
        lambda offset, run, kind, office, modes: (
            DayException(day + timedelta(days=offset), 0, 1440, False, replaces_hours=True)
            if kind == "replaces"
            else DayException(day + timedelta(days=offset), *run, kind == "extra", office, modes)
        ),
        st.integers(-1, 1),
        runs,
        st.sampled_from(["extra", "removed", "replaces"]),
        offices,
        modes,
    )
    return Plan(tuple(draw(st.lists(weekly, max_size=6))), tuple(draw(st.lists(exceptions, max_size=3))))
