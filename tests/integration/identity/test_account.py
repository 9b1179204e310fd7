"""A member of staff's own account."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.permissions import PERMISSIONS, Role
from app.identity import sessions
from app.identity.models import StaffSession
from tests.forms import forms_of
from tests.integration.identity.conftest import User
from tests.town import PASSWORD, Town, bound, cheap_passwords, signed_in

ACCOUNT = "/staff/account"
NEW = "vielä parempi salasana"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1"


def change_password(visitor: Any, old: str = PASSWORD, new: str = NEW) -> Any:
    with cheap_passwords():
        return visitor.post(f"{ACCOUNT}/password", data={"password": old, "new_password": new})


def test_the_page_lists_where_one_is_signed_in_and_ends_one_of_them(user: User) -> None:
    here, there = user.browser(), user.browser(PHONE)
    page = here.get(f"{ACCOUNT}?lang=en")
    assert "Safari, iPhone" in page.text
    (other,) = [value for form in forms_of(page) for name, value in form.buttons if value.isdigit()]
    assert here.post(f"{ACCOUNT}/sessions", data={"session": other}).status_code == 303
    assert (here.get("/staff/").status_code, there.get("/staff/").status_code) == (200, 302)
    assert user.events()[-1][1] == {"session_id": int(other), "reason": "ended_by_user"}


def test_all_others_are_ended_with_one_press(user: User) -> None:
    here, *others = (user.browser() for _ in range(4))
    assert here.post(f"{ACCOUNT}/sessions", data={"session": "others"}).status_code == 303
    assert [one.get("/staff/").status_code for one in (here, *others)] == [200, 302, 302, 302]
    assert user.actions().count("user.session_end") == 3


@pytest.mark.parametrize("value", ["", "x", "-1", "9" * 30, "²"])
def test_a_sign_in_that_is_none_is_not_found(user: User, value: str) -> None:
    assert user.browser().post(f"{ACCOUNT}/sessions", data={"session": value}).status_code == 404


def test_nobody_ends_the_sign_in_of_another(app: Flask, town: Town, neighbour: Town, user: User) -> None:
    for place in (town, neighbour):
        other = User(app, place.municipality_id)
        theirs = other.browser()
        with bound(app, place.municipality_id) as session:
            row_id = session.scalars(select(StaffSession.id).where(StaffSession.user_id == other.id)).one()
        assert user.browser().post(f"{ACCOUNT}/sessions", data={"session": str(row_id)}).status_code == 404
        assert theirs.get("/staff/").status_code == 200


def test_a_new_password_signs_out_everywhere_else(user: User) -> None:
    here, there = user.browser(), user.browser()
    assert change_password(here).status_code == 303
    assert (here.get("/staff/").status_code, there.get("/staff/").status_code) == (200, 302)
    assert (user.sign_in().status_code, user.sign_in(NEW).status_code) == (422, 303)
    assert "user.password_change" in user.actions()


@pytest.mark.parametrize(("old", "new"), [("wrong", NEW), (PASSWORD, "short"), (PASSWORD, PASSWORD), ("", "")])
def test_a_password_that_cannot_be_changed_so_stays(user: User, old: str, new: str) -> None:
    here, there = user.browser(), user.browser()
    refused = change_password(here, old, new)
    assert refused.status_code == 422
    assert PASSWORD not in refused.text
    assert there.get("/staff/").status_code == 200
    assert user.sign_in().status_code == 303


def test_the_present_password_cannot_be_guessed_from_a_session_left_open(user: User, time: Any) -> None:
    here = user.browser()
    assert [change_password(here, "wrong").status_code for _ in range(6)] == [422] * 5 + [429]
    assert change_password(here).status_code == 429
    time(minutes=2)
    assert change_password(here).status_code == 303


def test_name_and_language_are_kept_and_the_language_is_used_at_once(user: User) -> None:
    here = user.browser()
    saved = here.post(f"{ACCOUNT}/details", data={"name": "  Åsa   Öberg ", "language": "sv"})
    assert saved.status_code == 303
    page = here.get(ACCOUNT).text
    assert "Åsa Öberg" in page
    assert 'lang="sv"' in page.partition("<head>")[0]
    assert 'lang="sv"' in user.browser().get(ACCOUNT).text.partition("<head>")[0], "also at the next sign-in"
    assert user.row().name == "Åsa Öberg"


@pytest.mark.parametrize("typed", [{"name": " "}, {"name": "a\x00b"}, {"name": "x" * 300}, {"language": "ru"}, {}])
def test_details_that_cannot_be_are_not_saved(user: User, typed: dict[str, str]) -> None:
    sent = {"name": "Uusi", "language": "fi", **typed} if typed else {}
    assert user.browser().post(f"{ACCOUNT}/details", data=sent).status_code == 422
    assert user.row().name == "Testi"


def test_an_account_without_a_password_is_told_how_to_get_one(app: Flask, town: Town, user: User) -> None:
    here = user.browser()
    user.set(password_hash=None)
    assert "/staff/password/forgot" in here.get(f"{ACCOUNT}/password").text
    assert change_password(here).status_code == 422


def test_a_session_that_was_ended_is_ended_once(app: Flask, user: User) -> None:
    user.browser()
    with bound(app, user.municipality_id) as session:
        row = user.row()
        who = {"reason": "test", "actor": sessions.SYSTEM, "now": row.created_at}
        assert [sessions.end(session, row, **who) for _ in range(2)] == [1, 0]  # type: ignore[arg-type]


@pytest.mark.parametrize("role", Role)
def test_everybody_may_read_what_each_role_may_do(app: Flask, town: Town, role: Role) -> None:
    page = signed_in(app, town, role).get("/staff/roles?lang=en").text
    everything = set[str]().union(*PERMISSIONS.values())
    assert page.count("<tr") == len(everything) + 1
    assert page.count("You may<") == len(PERMISSIONS[role])
