"""Clients sign in by a code: who gets in, who does not, and what nobody learns by trying."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.booking.models import Client
from app.core import clock, tenancy
from app.core.audit import SYSTEM, AuditEvent
from app.core.db import db
from app.core.errors import TooMany
from app.core.permissions import Role
from app.identity import codes
from app.identity.codes import CODE_LIVES, GUESSES, PER_CONTACT
from app.identity.contact import Contact
from app.identity.models import ClientSession, SignInCode
from app.jobs import transaction
from app.messaging.models import Message
from app.messaging.outbox import CODE_KIND
from tests.concurrently import run_at_once
from tests.factories import World, make_municipality
from tests.integration.booking.test_public_flow import fill_in, walk_to_details
from tests.town import PASSWORD, Browser, add_staff, bound, browser, client_signed_in, code_in_last_message

PHONE, EMAIL = "+358401234567", "aino@example.fi"


@pytest.fixture
def aino(session: Session, world: World) -> Client:
    details = ClientDetails("Aino Åkerö", phone=PHONE, email=EMAIL)
    client = add_client(session, details, actor=SYSTEM, now=clock.now())
    session.commit()
    return client


def page(world: World, rest: str = "") -> str:
    return f"/m/{world.municipality.slug}/sign-in{rest}"


def ask(app: Flask, world: World, contact: str = PHONE, *, who: Browser | None = None) -> Browser:
    visitor = who or browser(app)
    answer = visitor.post(page(world), data={"contact": contact})
    assert (answer.status_code, answer.location) == (303, page(world, "/code")), answer.text
    return visitor


def guess(visitor: Browser, world: World, code: str) -> Any:
    return visitor.post(page(world, "/code"), data={"code": code})


def code_of(app: Flask, world: World) -> str:
    return code_in_last_message(app, world.municipality.id)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.parametrize("typed", ["040-123 45 67", "+358 40 123 4567", "aino@example.fi", " Aino@Example.FI "])
def test_the_right_code_opens_the_clients_own_pages(app: Flask, world: World, aino: Client, typed: str) -> None:
    visitor = ask(app, world, typed)
    code = code_of(app, world)
    entered = guess(visitor, world, f" {code[:3]} {code[3:]} ")
    assert (entered.status_code, entered.location) == (303, "/my")
    assert "Aino Åkerö" in visitor.get("/my").text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter your phone number"),
        ("12", "phone number"),
        ("09 310 1691", "Text messages do not reach"),
        ("a@b", "Enter an e-mail address"),
        ("\x00@x.fi", "cannot save"),
    ],
)
def test_what_cannot_be_a_contact_is_refused_and_kept_on_the_page(
    app: Flask, world: World, typed: str, words: str
) -> None:
    answer = browser(app).post(page(world), data={"contact": typed}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert words in answer.text
    if typed.isprintable():
        assert f'value="{typed}"' in answer.text


# — enumeration —


def test_nobody_learns_by_asking_who_is_a_client(app: Flask, world: World, aino: Client, session: Session) -> None:
    """The answers, the pages, the rows that are written, and the limits are the same for a number nobody has."""
    answers = []
    for contact in (PHONE, "+358409999999"):
        visitor = browser(app)
        with statements_of(app) as statements:
            first = visitor.post(page(world), data={"contact": contact})
        code_page = visitor.get(first.location)
        refused = guess(visitor, world, "12")
        answers.append(
            (
                first.status_code,
                first.location,
                code_page.text.replace(shown(contact), "NUMBER").replace(contact, "NUMBER"),
                refused.status_code,
                refused.text.replace(shown(contact), "NUMBER").replace(contact, "NUMBER"),
                sorted(statements),
            )
        )
    assert answers[0] == answers[1]
    tenancy.bind(session, world.municipality.id)
    statuses = dict(tuple(row) for row in session.execute(select(Message.recipient, Message.status)))
    assert statuses == {PHONE: "queued", "+358409999999": "skipped"}


def shown(contact: str) -> str:
    return Contact.of_value(contact).shown()


@contextmanager
def statements_of(app: Flask) -> Iterator[list[str]]:
    """The first words of the statements that are run meanwhile."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        found.append(statement.split()[0])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_right_code_for_a_contact_that_no_client_has_is_a_wrong_code(app: Flask, world: World) -> None:
    visitor = ask(app, world, "+358409999999")
    answer = guess(visitor, world, code_of(app, world))
    assert answer.status_code == 422
    assert visitor.get("/my").status_code == 302


# — guessing and replay —


