"""Terms of use: accepted at the first sign-in, and again when new ones are published."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.core.permissions import Role
from app.identity.models import TermsAcceptance
from tests.factories import make_municipality
from tests.forms import form_of, forms_of
from tests.integration.identity.conftest import User
from tests.town import PASSWORD, Town, add_staff, bound, browser, make_town, signed_in

PUBLISH = "/staff/texts/terms/publish"
TERMS = "/staff/terms"


@pytest.fixture
def place(app: Flask) -> Town:
    """A town of this test's own, for what is published concerns everybody there."""
    return make_town(app)


def write(admin: Any, words: str) -> None:
    form = form_of_text(admin)
    saved = admin.post("/staff/texts/terms_of_use", data={**form, "text_fi": words})
    assert saved.status_code == 303, saved.text


def form_of_text(admin: Any) -> dict[str, str]:
    page = admin.get("/staff/texts/terms_of_use")
    form = next(form for form in forms_of(page) if any(name == "version" for name, _ in form.pairs))
    return dict(form.pairs)


def publish(admin: Any) -> Any:
    page = admin.get(PUBLISH)
    form = next(form for form in forms_of(page) if any(name == "after" for name, _ in form.pairs))
    return admin.post(PUBLISH, data=dict(form.pairs))


def acceptances(user: User) -> int:
    with bound(user.app, user.municipality_id) as session:
        return len(session.scalars(select(TermsAcceptance.id).where(TermsAcceptance.user_id == user.id)).all())


def test_a_new_user_reads_and_accepts_the_terms_and_comes_to_the_page_that_was_asked_for(
    app: Flask, place: Town
) -> None:
    user = User(app, place.municipality_id, accepts=False)
    visitor = user.browser()
    led = visitor.get("/staff/outbox?page=1")
    assert (led.status_code, led.location.partition("?")[0]) == (302, TERMS)
    page = visitor.get(led.location)
    assert "Käytä palvelua vain työhösi." in page.text
    answer = form_of(page, TERMS).press(visitor)
    assert (answer.status_code, answer.location) == (303, "/staff/outbox?page=1")
    assert visitor.get(answer.location).status_code == 200
    assert ("terms.accept", {"number": 1}) in user.events()


def test_until_then_every_page_leads_there_and_no_form_goes_through(app: Flask, place: Town) -> None:
    visitor = User(app, place.municipality_id, accepts=False).browser()
    for answer in (visitor.get("/staff/"), visitor.get("/staff/account"), visitor.post("/staff/account/details")):
        assert (answer.status_code, answer.location.partition("?")[0]) == (302, TERMS)
    assert visitor.post("/staff/sign-out").location == "/staff/sign-in"


def test_published_again_is_asked_again_and_a_form_on_its_way_still_goes_through(app: Flask, place: Town) -> None:
    user = User(app, place.municipality_id)
    visitor, admin = user.browser(), signed_in(app, place, Role.ADMIN)
    write(admin, "Uudet ehdot.")
    assert visitor.get("/staff/").status_code == 200, "saved is not yet published"
    assert publish(admin).status_code == 303
    saved = visitor.post("/staff/account/details", data={"name": "Uusi", "language": ""})
    assert saved.status_code == 303
    led = visitor.get(saved.location)
    assert led.status_code == 302
    page = visitor.get(led.location)
    assert "Uudet ehdot." in page.text
    assert form_of(page, TERMS).press(visitor).status_code == 303
    assert (visitor.get("/staff/").status_code, acceptances(user)) == (200, 2)
    assert admin.get("/staff/").status_code == 302, "the administrator accepts them too"


def test_accepting_twice_is_as_once(app: Flask, place: Town) -> None:
    user = User(app, place.municipality_id, accepts=False)
    visitor = user.browser()
    form = form_of(visitor.get(TERMS), TERMS)
    assert [form.press(visitor).status_code for _ in range(2)] == [303, 303]
    assert acceptances(user) == 1


def test_nobody_accepts_what_they_have_not_seen(app: Flask, place: Town, neighbour: Town) -> None:
    user = User(app, place.municipality_id, accepts=False)
    visitor, admin = user.browser(), signed_in(app, place, Role.ADMIN)
    old = form_of(visitor.get(TERMS), TERMS)
    write(admin, "Uudet ehdot.")
    publish(admin)
    refused = old.press(visitor)
    assert refused.status_code == 409
    assert "Uudet ehdot." in refused.text
    for value in ("", "0", "x", "9" * 30):
        assert visitor.post(TERMS, data={"terms": value}).status_code == 409
    assert acceptances(user) == 0


def test_where_no_terms_were_published_nobody_is_asked(app: Flask, place: Town) -> None:
    with app.app_context():
        session = db.session()
        municipality = make_municipality(session)
        email = f"lead@{municipality.slug}.example"
        add_staff(session, {Role.LEAD: email})
        session.commit()
    visitor = browser(app)
    assert visitor.post("/staff/sign-in", data={"email": email, "password": PASSWORD}).status_code == 303
    assert visitor.get("/staff/").status_code == 200


def test_the_same_text_is_not_published_again(app: Flask, place: Town) -> None:
    admin = signed_in(app, place, Role.ADMIN)
    write(admin, "Uudet ehdot.")
    assert publish(admin).status_code == 303
    form = form_of(admin.get(TERMS), TERMS)
    form.press(admin)
    assert not any(name == "after" for form in forms_of(admin.get(PUBLISH)) for name, _ in form.pairs)


def test_publishing_wants_the_text_and_the_number_that_were_seen(app: Flask, place: Town) -> None:
    admin = signed_in(app, place, Role.ADMIN)
    write(admin, "Uudet ehdot.")
    page = admin.get(PUBLISH)
    form = next(form for form in forms_of(page) if any(name == "after" for name, _ in form.pairs))
    write(admin, "Vielä uudemmat ehdot.")
    assert admin.post(PUBLISH, data=dict(form.pairs)).status_code == 409
    assert admin.post(PUBLISH).status_code == 409
    assert publish(admin).status_code == 303
    assert admin.post(PUBLISH, data=dict(form.pairs)).status_code == 409


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/staff//evil.example", "/m/x/", ""])
def test_accepting_never_leads_out_of_the_staffs_pages(app: Flask, town: Town, wanted: str) -> None:
    visitor = User(app, town.municipality_id, accepts=False).browser()
    page = visitor.get(TERMS, query_string={"next": wanted})
    assert form_of(page, TERMS).press(visitor).location == "/staff/"
