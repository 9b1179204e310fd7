"""What PostgreSQL and the grid offer, against a slow and obvious oracle that reads every rule minute by minute."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.booking.availability import Wish, openings
from app.booking.models import Reservation
from app.scheduling.holidays import is_public_holiday
from app.scheduling.models import Absence, BusyTime, Closure, ScheduleException, Service, WorkingHours
from app.scheduling.weekly import week_number
from tests.factories import make_municipality, make_office, make_professional, make_service

HELSINKI = ZoneInfo("Europe/Helsinki")
QUARTER = 15
EXAMPLES, PEOPLE = 160, 5  # eight hundred calendars
DAYS = (date(2026, 3, 28), date(2026, 10, 24), date(2026, 12, 23), date(2026, 11, 23), date(2026, 6, 18))
"""Windows begin here: both clock changes, Christmas, an ordinary week, midsummer."""

quarter_of_day = st.integers(0, 95).map(lambda q: q * QUARTER)
lengths = st.integers(1, 40).map(lambda q: q * QUARTER)


def local_span(day: date, start: int, length: int) -> tuple[int, int]:
    return start, min(start + length, 1440)


local_spans = st.tuples(quarter_of_day, lengths).map(lambda pair: local_span(DAYS[0], *pair))


@dataclass
class Calendar:
    """One generated professional's world. Days are offsets from the window's first day, instants are quarters."""

    hours: list[dict[str, Any]] = field(default_factory=list)
    exceptions: list[dict[str, Any]] = field(default_factory=list)
    absences: list[tuple[int, int]] = field(default_factory=list)
    busy: list[tuple[int, int]] = field(default_factory=list)
    closures: list[dict[str, Any]] = field(default_factory=list)
    reserved: list[dict[str, Any]] = field(default_factory=list)


offsets = st.integers(-1, 3)
absolute = st.tuples(st.integers(-96, 96 * 4), st.integers(1, 60)).map(lambda pair: (pair[0], pair[0] + pair[1]))
calendars = st.builds(
    Calendar,
    hours=st.lists(
        st.fixed_dictionaries(
            {
                "offset": offsets,
                "span": local_spans,
                "office": st.integers(0, 2),
                "from_": st.none() | offsets,
                "to": st.none() | offsets,
                "modes": st.sampled_from([None, ["phone"], ["in_person", "video"]]),
                "every": st.integers(1, 4),
                "week_of": st.integers(-28, 28),
            }
        ),
        min_size=1,
        max_size=4,
    ),
    exceptions=st.lists(
        st.fixed_dictionaries(
            {
                "offset": offsets,
                "span": local_spans,
                "kind": st.sampled_from(["extra", "removed", "replaces"]),
                "office": st.integers(0, 2),
                "modes": st.sampled_from([None, None, ["phone"]]),
            }
        ),
        max_size=3,
    ),
    absences=st.lists(absolute, max_size=1),
    busy=st.lists(absolute, max_size=2),
    closures=st.lists(
        st.fixed_dictionaries({"office": st.integers(0, 2), "span": absolute, "remote_too": st.booleans()}), max_size=2
    ),
    reserved=st.lists(
        st.fixed_dictionaries(
            {"start": st.integers(-8, 96 * 3), "quarters": st.integers(1, 6), "hold": st.sampled_from([None, -5, 5])}
        ),
        max_size=4,
    ),
)
services = st.fixed_dictionaries(
    {
        "duration_minutes": st.sampled_from([15, 30, 45, 90]),
        "buffer_before": st.sampled_from([0, 15, 30]),
        "buffer_after": st.sampled_from([0, 15, 30]),
        "step_minutes": st.sampled_from([None, 15, 60]),
        "minimum_notice_minutes": st.sampled_from([0, 60, 26 * 60]),
        "horizon_days": st.sampled_from([1, 2, 30]),
        "limit_per_professional": st.sampled_from([None, None, 1, 3]),
        "limit_per_office": st.sampled_from([None, None, 2]),
    }
)


@dataclass
class Case:
    """A calendar in the database, and the same facts for the oracle."""

    calendar: Calendar
    service: Service
    mode: str
    office_id: int | None
    office_ids: list[int | None]
    first: date
    last: date
    now: datetime
    daily_limit: int | None
    professional_id: int
    kept: list[dict[str, Any]]
    everybody: list[dict[str, Any]]
    """Reservations of all professionals of the example, for the office's limit."""
    closures: list[dict[str, Any]]
    """Closures of the offices, which are everybody's."""

    def instant(self, quarters: int) -> datetime:
        return datetime.combine(self.first, time(), HELSINKI).astimezone(UTC) + timedelta(minutes=QUARTER * quarters)


