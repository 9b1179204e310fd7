"""A password through a link: the first one, and one for a forgotten one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.tenancy import RouteToken
from app.identity import password_links
from app.identity.models import StaffUser
from app.jobs import transaction
from app.messaging.channels import Outgoing
from app.messaging.dispatcher import dispatch_due
from app.messaging.models import Message
from app.messaging.outbox import PASSWORD_KIND
from tests.concurrently import run_at_once
from tests.integration.identity.conftest import SIGN_IN, User, error_of
from tests.town import PASSWORD, Role, Town, ask_for_password, bound, browser, cheap_passwords, signed_in

FORGOT = "/staff/password/forgot"
NEW = "vielä parempi salasana"


def letters(user: User) -> list[Message]:
    with bound(user.app, user.municipality_id) as session:
        query = select(Message).where(Message.kind == PASSWORD_KIND, Message.recipient == user.email)
        found = list(session.scalars(query.order_by(Message.id)))
        session.expunge_all()
        return found


def ask(user: User) -> str:
    return f"/staff/password/{ask_for_password(user.app, user.municipality_id, user.email)}"


def choose(app: Flask, link: str, password: str = NEW) -> Any:
    with cheap_passwords():
        return browser(app).post(link, data={"new_password": password})


def test_a_link_leads_to_a_new_password(app: Flask, user: User) -> None:
    link = ask(user)
    page = browser(app).get(link)
    assert page.status_code == 200
    assert user.email in page.text
    saved = choose(app, link)
    assert (saved.status_code, saved.location) == (303, f"{SIGN_IN}?notice=password")
    assert user.sign_in().status_code == 422
    assert user.sign_in(NEW).status_code == 303
    assert user.actions()[:2] == ["user.password_link", "user.password_reset"]


def test_a_link_works_once(app: Flask, user: User) -> None:
    link = ask(user)
    assert choose(app, link).status_code == 303
    assert (choose(app, link, "taas toinen salasana").status_code, browser(app).get(link).status_code) == (410, 410)
    assert user.sign_in(NEW).status_code == 303


def test_a_link_used_twice_at_once_sets_one_password(app: Flask, user: User) -> None:
    link = ask(user)
    with cheap_passwords():
        found = run_at_once(
            [lambda n=n: browser(app).post(link, data={"new_password": f"{NEW} {n}"}).status_code for n in range(6)]
        )
    assert sorted(found) == [303] + [410] * 5


def test_using_one_link_ends_the_others_of_the_user(app: Flask, user: User) -> None:
    first, second = ask(user), ask(user)
    assert choose(app, second).status_code == 303
    assert choose(app, first).status_code == 410


def test_looking_at_a_link_uses_nothing_up(app: Flask, user: User) -> None:
    link = ask(user)
    for method in ("GET", "HEAD", "GET"):
        assert browser(app).open(link, method=method).status_code == 200
    assert user.sign_in().status_code == 303
    assert choose(app, link).status_code == 303


def test_a_password_that_is_too_weak_leaves_the_link(app: Flask, user: User) -> None:
    link = ask(user)
    refused = choose(app, link, "short")
    assert refused.status_code == 422
    assert "short" not in refused.text.partition("<main")[2]
    assert choose(app, link).status_code == 303


def test_a_link_is_too_old_after_an_hour(app: Flask, user: User, time: Any) -> None:
    link = ask(user)
    time(minutes=59)
    assert browser(app).get(link).status_code == 200
    time(minutes=60)
    assert (browser(app).get(link).status_code, choose(app, link).status_code) == (410, 410)


def test_old_links_are_swept_away(app: Flask, user: User, time: Any) -> None:
    ask(user)
    time(hours=2)
    with bound(app, user.municipality_id) as session:
        assert password_links.sweep(session, now=clock.now())
        session.commit()
        of_user = (RouteToken.kind == password_links.KIND, RouteToken.target_id == user.id)
        assert session.scalars(select(RouteToken).where(*of_user)).all() == []


def test_a_new_password_signs_out_everywhere_and_ends_a_pause(app: Flask, user: User, time: Any) -> None:
    visitor = user.browser()
    for _ in range(5):
        user.sign_in("wrong")
    assert user.sign_in().status_code == 429
    choose(app, ask(user))
    assert visitor.get("/staff/").status_code == 302
    assert user.sign_in(NEW).status_code == 303


def test_nobody_learns_who_has_an_account(app: Flask, user: User) -> None:
    pages = []
    for email in (user.email, f"nobody-{user.email}"):
        asked = [browser(app).post(FORGOT, data={"email": email}) for _ in range(4)]
        assert [answer.status_code for answer in asked] == [303, 303, 303, 429]
        assert asked[0].location == f"{FORGOT}?sent=1"
        pages.append(error_of(asked[3]))
    assert pages[0] == pages[1]
    assert len(letters(user)) == 3


def test_an_account_that_is_closed_gets_no_letter_and_its_links_lead_nowhere(app: Flask, user: User) -> None:
    link = ask(user)
    user.set(active=False)
    assert browser(app).get(link).status_code == 410
    assert browser(app).post(FORGOT, data={"email": user.email}).status_code == 303
    assert len(letters(user)) == 1


@pytest.mark.parametrize("email", ["", "no address", "a\x00b@c.example"])
def test_what_is_no_address_is_said_to_be_none(app: Flask, email: str) -> None:
    assert browser(app).post(FORGOT, data={"email": email}).status_code == 422


@pytest.mark.parametrize(("language", "subject"), [("fi", "Valitse uusi salasana"), ("sv", "Välj ett nytt lösenord")])
def test_the_letter_is_in_the_users_language_and_names_the_municipality(
    app: Flask, user: User, language: str, subject: str
) -> None:
    user.set(language=language)
    ask(user)
    (letter,) = letters(user)
    assert (letter.subject, letter.language) == (subject, language)
    assert "Testilän työllisyyspalvelut" in letter.body
    assert "http://localhost/staff/password/" in letter.html


def test_each_municipality_of_one_address_gets_a_link_of_its_own(app: Flask, user: User, neighbour: Town) -> None:
    twin = User(app, neighbour.municipality_id, email=user.email)
    browser(app).post(FORGOT, data={"email": user.email})
    found = [re.search(r"/staff/password/\S+", *[one.body for one in letters(each)]) for each in (user, twin)]
    link = found[1].group()  # type: ignore[union-attr]
    assert choose(app, link).status_code == 303
    assert twin.row().password_hash != user.row().password_hash
    assert user.sign_in().status_code == 303


def test_staff_never_read_the_link_and_it_is_wiped_once_sent(app: Flask, town: Town, user: User) -> None:
    token = ask(user).rpartition("/")[2]
    assert token not in signed_in(app, town, Role.ADMIN).get("/staff/outbox").text
    sent: list[Outgoing] = []

    class Post:
        def send(self, message: Outgoing) -> str:
            sent.append(message)
            return "id"

    with app.app_context():
        while dispatch_due(transaction, {"email": Post()}, clock.now):
            pass
    assert any(token in message.body for message in sent)
    (letter,) = letters(user)
    assert (letter.body, letter.html) == ("", "")


def test_somebody_invited_chooses_the_first_password_within_a_week(app: Flask, town: Town, time: Any) -> None:
    invited = User(app, town.municipality_id, password=None)
    assert invited.sign_in("").status_code == 422
    with bound(app, town.municipality_id) as session:
        password_links.invite(session, session.get_one(StaffUser, invited.id), now=clock.now())
        session.commit()
    (letter,) = letters(invited)
    link = re.search(r"/staff/password/\S+", letter.body).group()  # type: ignore[union-attr]
    time(days=6, hours=23)
    assert choose(app, link).status_code == 303
    assert invited.sign_in(NEW).status_code == 303


def test_the_password_is_kept_nowhere_as_it_was_typed(app: Flask, user: User) -> None:
    choose(app, ask(user))
    assert NEW not in str(user.events())
    assert PASSWORD not in str(vars(user.row()))
    with app.app_context():
        assert NEW not in str([vars(row) for row in db.session.scalars(select(RouteToken))])
