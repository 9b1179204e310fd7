"""The map of the guided choice: ways, and every fault that would lose a client on them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.scheduling.guide_map import Choice, Fault, Leads, Problem, Step, problems, way_to, ways

LANGUAGES = ("fi", "sv")
OFFERS = {7: ["phone", "video"]}


def said(words: str) -> dict[str, str]:
    return {"fi": words, "sv": f"{words} (sv)"}


def to_step(number: int | None) -> Choice:
    return Choice(said(f"Kysymykseen {number}"), leads_to=Leads.STEP, step=number)


def to_service(service_id: int | None, mode: str = "") -> Choice:
    return Choice(said("Palveluun"), leads_to=Leads.SERVICE, service_id=service_id, mode=mode)


def step(number: int, *choices: Choice) -> Step:
    return Step(number, said(f"Kysymys {number}"), choices=choices or (Choice(said("Soita")),))


def faults(*steps: Step) -> list[tuple[Fault, int, int | None]]:
    return [(found.fault, found.step, found.choice) for found in problems(steps, LANGUAGES, OFFERS)]


def test_a_guide_that_leads_everywhere_has_no_problems() -> None:
    assert faults(step(1, to_step(2), to_service(7, "phone")), step(2, to_service(7))) == []


def test_a_question_that_no_answer_leads_to_is_told() -> None:
    assert faults(step(1), step(2)) == [(Fault.UNREACHABLE, 2, None)]


def test_the_answer_that_closes_a_loop_is_told() -> None:
    assert faults(step(1, to_step(2)), step(2, to_service(7), to_step(1))) == [(Fault.LOOP, 2, 1)]
    assert faults(step(1, to_step(1))) == [(Fault.LOOP, 1, 0)]


def test_two_ways_to_one_question_are_no_loop() -> None:
    assert faults(step(1, to_step(2), to_step(3)), step(2, to_step(3)), step(3)) == []


def test_a_loop_that_nobody_reaches_is_told_too() -> None:
    found = faults(step(1), step(2, to_step(3)), step(3, to_step(2)))
    assert (Fault.LOOP, 3, 0) in found
    assert (Fault.UNREACHABLE, 2, None) in found


def test_an_answer_whose_target_is_gone_leads_nowhere() -> None:
    assert faults(step(1, to_step(None), to_step(9), to_service(None))) == [
        (Fault.NOWHERE, 1, place) for place in range(3)
    ]


def test_a_closed_service_and_a_way_of_meeting_that_it_lacks_are_told() -> None:
    assert faults(step(1, to_service(8), to_service(7, "in_person"))) == [
        (Fault.CLOSED_SERVICE, 1, 0),
        (Fault.CLOSED_MODE, 1, 1),
    ]


def test_a_text_that_lacks_a_language_of_the_municipality_is_told() -> None:
    bare = Step(1, {"fi": "Kysymys"}, choices=(Choice({"sv": "Svar"}, help={"fi": "Lisätieto"}),))
    assert problems([bare], LANGUAGES, OFFERS) == [
        Problem(Fault.NO_QUESTION, 1, language="sv"),
        Problem(Fault.NO_LABEL, 1, 0, "fi"),
        Problem(Fault.HALF_HELP, 1, 0, "sv"),
    ]
    assert problems([Step(1, said("Kysymys"))], LANGUAGES, OFFERS) == [Problem(Fault.NO_CHOICES, 1)]


def test_the_way_to_a_question_is_the_one_that_was_gone() -> None:
    steps = [step(1, to_step(2), to_step(3)), step(2, to_step(3)), step(3)]
    assert [before.number for before, _ in way_to(steps, 3)] == [1]
    assert [before.number for before, _ in way_to(steps, 3, after=2)] == [1, 2]
    assert [before.number for before, _ in way_to(steps, 3, after=99)] == [1]
    assert way_to(steps, 1) == way_to(steps, 99) == []


@st.composite
def guides(draw: st.DrawFn) -> list[Step]:
    numbers = range(1, draw(st.integers(1, 6)) + 1)
    targets = st.lists(st.sampled_from([*numbers, 0]), min_size=1, max_size=3)
    return [
        step(number, *(to_step(target) if target else to_service(7) for target in draw(targets))) for number in numbers
    ]


@given(guides())
def test_where_nothing_is_wrong_every_walk_ends_and_every_question_is_asked(steps: list[Step]) -> None:
    by_number = {each.number: each for each in steps}
    if problems(steps, LANGUAGES, OFFERS):
        return
    seen, waiting = set(), [(1, 0)]
    while waiting:
        number, depth = waiting.pop()
        assert depth < len(steps), "a walk longer than the guide goes in a circle"
        seen.add(number)
        waiting += [(choice.step, depth + 1) for choice in by_number[number].choices if choice.step]
    assert seen == set(by_number)


@given(guides())
def test_every_circle_and_every_lost_question_is_found(steps: list[Step]) -> None:
    found = {problem.fault for problem in problems(steps, LANGUAGES, OFFERS)}
    direct = {each.number: {choice.step for choice in each.choices if choice.step} for each in steps}
    reached = {number: set(targets) for number, targets in direct.items()}
    for _ in steps:
        for number, beyond in reached.items():
            reached[number] = beyond | set().union(*(reached[other] for other in beyond), set())
    assert (Fault.LOOP in found) == any(number in beyond for number, beyond in reached.items())
    assert (Fault.UNREACHABLE in found) == bool(set(direct) - reached[1] - {1})
    assert set(ways(steps)) == {1, *reached[1]}


def test_versions_do_not_make_two_editions_differ() -> None:
    assert step(1) == replace(step(1), version=5)