def test_the_generated_calendars_are_worth_comparing() -> None:
    """Guards the test below against agreeing on nothing: an ordinary week has slots in the oracle's eyes."""
    always = {"from_": None, "to": None, "modes": None, "every": 2, "week_of": 14}
    week = Calendar(hours=[{"offset": 0, "span": (540, 900), "office": 0, **always}])
    service = Service(duration_minutes=45, buffer_before=0, buffer_after=15, minimum_notice_minutes=0, horizon_days=9)
    first = DAYS[3]
    now = datetime.combine(first, time(), HELSINKI).astimezone(UTC)
    case = Case(week, service, "in_person", 1, [1, 2, None], first, first, now, None, 1, [], [], [])
    assert [_wall(t).strftime("%H.%M") for t in sorted(oracle(case))] == [
        "09.00", "09.45", "10.30", "11.15", "12.00", "12.45", "13.30"
    ]  # fmt: skip


def oracle(case: Case) -> set[int]:
    """Every quarter of an hour of the window, one by one."""
    service = case.service
    places = (
        [case.office_id]
        if case.office_id
        else [o for o in case.office_ids if o]
        if case.mode == "in_person"
        else ["any"]
    )
    return {t for place in places for t in _starts_at(case, place, service)}


def _starts_at(case: Case, place: Any, service: Service) -> set[int]:
    free = {t for t in _quarters(case) if _is_free(case, t, place)}
    before, after = 60 * service.buffer_before, 60 * service.buffer_after
    step = 60 * (service.step_minutes or service.duration_minutes)
    found = set()
    for origin, interval in _intervals(case, place):
        for t in sorted(interval):
            begins = t >= origin + before and (t - origin - before) % step == 0
            needed = range(t - before, t + 60 * service.duration_minutes + after, 60 * QUARTER)
            if begins and all(quarter in free for quarter in needed) and _allowed(case, t, place):
                found.add(t)
    return found


def _quarters(case: Case) -> range:
    start = int(datetime.combine(case.first - timedelta(days=1), time(), HELSINKI).timestamp())
    return range(start, start + 86400 * 7, 60 * QUARTER)


def _wall(t: int) -> datetime:
    return datetime.fromtimestamp(t, UTC).astimezone(HELSINKI)


def _intervals(case: Case, place: Any) -> list[tuple[int, set[int]]]:
    """Working intervals: origin of the grid, and every quarter between first and last."""
    found = []
    rules = [(rule, True) for rule in case.calendar.hours] + [
        (e, False) for e in case.calendar.exceptions if e["kind"] == "extra"
    ]
    for rule, weekly in rules:
        by_day: dict[date, list[int]] = {}
        for t in _quarters(case):
            if _rule_covers(case, rule, t, weekly) and _at_place(case, rule, place):
                by_day.setdefault(_wall(t).date(), []).append(t)
        for covered in by_day.values():
            found.append((covered[0], set(range(covered[0], covered[-1] + 60 * QUARTER, 60 * QUARTER))))
    return found


def _rule_covers(case: Case, rule: dict[str, Any], t: int, weekly: bool) -> bool:
    local = _wall(t)
    day, base = local.date(), case.first
    if local.fold or not rule["span"][0] <= local.hour * 60 + local.minute < rule["span"][1]:
        return False
    if not weekly:
        allowed = rule["kind"] == "removed" or rule["modes"] is None or case.mode in rule["modes"]
        return allowed and day == base + timedelta(days=rule["offset"])
    if any(e["kind"] == "replaces" and day == base + timedelta(days=e["offset"]) for e in case.calendar.exceptions):
        return False
    if (_monday(day) - _monday(base + timedelta(days=rule["week_of"]))).days % (7 * rule["every"]):
        return False
    if day.weekday() != (base + timedelta(days=rule["offset"])).weekday() or is_public_holiday(day):
        return False
    if rule["from_"] is not None and day < base + timedelta(days=rule["from_"]):
        return False
    if rule["to"] is not None and day > base + timedelta(days=rule["to"]):
        return False
    return rule["modes"] is None or case.mode in rule["modes"]


