"""Receipts: one for every action, each as it was then, read by nobody else; on the page and on paper."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.changes import cancel, reschedule
from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.booking.models import Appointment, Receipt, UnreachableTime
from app.booking.receipt_pdf import receipt_pdf
from app.booking.receipt_views import receipt_line, receipt_page
from app.booking.receipts import Action, find_receipt, receipts_of, record, wishes_of
from app.core import clock
from app.core.audit import SYSTEM, Actor
from app.core.errors import NotFound
from app.core.i18n import speaking
from app.core.tenancy import bind
from app.identity.service import create_api_key
from tests.factories import World, make_professional, make_question, make_world
from tests.integration.booking.test_public_flow import fill_in, walk_to_details
from tests.pdf_text import read_pdf

LINK_HOLDER = {"kind": "client", "way": "link"}


def book_on_the_pages(client: Any, world: World, **details: str) -> str:
    """Book as a visitor does; returns the link's token."""
    booked = fill_in(client, walk_to_details(client, world), language="fi", **details)
    return re.search(r"/a/([^?]+)", booked.location).group(1)  # type: ignore[union-attr]


def the_appointment(session: Session) -> Appointment:
    return session.scalars(select(Appointment)).one()


def kept(session: Session) -> list[tuple[str, str]]:
    """Action and way of every receipt, in order."""
    return [(row.action, row.way) for row in session.scalars(select(Receipt).order_by(Receipt.id))]


def test_every_action_of_a_client_leaves_one_receipt(client: Any, world: World, session: Session) -> None:
    token = book_on_the_pages(client, world)
    make_question(session, world.service, key="job", required=True)
    session.commit()
    at = world.at(9, day=world.next_working_day(after=1))
    client.post(f"/a/{token}/change/check", data={"starts_at": at.isoformat()})
    client.post(f"/a/{token}/questions", data={"job": "kokki"})
    client.post(f"/a/{token}/may-move", data={"may_move": "yes"})
    client.post(f"/a/{token}/may-move", data={"may_move": "no"})
    with clock.standing_at(at - timedelta(minutes=30)):
        client.post(f"/a/{token}/late", data={"minutes": "10"})
        client.post(f"/a/{token}/cancel")
        page = client.get(f"/a/{token}/receipt", query_string={"lang": "en"})
    assert kept(session) == [
        ("book", "pages"),
        ("reschedule", "link"),
        ("answer", "link"),
        ("allow_move", "link"),
        ("forbid_move", "link"),
        ("late", "link"),
        ("cancel", "link"),
    ]
    numbers = session.scalars(select(Receipt.number).order_by(Receipt.id.desc())).all()
    assert re.findall(r'href="/a/[^/]+/receipts/(R-[^".]+)"', page.text) == numbers
    assert session.scalars(select(Receipt.appointment_id).distinct()).all() == [the_appointment(session).id]


def test_a_receipt_stays_as_it_was_when_the_appointment_moves(
    app: Flask, client: Any, world: World, session: Session
) -> None:
    token = book_on_the_pages(client, world)
    number = session.scalars(select(Receipt.number)).one()
    page, file = f"/a/{token}/receipts/{number}", f"/a/{token}/receipts/{number}.pdf"
    before = [client.get(address).data for address in (page, file)]
    other = make_professional(session, services=[world.service], office=world.office, first_name="Pekka")
    appointment = the_appointment(session)
    was = appointment.starts_at.astimezone(world.zone)  # the first free time, whatever the hour is now
    world.service.name, appointment.client.name = {"fi": "Aivan muuta"}, "Muu Nimi"
    reschedule(
        session,
        appointment,
        starts_at=world.at(14),
        professional_id=other.id,
        actor=SYSTEM,
        municipality=world.municipality,
        now=clock.now(),
    )
    world.professional.first_name = "Toinen"
    session.commit()
    assert [client.get(address).data for address in (page, file)] == before
    newest = receipts_of(session, appointment)[0]
    assert (newest.action, newest.way) == ("reschedule", "system")
    text = client.get(f"/a/{token}/receipts/{newest.number}").text
    expected = ("Pekka", "Aivan muuta", "Muu Nimi", "klo 14.00", f"klo {was.hour}.{was.minute:02d}")
    assert [told for told in expected if told not in text] == []