def test_after_five_guesses_not_even_the_right_code_opens(app: Flask, world: World, aino: Client) -> None:
    visitor = ask(app, world)
    code = code_of(app, world)
    assert [guess(visitor, world, wrong(code)).status_code for _ in range(GUESSES)] == [422] * GUESSES
    assert guess(visitor, world, code).status_code == 410
    assert visitor.get("/my").status_code == 302


def test_guesses_at_once_are_counted_one_by_one(app: Flask, world: World, aino: Client) -> None:
    visitor = ask(app, world)
    code = code_of(app, world)
    with visitor.session_transaction() as cookie:
        name = cookie["visitor"]

    def try_one() -> str:
        with app.app_context(), transaction() as session:
            tenancy.bind(session, world.municipality.id)
            try:
                codes.accept(session, contact=Contact("sms", PHONE), visitor=name, typed=wrong(code), now=clock.now())
            except Exception as problem:
                return type(problem).__name__
            return "counted"

    results = run_at_once([try_one] * 12)
    assert sorted(results) == ["Gone"] * (12 - GUESSES) + ["counted"] * GUESSES


def test_a_code_opens_once(app: Flask, world: World, aino: Client) -> None:
    visitor = ask(app, world)
    code = code_of(app, world)
    with visitor.session_transaction() as cookie:
        before = dict(cookie)
    assert guess(visitor, world, code).status_code == 303
    again = browser(app)
    with again.session_transaction() as cookie:
        cookie.update(before)  # even the same browser, going back
    assert guess(again, world, code).status_code == 410


def test_a_code_opens_only_in_the_browser_that_asked_for_it(app: Flask, world: World, aino: Client) -> None:
    ask(app, world)
    stolen = code_of(app, world)
    thief = browser(app)
    assert guess(thief, world, stolen).location == page(world), "a browser that asked for nothing starts at the start"
    ask(app, world, who=thief)
    if code_of(app, world) != stolen:  # one time in a million they are equal
        assert guess(thief, world, stolen).status_code == 422


def test_a_code_runs_out(app: Flask, world: World, aino: Client) -> None:
    with clock.standing_at(clock.now()):
        visitor = ask(app, world)
        code = code_of(app, world)
    with clock.standing_at(clock.now() + CODE_LIVES):
        assert guess(visitor, world, code).status_code == 410


def test_codes_for_one_contact_are_few_whoever_asks(app: Flask, world: World, aino: Client) -> None:
    most = PER_CONTACT[0][0]
    for _ in range(most):
        ask(app, world)
    refused = browser(app).post(page(world), data={"contact": PHONE})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert f'value="{PHONE}"' in refused.text
    ask(app, world, EMAIL)


def test_codes_asked_for_at_once_are_counted_exactly(app: Flask, world: World) -> None:
    def issue() -> str:
        with app.app_context(), transaction() as session:
            tenancy.bind(session, world.municipality.id)
            try:
                codes.issue(session, contact=Contact("sms", PHONE), visitor="v", address="", now=clock.now())
            except TooMany:
                return "refused"
            return "issued"

    results = run_at_once([issue] * 10)
    assert sorted(results) == ["issued"] * PER_CONTACT[0][0] + ["refused"] * (10 - PER_CONTACT[0][0])


# — forwarding, sessions, sharing —


def test_the_link_of_an_appointment_signs_nobody_in(app: Flask, world: World) -> None:
    visitor = browser(app)
    link = fill_in(visitor, walk_to_details(visitor, world)).location.partition("?")[0]
    friend = browser(app)
    assert friend.get(link).status_code == 200
    assert friend.get("/my").location == "/my/sign-in"
    assert friend.get(f"/m/{world.municipality.slug}/?via={link.rsplit('/', 1)[1]}").status_code == 200
    assert friend.get("/my").location == "/my/sign-in"


def test_the_code_message_holds_no_link_to_forward(app: Flask, world: World, aino: Client, session: Session) -> None:
    for contact in (PHONE, EMAIL):
        ask(app, world, contact)
    tenancy.bind(session, world.municipality.id)
    for message in session.scalars(select(Message).where(Message.kind == CODE_KIND)):
        assert "http" not in message.body.replace("http://www.w3.org", "")
        assert "href" not in message.html


def test_signing_out_ends_every_copy_of_the_cookie(app: Flask, world: World, aino: Client) -> None:
    visitor = client_signed_in(app, world.municipality.id, world.municipality.slug)
    copied = browser(app)
    with visitor.session_transaction() as cookie, copied.session_transaction() as copy:
        copy.update(cookie)
    assert copied.get("/my").status_code == 200
    visitor.post("/my/sign-out")
    assert visitor.get("/my").status_code == copied.get("/my").status_code == 302


