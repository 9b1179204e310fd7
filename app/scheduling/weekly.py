"""Pure: weekly rules of working time. On which dates a rule holds, which rules clash, what becomes of them from a date on.

Shapes: minutes are local wall time counted from midnight, ``weekday`` 0 is Monday, both validity dates are included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any

LONGEST_CYCLE = 4
ALL_CYCLES = 12
"""After so many weeks every pair of cycles has met every way it can: the least common multiple of 1 … 4."""


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """One weekly rule. ``office_id`` None: remote work; ``modes`` None: every mode of the professional.

    It holds in one week of every ``cycle_weeks``: those whose number leaves ``cycle_phase``.
    """

    weekday: int
    start_minute: int
    end_minute: int
    office_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    modes: tuple[str, ...] | None = None
    cycle_weeks: int = 1
    cycle_phase: int = 0


def week_number(day: date) -> int:
    """Number of the day's week (from Monday), counted without a break over the turns of years."""
    return (day.toordinal() - 1) // 7


def monday_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def holds_on(rule: WeeklyHours, day: date) -> bool:
    """True on the dates to which the rule gives hours (before holidays and exceptions)."""
    return (
        day.weekday() == rule.weekday
        and (rule.valid_from is None or rule.valid_from <= day)
        and (rule.valid_to is None or day <= rule.valid_to)
        and week_number(day) % rule.cycle_weeks == rule.cycle_phase
    )


def first_clash(rule: WeeklyHours, other: WeeklyHours) -> date | None:
    """A date on which two rules give the same minutes, or None. Rules that only touch do not clash."""
    if rule.start_minute >= other.end_minute or other.start_minute >= rule.end_minute:
        return None
    starts = [day for day in (rule.valid_from, other.valid_from) if day is not None]
    ends = [day for day in (rule.valid_to, other.valid_to) if day is not None]
    weeks = timedelta(weeks=ALL_CYCLES)
    first = max(starts) if starts else min(ends) - weeks if ends else date(2001, 1, 1)
    days = (first + timedelta(days=number) for number in range(weeks.days + 1))
    return next((day for day in days if holds_on(rule, day) and holds_on(other, day)), None)


def clashes(rules: Sequence[WeeklyHours]) -> list[tuple[int, int, date]]:
    """Every two rules that clash, by their places in the list, with a date on which they do."""
    pairs = combinations(enumerate(rules), 2)
    found = ((i, j, first_clash(one, other)) for (i, one), (j, other) in pairs if one.weekday == other.weekday)
    return [(i, j, day) for i, j, day in found if day is not None]


def until(rules: Iterable[WeeklyHours], last: date) -> list[WeeklyHours]:
    """The rules as they are if nothing holds after ``last``."""
    kept = (rule for rule in rules if rule.valid_from is None or rule.valid_from <= last)
    return [replace(rule, valid_to=last if rule.valid_to is None else min(last, rule.valid_to)) for rule in kept]


def since(rules: Iterable[WeeklyHours], first: date) -> list[WeeklyHours]:
    """The rules as they are if nothing holds before ``first``."""
    kept = (rule for rule in rules if rule.valid_to is None or first <= rule.valid_to)
    return [
        replace(rule, valid_from=first if rule.valid_from is None else max(first, rule.valid_from)) for rule in kept
    ]


def handed_over(own: Iterable[WeeklyHours], model: Iterable[WeeklyHours], first: date) -> list[WeeklyHours]:
    """Own rules to the day before ``first``, from then on those of ``model``."""
    return [*until(own, first - timedelta(days=1)), *since(model, first)]


def has_ended(rule: WeeklyHours, today: date) -> bool:
    """True for a rule that is history."""
    return rule.valid_to is not None and rule.valid_to < today


def with_history(before: Iterable[WeeklyHours], wanted: Iterable[WeeklyHours], today: date) -> list[WeeklyHours]:
    """The wanted rules beside those that have ended; each begins only after the history with which it would clash."""
    past = [rule for rule in before if has_ended(rule, today)]
    found = list(past)
    for rule in wanted:
        ends = [old.valid_to for old in past if old.weekday == rule.weekday and first_clash(old, rule)]
        last = max((day for day in ends if day is not None), default=None)
        found += since([rule], last + timedelta(days=1)) if last else [rule]
    return found


def changes(before: Iterable[WeeklyHours], after: Iterable[WeeklyHours]) -> tuple[list[WeeklyHours], list[WeeklyHours]]:
    """What ends and what begins between two sets of rules."""
    old, new = Counter(before), Counter(after)
    return list((old - new).elements()), list((new - old).elements())


def as_json(rule: WeeklyHours) -> dict[str, Any]:
    """The rule for the audit log, dates in ISO."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(rule).items()}


def from_json(values: Mapping[str, Any]) -> WeeklyHours:
    """The rule that ``as_json`` wrote down."""
    dates = {name: date.fromisoformat(values[name]) for name in ("valid_from", "valid_to") if values[name]}
    modes = tuple(values["modes"]) if values["modes"] else None
    return WeeklyHours(**{**values, **dates, "modes": modes})
