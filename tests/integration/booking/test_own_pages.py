"""A client's own pages: which appointments are theirs, what suits them, when they are away, their calendar feed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import vobject
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.booking.models import Appointment, Client, UnreachableTime
from app.booking.my_account import MOST_TIMES, check_away
from app.core import clock, tenancy
from app.core.audit import SYSTEM
from app.core.errors import InvalidInput
from app.messaging.models import Message
from tests.factories import World
from tests.integration.booking.test_public_flow import fill_in, start_times, walk_to_details
from tests.town import Browser, bound, browser, client_signed_in

PHONE, EMAIL, NAME = "040-123 45 67", "asa@example.fi", "Åsa O'Neill-Ääkkönen <b>"


def book(app: Flask, world: World, number: int = 0, **details: str) -> str:
    """A visitor books the ``number``-th free time; returns the link's token."""
    visitor = browser(app)
    address = f"/m/{world.municipality.slug}/book/{world.service.slug}/times"
    start = start_times(visitor.get(address, query_string={"mode": "phone"}).text)[number]
    booked = fill_in(visitor, walk_to_details(visitor, world, start=start), **details)
    return re.search(r"/a/([^?]+)", booked.location).group(1)  # type: ignore[union-attr]


def sign_in(app: Flask, world: World, contact: str = PHONE) -> Browser:
    return client_signed_in(app, world.municipality.id, world.municipality.slug, contact)


def test_all_bookings_with_the_name_and_the_proven_contact_are_there(app: Flask, world: World) -> None:
    mine = [book(app, world, 1), book(app, world, 4, email="other@example.fi")]
    not_mine = [
        book(app, world, 7, phone="0407654321"),  # another number, though the same e-mail address
        book(app, world, 9, name="Eino Åkerö", phone="0407654321", email="eino@example.fi"),
    ]
    page = sign_in(app, world).get("/my").text
    assert all(f"/a/{token}" in page for token in mine)
    assert not any(f"/a/{token}" in page for token in not_mine)
    assert NAME not in page, "escaped"
    assert "Åsa O&#39;Neill-Ääkkönen &lt;b&gt;" in page


def test_a_booking_with_somebody_elses_number_opens_no_more_than_itself(app: Flask, world: World) -> None:
    """Mallory books with Åsa's name and number and his own address: by his address he sees only what he booked."""
    asas = book(app, world, 1)
    mallorys = book(app, world, 4, email="mallory@example.fi")
    page = sign_in(app, world, "mallory@example.fi").get("/my").text
    assert f"/a/{mallorys}" in page
    assert f"/a/{asas}" not in page
    feed = renewed_feed(sign_in(app, world, "mallory@example.fi"))
    assert len(events(browser(app).get(feed).text)) == 1


def test_coming_and_past_appointments_stand_apart(app: Flask, world: World) -> None:
    cancelled, coming = book(app, world, 1), book(app, world, 5)
    browser(app).post(f"/a/{cancelled}/cancel")
    page = sign_in(app, world).get("/my").text
    first, _, rest = page.partition("<details")
    assert f"/a/{coming}" in first
    assert f"/a/{cancelled}" in rest
    with clock.standing_at(clock.now() + timedelta(days=70)):
        empty = sign_in(app, world).get("/my").text
    assert "Sinulla ei ole tulevia varauksia" in empty


def test_only_what_can_be_changed_offers_to_be_changed(app: Flask, world: World) -> None:
    token = book(app, world)
    visitor = sign_in(app, world)
    assert f"/a/{token}/cancel" in visitor.get("/my").text
    with bound(app, world.municipality.id) as session:
        starts_at = session.scalars(select(Appointment.starts_at)).one()
    with clock.standing_at(starts_at + timedelta(minutes=1)):
        page = sign_in(app, world).get("/my").text
    assert f"/a/{token}" in page
    assert f"/a/{token}/cancel" not in page


# — wishes —


