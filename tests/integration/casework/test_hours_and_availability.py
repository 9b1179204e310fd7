"""What the pages say of working time is what clients are offered: the pure plan against the query of free time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.booking.availability import Wish, openings
from app.core.audit import SYSTEM
from app.scheduling.holidays import is_public_holiday
from app.scheduling.hours import plans_of
from app.scheduling.models import ScheduleException
from app.scheduling.service import set_working_hours
from app.scheduling.weekly import WeeklyHours, clashes
from app.scheduling.workday import Meeting, Plan, fits
from tests.factories import make_municipality, make_office, make_professional, make_service
from tests.integration.casework.conftest import NOW
from tests.plans import plans

QUARTER = 900
DAYS = (date(2028, 3, 26), date(2027, 10, 31), date(2026, 12, 24), date(2026, 12, 1), date(2027, 1, 4))
"""Both clock changes, a holiday, and ordinary days of two years."""


def without_clashes(rules: tuple[WeeklyHours, ...]) -> list[WeeklyHours]:
    kept: list[WeeklyHours] = []
    for rule in rules:
        if not clashes([*kept, rule]):
            kept.append(rule)
    return kept


def store(session: Session, plan: Plan, professional_id: int, offices: dict[Any, Any]) -> Plan:
    """The plan in the database with real offices, and as it is read again."""
    rules = [replace(rule, office_id=offices[rule.office_id]) for rule in without_clashes(plan.rules)]
    set_working_hours(session, actor=SYSTEM, now=NOW, professional_id=professional_id, hours=rules)
    for e in plan.exceptions:
        session.add(
            ScheduleException(
                professional_id=professional_id,
                date=e.date,
                start_minute=e.start_minute,
                end_minute=e.end_minute,
                extra=e.extra,
                office_id=offices[e.office_id],
                modes=list(e.modes) if e.modes else None,
                replaces_hours=e.replaces_hours,
            )
        )
    session.flush()
    read = plans_of(session, [professional_id], since=date(2000, 1, 1))[professional_id]
    assert set(read.rules) == set(rules)
    return read


@settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=150,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data(), day=st.sampled_from(DAYS), mode=st.sampled_from(["phone", "in_person"]))
def test_a_quarter_is_offered_exactly_where_a_meeting_of_a_quarter_fits_the_plan(
    session: Session, data: st.DataObject, day: date, mode: str
) -> None:
    municipality = make_municipality(session)
    first, second = make_office(session), make_office(session)
    service = make_service(session, offices=[first, second], duration_minutes=15, horizon_days=700)
    person = make_professional(session, services=[service], hours=[])
    plan = store(session, data.draw(plans(day)), person.id, {None: None, 1: first.id, 2: second.id})
    office_id = first.id if mode == "in_person" else None
    wish = Wish(service, mode, day, day, office_id, person.id)
    offered = {o.start for o in openings(session, wish, zone=municipality.zone, now=NOW)}
    midnight, until = (
        int(datetime.combine(d, time(), municipality.zone).timestamp()) for d in (day, day + timedelta(1))
    )
    wanted = {
        start
        for start in range(midnight, until, QUARTER)
        if fits(
            Meeting(1, (start, start + QUARTER), mode, office_id),
            plan,
            zone=municipality.zone,
            is_holiday=is_public_holiday,
        )
    }
    assert offered == wanted
    session.rollback()