def test_a_receipt_is_read_in_its_readers_language(client: Any, world: World, session: Session) -> None:
    token = book_on_the_pages(client, world)
    number = session.scalars(select(Receipt.number)).one()
    expected = {
        "fi": ("Aika varattu", "Työnhakukeskustelu", "Puhelimessa"),
        "sv": ("Tiden bokad", "Työnhakukeskustelu (sv)", "Per telefon"),
        "en": ("Appointment booked", "Työnhakukeskustelu (en)", "By phone"),
    }
    for language, words in expected.items():
        page = client.get(f"/a/{token}/receipts/{number}", query_string={"lang": language}).text
        file = read_pdf(client.get(f"/a/{token}/receipts/{number}.pdf", query_string={"lang": language}).data)
        assert all(word in page and word in file.lines for word in words), language
        assert file.language == language
        assert number in file.title
        assert "Åsa O&#39;Neill-Ääkkönen &lt;b&gt;" in page
        assert "Åsa O'Neill-Ääkkönen <b>" in file.lines


def test_what_is_sent_twice_leaves_one_receipt(client: Any, world: World, session: Session) -> None:
    make_question(session, world.service, key="job", required=False)
    session.commit()
    questions = walk_to_details(client, world)
    details = client.post(questions, data={"job": ""}).location
    check = client.post(details, data={"name": "Aino", "phone": "0401234567", "language": "fi"}).location
    booked = [client.post(check) for _ in range(3)]
    token = re.search(r"/a/([^?]+)", booked[-1].location).group(1)  # type: ignore[union-attr]
    start = world.at(13).isoformat()
    for _ in range(3):
        client.post(f"/a/{token}/change/check", data={"starts_at": start})
    for _ in range(3):
        client.post(f"/a/{token}/may-move", data={"may_move": "yes"})
    with clock.standing_at(world.at(12, 30)):
        for _ in range(3):
            client.post(f"/a/{token}/late", data={"minutes": "15"})
        for _ in range(3):
            client.post(f"/a/{token}/cancel")
    assert [action for action, _ in kept(session)] == ["book", "reschedule", "allow_move", "late", "cancel"]


def test_what_is_sent_twice_at_once_leaves_one_receipt(
    app: Flask, client: Any, world: World, session: Session, in_threads: Any
) -> None:
    token = book_on_the_pages(client, world)
    make_question(session, world.service, key="job", required=True)
    session.commit()
    start = the_appointment(session).starts_at

    def press(path: str, **data: str) -> int:
        return int(app.test_client().post(f"/a/{token}/{path}", data=data).status_code)

    with clock.standing_at(start - timedelta(minutes=5)):
        for path, data in (("late", {"minutes": "5"}), ("may-move", {"may_move": "yes"}), ("questions", {"job": "x"})):
            assert in_threads([lambda path=path, data=data: press(path, **data)] * 6) == [303] * 6
    assert [action for action, _ in kept(session)] == ["book", "late", "allow_move", "answer"]


def test_a_receipt_says_who_did_it(world: World, session: Session, client: Any) -> None:
    key = create_api_key(session, name="case system", now=clock.now(), scopes=("read", "book"))
    session.commit()
    order = {"service_id": world.service.id, "starts_at": world.at(9).isoformat(), "mode": "phone"}
    headers = {"Authorization": f"Bearer {key}"}
    client.post("/api/v1/appointments", json={**order, "client": {"name": "Matti"}}, headers=headers)
    appointment = the_appointment(session)
    signed_in = Actor("client", appointment.client_id, way="signed_in")
    staff = Actor("staff", 1, "Desk", trusted=True)
    common: dict[str, Any] = {"municipality": world.municipality, "now": clock.now()}
    reschedule(session, appointment, starts_at=world.at(11), actor=signed_in, **common)
    cancel(session, appointment, actor=staff, **common)
    session.commit()
    assert kept(session) == [("book", "system"), ("reschedule", "signed_in"), ("cancel", "staff")]


