"""What happens around signing in: a browser's one row, its language, parts of a page, letters about the way in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.audit import SYSTEM
from app.core.http import field_cipher
from app.core.permissions import Role
from app.factory import create_app
from app.identity import second_step, totp
from app.identity.access import WrongHours
from app.identity.models import StaffSession, StaffUser
from app.messaging.models import Message
from tests.forms import form_of
from tests.integration.identity.conftest import NOW, SIGN_IN, User
from tests.town import PASSWORD, Town, bound, browser

TEXT = "/staff/texts/contact"
TYPED = {"version": "0", "text_fi": "Torikatu 8", "text_sv": "Torggatan 8", "text_en": ""}


@pytest.fixture
def writer(app: Flask, town: Town) -> User:
    return User(app, town.municipality_id, role=Role.ADMIN)


def living(user: User) -> int:
    with bound(user.app, user.municipality_id) as session:
        query = select(StaffSession.id).where(StaffSession.user_id == user.id, StaffSession.ended_at.is_(None))
        return len(session.scalars(query).all())


def letters(user: User) -> list[str]:
    with bound(user.app, user.municipality_id) as session:
        query = select(Message.subject).where(Message.recipient == user.email, Message.kind == "staff_account")
        return list(session.scalars(query.order_by(Message.id)))


def test_signing_in_again_in_a_browser_takes_the_place_of_the_sign_in_before(user: User) -> None:
    visitor = user.browser()
    user.sign_in(into=visitor)
    assert living(user) == 1
    assert [data["reason"] for action, data in user.events() if action == "user.session_end"] == ["signed_in_again"]


def test_nor_does_a_colleague_or_a_neighbour_leave_the_one_before_signed_in(
    app: Flask, town: Town, neighbour: Town, user: User
) -> None:
    for other in (User(app, town.municipality_id), User(app, neighbour.municipality_id)):
        visitor = user.browser()
        assert other.sign_in(into=visitor).status_code == 303
        assert (living(user), living(other)) == (0, 1)
        assert visitor.get("/staff/account").status_code == 200


def test_signing_out_keeps_the_language_and_nothing_else(user: User) -> None:
    visitor = user.browser()
    visitor.get("/staff/?lang=sv")
    visitor.post("/staff/sign-out")
    with visitor.session_transaction() as cookie:
        assert dict(cookie) == {"lang": "sv"}
    assert 'lang="sv"' in visitor.get(SIGN_IN).text[:300]


def test_a_part_of_a_page_leads_the_whole_page_to_sign_in(user: User, time: Any) -> None:
    visitor = user.browser()
    time(hours=13)
    page = "http://localhost/staff/account?a=b"
    answer = visitor.get("/staff/account", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == f"{SIGN_IN}?next=/staff/account?a%3Db"
    foreign = visitor.get("/staff/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example//x"})
    assert "evil" not in foreign.headers["HX-Redirect"]


def test_a_form_sent_by_htmx_takes_the_whole_page_and_is_kept(writer: User, time: Any) -> None:
    visitor = writer.browser()
    time(hours=13)
    answer = visitor.post(TEXT, data=TYPED, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (401, "body")
    again = form_of(answer, SIGN_IN).fill("email", writer.email).fill("password", PASSWORD).press(visitor)
    assert form_of(again, TEXT).values("text_sv") == ["Torggatan 8"]


def test_a_second_step_that_took_too_long_loses_no_form(app: Flask, writer: User, time: Any) -> None:
    secret = totp.new_secret()
    with app.app_context():
        writer.set(totp_secret=field_cipher().seal({"secret": secret}))
    visitor = browser(app)
    half = writer.sign_in(into=visitor)
    assert half.status_code == 303
    visitor.post("/staff/sign-in/code", data={"code": pyotp.TOTP(secret).at(clock.now())})
    time(hours=13)
    page = visitor.post(TEXT, data=TYPED)
    code = form_of(page, SIGN_IN).fill("email", writer.email).fill("password", PASSWORD).press(visitor)
    time(hours=13, minutes=11)
    late = form_of(code, "/staff/sign-in/code").fill("code", pyotp.TOTP(secret).at(clock.now())).press(visitor)
    assert late.status_code == 401
    code = form_of(late, SIGN_IN).fill("email", writer.email).fill("password", PASSWORD).press(visitor)
    done = form_of(code, "/staff/sign-in/code").fill("code", pyotp.TOTP(secret).at(clock.now())).press(visitor)
    assert form_of(done, TEXT).values("text_sv") == ["Torggatan 8"]
    for shown in (page, code, late, done):
        assert "vuoro-languages" not in shown.text, "a link to another language would leave the form behind"


def test_a_changed_password_is_told_by_mail_but_the_first_one_is_not(app: Flask, town: Town, user: User) -> None:
    user.browser().post("/staff/account/password", data={"password": PASSWORD, "new_password": "kokonaan uusi sana"})
    assert letters(user) == ["Salasanasi on vaihdettu"]


def test_a_second_step_that_was_taken_away_is_told_by_mail(app: Flask, town: Town, user: User) -> None:
    with bound(app, town.municipality_id) as session:
        second_step.forget(session, session.get_one(StaffUser, user.id), actor=SYSTEM, now=NOW)
        session.commit()
    assert letters(user) == ["Kirjautuminen ei enää kysy kertakoodia"]


@pytest.mark.parametrize("name", ["STAFF_IDLE_HOURS", "STAFF_SESSION_HOURS"])
@pytest.mark.parametrize("value", ["eight", "0", "-1", "nan", "inf", "99999"])
def test_a_wrong_number_of_hours_stops_the_start(app: Flask, name: str, value: str) -> None:
    with pytest.raises(WrongHours, match=name):
        create_app(replace(app.config["SETTINGS"], **{name: value}))
