"""Sessions that end: by signing out, by themselves, from elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.identity import sessions
from app.identity.models import StaffSession
from tests.integration.identity.conftest import NOW, SIGN_IN, User
from tests.town import Browser, Town, bound, browser

HOME = "/staff/"


def rows(user: User) -> list[StaffSession]:
    with bound(user.app, user.municipality_id) as session:
        found = list(session.scalars(select(StaffSession).where(StaffSession.user_id == user.id)))
        session.expunge_all()
        return found


def is_in(visitor: Browser) -> bool:
    return bool(visitor.get(HOME).status_code == 200)


def test_a_sign_in_is_a_row_without_its_secret(user: User, time: Any) -> None:
    visitor = user.browser("Mozilla/5.0 (Windows NT 10.0; rv:132.0) Gecko/20100101 Firefox/132.0")
    (row,) = rows(user)
    assert (row.device, row.created_at, row.ended_at) == ("Firefox, Windows", NOW, None)
    assert row.address == "127.0.0.1"
    with visitor.session_transaction() as cookie:
        token = cookie["_user_id"].split(":")[1]
    assert len(token) >= 32
    assert token not in str(vars(row))


def test_signing_out_ends_it_for_whoever_copied_the_cookie(app: Flask, user: User) -> None:
    visitor = user.browser()
    cookie = visitor.get_cookie("vuoro")
    assert cookie is not None
    thief = browser(app)
    thief.set_cookie("vuoro", cookie.value)
    assert is_in(thief)
    visitor.post("/staff/sign-out")
    assert not is_in(thief)
    assert user.actions() == ["user.sign_in", "user.session_end"]


def test_a_session_ends_when_nothing_was_done_for_eight_hours(user: User, time: Any) -> None:
    visitor = user.browser()
    time(hours=7, minutes=59)
    assert is_in(visitor), "still"
    time(hours=11, minutes=59)
    assert is_in(visitor), "the click before prolonged it"
    idle = user.browser()
    time(hours=19, minutes=59, seconds=1)
    assert not is_in(idle)


def test_a_session_ends_after_twelve_hours_whatever_is_done(user: User, time: Any) -> None:
    visitor = user.browser()
    for hour in range(1, 12):
        time(hours=hour)
        assert is_in(visitor)
    time(hours=12)
    assert not is_in(visitor)


def test_being_in_use_is_written_down_once_in_five_minutes(user: User, time: Any) -> None:
    visitor = user.browser()
    seen = []
    for minutes in (1, 4, 5, 6, 9, 10):
        time(minutes=minutes)
        assert is_in(visitor)
        seen.append((rows(user)[0].seen_at - NOW) // timedelta(minutes=1))
    assert seen == [0, 0, 5, 5, 5, 10]


def test_whoever_was_signed_out_reads_so(app: Flask, user: User, time: Any) -> None:
    visitor = user.browser()
    time(hours=13)
    led = visitor.get("/staff/outbox")
    assert led.status_code == 302
    page = visitor.get(f"{led.location}&lang=en").text
    assert "Your sign-in has ended." in page
    assert "Your sign-in has ended." not in browser(app).get(f"{SIGN_IN}?lang=en").text


def test_the_sweep_writes_down_what_has_run_out_and_forgets_what_is_old(user: User, time: Any) -> None:
    user.browser()
    time(hours=9)
    with bound(user.app, user.municipality_id) as session:
        assert sessions.sweep(session, now=clock.now())
        session.commit()
    assert rows(user)[0].ended_at == NOW + timedelta(hours=8)
    assert user.events()[-1][1]["reason"] == "unused"
    time(days=31)
    with bound(user.app, user.municipality_id) as session:
        sessions.sweep(session, now=clock.now())
        session.commit()
    assert rows(user) == []


@pytest.mark.parametrize("secret", ["", "x", "' OR true --", "ä" * 500])
def test_a_secret_that_was_made_up_opens_nothing(app: Flask, town: Town, user: User, secret: str) -> None:
    visitor = user.browser()
    with visitor.session_transaction() as cookie:
        cookie["_user_id"] = f"{town.municipality_id}:{secret}"
    assert not is_in(visitor)


def test_a_session_of_one_municipality_opens_nothing_in_another(
    app: Flask, town: Town, neighbour: Town, user: User
) -> None:
    visitor = user.browser()
    with visitor.session_transaction() as cookie:
        cookie["_user_id"] = cookie["_user_id"].replace(f"{town.municipality_id}:", f"{neighbour.municipality_id}:")
    assert not is_in(visitor)