@pytest.mark.parametrize("file", ["", ".pdf"])
def test_nobody_reads_anothers_receipts(client: Any, world: World, session: Session, file: str) -> None:
    mine, others = book_on_the_pages(client, world), book_on_the_pages(client, world)
    numbers = {receipt.appointment.link_token: receipt.number for receipt in session.scalars(select(Receipt))}
    elsewhere = make_world(session)
    foreign = book_on_the_pages(client, elsewhere)
    bind(session, elsewhere.municipality.id)
    numbers[foreign] = session.scalars(select(Receipt.number)).one()
    assert len(set(numbers.values())) == 3
    for token in (mine, others, foreign):
        for owner, number in numbers.items():
            answer = client.get(f"/a/{token}/receipts/{number}{file}")
            assert answer.status_code == (200 if owner == token else 404)
        assert numbers[token] in client.get(f"/a/{token}/receipt").text
    for wrong in ("R-AAAAA-AAAAA", "x", numbers[mine].lower(), f"{numbers[mine]}.x"):
        assert client.get(f"/a/{mine}/receipts/{wrong}{file}").status_code == 404


def test_the_newest_receipt_is_offered_after_each_action(client: Any, world: World, session: Session) -> None:
    token = book_on_the_pages(client, world)
    number = session.scalars(select(Receipt.number)).one()
    offer = f'href="/a/{token}/receipts/{number}"'
    assert offer in client.get(f"/a/{token}", query_string={"done": 1}).text
    assert offer not in client.get(f"/a/{token}").text
    assert f'href="/a/{token}/receipt"' in client.get(f"/a/{token}").text
    done = client.post(f"/a/{token}/may-move", data={"may_move": "yes"})
    newest = receipts_of(session, the_appointment(session))[0].number
    assert newest != number
    assert f'href="/a/{token}/receipts/{newest}"' in client.get(done.location).text


def test_an_appointment_from_before_receipts_says_that_it_has_none(client: Any, world: World, session: Session) -> None:
    token = book_on_the_pages(client, world)
    session.delete(session.scalars(select(Receipt)).one())
    session.commit()
    assert "No receipts have been kept" in client.get(f"/a/{token}/receipt", query_string={"lang": "en"}).text
    assert client.get(f"/a/{token}?done=1").status_code == 200


def test_answers_do_not_stand_on_the_receipt(client: Any, world: World, session: Session) -> None:
    """It is shown to others (an employer, another authority): how many, not what."""
    token = book_on_the_pages(client, world)
    make_question(session, world.service, key="job", required=True)
    session.commit()
    client.post(f"/a/{token}/questions", data={"job": "terveydentila"})
    newest = receipts_of(session, the_appointment(session))[0]
    assert newest.facts["answered"] == 1
    assert "terveydentila" not in str(newest.facts)


def test_a_receipt_cannot_be_changed(client: Any, world: World, session: Session) -> None:
    book_on_the_pages(client, world)
    session.scalars(select(Receipt)).one().action = "cancel"
    with pytest.raises(RuntimeError, match="only ever appended"):
        session.flush()
    session.rollback()


