"""The seeded demo is complete, possible and the same every time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.booking.availability import Wish, openings_at
from app.booking.invited.models import Invitation
from app.booking.models import Appointment, Client, Reservation
from app.core import clock, tenancy
from app.core.audit import AuditEvent
from app.core.db import db
from app.core.tenancy import Municipality
from app.demo import seed as seeding
from app.demo.seed_rows import Writer
from app.demo.seed_towns import CITY, RANTALA, Town
from app.messaging.models import Message
from app.scheduling.guide import DRAFT, LIVE, read_guide
from app.scheduling.guide_map import problems
from app.scheduling.guide_service import bookable_modes
from app.scheduling.holidays import is_public_holiday
from app.scheduling.models import Absence, BusyTime, Closure, Mode, Office, Professional, Service, WorkingHours

OVER = ("completed", "no_show", "cancelled")


def number_of(session: Session, model: Any) -> int:
    return session.scalar(select(func.count(model.id))) or 0


def another(name: str) -> Town:
    """Rantala under another slug."""
    return replace(RANTALA, municipality=replace(RANTALA.municipality, slug=name))


def zone_of(session: Session) -> ZoneInfo:
    return session.get_one(Municipality, tenancy.bound_to(session)).zone


def coming(session: Session) -> list[Appointment]:
    query = select(Appointment).where(
        Appointment.starts_at > clock.now(), Appointment.status == "booked", Appointment.group_session_id.is_(None)
    )
    return list(session.scalars(query.order_by(Appointment.starts_at, Appointment.id)))


@pytest.mark.parametrize(
    ("slug", "offices", "services", "professionals"), [("koivula", 3, 9, 24), ("rantala", 1, 2, 3)]
)
def test_each_municipality_has_its_own_offices_services_and_professionals(
    demo: Any, slug: str, offices: int, services: int, professionals: int
) -> None:
    with demo.inside(slug) as session:
        found = tuple(number_of(session, model) for model in (Office, Service, Professional))
        assert found == (offices, services, professionals)
        other = session.scalar(select(Municipality.id).where(Municipality.slug.in_({"koivula", "rantala"} - {slug})))
        by_hand = select(func.count()).select_from(Client.__table__).where(Client.__table__.c.municipality_id == other)
        assert session.scalar(by_hand) == 0  # row-level security, where the ORM does not look


def test_seeding_again_says_that_the_demo_is_there_and_changes_nothing(demo: Any) -> None:
    with demo.inside("koivula") as session:
        before = number_of(session, Appointment)
    again = demo.run("seed")
    assert again.exit_code == 1
    assert "already" in again.output
    patient = demo.run("seed", "--if-empty")
    assert (patient.exit_code, patient.output) == (0, "The demo is here already; nothing was changed.\n")
    with demo.inside("koivula") as session:
        assert number_of(session, Appointment) == before
        assert session.scalar(select(func.count(Municipality.id)).where(Municipality.slug == "koivula")) == 1


def test_a_size_of_a_later_version_is_refused_in_words(demo: Any) -> None:
    refused = demo.run("seed", "--size", "nation")
    assert refused.exit_code == 1
    assert "there is no size 'nation' yet: choose `--size small` or `--size city`" in refused.output


def stands_on_the_grid(meeting: Appointment, rule: WorkingHours, zone: ZoneInfo) -> bool:
    """True where the meeting with its buffers fits into the rule's working time and begins on one of its steps."""
    service, local = meeting.service, meeting.starts_at.astimezone(zone)
    if rule.professional_id != meeting.professional_id or rule.weekday != local.weekday():
        return False
    if meeting.mode == Mode.IN_PERSON and rule.office_id != meeting.office_id:
        return False
    begins = 60 * local.hour + local.minute - service.buffer_before
    ends = begins + service.buffer_before + service.duration_minutes + service.buffer_after
    steps = (begins - rule.start_minute) % (service.step_minutes or service.duration_minutes)
    return rule.start_minute <= begins and ends <= rule.end_minute and steps == local.second == 0


@pytest.mark.parametrize("slug", ["koivula", "rantala"])
def test_every_coming_booking_stands_on_the_grid_of_somebodys_working_time(demo: Any, slug: str) -> None:
    with demo.inside(slug) as session:
        rules, zone, found = list(session.scalars(select(WorkingHours))), zone_of(session), coming(session)
        assert len(found) > 50
        for meeting in found:
            assert any(stands_on_the_grid(meeting, rule, zone) for rule in rules), meeting.reference
            assert not is_public_holiday(meeting.starts_at.astimezone(zone).date())
            assert (meeting.office_id is not None) == (meeting.mode == Mode.IN_PERSON)
            assert meeting.mode in set(meeting.service.modes) & set(meeting.professional.modes)


