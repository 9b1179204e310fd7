"""A sign-in that ends while somebody types: what was typed survives, and nothing is sent without a press."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.http import field_cipher
from app.core.permissions import Role
from app.core.texts import MunicipalityText
from app.identity import kept_form, totp
from app.identity.models import StaffUser
from tests.forms import form_of, forms_of
from tests.integration.identity.conftest import SIGN_IN, User
from tests.town import PASSWORD, Town, bound, browser

TEXT = "/staff/texts/contact"
TYPED = {"version": "0", "text_fi": "Torikatu 8\n\n“Kyllä” & <ei>", "text_sv": "Torggatan 8", "text_en": ""}


@pytest.fixture
def writer(app: Flask, town: Town) -> User:
    return User(app, town.municipality_id, role=Role.ADMIN)


@pytest.fixture
def late(writer: User, time: Any) -> Any:
    """A browser in which the sign-in has ended, but the page is still open."""
    visitor = writer.browser()
    time(hours=13)
    return visitor


def texts(town: Town) -> list[dict[str, str]]:
    with bound(town.signed_in_client.application, town.municipality_id) as session:
        return list(session.scalars(select(MunicipalityText.texts).where(MunicipalityText.key == "contact")))


@pytest.fixture(autouse=True)
def _nothing_saved_before(app: Flask, town: Town) -> None:
    with bound(app, town.municipality_id) as session:
        for row in session.scalars(select(MunicipalityText).where(MunicipalityText.key == "contact")):
            session.delete(row)
        session.commit()


def sign_in_again(visitor: Any, page: Any, user: User, password: str = PASSWORD) -> Any:
    form = form_of(page, SIGN_IN).fill("email", user.email).fill("password", password)
    return form.press(visitor)


def test_the_typed_text_comes_back_after_signing_in_and_is_sent_on_a_press(town: Town, writer: User, late: Any) -> None:
    refused = late.post(TEXT, data=TYPED)
    assert refused.status_code == 401
    assert "Torggatan" not in refused.text, "whoever looks at the screen meanwhile reads nothing"
    again = sign_in_again(late, refused, writer)
    assert again.status_code == 200
    form = form_of(again, TEXT)
    assert {name: value.replace("\r\n", "\n") for name, value in form.pairs} == TYPED
    assert texts(town) == [], "nothing is saved before the press"
    assert form.press(late).status_code == 303
    assert texts(town)[0]["sv"] == "Torggatan 8"


def test_a_wrong_password_on_the_way_loses_nothing(town: Town, writer: User, late: Any) -> None:
    wrong = sign_in_again(late, late.post(TEXT, data=TYPED), writer, "wrong")
    assert wrong.status_code == 422
    again = sign_in_again(late, wrong, writer)
    assert form_of(again, TEXT).values("text_sv") == ["Torggatan 8"]


def test_nor_does_the_one_time_code(app: Flask, writer: User, late: Any, time: Any) -> None:
    secret = totp.new_secret()
    with app.app_context():
        writer.set(totp_secret=field_cipher().seal({"secret": secret}))
    page = sign_in_again(late, late.post(TEXT, data=TYPED), writer)
    assert late.get("/staff/").status_code == 302
    wrong = form_of(page, "/staff/sign-in/code").fill("code", "000000").press(late)
    assert wrong.status_code == 422
    again = form_of(wrong, "/staff/sign-in/code").fill("code", pyotp.TOTP(secret).at(clock.now())).press(late)
    assert form_of(again, TEXT).values("text_sv") == ["Torggatan 8"]


def test_a_sign_in_that_was_ended_elsewhere_keeps_the_form_too(writer: User) -> None:
    here, there = writer.browser(), writer.browser()
    there.post("/staff/account/sessions", data={"session": "others"})
    again = sign_in_again(here, here.post(TEXT, data=TYPED), writer)
    assert form_of(again, TEXT).values("text_sv") == ["Torggatan 8"]


def test_somebody_else_who_signs_in_gets_nothing_of_it(app: Flask, town: Town, late: Any) -> None:
    other = User(app, town.municipality_id, role=Role.ADMIN)
    answer = sign_in_again(late, late.post(TEXT, data=TYPED), other)
    assert (answer.status_code, answer.location) == (303, TEXT)


def test_passwords_and_codes_are_never_kept(writer: User, late: Any) -> None:
    refused = late.post("/staff/account/password", data={"password": "old one", "new_password": "new one", "x": "y"})
    again = sign_in_again(late, refused, writer)
    (form,) = [form for form in forms_of(again) if form.action == "/staff/account/password"]
    assert form.pairs == [("x", "y")]
    assert "old one" not in again.text + refused.text


def test_what_is_kept_is_forgotten_after_a_while(writer: User, late: Any, time: Any) -> None:
    refused = late.post(TEXT, data=TYPED)
    time(hours=26)
    assert sign_in_again(late, refused, writer).status_code == 303


@pytest.mark.parametrize("sealed", ["x", "", "ä\udcff", "gAAAAA" * 100])
def test_what_was_not_sealed_by_us_is_ignored(app: Flask, writer: User, sealed: str) -> None:
    data = {"email": writer.email, "password": PASSWORD, "kept": sealed.encode("utf-8", "replace").decode()}
    assert browser(app).post(SIGN_IN, data=data).status_code == 303


def test_another_sealed_value_of_ours_is_no_form(app: Flask, writer: User) -> None:
    with app.app_context():
        sealed = field_cipher().seal({"secret": "x"}).decode()
    data = {"email": writer.email, "password": PASSWORD, "kept": sealed}
    assert browser(app).post(SIGN_IN, data=data).status_code == 303


def test_a_stranger_who_sends_a_form_is_only_led_to_sign_in(app: Flask) -> None:
    answer = browser(app).post(TEXT, data=TYPED)
    assert (answer.status_code, answer.location) == (302, f"{SIGN_IN}?next={TEXT}")


def test_a_form_that_is_too_long_to_be_carried_along_is_not_kept(late: Any) -> None:
    assert late.post(TEXT, data={**TYPED, "text_fi": "x" * kept_form.LARGEST}).status_code == 302


def test_a_form_without_a_page_of_its_own_leads_home_when_it_is_not_sent(writer: User, late: Any) -> None:
    refused = late.post("/staff/account/sessions", data={"session": "others"})
    again = sign_in_again(late, refused, writer)
    assert 'href="/staff/"' in again.text
    empty = browser(late.application).post(
        f"{SIGN_IN}?next=/staff/account/sessions", data={"email": writer.email, "password": PASSWORD}
    )
    assert empty.location == "/staff/", "a page that only takes forms is no page to go on to"


def test_a_form_of_another_site_is_still_refused(late: Any) -> None:
    assert late.post(TEXT, data=TYPED, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_member_of_another_municipality_gets_nothing_of_it(
    app: Flask, town: Town, neighbour: Town, late: Any, writer: User
) -> None:
    twin = User(app, neighbour.municipality_id, role=Role.ADMIN)
    with bound(app, neighbour.municipality_id) as session:
        assert session.get(StaffUser, writer.id) is None
    assert sign_in_again(late, late.post(TEXT, data=TYPED), twin).status_code == 303