def test_changed_wishes_have_a_receipt_without_an_appointment(app: Flask, world: World, session: Session) -> None:
    actor = Actor("client", way="signed_in")
    one, other = (
        add_client(session, ClientDetails(name, phone="+358401234567", language="sv"), actor=SYSTEM, now=clock.now())
        for name in ("Aino", "Muu")
    )
    one.preferred_channel = "sms"
    away = UnreachableTime(client_id=one.id, first_day=date(2026, 11, 24), last_day=date(2026, 11, 26), part="morning")
    made = record(session, one, Action.WISHES, actor=actor, now=clock.now(), facts=wishes_of(one, [away]))
    one.preferred_channel = "email"
    session.commit()
    assert find_receipt(session, made.number, [one]) is made
    assert receipts_of(session, [one]) == [made]
    assert receipts_of(session, [other]) == []
    with pytest.raises(NotFound):
        find_receipt(session, made.number, [other])
    with app.test_request_context(), speaking("en"):
        rows = {row["key"]: row["value"] for row in receipt_page(made, world.municipality)["rows"]}
        line = receipt_line(made, world.zone, url="/u", pdf_url="/p")
        file = read_pdf(receipt_pdf(made, world.municipality))
    assert rows["How we write to you"] == "By text message"
    assert rows["Language"] == "Svenska"
    assert rows["Times when you cannot be reached"] == ["24 Nov 2026–26 Nov 2026 in the morning"]
    assert (line["what"], line["about"], line["url"]) == ("Wishes changed", "", "/u")
    assert "Wishes changed" in file.lines
    assert made.verification_code is None


# — on paper —

PRINTED = [
    "Åsa O'Neill-Ääkkönen <b>",
    "Дмитро Їжакевич-Ґалаґан",
    "Γιώργος Παπαδόπουλος",
    "Nguyễn Thị Hồng Ánh",
    "Şahin Çağlar Ğ. İnönü",
    "Þórður Ægisson **_~",
    "x" * 190,
]
NOT_PRINTED = ["محمد العربي", "王小明", "Aino 😀", "Aino \u202enevalA", "தமிழ்", "ሰላም"]


@pytest.mark.parametrize("name", PRINTED)
def test_a_name_of_many_scripts_stands_in_the_file(
    app: Flask, client: Any, world: World, session: Session, name: str
) -> None:
    file = read_pdf(_file_of(app, client, world, session, name))
    assert name in "".join(file.lines)
    assert not any("*" in line and "**" not in line for line in file.lines)


@pytest.mark.parametrize("name", NOT_PRINTED)
def test_where_the_font_lacks_a_sign_the_reference_stands_and_the_file_says_so(
    app: Flask, client: Any, world: World, session: Session, name: str
) -> None:
    file = read_pdf(_file_of(app, client, world, session, name))
    assert file.lines[file.lines.index("Name") + 1] == f"{the_appointment(session).reference} *"
    assert any(line.startswith("* This file cannot show") for line in file.lines)
    token = the_appointment(session).link_token
    number = session.scalars(select(Receipt.number)).one()
    assert name in client.get(f"/a/{token}/receipts/{number}").text


def _file_of(app: Flask, client: Any, world: World, session: Session, name: str) -> bytes:
    token = book_on_the_pages(client, world, name=name)
    number = session.scalars(select(Receipt.number)).one()
    answer = client.get(f"/a/{token}/receipts/{number}.pdf", query_string={"lang": "en"})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="vuoro-{number}.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    data: bytes = answer.data
    return data


def test_a_file_is_small_quick_and_always_the_same(app: Flask, client: Any, world: World, session: Session) -> None:
    world.service.verification_code = True
    session.commit()
    book_on_the_pages(client, world, name="Дмитро Παπαδόπουλος Åkerö")
    receipt = session.scalars(select(Receipt)).one()
    files, seconds = [], []
    with app.test_request_context(), speaking("sv"):
        for _ in range(4):
            began = time.process_time()
            files.append(receipt_pdf(receipt, world.municipality))
            seconds.append(time.process_time() - began)
    assert len(set(files)) == 1
    assert len(files[0]) < 60_000
    assert min(seconds) < 0.2


def test_a_long_receipt_goes_on_to_a_second_page(app: Flask, client: Any, world: World, session: Session) -> None:
    world.service.name = {"fi": "Pitkä nimi " * 120}
    session.commit()
    file = read_pdf(_file_of(app, client, world, session, "Aino"))
    assert file.pages == 2
    assert len([line for line in file.lines if "palvelut@testila.example" in line]) == 2
