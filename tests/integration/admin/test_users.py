"""Administrators invite users, give roles, and let people go: nobody is shut out by a slip, nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.booking.models import Appointment
from app.core import clock
from app.core.audit import Actor
from app.core.permissions import Role
from app.identity import users
from app.identity.models import StaffSession, StaffUser
from app.messaging.models import Message
from tests.concurrently import run_at_once
from tests.integration.identity.conftest import User
from tests.town import Browser, Town, bound, make_town

USERS = "/staff/admin/users/"


@pytest.fixture(scope="module")
def town(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture
def admin(app: Flask, town: Town) -> Browser:
    return User(app, town.municipality_id, role=Role.ADMIN).browser()


@pytest.fixture
def member(app: Flask, town: Town) -> User:
    return User(app, town.municipality_id, role=Role.CASEWORKER)


def save(visitor: Browser, user: User, **typed: Any) -> Any:
    row = user.row()
    data = {"version": row.version, "role": row.role, "office": row.office_id or "", **typed}
    return visitor.post(f"{USERS}{user.id}", data=data)


def press(visitor: Browser, user: User, deed: str) -> Any:
    return visitor.post(f"{USERS}{user.id}/{deed}")


def mails(user_email: str, town: Town, app: Flask) -> list[str]:
    with bound(app, town.municipality_id) as session:
        return list(session.scalars(select(Message.kind).where(Message.recipient == user_email)))


def test_an_invitation_makes_one_user_and_one_message_however_often_it_is_sent(
    app: Flask, town: Town, admin: Browser
) -> None:
    typed = {"name": "Tuovi Äyräpää", "email": "Tuovi@testila.example", "role": "desk", "office": str(town.office_id)}
    first, second = (admin.post(f"{USERS}invite", data=typed) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    with bound(app, town.municipality_id) as session:
        made = session.scalars(select(StaffUser).where(StaffUser.email == "tuovi@testila.example")).one()
        assert (made.role, made.office_id, made.password_hash) == ("desk", town.office_id, None)
    assert mails("tuovi@testila.example", town, app) == ["staff_password"]
    assert "Kutsuttu" in admin.get(USERS, query_string={"q": "äyräpää"}).text


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"name": ""}, "name"), ({"email": "x"}, "email"), ({"role": "operator"}, "role"), ({"role": ""}, "role")],
)
def test_an_invitation_that_cannot_be_says_why_and_keeps_what_was_typed(
    admin: Browser, typed: dict[str, str], field: str
) -> None:
    data = {"name": "Uusi Ihminen", "email": "uusi.ihminen@testila.example", "role": "desk", **typed}
    answer = admin.post(f"{USERS}invite", data=data)
    assert answer.status_code == 422
    assert f'href="#{field}' in answer.text
    assert all(value in answer.text for name, value in data.items() if value and name in ("name", "email"))


def test_an_address_that_is_taken_is_refused(admin: Browser, member: User) -> None:
    data = {"name": "Toinen", "email": member.email, "role": "lead"}
    assert admin.post(f"{USERS}invite", data=data).status_code == 422


def test_a_role_is_given_and_stands_in_the_log(admin: Browser, member: User) -> None:
    assert save(admin, member, role="lead").status_code == 303
    assert member.row().role == "lead"
    assert ("user.set_role", {"changed": {"role": ["caseworker", "lead"]}}) in member.events()


def test_the_role_of_the_operator_is_not_the_municipalitys_to_give_or_to_see(
    app: Flask, town: Town, admin: Browser, member: User
) -> None:
    assert save(admin, member, role="operator").status_code == 422
    operator = User(app, town.municipality_id, role=Role.OPERATOR)
    assert operator.email not in admin.get(USERS, query_string={"q": operator.email}).text.replace(
        f'value="{operator.email}"', ""
    )
    assert admin.get(f"{USERS}{operator.id}").status_code == 404
    assert press(admin, operator, "deactivate").status_code == 404


def test_what_somebody_else_saved_meanwhile_is_not_saved_over(admin: Browser, member: User) -> None:
    opened = member.row().version
    save(admin, member, role="lead")
    answer = save(admin, member, version=opened, role="desk")
    assert answer.status_code == 409
    assert member.row().role == "lead"


def test_somebody_who_leaves_is_signed_out_everywhere_and_may_come_back(admin: Browser, member: User) -> None:
    visitor = member.browser()
    assert press(admin, member, "deactivate").status_code == 303
    assert visitor.get("/staff/account").status_code == 302
    assert member.sign_in().status_code == 422
    assert press(admin, member, "deactivate").status_code == 303, "pressed twice"
    assert member.actions().count("user.deactivate") == 1
    press(admin, member, "reactivate")
    assert member.sign_in().status_code == 303


def test_a_professional_with_coming_meetings_is_let_go_with_their_number_in_sight(
    app: Flask, town: Town, admin: Browser, member: User
) -> None:
    member.set(professional_id=town.professional_id)
    shown = admin.get(f"{USERS}{member.id}").text
    assert "2 tulevaa tapaamista" in shown
    assert f"/staff/admin/professionals/{town.professional_id}" in shown
    press(admin, member, "deactivate")
    with bound(app, town.municipality_id) as session:
        assert session.get_one(Appointment, town.appointment_id).status == "booked"


def test_a_new_link_makes_the_one_before_worthless(app: Flask, town: Town, admin: Browser, member: User) -> None:
    for _ in range(2):
        assert press(admin, member, "link").status_code == 303
    with bound(app, town.municipality_id) as session:
        bodies = list(
            session.scalars(select(Message.body).where(Message.recipient == member.email).order_by(Message.id))
        )
    links = [word for body in bodies for word in body.split() if "/staff/password/" in word]
    assert [admin.get(link.partition("/staff")[1] + link.partition("/staff")[2]).status_code for link in links] == [
        410,
        200,
    ]


def test_the_second_step_is_taken_away_and_told(app: Flask, town: Town, admin: Browser, member: User) -> None:
    member.set(totp_secret=b"x")
    assert press(admin, member, "codes").status_code == 303
    assert member.row().totp_secret is None
    assert mails(member.email, town, app) == ["staff_account"]


def test_nobody_takes_away_the_own_rights(app: Flask, town: Town) -> None:
    self = User(app, town.municipality_id, role=Role.ADMIN)
    visitor = self.browser()
    assert save(visitor, self, role="lead").status_code == 409
    assert press(visitor, self, "deactivate").status_code == 409
    assert (self.row().role, self.row().active) == ("admin", True)


def test_two_administrators_who_remove_each_other_at_once_leave_one(app: Flask) -> None:
    town = make_town(app)
    with bound(app, town.municipality_id) as session:
        first = session.scalars(select(StaffUser.id).where(StaffUser.role == Role.ADMIN)).one()
    second = User(app, town.municipality_id, role=Role.ADMIN).id

    def remove(actor_id: int, user_id: int) -> bool:
        with bound(app, town.municipality_id) as session:
            try:
                users.deactivate(session, user_id, actor=Actor("staff", actor_id), now=clock.now())
            except (users.LastAdministrator, users.OwnAccount):
                return False
            session.commit()
            return True

    done = run_at_once([lambda: remove(first, second), lambda: remove(second, first)])
    assert sorted(done) == [False, True]
    with bound(app, town.municipality_id) as session:
        query = select(func.count()).where(StaffUser.role == Role.ADMIN, StaffUser.active)
        assert session.scalar(query) == 1


def test_the_list_is_searched_by_name_role_and_state(app: Flask, town: Town, admin: Browser) -> None:
    gone = User(app, town.municipality_id, role=Role.LEAD)
    press(admin, gone, "deactivate")
    found = admin.get(USERS, query_string={"q": gone.email[:12].upper(), "role": "lead", "state": "inactive"}).text
    assert found.count(gone.email) == 1
    assert gone.email not in admin.get(USERS, query_string={"role": "desk"}).text
    assert gone.email not in admin.get(USERS, query_string={"state": "active"}).text


def test_a_user_of_another_municipality_is_not_found(app: Flask, admin: Browser) -> None:
    other = User(app, make_town(app).municipality_id, role=Role.LEAD)
    assert admin.get(f"{USERS}{other.id}").status_code == 404
    assert press(admin, other, "link").status_code == 404


def test_only_administrators_come_in(app: Flask, town: Town) -> None:
    for role in (Role.LEAD, Role.DESK, Role.CASEWORKER, Role.OPERATOR):
        visitor = User(app, town.municipality_id, role=role).browser()
        assert visitor.get(USERS).status_code == 403


def test_sessions_of_somebody_let_go_are_ended_in_the_table_too(app: Flask, town: Town, admin: Browser) -> None:
    user = User(app, town.municipality_id)
    user.browser()
    press(admin, user, "deactivate")
    with bound(app, town.municipality_id) as session:
        query = select(StaffSession.ended_at).where(StaffSession.user_id == user.id)
        assert None not in list(session.scalars(query))