def test_wishes_are_kept_and_messages_follow_them(app: Flask, world: World, session: Session) -> None:
    token = book(app, world)
    visitor = sign_in(app, world)
    saved = visitor.post("/my/wishes", data={"language": "en", "channel": "sms"})
    assert saved.status_code == 303
    browser(app).post(f"/a/{token}/cancel")
    tenancy.bind(session, world.municipality.id)
    told = session.execute(select(Message.channel, Message.language).where(Message.kind == "cancellation"))
    assert [tuple(row) for row in told] == [("sms", "en")]
    assert 'value="sms" checked' in visitor.get("/my/wishes").text


@pytest.mark.parametrize("typed", [{}, {"language": "xx", "channel": "sms"}, {"language": "fi", "channel": "pigeon"}])
def test_wishes_that_cannot_be_are_refused(app: Flask, world: World, typed: dict[str, str]) -> None:
    book(app, world)
    assert sign_in(app, world).post("/my/wishes", data=typed).status_code == 422


def test_a_channel_that_does_not_reach_the_client_is_not_offered(app: Flask, world: World) -> None:
    book(app, world, email="")
    visitor = sign_in(app, world)
    assert 'value="email"' not in visitor.get("/my/wishes").text
    assert visitor.post("/my/wishes", data={"language": "fi", "channel": "email"}).status_code == 422


# — away —


def today(world: World) -> date:
    return clock.now().astimezone(world.zone).date()


def test_days_away_are_added_once_shown_and_removed(app: Flask, world: World, session: Session) -> None:
    book(app, world)
    visitor = sign_in(app, world)
    days = {"first_day": today(world).isoformat(), "last_day": (today(world) + timedelta(days=3)).isoformat()}
    for _ in range(2):
        assert visitor.post("/my/away", data={**days, "part": "morning"}).status_code == 303
    page = visitor.get("/my/wishes").text
    tenancy.bind(session, world.municipality.id)
    kept = session.scalars(select(UnreachableTime)).one()
    assert (kept.first_day, kept.last_day, kept.part) == (today(world), today(world) + timedelta(days=3), "morning")
    assert page.count(f"/my/away/{kept.id}/remove") == 1
    assert visitor.post(f"/my/away/{kept.id}/remove").status_code == 303
    assert visitor.post(f"/my/away/{kept.id}/remove").status_code == 303, "pressed twice"
    session.expire_all()
    assert session.scalars(select(UnreachableTime)).all() == []


def test_nobody_removes_somebody_elses_days(app: Flask, world: World, session: Session) -> None:
    book(app, world, 0)
    book(app, world, 3, phone="0407654321", email="eino@example.fi", name="Eino")
    sign_in(app, world).post("/my/away", data={"first_day": today(world).isoformat()})
    tenancy.bind(session, world.municipality.id)
    kept = session.scalars(select(UnreachableTime.id)).one()
    assert sign_in(app, world, "0407654321").post(f"/my/away/{kept}/remove").status_code == 404
    assert session.scalars(select(UnreachableTime.id)).one() == kept


TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("first", "last", "part", "wrong"),
    [
        ("", "", "all", {"first_day", "last_day"}),
        ("24.11.", "2026-11-25", "all", {"first_day"}),
        ("2026-11-23", "2026-11-25", "all", {"first_day"}),
        ("2026-11-26", "2026-11-25", "all", {"last_day"}),
        ("2026-11-26", "2028-01-01", "all", {"last_day"}),
        ("2026-11-26", "soon", "all", {"last_day"}),
        ("2026-11-26", "", "night", {"part"}),
    ],
)
def test_days_that_cannot_be_are_refused_field_by_field(first: str, last: str, part: str, wrong: set[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_away(first, last, part, today=TODAY)
    assert set(refused.value.fields) == wrong


def test_what_was_typed_stays_when_it_is_refused(app: Flask, world: World) -> None:
    book(app, world)
    tomorrow = (today(world) + timedelta(days=1)).isoformat()
    answer = sign_in(app, world).post("/my/away", data={"first_day": tomorrow, "last_day": today(world).isoformat()})
    assert answer.status_code == 422
    assert f'value="{tomorrow}"' in answer.text


def test_there_is_an_end_to_the_list(app: Flask, world: World, session: Session) -> None:
    book(app, world)
    visitor = sign_in(app, world)
    tenancy.bind(session, world.municipality.id)
    client_id = session.scalars(select(Client.id)).one()
    for number in range(MOST_TIMES):
        day = today(world) + timedelta(days=number)
        session.add(UnreachableTime(client_id=client_id, first_day=day, last_day=day))
    session.commit()
    assert visitor.post("/my/away", data={"first_day": today(world).isoformat(), "part": "morning"}).status_code == 422


# — calendar feed —


def renewed_feed(visitor: Browser) -> str:
    assert visitor.post("/my/calendar/renew").status_code == 303
    return re.search(r"/ics/[^\"<]+\.ics", visitor.get("/my/calendar").text).group()  # type: ignore[union-attr]


def events(text: str) -> list[Any]:
    return list(vobject.readOne(text).contents.get("vevent", []))


def test_the_feed_follows_the_appointments(app: Flask, world: World) -> None:
    kept, moved, cancelled = (book(app, world, number) for number in (0, 3, 6))
    feed = renewed_feed(sign_in(app, world))
    program = browser(app)
    before = program.get(feed)
    assert before.mimetype == "text/calendar"
    assert len(events(before.text)) == 3
    assert "Työnhakukeskustelu" not in before.text, "the matter stays on the client's own page"
    browser(app).post(f"/a/{cancelled}/cancel")
    other = start_times(browser(app).get(f"/a/{moved}/change").text)[9]
    browser(app).post(f"/a/{moved}/change/check", data={"starts_at": other})
    after = events(program.get(feed).text)
    assert len(after) == 2
    assert {event.sequence.value for event in after} == {"1", "2"}
    assert {event.uid.value for event in after} < {event.uid.value for event in events(before.text)}
    assert kept in program.get(feed).text.replace("\r\n ", "")


def test_an_unchanged_feed_is_not_sent_again(app: Flask, world: World) -> None:
    book(app, world)
    feed = renewed_feed(sign_in(app, world))
    etag = browser(app).get(feed).headers["ETag"]
    assert browser(app).get(feed, headers={"If-None-Match": etag}).status_code == 304


def test_an_empty_feed_is_a_calendar_too(app: Flask, world: World, session: Session) -> None:
    add_client(session, ClientDetails("Aino", phone="+358401234567"), actor=SYSTEM, now=clock.now())
    session.commit()
    answer = browser(app).get(renewed_feed(sign_in(app, world)))
    assert answer.status_code == 200
    assert "BEGIN:VCALENDAR" in answer.text


def test_a_renewed_or_removed_feed_ends_the_earlier_address(app: Flask, world: World) -> None:
    book(app, world)
    visitor = sign_in(app, world)
    first = renewed_feed(visitor)
    second = renewed_feed(visitor)
    assert browser(app).get(first).status_code == 404
    assert browser(app).get(second).status_code == 200
    visitor.post("/my/calendar/remove")
    assert browser(app).get(second).status_code == 404
    assert "/ics/" not in visitor.get("/my/calendar").text


# — receipts —


def test_all_receipts_of_the_client_and_only_those_are_there(app: Flask, world: World) -> None:
    mine = book(app, world, 1)
    book(app, world, 4, phone="0407654321", email="eino@example.fi", name="Eino")
    visitor = sign_in(app, world)
    visitor.post("/my/wishes", data={"language": "sv", "channel": ""})
    visitor.post("/my/away", data={"first_day": today(world).isoformat()})
    browser(app).post(f"/a/{mine}/cancel")
    numbers = re.findall(r'href="/my/receipts/([^".]+)"', visitor.get("/my/receipts").text)
    assert len(numbers) == 4
    for number in numbers:
        assert visitor.get(f"/my/receipts/{number}").status_code == 200
        assert visitor.get(f"/my/receipts/{number}.pdf").data.startswith(b"%PDF")
    other = sign_in(app, world, "0407654321")
    assert all(other.get(f"/my/receipts/{number}").status_code == 404 for number in numbers)
    assert "Tunnistautuneena" in visitor.get(f"/my/receipts/{numbers[1]}").text
