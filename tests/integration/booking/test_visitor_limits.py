"""How often an unverified visitor may book, and what stops a robot without stopping people."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.booking import visitor_limits
from app.booking.models import Appointment, Client, Hold
from app.core import clock, flood
from app.core.audit import AuditEvent
from app.scheduling.holidays import is_public_holiday
from tests.factories import World, make_world
from tests.integration.booking.test_public_flow import walk_to_details

PHONE = "040 123 4567"


@pytest.fixture
def fill(app: Flask) -> Callable[..., str]:
    """Fill in the form for one start in a browser of its own, up to the last press; returns the address to press."""

    def run(world: World, start: datetime, **details: str) -> str:
        browser = app.test_client()
        form = walk_to_details(browser, world, start=start.isoformat())
        typed = {"name": "Aino", "phone": PHONE, "email": "", "language": "fi", **details}
        answer = browser.post(form, data=typed)
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    return run


def starts(world: World, count: int) -> list[datetime]:
    """Free starts of one professional, five a day, on days that are no holidays."""
    ahead = (world.next_working_day() + timedelta(days=n) for n in range(30))
    days = [day for day in ahead if day.weekday() < 5 and not is_public_holiday(day)]
    return [world.at(hour, day=day) for day in days for hour in range(9, 14)][:count]


def press(app: Flask, address: str) -> Any:
    return app.test_client().post(address)


def test_five_bookings_a_day_of_one_number_are_exact_when_all_are_made_at_once(
    app: Flask, world: World, session: Session, fill: Any, in_threads: Any
) -> None:
    forms = [fill(world, start) for start in starts(world, 14)]
    answers = in_threads([lambda form=form: press(app, form) for form in forms])
    assert Counter(answer.status_code for answer in answers) == {303: 5, 429: 9}
    assert session.scalar(select(func.count(Appointment.id))) == 5


def test_the_number_is_one_however_it_is_typed_and_the_e_mail_counts_too(
    app: Flask, world: World, session: Session, fill: Any
) -> None:
    written = ["+358401234567", "0401234567", "040-123 45 67", "(040) 1234567", "+358 40 123 4567"]
    free = starts(world, 12)
    for start, phone in zip(free, written, strict=False):
        assert press(app, fill(world, start, phone=phone, email="a@example.fi")).status_code == 303
    assert press(app, fill(world, free[6], phone=PHONE)).status_code == 429
    assert press(app, fill(world, free[7], phone="040 765 4321", email="a@example.fi")).status_code == 429
    assert press(app, fill(world, free[8], phone="040 765 4321")).status_code == 303


def test_who_has_reached_the_limit_reads_what_to_do_and_loses_nothing(
    app: Flask, world: World, session: Session, fill: Any
) -> None:
    forms = [fill(world, start) for start in starts(world, 6)]
    for form in forms[:5]:
        assert press(app, form).status_code == 303
    for language, words in (("fi", "Soita meille"), ("sv", "Ring oss"), ("en", "Call us")):
        answer = app.test_client().post(forms[5], headers={"Accept-Language": language})
        assert answer.status_code == 429
        assert words in answer.text
        assert 'href="tel:' in answer.text
        assert 23 * 3600 < int(answer.headers["Retry-After"]) <= 24 * 3600
    assert "Aino" in app.test_client().get(forms[5]).text
    with clock.standing_at(clock.now() + timedelta(hours=23, minutes=59)):
        assert press(app, forms[5]).status_code == 429


def test_after_a_day_the_number_may_book_again(app: Flask, world: World, fill: Any) -> None:
    free = starts(world, 6)
    for start in free[:5]:
        assert press(app, fill(world, start)).status_code == 303
    with clock.standing_at(clock.now() + timedelta(hours=24, minutes=1)):
        assert press(app, fill(world, free[5])).status_code == 303


def test_at_most_ten_appointments_may_be_still_to_come(app: Flask, world: World, session: Session, fill: Any) -> None:
    free = starts(world, 12)
    began = clock.now()
    for number, start in enumerate(free[:10]):
        with clock.standing_at(began + timedelta(hours=7 * number)):
            assert press(app, fill(world, start)).status_code == 303
    with clock.standing_at(began + timedelta(hours=80)):
        refused = press(app, fill(world, free[10]))
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) == math.ceil((free[0] - clock.now()).total_seconds())
        token = session.scalars(select(Appointment.link_token).where(Appointment.starts_at == free[9])).one()
        assert app.test_client().post(f"/a/{token}/cancel").status_code == 303
        assert press(app, fill(world, free[11])).status_code == 303


def test_the_limit_of_a_number_is_each_municipalitys_own(app: Flask, world: World, session: Session, fill: Any) -> None:
    for start in starts(world, 5):
        assert press(app, fill(world, start)).status_code == 303
    elsewhere = make_world(session)
    assert press(app, fill(elsewhere, starts(elsewhere, 1)[0])).status_code == 303


def test_bookings_of_verified_clients_with_the_same_number_do_not_count(
    app: Flask, world: World, session: Session, fill: Any
) -> None:
    free = starts(world, 6)
    for start in free[:5]:
        assert press(app, fill(world, start)).status_code == 303
    for client in session.scalars(select(Client)):
        client.verified = True
    session.commit()
    assert press(app, fill(world, free[5])).status_code == 303


def test_the_form_that_made_the_fifth_booking_shows_it_again_when_sent_twice_at_once(
    app: Flask, world: World, session: Session, fill: Any, in_threads: Any
) -> None:
    forms = [fill(world, start) for start in starts(world, 5)]
    for form in forms[:4]:
        assert press(app, form).status_code == 303
    answers = in_threads([lambda: press(app, forms[4])] * 6)
    assert Counter(answer.status_code for answer in answers) == {303: 6}
    assert len({answer.location for answer in answers}) == 1


def test_one_network_books_only_so_much_a_day(
    app: Flask, world: World, session: Session, fill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor_limits, "NEW_PER_NETWORK", 2)
    free = starts(world, 4)
    for number, start in enumerate(free[:2]):
        assert press(app, fill(world, start, phone=f"040 123 456{number}")).status_code == 303
    last = fill(world, free[2], phone="040 123 4569")
    refused = press(app, last)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    with clock.standing_at(clock.now() + timedelta(hours=23)):
        assert press(app, last).status_code == 429
    elsewhere = make_world(session)
    assert press(app, fill(elsewhere, starts(elsewhere, 1)[0])).status_code == 303


def test_a_block_is_written_down_without_anything_of_the_person(
    app: Flask, world: World, session: Session, fill: Any
) -> None:
    forms = [fill(world, start) for start in starts(world, 7)]
    for form in forms:
        press(app, form)
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "visitor.blocked")).all()
    assert [(event.object_type, event.data) for event in events] == [("municipality", {"limit": "contact"})]
    assert "Aino" not in f"{events[0].actor_label} {events[0].data}"


# — robots —


def test_the_hidden_field_stops_a_robot_also_where_it_goes_straight_on(
    client: Any, world: World, session: Session
) -> None:
    form = walk_to_details(client, world)
    typed = {"name": "Aino", "phone": PHONE, "language": "fi"}
    refused = client.post(form, data={**typed, "leave_empty": "https://spam.example"})
    assert refused.status_code == 422
    assert 'value="Aino"' in refused.text
    assert "spam.example" not in refused.text
    straight_on = client.post(form.replace("/details", "/check"))
    assert straight_on.location == form
    assert session.scalar(select(func.count(Appointment.id))) == 0
    assert session.scalars(select(AuditEvent.data).where(AuditEvent.action == "visitor.blocked")).all() == [
        {"limit": "trap"}
    ]
    assert client.post(client.post(form, data=typed).location).status_code == 303


def test_many_forms_filled_in_a_blink_are_asked_to_be_sent_once_more(
    app: Flask, world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "ADDRESS_LIMITS", True)
    monkeypatch.setattr(flood, "QUICK_FORMS", "10 per 10 minutes")
    typed = {"name": "Aino", "phone": PHONE, "language": "fi"}
    asked = []
    with clock.standing_at(clock.now()):
        for _ in range(12):
            browser = _from(app, "198.51.100.20")
            form = walk_to_details(browser, world)
            asked.append((browser, form, browser.post(form, data=typed).status_code))
        assert Counter(status for _, _, status in asked) == {303: 10, 422: 2}
        assert _from(app, "198.51.100.21").post(form, data=typed).status_code == 303
    browser, form, status = asked[-1]
    assert status == 422
    with clock.standing_at(clock.now() + timedelta(seconds=3)):
        again = browser.post(form, data=typed)
    assert again.location.endswith("/check")


def test_somebody_slower_than_two_seconds_is_never_asked(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "ADDRESS_LIMITS", True)
    monkeypatch.setattr(flood, "QUICK_FORMS", "2 per 10 minutes")
    began = clock.now()
    for number in range(4):
        browser = _from(app, "198.51.100.22")
        with clock.standing_at(began + timedelta(seconds=10 * number)):
            form = walk_to_details(browser, world)
        with clock.standing_at(began + timedelta(seconds=10 * number + 2)):
            assert browser.post(form, data={"name": "A", "phone": PHONE, "language": "fi"}).status_code == 303


class _Distant:
    """A browser at an address; what the server knows of it is what the last proxy says."""

    def __init__(self, app: Flask, address: str) -> None:
        self._client, self._place = app.test_client(), {"REMOTE_ADDR": address}

    def get(self, path: str, **options: Any) -> Any:
        return self._client.get(path, environ_base=self._place, **options)

    def post(self, path: str, **options: Any) -> Any:
        return self._client.post(path, environ_base=self._place, **options)


def _from(app: Flask, address: str) -> Any:
    return _Distant(app, address)


def test_holds_of_one_ipv6_household_are_counted_together(app: Flask, world: World, session: Session) -> None:
    for address in ("2001:db8:7:7::1", "2001:db8:7:7::2", "2001:db8:7:8::1"):
        walk_to_details(_from(app, address), world)
    addresses = session.scalars(select(Hold.address).order_by(Hold.id)).all()
    assert addresses == ["2001:db8:7:7::/64", "2001:db8:7:7::/64", "2001:db8:7:8::/64"]
