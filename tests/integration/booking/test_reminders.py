"""Reminders: once for each time, in their window, stopped with their meeting; over a month with an outage."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.booking.changes import cancel, reschedule
from app.booking.day import advance
from app.booking.lifecycle import Status, Step
from app.booking.models import Appointment
from app.booking.reminders.models import Reminder
from app.booking.reminders.pausing import set_reminders
from app.booking.reminders.planning import BEGINNING, plan_due
from app.booking.reminders.timing import Outcome, due_at, useful_until
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor
from app.messaging.models import Message
from app.messaging.sms_text import length_of
from tests.concurrently import run_at_once
from tests.factories import World
from tests.integration.booking.test_groups import make_client

STAFF = Actor("staff", 1, "Liisa", trusted=True)
DAY, HALF_HOUR = 24 * 60, 30


def booked(session: Session, world: World, hour: int = 10, **more: Any) -> Appointment:
    values: dict[str, Any] = {"mode": "in_person", "office_id": world.office.id, "client_id": None, **more}
    client_id = values.pop("client_id") or make_client(session, f"Asiakas {hour}").id
    mode = values.pop("mode")
    order = Order(
        world.service,
        mode,
        world.at(hour),
        professional_id=world.professional.id,
        client_id=client_id,
        office_id=values["office_id"] if mode == "in_person" else None,
    )
    made = book(session, order, actor=STAFF, municipality=world.municipality, now=clock.now())
    session.flush()
    return made


def plan(session: Session, now: datetime) -> int:
    """All that is due; how many reminders were written down."""
    before = session.scalar(select(func.count()).select_from(Reminder)) or 0
    place: Any = BEGINNING
    while place is not None:
        place = plan_due(session, now=now, after=place)
    return (session.scalar(select(func.count()).select_from(Reminder)) or 0) - before


def sent(session: Session, appointment: Appointment) -> list[Message]:
    query = select(Message).where(Message.cause == f"appointment:{appointment.id}:reminder").order_by(Message.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def outcomes(session: Session, appointment: Appointment) -> list[tuple[int, str]]:
    query = select(Reminder.minutes, Reminder.outcome).where(Reminder.appointment_id == appointment.id)
    return sorted((minutes, outcome) for minutes, outcome in session.execute(query))


def test_a_day_before_one_text_message_reminds_and_fits_one_part(session: Session, world: World) -> None:
    made = booked(session, world)
    due = due_at(made.starts_at, DAY)
    assert plan(session, due - timedelta(seconds=1)) == 0
    assert plan(session, due) == 1
    assert plan(session, due + timedelta(hours=1)) == 0
    (message,) = sent(session, made)
    assert (message.kind, message.channel, message.useful_until) == (
        "reminder",
        "sms",
        useful_until(made.starts_at, DAY),
    )
    assert made.link_token in message.body
    assert length_of(message.body).parts == 1
    assert outcomes(session, made) == [(DAY, "queued")]


def test_by_email_it_tells_how_to_get_there(session: Session, world: World) -> None:
    made = booked(session, world)
    made.client.phone = ""
    world.office.arrival = {"fi": "Soita ovikelloa."}
    session.flush()
    plan_due(session, now=due_at(made.starts_at, DAY))
    (message,) = sent(session, made)
    assert "Soita ovikelloa." in message.body
    assert "Soita ovikelloa." in message.html


def test_of_a_call_there_is_a_second_one_with_the_number_we_call_from(session: Session, world: World) -> None:
    world.professional.phone = "+358405556666"
    made = booked(session, world, mode="phone")
    plan_due(session, now=due_at(made.starts_at, DAY))
    plan_due(session, now=due_at(made.starts_at, HALF_HOUR))
    first, second = sent(session, made)
    assert {first.kind, second.kind} == {"call_reminder"}
    assert "040 555 6666" in second.body
    assert outcomes(session, made) == [(HALF_HOUR, "queued"), (DAY, "queued")]


def test_each_service_has_a_plan_of_its_own(session: Session, world: World) -> None:
    world.service.reminder_minutes, world.service.second_reminder_minutes = 3 * DAY, 180
    made = booked(session, world)
    assert plan(session, due_at(made.starts_at, 3 * DAY)) == 1
    assert plan(session, due_at(made.starts_at, 180)) == 1
    world.service.reminder_minutes = world.service.second_reminder_minutes = 0
    other = booked(session, world, 12)
    assert plan(session, due_at(other.starts_at, HALF_HOUR)) == 0


def test_moved_it_is_reminded_of_the_new_time_only(session: Session, world: World) -> None:
    made = booked(session, world)
    plan_due(session, now=due_at(made.starts_at, DAY))
    to = world.at(10, day=world.next_working_day(after=12))
    reschedule(session, made, starts_at=to, actor=STAFF, municipality=world.municipality, now=clock.now())
    assert [message.status for message in sent(session, made)] == ["cancelled"]
    plan_due(session, now=due_at(made.starts_at, DAY))
    assert [message.status for message in sent(session, made)] == ["cancelled", "queued"]


@pytest.mark.parametrize("step", ["cancel", "start"])
def test_what_is_cancelled_or_has_begun_is_not_reminded_of(session: Session, world: World, step: str) -> None:
    made = booked(session, world)
    plan_due(session, now=due_at(made.starts_at, DAY))
    common: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality, "now": clock.now()}
    if step == "cancel":
        cancel(session, made, **common)
    else:
        advance(session, made, Step.START, **common)
    assert [message.status for message in sent(session, made)] == ["cancelled"]
    assert plan(session, due_at(made.starts_at, HALF_HOUR)) == 0


def test_who_has_just_been_told_is_not_reminded(session: Session, world: World) -> None:
    made = booked(session, world)
    for message in session.scalars(select(Message)):
        message.created_at = due_at(made.starts_at, DAY) + timedelta(hours=3)
    session.flush()
    plan_due(session, now=due_at(made.starts_at, DAY) + timedelta(hours=4))
    assert outcomes(session, made) == [(DAY, "just_told")]
    assert sent(session, made) == []


@pytest.mark.parametrize(("off", "ways", "outcome"), [(True, True, "paused"), (False, False, "no_way")])
def test_why_a_client_is_not_reminded_is_written_down(
    session: Session, world: World, off: bool, ways: bool, outcome: str
) -> None:
    made = booked(session, world)
    made.client.reminders_off = off
    if not ways:
        made.client.phone = made.client.email = ""
    session.flush()
    plan_due(session, now=due_at(made.starts_at, DAY))
    assert outcomes(session, made) == [(DAY, outcome)]
    assert sent(session, made) == []


def test_several_processes_remind_once(app: Flask, session: Session, world: World) -> None:
    from app.core import tenancy
    from app.jobs import transaction

    made = [booked(session, world, hour) for hour in range(9, 14)]
    session.commit()
    now = due_at(made[-1].starts_at, DAY)

    def work() -> Any:
        with app.app_context(), transaction() as own:
            tenancy.bind(own, world.municipality.id)
            return plan_due(own, now=now)

    run_at_once([work] * 6)
    counts = Counter(message.cause for one in made for message in sent(session, one))
    assert counts == {f"appointment:{one.id}:reminder": 1 for one in made}


@pytest.mark.slow
def test_a_month_with_an_outage_and_a_change_of_clocks(session: Session, world: World) -> None:
    """2 000 appointments over a month, moves and cancellings, a silence of 20 hours: every reminder once and in its window,
    or written down as of no use."""
    rng, zone = random.Random(1), world.zone
    begin = datetime(2026, 10, 5, 6, tzinfo=zone)
    _fill(session, world, begin, rng)
    silent = (begin + timedelta(days=9, hours=3), begin + timedelta(days=9, hours=23))
    moved: set[int] = set()
    now = begin
    while now < begin + timedelta(days=33):
        if not silent[0] <= now < silent[1]:
            plan(session, now)
        moved |= _stir(session, world, now, rng)
        now += timedelta(minutes=15)
    _check(session, begin, now, moved, silent)


def _fill(session: Session, world: World, begin: datetime, rng: random.Random) -> None:
    """Rows as a busy month leaves them, written by the dozen: what is tested is who is reminded when."""
    client = make_client(session, "Aino Åkerö")
    session.flush()
    session.execute(
        text("""
