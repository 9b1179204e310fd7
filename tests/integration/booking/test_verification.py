"""Somebody else checks a receipt by its code: enough to trust it, nothing more; guessing leads nowhere."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Receipt
from app.booking.receipts import receipts_of
from app.booking.verify_routes import initials
from app.core import clock
from app.core.tenancy import bind
from tests.factories import World, make_world
from tests.integration.booking.test_receipts import book_on_the_pages, the_appointment
from tests.pdf_text import read_pdf

NAME = "Åsa Maria O'Neill-Ääkkönen"


@pytest.fixture
def world(session: Session) -> World:
    """A municipality whose service asks for codes."""
    return make_world(session, verification_code=True)


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet(app: Flask) -> None:
    app.extensions["limiter"].storage.reset()


def ask(client: Any, world: World, code: str) -> Any:
    return client.post(f"/m/{world.municipality.slug}/verify", query_string={"lang": "en"}, data={"code": code})


def code_of(session: Session) -> str:
    code = session.scalars(select(Receipt.verification_code).order_by(Receipt.id.desc())).first()
    assert code is not None
    return code


def test_a_code_stands_on_page_and_paper_only_where_the_service_asks(
    client: Any, world: World, session: Session
) -> None:
    token = book_on_the_pages(client, world)
    receipt = session.scalars(select(Receipt)).one()
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}", receipt.verification_code or "")
    address = f"/a/{token}/receipts/{receipt.number}"
    assert receipt.verification_code in client.get(address).text
    assert f"http://localhost/m/{world.municipality.slug}/verify" in client.get(address).text
    assert receipt.verification_code in read_pdf(client.get(f"{address}.pdf").data).lines
    plain = make_world(session)
    token = book_on_the_pages(client, plain)
    bind(session, plain.municipality.id)
    receipt = session.scalars(select(Receipt)).one()
    assert receipt.verification_code is None
    assert "/verify" not in client.get(f"/a/{token}/receipts/{receipt.number}").text


def test_a_code_proves_the_receipt_and_tells_no_more_than_is_needed(
    client: Any, world: World, session: Session
) -> None:
    book_on_the_pages(client, world, name=NAME)
    answer = ask(client, world, code_of(session))
    assert answer.status_code == 200
    receipt = session.scalars(select(Receipt)).one()
    shown = ("The receipt is genuine", receipt.number, "Å. O.", "Tapaaminen (en)", "in force", "Testilän")
    assert [words for words in shown if words not in answer.text] == []
    appointment = the_appointment(session)
    hidden = (
        "Åsa",
        "Neill",
        "Työnhakukeskustelu",
        "Liisa",
        "040 123",
        "1234567",
        "asa@",
        "By phone",
        appointment.reference,
    )
    assert [words for words in hidden if words in answer.text] == []
    assert appointment.link_token not in answer.text


@pytest.mark.parametrize(
    "typing", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' – ')} "]
)
def test_a_code_may_be_typed_in_many_ways(client: Any, world: World, session: Session, typing: Any) -> None:
    book_on_the_pages(client, world)
    assert ask(client, world, typing(code_of(session))).status_code == 200


def test_a_code_tells_where_the_appointment_stands_now(client: Any, world: World, session: Session) -> None:
    token = book_on_the_pages(client, world)
    first = code_of(session)
    was = (
        the_appointment(session).starts_at.astimezone(world.zone).hour
    )  # the first free time: it depends on the hour of day
    hour = 14 if was != 14 else 13
    client.post(f"/a/{token}/change/check", data={"starts_at": world.at(hour).isoformat()})
    moved = ask(client, world, first).text
    assert "The time has been changed after this receipt." in moved
    assert f"{hour}:00" not in moved
    assert "in force" in ask(client, world, code_of(session)).text
    with clock.standing_at(world.at(hour + 1) + timedelta(minutes=1)):
        assert "The time has passed." in ask(client, world, code_of(session)).text
    client.post(f"/a/{token}/cancel")
    for code in session.scalars(select(Receipt.verification_code)).all():
        assert "The appointment has been cancelled." in ask(client, world, code or "").text
    assert len({receipt.verification_code for receipt in receipts_of(session, the_appointment(session))}) == 3


def test_every_wrong_code_gets_the_same_answer(client: Any, world: World, session: Session) -> None:
    book_on_the_pages(client, world)
    elsewhere = make_world(session, verification_code=True)
    book_on_the_pages(client, elsewhere)
    bind(session, elsewhere.municipality.id)
    wrong = [
        code_of(session),
        "K7MQ-4XTP-9CDE",
        "",
        "x",
        "ä😀\x00'",
        "K" * 400,
        session.scalars(select(Receipt.number)).one(),
    ]
    answers = [ask(client, world, code) for code in wrong]
    assert {answer.status_code for answer in answers} == {422}
    assert len({re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}) == 1
    assert "We know no receipt with this code." in answers[0].text
    assert f'value="{wrong[0]}"' in answers[0].text


def test_guessing_is_stopped(client: Any, world: World, session: Session) -> None:
    book_on_the_pages(client, world)
    found = [ask(client, world, "K7MQ-4XTP-9CDE").status_code for _ in range(11)]
    assert found == [422] * 10 + [429]
    stopped = ask(client, world, code_of(session))
    assert stopped.status_code == 429
    assert int(stopped.headers["Retry-After"]) >= 1
    assert client.get(f"/m/{world.municipality.slug}/verify").status_code == 200


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        (NAME, "Å. O."),
        ("Aino", "A."),
        ("d'Artagnan <b>", "D. B."),
        ("محمد العربي", "م. ا."),
        ("*** 007", "–"),
        ("", "–"),
    ],
)
def test_initials_are_of_the_first_and_the_last_name(name: str, letters: str) -> None:
    assert initials(name) == letters
