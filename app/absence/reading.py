"""What an absence affects, and where each meeting could be held instead. Queries by service, mode and office, not by meeting."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import nsmallest
from operator import itemgetter
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.absence.groups import groups_inside
from app.absence.models import AbsenceItem, AbsencePlan
from app.absence.plan import Load, Meeting, Place, Proposal, propose
from app.absence.states import ItemState
from app.booking.availability import FreeTime, Wish, free_time
from app.booking.by_hand import place_of_row
from app.booking.lifecycle import Status
from app.booking.models import Appointment, Reservation
from app.booking.notices import ways_to
from app.booking.reserve import shape_for
from app.core.tenancy import Municipality
from app.scheduling.intervals import Span
from app.scheduling.models import Absence, Closure, Mode, Professional, Service
from app.scheduling.slots import Shape, slot_starts

AHEAD = timedelta(days=7)
"""How far from its time a meeting may be moved."""
SOON = timedelta(hours=2)
"""A message about a meeting nearer than this may come too late."""
NEAREST = 12
"""Of the times to which a meeting could be moved, so many are weighed with whom the client knows, and with others."""
ALWAYS: Span = (0, 2**62)
COUNTED = ("appointment", "hold")
"""Kinds of reservations that daily limits count."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An absence as it is now: the meetings in it, where each could go, and what is proposed for it."""

    appointments: list[Appointment]
    places: dict[int, list[Place]]
    """By appointment, the best first."""
    proposals: dict[int, Proposal]
    load: Load


def read(session: Session, plan: AbsencePlan, *, municipality: Municipality, now: datetime) -> Picture:
    """The picture of a plan, computed anew: others book meanwhile."""
    appointments = affected(session, plan, now=now)
    people = {person.id: person for person in session.scalars(select(Professional).where(Professional.active))}
    places: defaultdict[int, list[Place]] = defaultdict(list)
    limits: dict[int, int | None] = {}
    for group in _groups(appointments):
        rows = _free(session, group, municipality.zone, now)
        limits |= {row.professional_id: row.daily_limit for row in rows}
        free, taken = _Free(rows), _taken_of_clients(session, group, now)
        for appointment in group:
            places[appointment.id] = list(_places(appointment, free, people, taken, municipality.zone, now))
    load, room = _load_and_room(session, appointments, limits, municipality.zone, now)
    every = [place for found in places.values() for place in found]
    meetings = [meeting_of(appointment, now) for appointment in appointments]
    proposals = propose(meetings, every, load=load, room=room, zone=municipality.zone)
    return Picture(appointments, places, {one.appointment_id: one for one in proposals}, load)