@pytest.mark.parametrize("slug", ["koivula", "rantala"])
def test_no_booking_overlaps_an_absence_other_work_or_a_closed_office(demo: Any, slug: str) -> None:
    with demo.inside(slug) as session:
        away = [*session.scalars(select(Absence)), *session.scalars(select(BusyTime))]
        closed = list(session.scalars(select(Closure)))
        assert {type(gap) for gap in away} == {Absence, BusyTime}
        assert closed
        for taken in session.scalars(select(Reservation)):
            begins, ends = taken.occupied.lower, taken.occupied.upper
            meanwhile = [gap for gap in [*away, *closed] if gap.starts_at < ends and begins < gap.ends_at]
            assert taken.professional_id not in {
                gap.professional_id for gap in meanwhile if not isinstance(gap, Closure)
            }
            assert taken.office_id not in {gap.office_id for gap in meanwhile if isinstance(gap, Closure)} - {None}


def test_a_coming_booking_would_be_offered_again_if_it_were_not_taken(demo: Any) -> None:
    with demo.inside("koivula") as session:
        zone, now = zone_of(session), clock.now()
        for meeting in coming(session)[::60]:
            day = meeting.starts_at.astimezone(zone).date()
            wish = Wish(
                service=meeting.service,
                mode=meeting.mode,
                first=day,
                last=day,
                office_id=meeting.office_id,
                professional_id=meeting.professional_id,
                ignored_reservations=(meeting.reservation_id,),
                any_notice=True,
            )
            assert openings_at(session, wish, int(meeting.starts_at.timestamp()), zone=zone, now=now)


def test_daily_limits_hold_on_every_day(demo: Any) -> None:
    with demo.inside("koivula") as session:
        zone = zone_of(session)
        of_day: Counter[tuple[int, date]] = Counter()
        of_service: Counter[tuple[int, int, date]] = Counter()
        for taken in session.scalars(select(Reservation).where(Reservation.active, Reservation.kind == "appointment")):
            day = taken.starts_at.astimezone(zone).date()
            of_day[taken.professional_id, day] += 1
            of_service[taken.professional_id, taken.service_id, day] += 1
        for professional in session.scalars(select(Professional).where(Professional.daily_limit.is_not(None))):
            assert max(n for (who, _), n in of_day.items() if who == professional.id) <= professional.daily_limit
        for service in session.scalars(select(Service).where(Service.limit_per_professional.is_not(None))):
            assert (
                max(n for (_, what, _), n in of_service.items() if what == service.id) <= service.limit_per_professional
            )


def test_the_past_is_over_with_a_few_no_shows_and_cancellations(demo: Any) -> None:
    with demo.inside("koivula") as session:
        past = Counter(session.scalars(select(Appointment.status).where(Appointment.ends_at < clock.now())))
        assert set(past) == set(OVER)
        assert past["completed"] > 10 * past["no_show"] > 100
        assert past["completed"] > 5 * past["cancelled"] > 100
        ahead = Counter(session.scalars(select(Appointment.status).where(Appointment.starts_at > clock.now())))
        assert ahead["booked"] > 10 * ahead["cancelled"] > 50


