"""Guessing: nobody learns who has an account, and nobody guesses for long."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.tenancy import digest_of
from app.identity import counts
from app.identity.models import SignInCount
from app.identity.sign_in import TRIES_BEFORE_PAUSE
from tests.concurrently import run_at_once
from tests.integration.identity.conftest import NOW, SIGN_IN, User, error_of
from tests.town import PASSWORD, Town, browser


def answers(app: Flask, email: str, times: int) -> list[tuple[int, str]]:
    """What wrong passwords get, one after the other, with the address taken out."""
    found = [browser(app).post(SIGN_IN, data={"email": email, "password": "wrong"}) for _ in range(times)]
    return [(answer.status_code, answer.text.replace(email, "…")) for answer in found]


def test_an_address_that_nobody_has_gets_the_very_answers_of_one_that_somebody_has(
    app: Flask, user: User, time: Any
) -> None:
    email = f"nobody-{user.email}"
    known, unknown = (answers(app, address, TRIES_BEFORE_PAUSE + 2) for address in (user.email, email))
    assert known == unknown
    time(minutes=1, seconds=1)
    assert answers(app, user.email, 2) == answers(app, email, 2)
    assert [status for status, _ in known] == [422] * TRIES_BEFORE_PAUSE + [429] * 2


def test_so_does_an_account_without_a_password(app: Flask, town: Town, time: Any) -> None:
    invited = User(app, town.municipality_id, password=None)
    assert answers(app, invited.email, 7) == answers(app, f"nobody-{invited.email}", 7)


def test_so_does_an_account_that_is_closed(app: Flask, user: User, time: Any) -> None:
    user.set(active=False)
    assert answers(app, user.email, 7) == answers(app, f"nobody-{user.email}", 7)


def test_the_page_tells_when_to_try_again(app: Flask, user: User, time: Any) -> None:
    user.set(failed_attempts=9, locked_until=NOW + timedelta(minutes=32))
    answer = user.sign_in(into=browser(app), lang="fi")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(32 * 60))
    assert "9.32" in error_of(answer)


def test_a_pause_is_in_the_log(user: User, time: Any) -> None:
    for _ in range(TRIES_BEFORE_PAUSE):
        user.sign_in("wrong")
    assert user.actions() == ["user.sign_in_failed"] * TRIES_BEFORE_PAUSE + ["user.pause"]


def test_tries_for_an_address_that_nobody_has_are_all_counted_at_once(app: Flask, user: User, time: Any) -> None:
    email = f"nobody-{user.email}"
    data = {"email": email, "password": "wrong"}
    found = run_at_once([lambda: browser(app).post(SIGN_IN, data=data).status_code] * 8)
    assert sorted(found) == [422] * TRIES_BEFORE_PAUSE + [429] * 3


def test_no_address_is_kept_of_those_that_nobody_has_and_counts_are_forgotten(app: Flask, time: Any) -> None:
    answers(app, "secret.person@elsewhere.example", 1)
    with app.app_context():
        own = select(SignInCount).where(SignInCount.digest == digest_of("secret.person@elsewhere.example"))
        assert "secret" not in str(vars(db.session.scalars(own).one()))
        time(days=2)
        assert counts.sweep(db.session(), now=clock.now())
        db.session.commit()
        assert db.session.scalars(own).all() == []


def test_one_network_may_not_try_passwords_of_many_addresses(
    app: Flask, user: User, monkeypatch: pytest.MonkeyPatch, time: Any
) -> None:
    monkeypatch.setitem(app.config, "ADDRESS_LIMITS", True)
    monkeypatch.setattr("app.identity.routes.WRONG_PASSWORDS", "3 per 10 minutes")
    here = {"REMOTE_ADDR": "198.51.100.7"}
    found = []
    for number in range(5):
        data = {"email": f"{number}-{user.email}", "password": "wrong"}
        found.append(browser(app).post(SIGN_IN, data=data, environ_base=here).status_code)
    assert found == [422, 422, 422, 429, 429]
    right = {"email": user.email, "password": PASSWORD}
    refused = browser(app).post(SIGN_IN, data=right, environ_base=here)
    assert refused.status_code == 429
    assert PASSWORD not in refused.text
    assert re.search(rf'value="{re.escape(user.email)}"', refused.text), "what was typed is kept, but for the password"
    assert browser(app).post(SIGN_IN, data=right, environ_base={"REMOTE_ADDR": "198.51.100.8"}).status_code == 303
