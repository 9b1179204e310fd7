"""When a webhook is tried again, and what its signature is made of."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from app.api.webhooks.rules import APPOINTMENT_EVENTS, EVENTS, PING, RETRIES, rest_after, wait_after
from app.api.webhooks.signature import sign
from app.booking.lifecycle import Step


def test_a_delivery_is_tried_for_about_a_day_and_then_given_up() -> None:
    waits = [wait_after(tries, "appointment.booked") for tries in range(1, len(RETRIES) + 1)]
    assert waits == sorted(waits)
    assert timedelta(hours=20) < sum(waits, timedelta()) < timedelta(hours=28)
    assert wait_after(len(RETRIES) + 1, "appointment.booked") is None


def test_a_test_is_tried_once() -> None:
    assert wait_after(1, PING) is None


def test_a_receiver_rests_longer_the_longer_it_fails_but_never_for_more_than_a_quarter_of_an_hour() -> None:
    rests = [rest_after(failures) for failures in range(1, 200)]
    assert rests[:4] == [timedelta(0)] * 4
    assert rests == sorted(rests)
    assert (rests[4], rests[-1]) == (timedelta(minutes=1), timedelta(minutes=15))


def test_every_step_of_an_appointment_has_its_event() -> None:
    assert APPOINTMENT_EVENTS.keys() == {"book", *Step}
    assert len(set(EVENTS)) == len(EVENTS)


def test_the_signature_is_an_hmac_of_time_and_body_for_each_secret_in_use() -> None:
    at, body = datetime(2026, 11, 24, 7, 0, 0, 900_000, tzinfo=UTC), '{"ä": 1}'.encode()
    seconds, first, second = sign(["new", "old"], body, at).split(",")
    assert seconds == f"t={int(at.timestamp())}"
    signed = seconds.removeprefix("t=").encode() + b"." + body
    assert first == "v1=" + hmac.new(b"new", signed, hashlib.sha256).hexdigest()
    assert second == "v1=" + hmac.new(b"old", signed, hashlib.sha256).hexdigest()