def test_signing_out_everywhere_ends_the_other_browsers_too(app: Flask, world: World, aino: Client) -> None:
    one, other = (client_signed_in(app, world.municipality.id, world.municipality.slug) for _ in range(2))
    one.post("/my/sign-out", data={"everywhere": "1"})
    assert one.get("/my").status_code == other.get("/my").status_code == 302


def test_a_sign_in_ends_by_itself(app: Flask, world: World, aino: Client) -> None:
    visitor = client_signed_in(app, world.municipality.id, world.municipality.slug)
    assert visitor.get("/my").status_code == 200
    with clock.standing_at(clock.now() + timedelta(hours=2, seconds=1)):
        assert visitor.get("/my").status_code == 302


def test_a_family_that_shares_a_telephone_chooses_whose_appointments(
    app: Flask, world: World, aino: Client, session: Session
) -> None:
    for name in ("Eino Åkerö", "Aino Åkerö"):  # a visitor's booking made another row of Aino's
        add_client(session, ClientDetails(name, phone=PHONE), actor=SYSTEM, now=clock.now())
    session.commit()
    visitor = ask(app, world)
    chosen = guess(visitor, world, code_of(app, world))
    assert chosen.location == page(world, "/who")
    choice = visitor.get(chosen.location).text
    people = dict(re.findall(r'name="person" value="(\d+)">([^<]+)<', choice))
    assert sorted(people.values()) == ["Aino Åkerö", "Eino Åkerö"]
    assert visitor.get("/my").status_code == 302, "not before the choice"
    assert visitor.post(chosen.location, data={"person": "999999999"}).status_code == 422
    eino = next(number for number, name in people.items() if name.startswith("Eino"))
    assert visitor.post(chosen.location, data={"person": eino}).location == "/my"
    assert "Eino Åkerö" in visitor.get("/my").text


def test_nobody_chooses_a_person_without_having_proven_the_contact(app: Flask, world: World, aino: Client) -> None:
    visitor = ask(app, world)
    answer = visitor.post(page(world, "/who"), data={"person": str(aino.id)})
    assert (answer.status_code, answer.location) == (303, page(world))
    assert visitor.get("/my").status_code == 302


def test_a_sign_in_of_one_municipality_is_none_in_another(app: Flask, world: World, aino: Client) -> None:
    visitor = client_signed_in(app, world.municipality.id, world.municipality.slug)
    with app.app_context(), transaction() as session:
        other = make_municipality(session)
        slug, other_id = other.slug, other.id
    assert visitor.get(f"/m/{slug}/sign-in").status_code == 200, "not recognised there"
    ask_there = visitor.post(f"/m/{slug}/sign-in", data={"contact": PHONE})
    answer = visitor.post(ask_there.location, data={"code": code_in_last_message(app, other_id)})
    assert answer.status_code == 422, "she is no client there"


def test_a_sign_in_is_in_the_audit_log(app: Flask, world: World, aino: Client, session: Session) -> None:
    client_signed_in(app, world.municipality.id, world.municipality.slug)
    tenancy.bind(session, world.municipality.id)
    line = session.scalars(select(AuditEvent).where(AuditEvent.action == "client.sign_in")).one()
    assert (line.actor_kind, line.actor_id, line.object_id, line.data) == (
        "client",
        aino.id,
        aino.id,
        {"channel": "sms"},
    )


def test_codes_and_sign_ins_are_swept_when_they_are_of_no_use(app: Flask, world: World, aino: Client) -> None:
    client_signed_in(app, world.municipality.id, world.municipality.slug)
    with bound(app, world.municipality.id) as session:
        assert codes.sweep(session, now=clock.now()) == 0
        assert codes.sweep(session, now=clock.now() + timedelta(days=1, seconds=1)) == 3
        for table in (SignInCode, Message, ClientSession):
            assert session.scalar(select(func.count(table.id))) == 0


def test_staff_never_see_a_code(app: Flask, world: World, aino: Client) -> None:
    ask(app, world)
    code = code_of(app, world)
    address = f"lead-{world.municipality.slug}@example.fi"
    with bound(app, world.municipality.id) as session:
        add_staff(session, {Role.LEAD: address})
        session.commit()
    staff = browser(app)
    staff.post("/staff/sign-in", data={"email": address, "password": PASSWORD})
    outbox = staff.get("/staff/outbox")
    assert outbox.status_code == 200
    assert PHONE[-4:] in outbox.text.replace(" ", "")
    assert code not in outbox.text
