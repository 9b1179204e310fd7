"""Pure: what becomes of the meetings of somebody who is away.

Where a meeting could be held instead is known (``Place``); which of these places are taken is an assignment: no colleague
meets two at once, daily limits hold, and of all ways the one is chosen that saves most meetings, then moves fewest in
time, then keeps who knows the client or speaks their language, then stays nearest, then spreads the work evenly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.absence.solver import Problem, Row, solve

Load = Mapping[tuple[int, date], int]
"""By professional and local date: how many meetings there are, or how many more there may be."""


class Action(StrEnum):
    """What can become of a meeting."""

    HAND_OVER = "hand_over"
    MOVE = "move"
    CANCEL = "cancel"
    CALL_FIRST = "call_first"


class Reason(StrEnum):
    """Why it is proposed."""

    KNOWS = "knows"
    SPEAKS = "speaks"
    FREE = "free"
    ALLOWED = "allowed"
    NOBODY = "nobody"
    NEEDED = "needed"
    NO_CONSENT = "no_consent"
    UNREACHABLE = "unreachable"
    SOON = "soon"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of somebody who is away. ``may_move``: the client allowed us to move it in time.

    ``reachable``: there is a channel by which a message arrives; ``soon``: it may arrive too late; ``arrived``: the client
    is here already.
    """

    appointment_id: int
    client_id: int
    starts_at: datetime
    ends_at: datetime
    may_move: bool = False
    reachable: bool = True
    soon: bool = False
    arrived: bool = False

    @property
    def told_in_time(self) -> bool:
        """True where the client knows before they set out."""
        return self.reachable and not self.soon and not self.arrived


@dataclass(frozen=True, slots=True)
class Place:
    """Where a meeting could be held instead. ``occupied``: what it takes of the professional's time, buffers included.

    ``knows``: the client's own professional; ``speaks``: speaks the client's language.
    """

    appointment_id: int
    professional_id: int
    starts_at: datetime
    ends_at: datetime
    occupied: tuple[datetime, datetime]
    speaks: bool = True
    knows: bool = False
    office_id: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one meeting, and why; ``place`` for a hand-over and a move."""

    appointment_id: int
    action: Action
    reason: Reason
    place: Place | None = None


def propose(
    meetings: Sequence[Meeting], places: Iterable[Place], *, load: Load, room: Load, zone: ZoneInfo
) -> list[Proposal]:
    """A proposal for each meeting, in their order.

    ``load``: how many meetings a professional has on a day; ``room``: how many more there may be, where there is a limit.
    """
    by_id = {meeting.appointment_id: meeting for meeting in meetings}
    possible = [place for place in places if is_possible(by_id[place.appointment_id], place)]
    chosen = {place.appointment_id: place for place in assign(by_id, possible, load=load, room=room, zone=zone)}
    open_to = {place.appointment_id for place in possible}
    return [
        proposal_at(meeting, chosen[meeting.appointment_id])
        if meeting.appointment_id in chosen
        else _without(meeting, needed=meeting.appointment_id in open_to)
        for meeting in meetings
    ]


def is_possible(meeting: Meeting, place: Place) -> bool:
    """At the same time always; at another time only with the client's consent, and where they hear of it in time."""
    if meeting.arrived:
        return False
    return place.starts_at == meeting.starts_at or (meeting.may_move and meeting.told_in_time)


def proposal_at(meeting: Meeting, place: Place) -> Proposal:
    """The meeting held at a place."""
    if place.starts_at != meeting.starts_at:
        return Proposal(meeting.appointment_id, Action.MOVE, Reason.ALLOWED, place)
    reason = Reason.KNOWS if place.knows else Reason.SPEAKS if place.speaks else Reason.FREE
    return Proposal(meeting.appointment_id, Action.HAND_OVER, reason, place)


def _without(meeting: Meeting, *, needed: bool) -> Proposal:
    """No place: cancelled with a link, or a person calls where a message would come too late or not at all."""
    why = [
        (meeting.arrived, Action.CALL_FIRST, Reason.ARRIVED),
        (not meeting.reachable, Action.CALL_FIRST, Reason.UNREACHABLE),
        (meeting.soon, Action.CALL_FIRST, Reason.SOON),
        (needed, Action.CANCEL, Reason.NEEDED),
        (not meeting.may_move, Action.CANCEL, Reason.NO_CONSENT),
    ]
    action, reason = next(((act, reason) for holds, act, reason in why if holds), (Action.CANCEL, Reason.NOBODY))
    return Proposal(meeting.appointment_id, action, reason)