def test_most_of_the_coming_week_is_taken_and_less_of_the_weeks_after(demo: Any) -> None:
    with demo.inside("koivula") as session:
        zone = zone_of(session)
        today = clock.now().astimezone(zone).date()
        worked, taken = Counter[int](), Counter[int]()
        rules = list(session.scalars(select(WorkingHours)))
        for number in range(1, 28):
            day = today + timedelta(days=number)
            if not is_public_holiday(day):
                worked[(number - 1) // 7] += sum(
                    r.end_minute - r.start_minute for r in rules if r.weekday == day.weekday()
                )
        for row in session.scalars(select(Reservation).where(Reservation.active)):
            number = (row.starts_at.astimezone(zone).date() - today).days
            if 0 < number < 28:
                taken[(number - 1) // 7] += (row.occupied.upper - row.occupied.lower) // timedelta(minutes=1)
        shares = [taken[week] / worked[week] for week in range(4)]
        assert 0.55 < shares[0] < 0.85
        assert sorted(shares, reverse=True) == shares


def test_only_a_few_bookings_made_on_the_page_cause_messages_and_lines_in_the_log(demo: Any) -> None:
    with demo.inside("koivula") as session:
        booked = set(session.scalars(select(AuditEvent.object_id).where(AuditEvent.action == "appointment.book")))
        causes = {f"appointment:{number}" for number in booked}
        seats = set(session.scalars(select(Appointment.id).where(Appointment.group_session_id.is_not(None))))
        assert 8 <= len(booked - seats) <= 12
        invited = {f"invitation:{number}" for number in session.scalars(select(Invitation.id))}
        assert 1 <= len(invited) <= 2
        assert set(session.scalars(select(Message.cause))) == causes | invited
        kinds = Counter(session.scalars(select(Message.kind)))
        assert kinds["confirmation"] > kinds["change"] > 0
        assert kinds["cancellation"] > 0


def test_the_link_of_a_seeded_booking_opens_its_page(demo: Any) -> None:
    with demo.inside("koivula") as session:
        meeting = coming(session)[100]
        token, reference = meeting.link_token, meeting.reference
    page = demo.app.test_client().get(f"/a/{token}")
    assert page.status_code == 200
    assert reference in page.text


@pytest.mark.parametrize("slug", ["koivula", "rantala"])
def test_the_front_page_is_a_guide_without_faults_that_leads_to_every_open_service(demo: Any, slug: str) -> None:
    with demo.inside(slug) as session:
        steps, offers = read_guide(session, LIVE), bookable_modes(session)
        assert problems(steps, ["fi", "sv", "en"], offers) == []
        assert read_guide(session, DRAFT) == steps
        assert {choice.service_id for step in steps for choice in step.choices} - {None} == set(offers)
    assert steps[0].question["fi"] in demo.app.test_client().get(f"/m/{slug}/?lang=fi").text


def test_whoever_reads_the_demos_information_can_sign_in_in_every_role(demo: Any) -> None:
    told = demo.run("info").output
    for address in ("/m/koivula/", "/m/rantala/", "/staff/sign-in", "/demo/mailbox", "/api/docs"):
        assert f"http://localhost{address}\n" in told
    assert max(map(len, told.splitlines())) <= 78
    password = told.split("with the password ")[1].split()[0]
    emails = {words[1]: words[2] for words in map(str.split, told.splitlines()) if len(words) == 3 and "@" in words[2]}
    assert set(emails) == {"caseworker", "desk", "lead", "admin", "operator"}
    for email in emails.values():
        answer = demo.app.test_client().post("/staff/sign-in", data={"email": email, "password": password})
        assert answer.status_code == 303, email


def plan_of(session: Session, town: Town, now: datetime) -> list[tuple[Any, ...]]:
    """What is seeded on a day, in comparable values; undone afterwards."""
    seeding.seed(session, now=now, towns=[town])
    query = select(Appointment).order_by(
        Appointment.starts_at, Appointment.professional_id, Appointment.status, Appointment.seat_no
    )
    found = [
        (row.starts_at, row.professional.slug, row.service.slug, row.mode, row.status, row.client.name, row.answers)
        for row in session.scalars(query)
    ]
    session.rollback()
    return found


def test_the_same_day_gives_the_same_demo_and_another_day_another(session: Session) -> None:
    town, now = another("rantala-again"), datetime(2026, 11, 24, 8, tzinfo=UTC)
    first = plan_of(session, town, now)
    assert plan_of(session, town, now) == first
    assert plan_of(session, town, now + timedelta(days=1)) != first


@pytest.mark.parametrize("day", [date(2026, 12, 23), date(2026, 10, 24), date(2027, 3, 28)])
def test_the_demo_can_be_made_around_christmas_and_when_clocks_change(session: Session, day: date) -> None:
    town = another(f"rantala-{day}")
    now = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    found = plan_of(session, town, now)
    assert len(found) > 200
    assert not any(is_public_holiday(row[0].date()) for row in found)
    assert all(row[4] in OVER for row in found if row[0] < now - timedelta(hours=2))


def test_a_city_has_as_many_clients_and_appointments_as_it_is_to_have_over_its_whole_time(session: Session) -> None:
    now = clock.now()
    town = replace(another("tiny-city"), fresh_bookings=2, days=range(-150, 50), taken=0.9, meetings=700, clients=250)
    (made,) = seeding.seed(session, now=now, towns=[town])
    assert (made.clients, made.appointments) == (252, 702)
    first, last = session.execute(select(func.min(Appointment.starts_at), func.max(Appointment.starts_at))).one()
    assert first < now - timedelta(days=140)
    assert last > now + timedelta(days=10)
    assert session.scalar(select(func.max(Client.created_at))) <= now
    away = session.scalars(select(Absence.starts_at)).all()
    assert min(away) < now - timedelta(days=100) < now - timedelta(days=30) < max(away)
    session.rollback()


def test_the_city_has_professionals_of_its_own_with_names_and_addresses_of_their_own() -> None:
    people = CITY.professionals
    assert len(people) == 150
    assert len({person.slug for person in people}) == len({person.email for person in people}) == 150
    assert all(re.fullmatch(r"[a-z-]+", person.slug) for person in people)
    assert (CITY.clients, CITY.meetings) == (40_000 - CITY.fresh_bookings, 120_000 - CITY.fresh_bookings)


def test_nothing_of_the_demo_is_there_before_all_of_it_is(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    towns = [another("one-town"), another("other-town")]
    write, seen = Writer.write, []

    def look(self: Writer, *arguments: Any) -> None:
        with db.session_maker() as stranger:
            seen.append(stranger.scalar(select(func.count(Municipality.id)).where(Municipality.slug.like("%-town"))))
        write(self, *arguments)

    monkeypatch.setattr(Writer, "write", look)
    seeding.seed(session, now=clock.now(), towns=towns)
    session.rollback()
    assert seen == [0, 0]
    assert seeding.existing(session, towns) == []
