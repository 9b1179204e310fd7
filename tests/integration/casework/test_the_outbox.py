"""The staff's page of messages: found by what is asked for, sent once more with care, and blind for the operator."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.booking.models import Appointment, Client
from app.core import clock
from app.core.audit import AuditEvent
from app.core.permissions import Role
from app.messaging.models import Message
from app.messaging.outbox import CODE_KIND
from tests.concurrently import run_at_once
from tests.town import Browser, Town, bound, make_town, signed_in

OUTBOX = "/staff/outbox"
ADDRESS = "aino.vanha@testila.example"


@pytest.fixture
def town(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture
def lead(app: Flask, town: Town) -> Browser:
    return signed_in(app, town, Role.LEAD)


def add(app: Flask, town: Town, **values: Any) -> int:
    """A message to the town's client that has failed, or what else is said."""
    now = clock.now()
    shown: dict[str, Any] = {
        "kind": "confirmation",
        "channel": "email",
        "language": "fi",
        "recipient": ADDRESS,
        "client_id": town.client_id,
        "subject": "Aika varattu",
        "body": "Tervetuloa",
        "cause": f"test:{secrets.token_hex(4)}",
        "dedupe_key": secrets.token_hex(8),
        "status": "failed",
        "reason": "the mail server cannot write to this address: 550",
        "send_after": now,
        "created_at": now,
        "useful_until": now + timedelta(days=1),
    }
    with bound(app, town.municipality_id) as session:
        message = Message(**{**shown, **values})
        session.add(message)
        session.commit()
        return message.id


def again(app: Flask, town: Town, message_id: int) -> list[Message]:
    """The copies of a message."""
    with bound(app, town.municipality_id) as session:
        found = list(session.scalars(select(Message).where(Message.dedupe_key == f"resend:{message_id}")))
        session.expunge_all()
        return found


def press(visitor: Browser, message_id: int, **asked: str) -> Any:
    return visitor.post(f"{OUTBOX}/{message_id}/resend", data=asked)


def test_a_failed_message_says_why_and_is_sent_once_more(app: Flask, town: Town, lead: Browser) -> None:
    message_id = add(app, town)
    page = lead.get(OUTBOX, query_string={"state": "failed"}).text
    assert "Sähköpostipalvelin ei voi lähettää tähän osoitteeseen. (" in page
    assert f"{OUTBOX}/{message_id}/resend" in page
    for _ in range(2):
        answer = press(lead, message_id, state="failed", page="1")
        assert answer.location == f"{OUTBOX}?state=failed&page=1&notice=resent"
    (copy,) = again(app, town, message_id)
    assert (copy.status, copy.body, copy.subject, copy.attempts) == ("queued", "Tervetuloa", "Aika varattu", 0)
    with bound(app, town.municipality_id) as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "message.resend")).all()
        assert [event.object_id for event in events] == [message_id]


def test_pressed_by_two_at_once_it_is_sent_once(app: Flask, town: Town, lead: Browser) -> None:
    message_id, other = add(app, town), signed_in(app, town, Role.ADMIN)
    answers = run_at_once([lambda: press(lead, message_id), lambda: press(other, message_id)])
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(again(app, town, message_id)) == 1


def test_it_goes_to_the_address_that_was_mended_meanwhile(app: Flask, town: Town, lead: Browser) -> None:
    message_id = add(app, town)
    with bound(app, town.municipality_id) as session:
        session.get_one(Client, town.client_id).email = "aino.uusi@testila.example"
        session.commit()
    press(lead, message_id)
    assert [copy.recipient for copy in again(app, town, message_id)] == ["aino.uusi@testila.example"]


@pytest.mark.parametrize(
    "values",
    [
        {"status": "queued"},
        {"status": "cancelled"},
        {"status": "skipped"},
        {"kind": CODE_KIND},
        {"useful_until": datetime(2026, 1, 1, tzinfo=UTC)},
        {"cause_gone": True},
    ],
)
def test_what_would_only_confuse_is_not_sent_again(
    app: Flask, town: Town, lead: Browser, values: dict[str, Any]
) -> None:
    message_id = add(app, town, **values)
    assert f"{OUTBOX}/{message_id}/resend" not in lead.get(OUTBOX).text
    assert "notice=old" in press(lead, message_id).location
    assert again(app, town, message_id) == []


def test_a_message_that_a_newer_one_has_overtaken_is_not_sent_again(app: Flask, town: Town, lead: Browser) -> None:
    first = add(app, town, cause="appointment:1")
    add(app, town, cause="appointment:1", kind="change")
    answer = press(lead, first)
    assert "vanhentunut" in lead.get(answer.location).text
    assert again(app, town, first) == []


def test_messages_are_found_by_state_channel_kind_and_client(app: Flask, town: Town, lead: Browser) -> None:
    add(app, town, subject="Etsitty")
    with bound(app, town.municipality_id) as session:
        reference = session.get_one(Appointment, town.appointment_id).reference
    hit = {"state": "failed", "channel": "email", "kind": "confirmation", "client": reference}
    assert "Etsitty" in lead.get(OUTBOX, query_string=hit).text
    misses = ({"state": "sent"}, {"channel": "sms"}, {"kind": "change"}, {"client": "K7MQ-0000"})
    for miss in misses:
        assert "Etsitty" not in lead.get(OUTBOX, query_string={**hit, **miss}).text, miss
    assert "Etsitty" in lead.get(OUTBOX, query_string={"state": "nonsense", "page": "x"}).text


def test_the_operator_sees_that_messages_go_but_not_to_whom_or_what_they_say(app: Flask, town: Town) -> None:
    message_id, operator = add(app, town), signed_in(app, town, Role.OPERATOR)
    page = operator.get(OUTBOX, query_string={"client": town.client_id}).text
    assert "Epäonnistui" in page
    for secret in (ADDRESS, "Aika varattu", "Tervetuloa", f"/staff/clients/{town.client_id}", "Aino"):
        assert secret not in page
    assert press(operator, message_id).status_code == 403


def test_those_who_only_serve_send_nothing_again(app: Flask, town: Town) -> None:
    message_id = add(app, town)
    for role in (Role.DESK, Role.CASEWORKER):
        assert press(signed_in(app, town, role), message_id).status_code == 403


def test_what_failed_is_sent_by_another_channel_as_it_is_true_now(app: Flask, town: Town, lead: Browser) -> None:
    cause = f"appointment:{town.appointment_id}"
    with bound(app, town.municipality_id) as session:
        for message in session.scalars(select(Message).where(Message.cause == cause)):
            session.delete(message)
        client = session.get_one(Client, town.client_id)
        client.phone, client.email = "+358401234567", ADDRESS
        session.commit()
    failed = add(app, town, cause=cause, dedupe_key=f"{cause}:v1:confirmation:email")
    page = lead.get(OUTBOX, query_string={"state": "failed"})
    assert "Lähetä tekstiviestillä" in page.text
    for _ in range(2):
        answer = lead.post(f"{OUTBOX}/{failed}/other", data={"by": "sms", "state": "failed"})
        assert "Viesti lähetetään uudelleen" in lead.get(answer.location).text
    with bound(app, town.municipality_id) as session:
        (made,) = session.scalars(select(Message).where(Message.cause == cause, Message.channel == "sms")).all()
        assert (made.kind, made.recipient, made.status) == ("confirmation", "+358401234567", "queued")


def test_by_a_way_that_there_is_not_nothing_is_sent(app: Flask, town: Town, lead: Browser) -> None:
    failed = add(app, town)
    answer = lead.post(f"{OUTBOX}/{failed}/other", data={"by": "sms"})
    assert "notice=old" in answer.location