def _monday(day: date) -> date:
    while day.weekday():
        day -= timedelta(days=1)
    return day


def _at_place(case: Case, rule: dict[str, Any], place: Any) -> bool:
    return place == "any" or case.office_ids[rule["office"]] == place


def _is_free(case: Case, t: int, place: Any) -> bool:
    calendar, instant = case.calendar, datetime.fromtimestamp(t, UTC)

    def within(span: tuple[int, int]) -> bool:
        return case.instant(span[0]) <= instant < case.instant(span[1])

    def closed(rule: dict[str, Any]) -> bool:
        office = case.office_ids[rule["office"]]
        return any(
            within(c["span"])
            and (case.mode == "in_person" or c["remote_too"])
            and (case.office_ids[c["office"]] is None or case.office_ids[c["office"]] == office)
            for c in case.closures
        )

    rules = [(rule, True) for rule in calendar.hours] + [
        (e, False) for e in calendar.exceptions if e["kind"] == "extra"
    ]
    if not any(_rule_covers(case, r, t, weekly) and _at_place(case, r, place) and not closed(r) for r, weekly in rules):
        return False
    removed = any(_rule_covers(case, e, t, False) for e in calendar.exceptions if e["kind"] == "removed")
    if removed or any(within(span) for span in (*calendar.absences, *calendar.busy)):
        return False
    return not any(r["occupied"][0] <= instant < r["occupied"][1] for r in case.kept if r["counts"])


def _allowed(case: Case, t: int, place: Any) -> bool:
    """Notice, horizon, wished dates and limits."""
    service, instant, day = case.service, datetime.fromtimestamp(t, UTC), _wall(t).date()
    if not case.first <= day <= case.last or instant < case.now + timedelta(minutes=service.minimum_notice_minutes):
        return False
    if day > case.now.astimezone(HELSINKI).date() + timedelta(days=service.horizon_days):
        return False
    taken = Counter(r["day"] for r in case.kept if r["counts"])[day]
    if case.daily_limit is not None and taken >= case.daily_limit:
        return False
    if service.limit_per_professional is not None and taken >= service.limit_per_professional:
        return False
    at_office = sum(r["counts"] and r["day"] == day and r["office"] == place for r in case.everybody)
    return service.limit_per_office is None or case.mode != "in_person" or at_office < service.limit_per_office


def store(session: Session, calendar: Calendar, everybody: list[dict[str, Any]], **choices: Any) -> Case:
    """Put the calendar into the database; reservations that would overlap are left out there and in the facts."""
    first, service, offices = choices["first"], choices["service"], choices["offices"]
    person = make_professional(session, services=[service], hours=[], daily_limit=choices["daily_limit"])
    case = Case(
        calendar=calendar,
        service=service,
        mode=choices["mode"],
        office_id=offices[0].id if choices["in_first_office"] and choices["mode"] == "in_person" else None,
        office_ids=[offices[0].id, offices[1].id, None],
        first=first,
        last=first + timedelta(days=2),
        now=(datetime.combine(first, time(), HELSINKI) + choices["now"]).astimezone(UTC),
        daily_limit=choices["daily_limit"],
        professional_id=person.id,
        kept=[],
        everybody=everybody,
        closures=choices["closures"],
    )
    _store_rules(session, case, person.id)
    _store_reservations(session, case, person.id)
    everybody.extend(case.kept)
    session.flush()
    return case


