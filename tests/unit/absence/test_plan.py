"""The plan: what is possible, what is best, and that the solver finds what trying everything finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random
from zoneinfo import ZoneInfo

import pytest

from app.absence.plan import Action, Meeting, Place, Proposal, Reason, assign, hours_between, is_possible, propose

ZONE = ZoneInfo("Europe/Helsinki")
NINE = datetime(2026, 11, 24, 7, tzinfo=UTC)
HALF = timedelta(minutes=30)


def meeting(number: int, starts_at: datetime = NINE, **more: bool) -> Meeting:
    return Meeting(number, 100 + number, starts_at, starts_at + HALF, **more)


def place(of: Meeting, person: int, starts_at: datetime | None = None, **more: bool) -> Place:
    at = starts_at or of.starts_at
    return Place(of.appointment_id, person, at, at + HALF, (at, at + HALF + timedelta(minutes=5)), **more)


def plan(*meetings: Meeting, places: list[Place], load=None, room=None) -> list[Proposal]:
    return propose(meetings, places, load=load or {}, room=room or {}, zone=ZONE)


def test_a_free_colleague_takes_the_meeting_at_the_same_time() -> None:
    one = meeting(1)
    (proposal,) = plan(one, places=[place(one, 7)])
    assert (proposal.action, proposal.place.professional_id, proposal.reason) == (Action.HAND_OVER, 7, Reason.SPEAKS)


def test_who_knows_the_client_comes_before_who_does_not() -> None:
    one = meeting(1)
    (proposal,) = plan(one, places=[place(one, 7), place(one, 8, knows=True), place(one, 9, speaks=False)])
    assert (proposal.place.professional_id, proposal.reason) == (8, Reason.KNOWS)


def test_one_colleague_takes_one_of_two_at_once_and_more_are_saved_together() -> None:
    one, two = meeting(1), meeting(2, NINE + timedelta(minutes=20))
    both = plan(one, two, places=[place(one, 7, knows=True), place(two, 7), place(one, 8)])
    assert [proposal.place.professional_id for proposal in both] == [8, 7]
    alone = plan(one, two, places=[place(one, 7), place(two, 7)])
    assert sorted(proposal.action for proposal in alone) == [Action.CANCEL, Action.HAND_OVER]
    assert {proposal.reason for proposal in alone if proposal.action == Action.CANCEL} == {Reason.NEEDED}


def test_buffers_keep_meetings_apart() -> None:
    one, two = meeting(1), meeting(2, NINE + HALF)  # the first needs five minutes after it
    assert Counter(proposal.action for proposal in plan(one, two, places=[place(one, 7), place(two, 7)])) == {
        Action.HAND_OVER: 1,
        Action.CANCEL: 1,
    }


def test_another_time_only_with_consent_and_where_the_client_hears_of_it() -> None:
    later = NINE + timedelta(days=1)
    for changed, action, reason in (
        ({"may_move": True}, Action.MOVE, Reason.ALLOWED),
        ({}, Action.CANCEL, Reason.NO_CONSENT),
        ({"may_move": True, "reachable": False}, Action.CALL_FIRST, Reason.UNREACHABLE),
        ({"may_move": True, "soon": True}, Action.CALL_FIRST, Reason.SOON),
        ({"may_move": True, "arrived": True}, Action.CALL_FIRST, Reason.ARRIVED),
    ):
        one = meeting(1, **changed)
        (proposal,) = plan(one, places=[place(one, 7, later)])
        assert (proposal.action, proposal.reason) == (action, reason)


def test_nobody_at_all() -> None:
    (proposal,) = plan(meeting(1, may_move=True), places=[])
    assert (proposal.action, proposal.reason) == (Action.CANCEL, Reason.NOBODY)


def test_the_same_time_comes_before_another_and_a_near_day_before_a_far_one() -> None:
    one = meeting(1, may_move=True)
    later = [place(one, 7, NINE + timedelta(days=days), knows=True) for days in (3, 1, 2)]
    assert plan(one, places=[*later, place(one, 8, speaks=False)])[0].action == Action.HAND_OVER
    assert plan(one, places=later)[0].place.starts_at == NINE + timedelta(days=1)


def test_one_client_is_never_in_two_places() -> None:
    one = Meeting(1, 5, NINE, NINE + HALF, may_move=True)
    two = Meeting(2, 5, NINE + timedelta(hours=3), NINE + timedelta(hours=3) + HALF, may_move=True)
    at = NINE + timedelta(days=1)
    found = plan(one, two, places=[place(one, 7, at), place(two, 8, at + timedelta(minutes=10))])
    assert Counter(proposal.action for proposal in found) == {Action.MOVE: 1, Action.CANCEL: 1}


def test_limits_hold_and_work_is_spread() -> None:
    many = [meeting(number, NINE + number * timedelta(hours=1)) for number in range(6)]
    places = [place(one, person) for one in many for person in (7, 8, 9)]
    day = date(2026, 11, 24)
    spread = plan(*many, places=places, load={(7, day): 4})
    assert Counter(one.place.professional_id for one in spread) == {8: 3, 9: 3}
    limited = plan(*many, places=places, room={(7, day): 0, (8, day): 1, (9, day): 2})
    assert Counter(one.action for one in limited) == {Action.HAND_OVER: 3, Action.CANCEL: 3}


@pytest.mark.parametrize("seed", range(40))
def test_it_finds_what_trying_everything_finds(seed: int) -> None:
    rng = Random(seed)
    meetings, places, load, room = generated(rng)
    by_id = {one.appointment_id: one for one in meetings}
    possible = [one for one in places if is_possible(by_id[one.appointment_id], one)]
    chosen = assign(by_id, possible, load=load, room=room, zone=ZONE)
    assert is_allowed(chosen, by_id, room)
    best = max(worth(choice, by_id, load) for choice in every_choice(possible) if is_allowed(choice, by_id, room))
    assert worth(chosen, by_id, load) == best


def generated(rng: Random) -> tuple[list[Meeting], list[Place], dict, dict]:
    meetings = [
        Meeting(number, rng.randrange(3), start, start + HALF, may_move=rng.random() < 0.6, soon=rng.random() < 0.2)
        for number in range(rng.randint(2, 4))
        for start in [NINE + rng.randrange(8) * timedelta(minutes=15)]
    ]
    places = [
        place(one, rng.randrange(3), start, speaks=rng.random() < 0.5, knows=rng.random() < 0.3)
        for one in meetings
        for start in [
            one.starts_at,
            one.starts_at,
            one.starts_at + timedelta(days=rng.randint(1, 3), minutes=15 * rng.randrange(3)),
        ][: rng.randint(1, 3)]
    ]
    days = [date(2026, 11, 24) + timedelta(days=number) for number in range(4)]
    load = {(person, day): rng.randrange(4) for person in range(3) for day in days}
    room = {key: rng.randrange(3) for key in load if rng.random() < 0.3}
    return meetings, places, load, room


def every_choice(places: list[Place]) -> Iterator[list[Place]]:
    ids = sorted({one.appointment_id for one in places})
    for choice in product(*([None, *(one for one in places if one.appointment_id == id_)] for id_ in ids)):
        yield [one for one in choice if one is not None]


def is_allowed(choice: list[Place], meetings: dict[int, Meeting], room: dict) -> bool:
    for number, one in enumerate(choice):
        for other in choice[:number]:
            a, b = one.occupied, other.occupied
            if one.professional_id == other.professional_id and a[0] < b[1] and b[0] < a[1]:
                return False
            together = one.starts_at < other.ends_at and other.starts_at < one.ends_at
            clients = {meetings[each.appointment_id].client_id for each in (one, other)}
            if together and len(clients) == 1:
                return False
    taken = Counter((one.professional_id, one.starts_at.astimezone(ZONE).date()) for one in choice)
    return all(count <= room.get(key, count) for key, count in taken.items())


def worth(choice: list[Place], meetings: dict[int, Meeting], load: dict) -> tuple[int, ...]:
    starts = [meetings[one.appointment_id].starts_at for one in choice]
    carried: Counter = Counter()
    uneven = 0
    for one in choice:
        key = (one.professional_id, one.starts_at.astimezone(ZONE).date())
        uneven += load.get(key, 0) + carried[key]
        carried[key] += 1
    return (
        len(choice),
        sum(one.starts_at == start for one, start in zip(choice, starts, strict=True)),
        sum(one.knows + one.speaks for one in choice),
        -sum(hours_between(one.starts_at, start) for one, start in zip(choice, starts, strict=True)),
        -uneven,
    )
