"""Pure: the guided choice as a map. Questions, where each answer leads, the way to a question, and what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Text = dict[str, str]
"""One wording by language."""

NEW_STEP = 0
"""Stands for a question that is to be made."""


class Leads(StrEnum):
    """Where an answer leads."""

    SERVICE = "service"
    STEP = "step"
    CALL = "call"


class Fault(StrEnum):
    """What keeps a guide from being published."""

    NO_QUESTION = "no_question"
    NO_LABEL = "no_label"
    HALF_HELP = "half_help"
    NO_CHOICES = "no_choices"
    NOWHERE = "nowhere"
    CLOSED_SERVICE = "closed_service"
    CLOSED_MODE = "closed_mode"
    LOOP = "loop"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer. ``mode`` empty: the client chooses; ``step``: number of another question, None where it is gone."""

    label: Text
    help: Text = field(default_factory=dict)
    leads_to: str = Leads.CALL
    service_id: int | None = None
    mode: str = ""
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A question with its answers. ``number`` names it for ever; ``version`` rises at every change of it."""

    number: int
    question: Text
    help: Text = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    version: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault, with its place: the question's number, the answer (from 0) and the language, where it has them."""

    fault: Fault
    step: int
    choice: int | None = None
    language: str = ""


Way = list[tuple[Step, Choice]]


def next_steps(step: Step) -> Iterator[tuple[int, int]]:
    """(answer, number of the question that it leads to)."""
    for place, choice in enumerate(step.choices):
        if choice.leads_to == Leads.STEP and choice.step is not None:
            yield place, choice.step


def ways(steps: Sequence[Step]) -> dict[int, Way]:
    """A shortest way from the first question to every question that can be reached."""
    by_number = {step.number: step for step in steps}
    found: dict[int, Way] = {steps[0].number: []} if steps else {}
    waiting = list(found)
    for number in waiting:
        step = by_number[number]
        for place, following in next_steps(step):
            if following in by_number and following not in found:
                found[following] = [*found[number], (step, step.choices[place])]
                waiting.append(following)
    return found


def way_to(steps: Sequence[Step], number: int, after: int | None = None) -> Way:
    """The answers that led to a question; ``after``: the question before it, where several lead there."""
    known = ways(steps)
    for step in steps:
        if step.number == after and after in known:
            for place, following in next_steps(step):
                if following == number:
                    return [*known[after], (step, step.choices[place])]
    return known.get(number, [])


def problems(steps: Sequence[Step], languages: Collection[str], offers: Mapping[int, Collection[str]]) -> list[Problem]:
    """Everything that keeps the guide from being published. ``offers``: modes of the services that clients may book."""
    numbers = {step.number for step in steps}
    reached, closing = ways(steps), _loops(steps)
    found: list[Problem] = []
    for step in steps:
        found += _texts(step.question, languages, Fault.NO_QUESTION, step.number)
        found += _help(step.help, languages, step.number)
        if not step.choices:
            found.append(Problem(Fault.NO_CHOICES, step.number))
        if step.number not in reached:
            found.append(Problem(Fault.UNREACHABLE, step.number))
        for place, choice in enumerate(step.choices):
            found += _texts(choice.label, languages, Fault.NO_LABEL, step.number, place)
            found += _help(choice.help, languages, step.number, place)
            fault = Fault.LOOP if (step.number, place) in closing else _fault_of(choice, numbers, offers)
            if fault is not None:
                found.append(Problem(fault, step.number, place))
    return found


def _texts(
    text: Text, languages: Collection[str], fault: Fault, step: int, choice: int | None = None
) -> Iterator[Problem]:
    return (Problem(fault, step, choice, language) for language in languages if not text.get(language))


def _help(text: Text, languages: Collection[str], step: int, choice: int | None = None) -> Iterator[Problem]:
    """A hint may be left out, but not in one language only."""
    given = any(text.get(language) for language in languages)
    return _texts(text, languages if given else (), Fault.HALF_HELP, step, choice)


def _fault_of(choice: Choice, numbers: Collection[int], offers: Mapping[int, Collection[str]]) -> Fault | None:
    if choice.leads_to == Leads.CALL:
        return None
    if choice.leads_to == Leads.STEP:
        return None if choice.step in numbers else Fault.NOWHERE
    if choice.service_id is None:
        return Fault.NOWHERE
    if choice.service_id not in offers:
        return Fault.CLOSED_SERVICE
    return Fault.CLOSED_MODE if choice.mode and choice.mode not in offers[choice.service_id] else None


def _loops(steps: Sequence[Step]) -> set[tuple[int, int]]:
    """The answers (number, place) that lead back to a question on the way to them."""
    by_number = {step.number: step for step in steps}
    closing: set[tuple[int, int]] = set()
    finished: set[int] = set()

    def walk(number: int, above: frozenset[int]) -> None:
        for place, following in next_steps(by_number[number]):
            if following == number or following in above:
                closing.add((number, place))
            elif following in by_number and following not in finished:
                walk(following, above | {number})
        finished.add(number)

    for step in steps:
        if step.number not in finished:
            walk(step.number, frozenset())
    return closing