def _store_rules(session: Session, case: Case, person: int) -> None:
    def day(offset: int | None) -> date | None:
        return None if offset is None else case.first + timedelta(days=offset)

    for rule in case.calendar.hours:
        session.add(
            WorkingHours(
                professional_id=person,
                office_id=case.office_ids[rule["office"]],
                weekday=day(rule["offset"]).weekday(),  # type: ignore[union-attr]
                start_minute=rule["span"][0],
                end_minute=rule["span"][1],
                valid_from=day(rule["from_"]),
                valid_to=day(rule["to"]),
                modes=rule["modes"],
                cycle_weeks=rule["every"],
                cycle_phase=week_number(day(rule["week_of"])) % rule["every"],  # type: ignore[arg-type]
            )
        )
    for rule in case.calendar.exceptions:
        span = (0, 1440) if rule["kind"] == "replaces" else rule["span"]
        session.add(
            ScheduleException(
                professional_id=person,
                office_id=case.office_ids[rule["office"]],
                date=day(rule["offset"]),
                start_minute=span[0],
                end_minute=span[1],
                extra=rule["kind"] == "extra",
                modes=rule["modes"],
                replaces_hours=rule["kind"] == "replaces",
            )
        )
    for start, end in case.calendar.absences:
        session.add(
            Absence(professional_id=person, starts_at=case.instant(start), ends_at=case.instant(end), reason="sick")
        )
    for start, end in case.calendar.busy:
        session.add(BusyTime(professional_id=person, starts_at=case.instant(start), ends_at=case.instant(end)))
    for closure in case.calendar.closures:
        session.add(
            Closure(
                office_id=case.office_ids[closure["office"]],
                starts_at=case.instant(closure["span"][0]),
                ends_at=case.instant(closure["span"][1]),
                remote_too=closure["remote_too"],
            )
        )


def _store_reservations(session: Session, case: Case, person: int) -> None:
    for wanted in case.calendar.reserved:
        starts_at = case.instant(wanted["start"])
        ends_at = starts_at + timedelta(minutes=QUARTER * wanted["quarters"])
        occupied = (starts_at - timedelta(minutes=QUARTER), ends_at)
        if any(r["occupied"][0] < occupied[1] and occupied[0] < r["occupied"][1] for r in case.kept):
            continue
        hold = wanted["hold"]
        office = case.office_ids[0]
        case.kept.append(
            {
                "occupied": occupied,
                "counts": hold is None or hold > 0,
                "day": starts_at.astimezone(HELSINKI).date(),
                "office": office,
            }
        )
        session.add(
            Reservation(
                kind="appointment" if hold is None else "hold",
                professional_id=person,
                service_id=case.service.id,
                office_id=office,
                starts_at=starts_at,
                ends_at=ends_at,
                occupied=Range(*occupied, bounds="[)"),
                expires_at=None if hold is None else case.now + timedelta(minutes=hold),
            )
        )


@settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    calendars=st.lists(calendars, min_size=PEOPLE, max_size=PEOPLE),
    service=services,
    first=st.sampled_from(DAYS),
    mode=st.sampled_from(["in_person", "phone"]),
    in_first_office=st.booleans(),
    now=st.sampled_from([timedelta(days=-1), timedelta(0), timedelta(hours=9, minutes=7)]),
    daily_limit=st.sampled_from([None, None, 2]),
)
def test_the_database_offers_exactly_what_the_slow_oracle_offers(
    session: Session, calendars: list[Calendar], service: dict[str, Any], **choices: Any
) -> None:
    make_municipality(session)
    offices = [make_office(session), make_office(session)]
    made = make_service(session, offices=offices, modes=["in_person", "phone", "video"], **service)
    everybody: list[dict[str, Any]] = []
    closures = [closure for calendar in calendars for closure in calendar.closures]
    shared = {"service": made, "offices": offices, "closures": closures, **choices}
    cases = [store(session, calendar, everybody, **shared) for calendar in calendars]
    case = cases[0]
    wish = Wish(service=made, mode=case.mode, first=case.first, last=case.last, office_id=case.office_id)
    offered = {(o.start, o.professional_id) for o in openings(session, wish, zone=HELSINKI, now=case.now)}
    assert offered == {(start, case.professional_id) for case in cases for start in oracle(case)}
    session.rollback()