def affected(session: Session, plan: AbsencePlan, *, now: datetime) -> list[Appointment]:
    """The meetings to come of those who are away by this plan, or at the office that is closed, in order of time."""
    relations = (Appointment.client, Appointment.service, Appointment.professional, Appointment.office)
    query = (
        select(Appointment)
        .where(Appointment.ends_at > now, Appointment.status.in_((Status.BOOKED, Status.CHECKED_IN)))
        .where(Appointment.group_session_id.is_(None), or_(_of_people(plan), _of_office(plan)))
        .options(*(joinedload(relation) for relation in relations))
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return list(session.scalars(query))


def unsettled(session: Session, plans: Sequence[AbsencePlan], *, now: datetime) -> dict[int, int]:
    """How many meetings and group sessions wait to be settled, by plan; those where none does are not among them."""
    settled = exists().where(
        AbsenceItem.plan_id == AbsencePlan.id,
        AbsenceItem.appointment_id == Appointment.id,
        AbsenceItem.state == ItemState.DONE,
    )
    meeting = and_(
        Appointment.starts_at < AbsencePlan.ends_at,
        Appointment.ends_at > AbsencePlan.starts_at,
        or_(_of_people(AbsencePlan), _of_office(AbsencePlan)),
    )
    query = (
        select(AbsencePlan.id, func.count())
        .join(Appointment, meeting)
        .where(
            AbsencePlan.id.in_([plan.id for plan in plans if plan.ends_at > now]),
            Appointment.ends_at > now,
            Appointment.status.in_((Status.BOOKED, Status.CHECKED_IN)),
            Appointment.group_session_id.is_(None),
            ~settled,
        )
        .group_by(AbsencePlan.id)
    )
    found = Counter({plan_id: count for plan_id, count in session.execute(query)})
    found.update({plan.id: len(groups_inside(session, plan, now=now)) for plan in plans if plan.ends_at > now})
    return {plan_id: count for plan_id, count in found.items() if count}


def _of_people(plan: AbsencePlan | type[AbsencePlan]) -> ColumnElement[bool]:
    return exists().where(
        Absence.plan_id == plan.id,
        Absence.active,
        Absence.professional_id == Appointment.professional_id,
        Appointment.starts_at < Absence.ends_at,
        Appointment.ends_at > Absence.starts_at,
    )


def _of_office(plan: AbsencePlan | type[AbsencePlan]) -> ColumnElement[bool]:
    return exists().where(
        Closure.id == plan.closure_id,
        Closure.office_id == Appointment.office_id,
        Appointment.mode == Mode.IN_PERSON,
        Appointment.starts_at < Closure.ends_at,
        Appointment.ends_at > Closure.starts_at,
    )


def meeting_of(appointment: Appointment, now: datetime) -> Meeting:
    """The appointment as the plan sees it."""
    return Meeting(
        appointment.id,
        appointment.client_id,
        appointment.starts_at,
        appointment.ends_at,
        may_move=appointment.may_move,
        reachable=bool(ways_to(appointment.client)),
        soon=appointment.starts_at < now + SOON,
        arrived=appointment.status == Status.CHECKED_IN,
    )


def _groups(appointments: Sequence[Appointment]) -> list[list[Appointment]]:
    """Meetings about whose places one query tells all."""
    groups: defaultdict[tuple[object, ...], list[Appointment]] = defaultdict(list)
    for appointment in appointments:
        groups[appointment.service_id, appointment.mode, appointment.office_id].append(appointment)
    return list(groups.values())


def _free(session: Session, group: Sequence[Appointment], zone: ZoneInfo, now: datetime) -> list[FreeTime]:
    """The free time of everybody who gives the group's service, as far as its meetings may go."""
    first, last = group[0], max(group, key=lambda appointment: appointment.starts_at)
    ahead = AHEAD if any(appointment.may_move for appointment in group) else timedelta()
    wish = Wish(
        service=first.service,
        mode=first.mode,
        first=first.starts_at.astimezone(zone).date(),
        last=(last.starts_at + ahead).astimezone(zone).date(),
        office_id=first.office_id,
        any_notice=True,
    )
    return free_time(session, wish, zone=zone, now=now)


Spans = dict[int, list[tuple[datetime, datetime]]]


def _taken_of_clients(session: Session, group: Sequence[Appointment], now: datetime) -> Spans:
    """By client, when they meet somebody anyway (these very meetings left out)."""
    movable = [appointment for appointment in group if appointment.may_move]
    if not movable:
        return {}
    query = select(Reservation.client_id, Reservation.starts_at, Reservation.ends_at).where(
        Reservation.client_id.in_({appointment.client_id for appointment in movable}),
        Reservation.id.not_in([appointment.reservation_id for appointment in movable]),
        Reservation.active,
        Reservation.ends_at > now,
    )
    found: defaultdict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for client_id, starts_at, ends_at in session.execute(query):
        found[client_id or 0].append((starts_at, ends_at))
    return found


def _places(
    appointment: Appointment, free: _Free, people: dict[int, Professional], taken: Spans, zone: ZoneInfo, now: datetime
) -> Iterator[Place]:
    """At the same time with everybody who is free, and where the client allows it at the nearest other times."""
    if appointment.status != Status.BOOKED or appointment.starts_at <= now:
        return
    shape = shape_for(appointment.service, place_of_row(appointment)[1])
    own = int(appointment.starts_at.timestamp())
    for row in free.rows:
        if row.professional_id in people and _fits(shape.occupied(own), row):
            yield _place(appointment, people[row.professional_id], own, shape, row)
    if appointment.may_move:
        yield from _later(appointment, free, shape, people, taken, zone, now)


def _later(
    appointment: Appointment,
    free: _Free,
    shape: Shape,
    people: dict[int, Professional],
    taken: Spans,
    zone: ZoneInfo,
    now: datetime,
) -> Iterator[Place]:
    """The nearest other times, from the same day on: with whom the client knows, then with others."""
    own = int(appointment.starts_at.timestamp())
    midnight = datetime.combine(appointment.starts_at.astimezone(zone).date(), time(), zone)
    within = (int(max(now + SOON, midnight).timestamp()), int((appointment.starts_at + AHEAD).timestamp()))
    busy = [(int(begin.timestamp()), int(end.timestamp())) for begin, end in taken.get(appointment.client_id, [])]
    known, others = list[tuple[int, int, FreeTime, int]](), list[tuple[int, int, FreeTime, int]]()
    for row, start in free.near(own, shape, within):
        if row.professional_id in people and all(
            start >= end or start + shape.duration <= begin for begin, end in busy
        ):
            found = known if _knows(appointment, row.professional_id) else others
            found.append((abs(start - own), row.professional_id, row, start))
    for found in (known, others):
        for _, person, row, start in nsmallest(NEAREST, found, key=itemgetter(0, 1)):
            yield _place(appointment, people[person], start, shape, row)


def _knows(appointment: Appointment, professional_id: int) -> bool:
    return professional_id in (appointment.client.own_professional_id, appointment.professional_id)


def _fits(occupied: Span, row: FreeTime) -> bool:
    """Free spans are sorted and disjoint: only the last one that begins in time can hold it."""
    spans = row.free or []
    number = bisect_right(spans, occupied[0], key=itemgetter(0)) - 1
    return number >= 0 and occupied[1] <= spans[number][1]


class _Free:
    """The free time of a group of meetings. The grid is laid once for each length, not for each meeting."""

    def __init__(self, rows: Sequence[FreeTime]) -> None:
        self.rows = rows
        self._starts: dict[Shape, list[list[int]]] = {}

    def near(self, own: int, shape: Shape, within: Span) -> Iterator[tuple[FreeTime, int]]:
        """Starts before and after ``own``, the nearest of everybody."""
        if shape not in self._starts:
            grid = [slot_starts(row.working, row.free or (), shape, ALWAYS) for row in self.rows]
            self._starts[shape] = grid
        for row, starts in zip(self.rows, self._starts[shape], strict=True):
            middle = bisect_left(starts, own)
            first, last = (bisect_left(starts, bound) for bound in within)
            for start in starts[max(first, middle - NEAREST) : min(last, middle + NEAREST + 1)]:
                if start != own:
                    yield row, start


def _place(appointment: Appointment, person: Professional, start: int, shape: Shape, row: FreeTime) -> Place:
    client = appointment.client
    begin, end = (datetime.fromtimestamp(bound, UTC) for bound in shape.occupied(start))
    return Place(
        appointment.id,
        person.id,
        datetime.fromtimestamp(start, UTC),
        datetime.fromtimestamp(start + shape.duration, UTC),
        (begin, end),
        speaks=client.language in person.languages,
        knows=_knows(appointment, person.id),
        office_id=row.office_id,
    )


def _load_and_room(
    session: Session,
    appointments: Sequence[Appointment],
    limits: dict[int, int | None],
    zone: ZoneInfo,
    now: datetime,
) -> tuple[Load, Load]:
    """How many meetings everybody has on each day, and how many more the daily limits allow."""
    if not appointments:
        return {}, {}
    day = cast(func.timezone(str(zone), Reservation.starts_at), Date)
    query = (
        select(Reservation.professional_id, day, Reservation.service_id, func.count())
        .where(
            Reservation.professional_id.in_(limits),
            Reservation.kind.in_(COUNTED),
            Reservation.active,
            or_(Reservation.expires_at.is_(None), Reservation.expires_at > now),
            Reservation.starts_at > appointments[0].starts_at - timedelta(days=1),
            Reservation.starts_at < appointments[-1].starts_at + AHEAD + timedelta(days=1),
        )
        .group_by(Reservation.professional_id, day, Reservation.service_id)
    )
    load: defaultdict[tuple[int, date], int] = defaultdict(int)
    of_service: dict[tuple[int, date, int], int] = {}
    for person, on, service_id, count in session.execute(query):
        load[person or 0, on] += count
        of_service[person or 0, on, service_id or 0] = count
    days = {on for _, on in load} | {one.starts_at.astimezone(zone).date() for one in appointments}
    services = {appointment.service_id: appointment.service for appointment in appointments}.values()
    room = {
        (person, on): left
        for person, limit in limits.items()
        for on in days
        if (left := _left(person, on, limit, load, services, of_service)) is not None
    }
    return load, room


def _left(
    person: int,
    on: date,
    limit: int | None,
    load: Load,
    services: Iterable[Service],
    of_service: dict[tuple[int, date, int], int],
) -> int | None:
    """How many more meetings on a day; None without a limit. Where services differ, the strictest counts for all."""
    bounds = [] if limit is None else [limit - load[person, on]]
    bounds += [
        service.limit_per_professional - of_service.get((person, on, service.id), 0)
        for service in services
        if service.limit_per_professional is not None
    ]
    return max(0, min(bounds)) if bounds else None
