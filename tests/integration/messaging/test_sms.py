"""Text messages by the real twilio client: taken, refused, put off, never sent twice; and what came of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from app.core.tenancy import Municipality
from app.doctor import _sms
from app.messaging.channels import Outgoing, PermanentFailure, TemporaryFailure, configured_channels, receipts_url
from app.messaging.channels.sms import OPTED_OUT, TwilioChannel
from app.messaging.models import MessageReceipt
from app.messaging.status import MessageStatus, outcome
from config import Config
from tests.post_office import Outbox
from tests.town import browser
from tests.twilio_server import ACCOUNT, Twilio, twilio_server

TOKEN = "a-secret-of-the-test"
NUMBER = "+358401234567"


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with twilio_server() as made:
        yield made


def settings_of(twilio: Twilio, **more: str) -> Config:
    values = {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": "+358451112222",
        "TWILIO_API_BASE": twilio.url,
        "PUBLIC_URL": "https://ajat.example",
    }
    return Config.from_environment(values | more)


def channel_of(twilio: Twilio, **more: str) -> TwilioChannel:
    settings = settings_of(twilio, **more)
    return TwilioChannel(settings, lambda message: receipts_url(settings, message))


def outgoing(outbox: Outbox, **values: Any) -> Outgoing:
    defaults: dict[str, Any] = {
        "id": 7,
        "dedupe_key": "k",
        "recipient": NUMBER,
        "sender_name": "Testilä",
        "sender_address": "",
        "subject": "",
        "body": "Aikasi on ti\u00a024.11.2026 klo 9.00–10.00",
        "html": "",
        "calendar": "",
        "calendar_method": "",
        "language": "fi",
        "municipality": "testila",
        "created_at": outbox.now,
    }
    return Outgoing(**{**defaults, **values})


def test_a_message_is_handed_over_with_its_sender_and_the_address_for_receipts(twilio: Twilio, outbox: Outbox) -> None:
    sid = channel_of(twilio).send(outgoing(outbox))
    (taken,) = twilio.taken
    assert sid == taken["sid"]
    assert (taken["To"], taken["From"]) == (NUMBER, "+358451112222")
    assert taken["Body"] == "Aikasi on ti 24.11.2026 klo 9.00-10.00"
    assert taken["StatusCallback"] == "https://ajat.example/hooks/twilio/testila/status?message=7"


def test_a_messaging_service_stands_in_for_the_sender(twilio: Twilio, outbox: Outbox) -> None:
    channel_of(twilio, TWILIO_MESSAGING_SERVICE_SID="MG" + "1" * 32).send(outgoing(outbox))
    assert twilio.taken[0]["MessagingServiceSid"] == "MG" + "1" * 32
    assert "From" not in twilio.taken[0]


@pytest.mark.parametrize(("status", "code"), [(400, 21211), (400, 21614), (400, 21408)])
def test_a_number_that_cannot_be_reached_is_not_tried_again(
    twilio: Twilio, outbox: Outbox, status: int, code: int
) -> None:
    twilio.refuse(status, code)
    with pytest.raises(PermanentFailure, match=str(code)):
        channel_of(twilio).send(outgoing(outbox))


def test_who_opted_out_is_told_apart(twilio: Twilio, outbox: Outbox) -> None:
    twilio.refuse(400, 21610)
    with pytest.raises(PermanentFailure, match=OPTED_OUT):
        channel_of(twilio).send(outgoing(outbox))


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_a_fault_of_ours_or_theirs_keeps_the_message(twilio: Twilio, outbox: Outbox, status: int) -> None:
    twilio.refuse(status)
    with pytest.raises(TemporaryFailure):
        channel_of(twilio).send(outgoing(outbox))


def test_nobody_answering_keeps_the_message(twilio: Twilio, outbox: Outbox) -> None:
    with pytest.raises(TemporaryFailure):
        channel_of(twilio, TWILIO_API_BASE="http://127.0.0.1:9").send(outgoing(outbox))


def test_too_many_at_once_waits_as_long_as_is_asked(twilio: Twilio, outbox: Outbox) -> None:
    message_id = outbox.add(channel="sms", recipient=NUMBER, body="Aikasi on ti 24.11.2026")
    twilio.refuse(429, 20429, Retry_After="120")
    channel = channel_of(twilio)
    assert outbox.dispatch(sms=channel) == 1
    job = outbox.job(message_id)
    assert job is not None
    assert (job.due_at - outbox.now).total_seconds() >= 120
    assert outbox.message(message_id).status == "queued"
    outbox.wait(minutes=3)
    outbox.dispatch(sms=channel)
    assert outbox.message(message_id).status == "sent"


def test_a_message_that_was_taken_unheard_is_found_and_not_sent_again(twilio: Twilio, outbox: Outbox) -> None:
    message_id = outbox.add(channel="sms", recipient=NUMBER, body="Aikasi on ti 24.11.2026")
    twilio.swallowed = 1
    channel = channel_of(twilio)
    outbox.dispatch(sms=channel)
    assert outbox.message(message_id).status == "queued"
    outbox.wait(minutes=5)
    outbox.dispatch(sms=channel)
    message = outbox.message(message_id)
    assert (message.status, message.provider_id) == ("sent", twilio.taken[0]["sid"])
    assert (len(twilio.taken), twilio.asked) == (1, 1)


def test_without_a_sender_text_messages_wait(twilio: Twilio) -> None:
    assert "sms" not in configured_channels(settings_of(twilio, TWILIO_FROM=""))
    assert "sms" in configured_channels(settings_of(twilio))


def test_the_doctor_says_whether_twilio_knows_us(twilio: Twilio) -> None:
    settings = settings_of(twilio)
    assert _sms(settings).ok
    twilio.refuse(401, 20003)
    refused = _sms(settings)
    assert (refused.ok, "TWILIO_AUTH_TOKEN" in refused.words) == (False, True)
    assert not _sms(settings_of(twilio, TWILIO_FROM="")).ok
    assert "wait in the outbox" in _sms(settings_of(twilio, TWILIO_ACCOUNT_SID="")).words


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered"])))
def test_receipts_come_to_the_same_in_every_order(order: tuple[str, ...]) -> None:
    assert outcome(order) == MessageStatus.DELIVERED
    assert outcome([*order, "failed"]) == MessageStatus.DELIVERED
    assert outcome(order[:1]) in (None, MessageStatus.DELIVERED)


class Hook:
    """Twilio's requests to us, signed."""

    def __init__(self, app: Flask, outbox: Outbox, message_id: int) -> None:
        self.app, self.outbox = app, outbox
        self.slug = outbox.change(lambda session: session.get_one(Municipality, outbox.municipality_id).slug)
        self.path = f"/hooks/twilio/{self.slug}/status?message={message_id}"

    def post(self, word: str, *, sid: str, code: str = "", signature: str | None = None) -> int:
        typed = {"MessageSid": sid, "MessageStatus": word, "ErrorCode": code}
        address = self.app.config["SETTINGS"].PUBLIC_URL.rstrip("/") + self.path
        signed = RequestValidator(TOKEN).compute_signature(address, typed)
        headers = {"X-Twilio-Signature": signed if signature is None else signature}
        return browser(self.app).post(self.path, data=typed, headers=headers).status_code