def assign(
    meetings: Mapping[int, Meeting], places: Sequence[Place], *, load: Load, room: Load, zone: ZoneInfo
) -> list[Place]:
    """The places that are taken, chosen best. Equally good ways come out the same every time."""
    found: list[Place] = []
    for part in _independent(meetings, places, zone):
        problem = _problem(meetings, part, load, room, zone)
        found += [part[number] for number in solve(problem)]
    return found


def hours_between(one: datetime, other: datetime) -> int:
    """How far apart, in begun hours."""
    return -int(-abs((one - other).total_seconds()) // 3600)


def _day(place: Place, zone: ZoneInfo) -> date:
    return place.starts_at.astimezone(zone).date()


def _independent(meetings: Mapping[int, Meeting], places: Sequence[Place], zone: ZoneInfo) -> list[list[Place]]:
    """Places in groups of which none can be in another's way: each group is a small problem of its own."""
    parent: dict[object, object] = {}

    def root(thing: object) -> object:
        parent.setdefault(thing, thing)
        while parent[thing] != thing:
            parent[thing] = thing = parent[parent[thing]]
        return thing

    for place in places:
        client = ("client", meetings[place.appointment_id].client_id)
        for other in (("day", place.professional_id, _day(place, zone)), client):
            parent[root(("meeting", place.appointment_id))] = root(other)
    groups: defaultdict[object, list[Place]] = defaultdict(list)
    for place in places:
        groups[root(("meeting", place.appointment_id))].append(place)
    return list(groups.values())


def _problem(
    meetings: Mapping[int, Meeting], places: Sequence[Place], load: Load, room: Load, zone: ZoneInfo
) -> Problem:
    of_meeting: defaultdict[int, list[int]] = defaultdict(list)
    of_person: defaultdict[int, list[int]] = defaultdict(list)
    of_client: defaultdict[int, list[int]] = defaultdict(list)
    of_day: defaultdict[tuple[int, date], list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        of_meeting[place.appointment_id].append(number)
        of_person[place.professional_id].append(number)
        of_client[meetings[place.appointment_id].client_id].append(number)
        of_day[place.professional_id, _day(place, zone)].append(number)
    rows = [Row(numbers, 1) for numbers in of_meeting.values()]
    occupied = [place.occupied for place in places]
    meeting = [(place.starts_at, place.ends_at) for place in places]
    rows += [row for numbers in of_person.values() for row in _never_at_once(numbers, occupied)]
    rows += [row for numbers in of_client.values() for row in _never_at_once(numbers, meeting)]
    rows += [Row(numbers, room[key]) for key, numbers in of_day.items() if key in room]
    same = [place.starts_at == meetings[place.appointment_id].starts_at for place in places]
    away = [hours_between(place.starts_at, meetings[place.appointment_id].starts_at) for place in places]
    return Problem(
        count=len(places),
        rows=rows,
        goals=[
            _before(len(of_meeting), [1] * len(places), [int(flag) for flag in same]),
            _before(len(of_meeting), [place.knows + place.speaks for place in places], [-hours for hours in away]),
        ],
        even=[(numbers, load.get(key, 0)) for key, numbers in of_day.items()],
    )


def _before(most: int, first: Sequence[int], second: Sequence[int]) -> list[int]:
    """Two goals as one: no ``most`` choices of the second weigh as much as one step of the first."""
    step = 1 + most * max((abs(value) for value in second), default=0)
    return [step * one + other for one, other in zip(first, second, strict=True)]


def _never_at_once(numbers: Sequence[int], spans: Sequence[tuple[datetime, datetime]]) -> list[Row]:
    """At every start, at most one of those going on. Sets inside an earlier set say nothing new."""
    rows: list[Row] = []
    going: list[int] = []
    for number in sorted(numbers, key=lambda number: spans[number]):
        start = spans[number][0]
        staying = [other for other in going if spans[other][1] > start]
        if len(staying) < len(going) and len(going) > 1:
            rows.append(Row(going, 1))
        going = [*staying, number]
    return [*rows, Row(going, 1)] if len(going) > 1 else rows
