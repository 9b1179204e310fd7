"""Signing in with a one-time code besides the password."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask

from app.core import clock
from app.identity import password_links
from app.identity.models import StaffUser
from tests.concurrently import run_at_once
from tests.integration.identity.conftest import NOW, SIGN_IN, User
from tests.town import PASSWORD, Town, bound, browser, cheap_passwords

CODES = "/staff/account/codes"
STEP_TWO = "/staff/sign-in/code"


class Careful(User):
    """A user who signs in with codes. Turning them on uses up the code of the moment, so the clock goes on a minute."""

    def __init__(self, app: Flask, municipality_id: int, time: Any) -> None:
        super().__init__(app, municipality_id)
        self.home = self.browser()
        page = self.home.get(CODES)
        self.secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text).group(1).replace(" ", "")  # type: ignore[union-attr]
        shown = self.home.post(CODES, data={"do": "on", "code": self.now(), "password": PASSWORD})
        assert shown.status_code == 200, shown.text
        self.recovery = re.findall(r"<li><code>([A-Z0-9-]+)</code>", shown.text)
        time(minutes=1)

    def now(self, **later: int) -> str:
        return pyotp.TOTP(self.secret).at(clock.now() + timedelta(**later))

    def half_in(self, **query: str) -> Any:
        """A browser in which the password was right."""
        visitor = browser(self.app)
        answer = self.sign_in(into=visitor, **query)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, STEP_TWO)
        return visitor

    def enter(self, code: str, visitor: Any = None) -> Any:
        return (visitor or self.half_in()).post(STEP_TWO, data={"code": code})


@pytest.fixture
def careful(app: Flask, town: Town, time: Any) -> Careful:
    return Careful(app, town.municipality_id, time)


def test_the_password_alone_opens_nothing(careful: Careful) -> None:
    visitor = careful.half_in()
    assert visitor.get("/staff/").status_code == 302
    assert visitor.get(STEP_TWO).status_code == 200
    assert careful.actions() == ["user.sign_in", "user.codes_on"]


def test_the_code_of_the_app_opens_the_page_that_was_asked_for(careful: Careful) -> None:
    visitor = careful.half_in(next="/staff/outbox?page=1")
    answer = visitor.post(f"{STEP_TWO}?next=/staff/outbox%3Fpage%3D1", data={"code": careful.now()})
    assert (answer.status_code, answer.location) == (303, "/staff/outbox?page=1")
    assert visitor.get(answer.location).status_code == 200
    assert careful.events()[-1][1]["way"] == "password_and_code"


def test_a_code_works_once(careful: Careful, time: Any) -> None:
    code = careful.now()
    assert careful.enter(code).status_code == 303
    assert careful.enter(code).status_code == 422
    assert careful.enter(careful.now(seconds=-30)).status_code == 422, "nor does one before it"
    time(minutes=1, seconds=30)
    assert careful.enter(careful.now()).status_code == 303


def test_a_code_used_twice_at_once_opens_once(careful: Careful) -> None:
    code, visitors = careful.now(), [careful.half_in() for _ in range(4)]
    found = run_at_once([lambda one=one: careful.enter(code, one).status_code for one in visitors])
    assert sorted(found) == [303, 422, 422, 422]


def test_codes_cannot_be_guessed_and_the_right_password_starts_no_new_count(careful: Careful, time: Any) -> None:
    assert [careful.enter("000000").status_code for _ in range(5)] == [422] * 5
    assert careful.sign_in().status_code == 429
    assert careful.row().failed_attempts == 5
    time(minutes=3)
    assert careful.enter(careful.now()).status_code == 303
    assert careful.row().failed_attempts == 0


def test_while_the_account_pauses_not_even_the_right_code_helps(careful: Careful) -> None:
    visitor = careful.half_in()
    for _ in range(5):
        careful.enter("000000", visitor)
    assert careful.enter(careful.now(), visitor).status_code == 429


def test_the_second_step_stays_open_for_ten_minutes(careful: Careful, time: Any) -> None:
    visitor = careful.half_in()
    time(minutes=12)
    answer = careful.enter(careful.now(), visitor)
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, SIGN_IN)
    assert visitor.get("/staff/").status_code == 302


def test_a_password_that_was_changed_meanwhile_ends_the_second_step(careful: Careful, time: Any) -> None:
    visitor = careful.half_in()
    time(minutes=2)
    careful.set(password_changed_at=clock.now())
    assert careful.enter(careful.now(), visitor).status_code == 422


def test_without_the_first_step_there_is_no_second(app: Flask) -> None:
    assert browser(app).get(STEP_TWO).location.startswith(SIGN_IN)
    assert browser(app).post(STEP_TWO, data={"code": "123456"}).location.startswith(SIGN_IN)


def test_each_of_ten_recovery_codes_stands_in_once_however_it_is_typed(careful: Careful) -> None:
    assert len(set(careful.recovery)) == 10
    first, second = careful.recovery[:2]
    assert careful.enter(first).status_code == 303
    assert careful.enter(first).status_code == 422
    assert careful.enter(f" {second.lower().replace('-', ' ')} ").status_code == 303
    assert len(careful.row().recovery_codes) == 8
    assert careful.actions().count("user.recovery_code_used") == 2


def test_new_recovery_codes_replace_the_old_ones(careful: Careful) -> None:
    shown = careful.home.post(CODES, data={"do": "recovery", "password": PASSWORD})
    fresh = re.findall(r"<li><code>([A-Z0-9-]+)</code>", shown.text)
    assert len(fresh) == 10
    assert (careful.enter(careful.recovery[0]).status_code, careful.enter(fresh[0]).status_code) == (422, 303)
    assert shown.headers["Cache-Control"] == "no-store"


def test_turned_off_the_password_is_enough_again(careful: Careful) -> None:
    assert careful.home.post(CODES, data={"do": "off", "password": PASSWORD}).status_code == 303
    assert careful.sign_in().location == "/staff/"
    row = careful.row()
    assert (row.totp_secret, row.recovery_codes) == (None, [])
    assert "user.codes_off" in careful.actions()


@pytest.mark.parametrize("do", ["off", "recovery", "", "x"])
@pytest.mark.parametrize("password", ["", "wrong"])
def test_nothing_of_it_changes_without_the_password(careful: Careful, do: str, password: str) -> None:
    before = careful.row().recovery_codes
    assert careful.home.post(CODES, data={"do": do, "password": password}).status_code == 422
    assert (careful.row().recovery_codes, careful.row().totp_secret is None) == (before, False)


@pytest.mark.parametrize(("code", "password"), [("000000", PASSWORD), ("", PASSWORD), (None, "wrong"), (None, "")])
def test_codes_are_taken_into_use_only_with_a_right_code_and_the_password(
    user: User, code: str | None, password: str
) -> None:
    here = user.browser()
    page = here.get(CODES)
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text).group(1).replace(" ", "")  # type: ignore[union-attr]
    typed = code if code is not None else pyotp.TOTP(secret).at(clock.now())
    refused = here.post(CODES, data={"do": "on", "code": typed, "password": password})
    assert refused.status_code == 422
    assert re.search(r"<code>([A-Z2-7 ]+)</code>", refused.text).group(1).replace(" ", "") == secret, "the same picture"  # type: ignore[union-attr]
    assert user.row().totp_secret is None


def test_the_secret_is_kept_encrypted_and_told_to_nobody(careful: Careful) -> None:
    kept = str(vars(careful.row())) + str(careful.events())
    assert careful.secret not in kept
    assert not any(code in kept for code in careful.recovery)
    assert careful.secret not in careful.home.get(CODES).text.replace(" ", "")


def test_an_operator_turns_codes_off_for_somebody_who_has_lost_everything(
    app: Flask, town: Town, careful: Careful
) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["user", "forget-codes", careful.email.upper(), "--municipality", town.slug]).exit_code == 0
    assert careful.sign_in().location == "/staff/"
    assert run(args=["user", "forget-codes", "nobody@x.example", "--municipality", town.slug]).exit_code == 1


def test_a_new_password_by_mail_does_not_go_around_the_code(app: Flask, careful: Careful) -> None:
    with bound(app, careful.municipality_id) as session, cheap_passwords():
        row = session.get_one(StaffUser, careful.id)
        who = {"actor": password_links.SYSTEM, "now": NOW, "action": "test"}
        password_links.set_password(session, row, "vielä parempi salasana", **who)  # type: ignore[arg-type]
        session.commit()
    answer = careful.sign_in("vielä parempi salasana")
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, STEP_TWO)