@pytest.fixture
def hook(app: Flask, outbox: Outbox, twilio: Twilio, monkeypatch: pytest.MonkeyPatch) -> tuple[Hook, int, str]:
    """A message that Twilio has taken: the hook, its id, Twilio's id."""
    monkeypatch.setitem(app.config, "SETTINGS", _with_token(app.config["SETTINGS"]))
    message_id = outbox.add(channel="sms", recipient=NUMBER, body="Aikasi on ti 24.11.2026")
    outbox.dispatch(sms=channel_of(twilio))
    return Hook(app, outbox, message_id), message_id, twilio.taken[0]["sid"]


def _with_token(settings: Config) -> Config:
    from dataclasses import replace

    return replace(settings, TWILIO_AUTH_TOKEN=TOKEN)


def test_delivery_is_written_down_once_however_often_it_is_told(outbox: Outbox, hook: tuple[Hook, int, str]) -> None:
    told, message_id, sid = hook
    for word in ("delivered", "sent", "delivered", "queued"):
        assert told.post(word, sid=sid) == 204
    assert outbox.message(message_id).status == "delivered"
    rows = outbox.change(lambda session: session.scalars(select(MessageReceipt.word)).all())
    assert sorted(rows) == ["delivered", "queued", "sent"]


def test_what_did_not_arrive_is_said_with_the_code(outbox: Outbox, hook: tuple[Hook, int, str]) -> None:
    told, message_id, sid = hook
    told.post("undelivered", sid=sid, code="30003")
    message = outbox.message(message_id)
    assert (message.status, message.reason) == ("failed", "undelivered 30003")


def test_a_receipt_that_comes_before_we_wrote_down_the_sending_still_counts(
    app: Flask, outbox: Outbox, twilio: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", _with_token(app.config["SETTINGS"]))
    message_id = outbox.add(channel="sms", recipient=NUMBER, body="Aikasi on ti 24.11.2026")
    told, channel = Hook(app, outbox, message_id), channel_of(twilio)

    class Quick:
        def send(self, message: Outgoing) -> str:
            sid = channel.send(message)
            assert told.post("delivered", sid=sid) == 204
            assert outbox.message(message_id).status == "sending"
            return sid

    outbox.dispatch(sms=Quick())
    assert outbox.message(message_id).status == "delivered"


def test_what_twilio_did_not_sign_is_refused(outbox: Outbox, hook: tuple[Hook, int, str]) -> None:
    told, message_id, sid = hook
    assert told.post("delivered", sid=sid, signature="forged") == 403
    assert told.post("delivered", sid=sid, signature="") == 403
    assert outbox.message(message_id).status == "sent"


def test_of_a_message_that_is_not_here_nothing_is_kept(outbox: Outbox, hook: tuple[Hook, int, str]) -> None:
    told, message_id, sid = hook
    told.path = told.path.replace(f"message={message_id}", f"message={message_id + 1000}")
    assert told.post("delivered", sid=sid) == 204
    assert outbox.message(message_id).status == "sent"
