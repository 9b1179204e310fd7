"""A series: seen before it is booked, booked as a whole or not at all, told in one message, taken back, cancelled."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.booking.by_hand import InTheWay
from app.booking.changes import cancel, reschedule
from app.booking.contact import ClientDetails
from app.booking.lifecycle import Status
from app.booking.models import Appointment, Receipt
from app.booking.notices import UNDO_TIME
from app.booking.obstacles import Kind
from app.booking.series.models import Series
from app.booking.series.pattern import series_dates
from app.booking.series.preview import Planned, preview
from app.booking.series.service import book_series, cancel_following, following, meetings_of, unbook_series
from app.booking.service import Order, book
from app.booking.staff_booking import wanted_of
from app.core import clock
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput
from app.messaging.models import Message
from tests.factories import World
from tests.integration.booking.test_groups import make_client

STAFF = Actor("staff", 1, "Liisa", trusted=True)


def order(session: Session, world: World, **more: Any) -> Order:
    values = {"professional_id": world.professional.id, "client_id": make_client(session).id, "minutes": 60}
    return Order(world.service, "phone", more.pop("starts_at", world.at(10)), **{**values, **more})


def starts(world: World, times: int = 4, every: int = 1) -> list[datetime]:
    first = world.at(10).astimezone(world.zone)
    return [datetime.combine(day, time(10), world.zone) for day in series_dates(first.date(), every, times)]


def made(session: Session, world: World, wanted: Order, times: int = 4, **more: Any) -> Series:
    values = {"actor": STAFF, "municipality": world.municipality, "now": clock.now(), "every_weeks": 1, **more}
    return book_series(session, wanted, starts(world, times), **values)


def seen(session: Session, world: World, wanted: Order, times: int = 4) -> list[Planned]:
    days = [start.date() for start in starts(world, times)]
    return preview(session, wanted_of(session, wanted), days, zone=world.zone, now=clock.now())


def messages(session: Session, cause: str, channel: str = "email") -> list[Message]:
    query = select(Message).where(Message.cause == cause, Message.channel == channel).order_by(Message.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def occupy(session: Session, world: World, start: datetime) -> Appointment:
    details = ClientDetails("Toinen", email="toinen@posti.example")
    taken = Order(world.service, "phone", start, professional_id=world.professional.id, client=details)
    return book(session, taken, actor=STAFF, municipality=world.municipality, now=clock.now())


def test_a_series_is_told_in_one_message_with_all_its_times(session: Session, world: World) -> None:
    series = made(session, world, order(session, world))
    meetings = meetings_of(session, series)
    assert [one.starts_at for one in meetings] == starts(world)
    (letter,) = messages(session, f"series:{series.id}")
    assert letter.calendar.count("BEGIN:VEVENT") == 4
    assert "METHOD:PUBLISH" in letter.calendar
    assert all(one.starts_at.astimezone(world.zone).strftime("%-d.%-m.%Y") in letter.body for one in meetings)
    (short,) = messages(session, f"series:{series.id}", "sms")
    assert "4 aikaa" in short.body
    assert meetings[0].link_token in short.body
    assert not any(messages(session, f"appointment:{one.id}") for one in meetings)
    assert session.scalar(select(func.count()).select_from(Receipt)) == 4


def test_sent_twice_it_is_one_series(session: Session, world: World) -> None:
    wanted = order(session, world)
    assert made(session, world, wanted) is made(session, world, wanted)
    assert session.scalar(select(func.count()).select_from(Appointment)) == 4


def test_conflicts_are_seen_before_anything_is_booked(session: Session, world: World) -> None:
    wanted = order(session, world)
    second = starts(world)[1]
    occupy(session, world, second)
    found = seen(session, world, wanted)
    assert [planned.free for planned in found] == [True, False, True, True]
    assert [obstacle.kind for obstacle in found[1].obstacles] == [Kind.TAKEN]
    assert found[1].instead is not None
    assert abs(found[1].instead - second) <= timedelta(hours=1), "the nearest free time"
    assert session.scalar(select(func.count()).select_from(Series)) == 0


def test_outside_working_hours_a_reason_is_asked(session: Session, world: World) -> None:
    wanted = order(session, world, starts_at=world.at(7))
    evening = seen(session, world, wanted)[0]
    assert evening.possible
    assert [obstacle.kind for obstacle in evening.obstacles] == [Kind.HOURS]
    late = [datetime.combine(start.date(), time(7), world.zone) for start in starts(world, 2)]
    common: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality, "now": clock.now(), "every_weeks": 1}
    with pytest.raises(InvalidInput):
        book_series(session, wanted, late, **common)
    session.rollback()
    series = book_series(session, order(session, world), late, reason="Sovittu", **common)
    assert len(meetings_of(session, series)) == 2


def test_where_one_time_is_lost_nothing_is_booked(session: Session, world: World) -> None:
    wanted = order(session, world)
    occupy(session, world, starts(world)[2])
    session.commit()
    with pytest.raises(InTheWay):
        made(session, world, wanted)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Appointment)) == 1
    assert session.scalar(select(func.count()).select_from(Series)) == 0


def test_the_time_of_day_stays_when_clocks_change(session: Session, world: World) -> None:
    wanted = order(session, world)
    first = wanted.starts_at.astimezone(world.zone).date()
    days = [first + timedelta(weeks=n) for n in range(26)]
    found = preview(session, wanted_of(session, wanted), days, zone=world.zone, now=clock.now())
    local = {planned.starts_at.astimezone(world.zone).time() for planned in found if planned.starts_at}
    offsets = {planned.starts_at.utcoffset() for planned in found if planned.starts_at}
    assert local == {time(10)}
    assert len(offsets) == 2


def test_a_time_that_is_skipped_by_the_clock_is_no_time(session: Session, world: World) -> None:
    night = datetime(2027, 3, 21, 3, 30, tzinfo=world.zone)
    wanted = order(session, world, starts_at=night)
    days = [night.date(), night.date() + timedelta(weeks=1)]
    first, second = preview(session, wanted_of(session, wanted), days, zone=world.zone, now=clock.now())
    assert first.starts_at == night
    assert (second.starts_at, second.possible) == (None, False)


def test_a_change_before_the_message_has_left_is_in_the_message(session: Session, world: World) -> None:
    series = made(session, world, order(session, world))
    second = meetings_of(session, series)[1]
    cancel(session, second, actor=STAFF, municipality=world.municipality, now=clock.now())
    old, new = messages(session, f"series:{series.id}")
    assert (old.status, new.status) == ("cancelled", "queued")
    gone = second.starts_at.astimezone(world.zone).strftime("%-d.%-m.%Y")
    assert gone in old.body
    assert gone not in new.body


def test_a_change_afterwards_is_told_by_itself(session: Session, world: World) -> None:
    series = made(session, world, order(session, world))
    for channel in ("email", "sms"):
        for message in messages(session, f"series:{series.id}", channel):
            message.status = "sent"
    session.flush()
    third = meetings_of(session, series)[2]
    to = third.starts_at + timedelta(hours=2)
    reschedule(session, third, starts_at=to, actor=STAFF, municipality=world.municipality, now=clock.now())
    assert len(messages(session, f"series:{series.id}")) == 1
    assert [message.kind for message in messages(session, f"appointment:{third.id}")] == ["change"]


def test_at_once_it_is_taken_back_unseen(session: Session, world: World) -> None:
    series = made(session, world, order(session, world))
    common: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality}
    assert unbook_series(session, series, now=clock.now(), **common) == 4
    assert meetings_of(session, series) == []
    assert {message.status for message in session.scalars(select(Message))} == {"cancelled"}


def test_after_a_minute_it_cannot_be_taken_back(session: Session, world: World) -> None:
    series = made(session, world, order(session, world))
    common: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality}
    with pytest.raises(Conflict):
        unbook_series(session, series, now=clock.now() + UNDO_TIME, **common)


def test_the_rest_of_a_series_is_cancelled_in_one_message(session: Session, world: World) -> None:
    series = made(session, world, order(session, world))
    for message in session.scalars(select(Message)):
        message.status = "sent"
    session.flush()
    first, second, *_ = meetings_of(session, series)
    assert len(following(session, second)) == 3
    common: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality, "now": clock.now()}
    assert cancel_following(session, second, reason="Muutti pois", **common) == 3
    assert [one.id for one in meetings_of(session, series)] == [first.id]
    told = [message for message in messages(session, f"series:{series.id}") if message.kind == "series_cancellation"]
    assert len(told) == 1
    assert "3 aikaa on peruttu" in told[0].body
    assert second.status == Status.CANCELLED