WITH made AS (
    INSERT INTO reservation (municipality_id, kind, service_id, starts_at, ends_at, occupied, active)
    SELECT :m, 'seat', :service, t, t + interval '20 minutes', tstzrange(t, t + interval '20 minutes'), true
    FROM (SELECT CAST(:begin AS timestamptz) + interval '2 hours' + (n % 30) * interval '1 day'
            + (n / 30) * interval '9 minutes' AS t FROM generate_series(0, 1999) AS n) AS times
    RETURNING id, starts_at, ends_at
)
INSERT INTO appointment (municipality_id, reference, link_token, check_in_code, reservation_id, service_id, professional_id,
    client_id, mode, status, starts_at, ends_at, answers, version, may_move, note, created_at, updated_at)
SELECT :m, 'R' || id, 'T' || id, 'C', id, :service, :who, :client, CASE id % 3 WHEN 0 THEN 'phone' ELSE 'video' END, 'booked',
    starts_at, ends_at, '{}', 1, false, '', CAST(:begin AS timestamptz) - interval '9 days', CAST(:begin AS timestamptz)
FROM made"""),
        {
            "m": world.municipality.id,
            "service": world.service.id,
            "who": world.professional.id,
            "client": client.id,
            "begin": begin,
        },
    )
    session.flush()


def _stir(session: Session, world: World, now: datetime, rng: random.Random) -> set[int]:
    """Now and then a meeting to come is cancelled, or moved two days on."""
    if rng.random() > 0.15:
        return set()
    query = select(Appointment).where(Appointment.starts_at > now + timedelta(hours=1), Appointment.status == "booked")
    found = session.scalars(query.order_by(Appointment.starts_at).offset(rng.randrange(40)).limit(1)).first()
    if found is None:
        return set()
    common: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality, "now": now}
    if rng.random() < 0.5:
        cancel(session, found, **common)
        return set()
    from app.booking.service import settle

    before = found.starts_at
    found.starts_at, found.ends_at = found.starts_at + timedelta(days=2), found.ends_at + timedelta(days=2)
    settle(session, found, world.municipality, Step.RESCHEDULE, actor=STAFF, now=now, before=before)
    return {found.id}


def _check(
    session: Session, begin: datetime, end: datetime, moved: set[int], silent: tuple[datetime, datetime]
) -> None:
    session.expire_all()
    made = Counter[str]()
    for appointment in session.scalars(select(Appointment)):
        wanted = [DAY, *([HALF_HOUR] if appointment.mode == "phone" else [])]
        kept = {
            (row.starts_at, row.minutes): row
            for row in session.scalars(select(Reminder).where(Reminder.appointment_id == appointment.id))
        }
        living = [one for one in sent(session, appointment) if one.status == "queued"]
        if appointment.status == Status.CANCELLED:
            assert all(one.useful_until < appointment.updated_at for one in living), "stopped with its meeting"
            continue
        for minutes in wanted:
            if due_at(appointment.starts_at, minutes) >= end:
                continue  # moved beyond the month
            row = kept.get((appointment.starts_at, minutes))
            assert row is not None, (appointment.id, minutes)
            made[row.outcome] += 1
            keys = [
                one
                for one in sent(session, appointment)
                if f":{int(appointment.starts_at.timestamp())}:{minutes}:" in one.dedupe_key
            ]
            assert len(keys) == (row.outcome == Outcome.QUEUED)
            for one in keys:
                due = due_at(appointment.starts_at, minutes)
                assert due <= one.send_after < useful_until(appointment.starts_at, minutes)
                late = one.send_after - max(due, begin)
                reasons = row.planned_at >= silent[1] or appointment.id in moved or late <= timedelta(hours=12)
                assert late <= timedelta(minutes=15) or reasons
    assert made[Outcome.QUEUED] > 1500
    assert made[Outcome.TOO_LATE] > 0, "the outage made some useless, and says so"


def test_reminders_are_stopped_for_a_client_and_made_again(session: Session, world: World) -> None:
    made = booked(session, world, mode="phone")
    common: dict[str, Any] = {"actor": STAFF, "now": clock.now()}
    plan_due(session, now=due_at(made.starts_at, DAY))
    set_reminders(session, made.client, off=True, **common)
    assert [(one.status, one.reason) for one in sent(session, made)] == [("cancelled", "reminders_off")]
    plan_due(session, now=due_at(made.starts_at, HALF_HOUR))
    assert outcomes(session, made) == [(HALF_HOUR, "paused"), (DAY, "queued")]
    set_reminders(session, made.client, off=False, **common)
    plan_due(session, now=due_at(made.starts_at, HALF_HOUR))
    assert outcomes(session, made) == [(HALF_HOUR, "queued"), (DAY, "queued")]
