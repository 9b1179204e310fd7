"""Delivering webhooks to a real receiver: what goes over the wire, what goes wrong, and what is done about it."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.api.models import WebhookEndpoint
from app.api.webhooks import delivery, endpoints
from app.api.webhooks.addresses import Policy
from app.api.webhooks.rules import RETRIES
from app.api.webhooks.sending import KEPT_OF_ANSWER, Parcel, Sender
from app.core.errors import Conflict
from app.core.work import LEASE
from tests.integration.api.conftest import HERE, Line
from tests.post_office import certificate_for_localhost, free_port
from tests.receiver import Receiver, answer, drip, hang_up, listening, pour, say_nothing


def signatures(secret: str, header: str, body: bytes) -> bool:
    seconds, *marks = header.split(",")
    signed = seconds.removeprefix("t=").encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() in marks


# — what is sent —


def test_an_event_arrives_signed_with_its_secret_and_is_sent_once(line: Line, receiver: Receiver) -> None:
    endpoint_id, secret = line.add(receiver.url)
    event_id = line.happen(id=17, version=3)
    assert line.work() == 1
    (sent,) = receiver.got
    assert sent.path == "/vuoro?from=test"
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["Vuoro-Event"] == "appointment.booked"
    assert signatures(secret, sent.headers["Vuoro-Signature"], sent.body)
    assert sent.headers["Vuoro-Signature"].startswith(f"t={int(line.now.timestamp())},")
    event = json.loads(sent.body)
    assert (event["id"], event["type"], event["data"]) == (event_id, "appointment.booked", {"id": 17, "version": 3})
    assert event["created_at"].endswith("+03:00") or event["created_at"].endswith("+02:00")
    (delivered,) = line.deliveries()
    assert (delivered.status, delivered.settled_at, delivered.next_try_at) == ("delivered", line.now, None)
    (attempt,) = line.attempts()
    assert (attempt.status_code, attempt.failure, attempt.answer) == (200, "", "thank you")
    assert attempt.duration_ms is not None
    assert line.endpoint(endpoint_id).last_success_at == line.now
    line.wait(days=2)
    assert line.work() == 0
    assert line.jobs() == []


def test_only_the_events_that_were_asked_for_are_sent(line: Line, receiver: Receiver) -> None:
    line.add(receiver.url, "appointment.cancelled", "client.changed")
    for event_type in ("appointment.booked", "appointment.cancelled", "client.added", "client.changed"):
        line.happen(event_type)
    line.work()
    assert [sent.headers["Vuoro-Event"] for sent in receiver.got] == ["appointment.cancelled", "client.changed"]


def test_each_endpoint_gets_the_same_event_under_its_own_secret(line: Line, receiver: Receiver) -> None:
    secrets = [line.add(receiver.url)[1] for _ in range(2)]
    event_id = line.happen()
    line.work()
    assert [json.loads(sent.body)["id"] for sent in receiver.got] == [event_id] * 2
    signed = [[signatures(s, sent.headers["Vuoro-Signature"], sent.body) for s in secrets] for sent in receiver.got]
    assert signed == [[True, False], [False, True]]


def test_for_a_day_after_a_change_the_old_secret_signs_too(line: Line, receiver: Receiver) -> None:
    endpoint_id, old = line.add(receiver.url)
    new = line.on(endpoint_id, endpoints.renew_secret)
    line.happen()
    line.work()
    line.wait(hours=25)
    line.happen()
    line.work()
    first, second = ((sent.headers["Vuoro-Signature"], sent.body) for sent in receiver.got)
    assert (signatures(new, *first), signatures(old, *first)) == (True, True)
    assert (signatures(new, *second), signatures(old, *second)) == (True, False)


def test_secrets_are_not_in_the_database_in_clear(line: Line, receiver: Receiver) -> None:
    endpoint_id, secret = line.add(receiver.url)
    assert secret.encode() not in line.endpoint(endpoint_id).sealed_secrets


# — what goes wrong —


@pytest.mark.parametrize(
    ("act", "failure", "status_code"),
    [
        (answer(500, "out of order"), "status", 500),
        (answer(404), "status", 404),
        (answer(302, Location="/elsewhere"), "redirect", 302),
        (say_nothing(2), "timeout", None),
        (drip(3), "timeout", None),
        (hang_up, "connection", None),
    ],
)
def test_what_a_receiver_does_wrong_is_noted_and_the_event_is_tried_again(
    line: Line, receiver: Receiver, act: Any, failure: str, status_code: int | None
) -> None:
    endpoint_id, _ = line.add(receiver.url)
    line.happen()
    receiver.then(act)
    line.work()
    (attempt,) = line.attempts()
    assert (attempt.failure, attempt.status_code) == (failure, status_code)
    assert attempt.duration_ms < 1900
    assert len(receiver.got) == 1, "a redirect is not followed"
    (waiting,) = line.deliveries()
    assert (waiting.status, waiting.next_try_at) == ("waiting", line.now + RETRIES[0])
    assert line.endpoint(endpoint_id).failing_since == line.now
    line.wait(seconds=11)
    line.work()
    assert line.deliveries()[0].status == "delivered"
    assert line.endpoint(endpoint_id).failing_since is None
    assert [attempt.failure for attempt in line.attempts()] == [failure, ""]


def test_the_beginning_of_an_answer_is_kept_and_the_rest_is_not_even_read(line: Line, receiver: Receiver) -> None:
    line.add(receiver.url)
    line.happen()
    receiver.then(pour(megabytes=64))
    line.work()
    (attempt,) = line.attempts()
    assert (attempt.status_code, len(attempt.answer)) == (200, KEPT_OF_ANSWER)
    assert line.deliveries()[0].status == "delivered"


def test_an_answer_of_any_bytes_can_be_kept(line: Line, receiver: Receiver) -> None:
    line.add(receiver.url)
    line.happen()
    receiver.then(answer(500, "a\x00b\x1b[31m\r\nä"))
    line.work()
    assert line.attempts()[0].answer == "a\ufffdb\ufffd[31m\nä"


def test_nobody_at_the_address_is_noted_and_tried_again(line: Line) -> None:
    port = free_port()
    line.add(f"http://127.0.0.1:{port}/")
    line.happen()
    line.work()
    assert line.attempts()[0].failure == "connection"
    line.wait(seconds=11)
    with listening(port) as receiver:
        line.work()
    assert len(receiver.got) == 1
    assert line.deliveries()[0].status == "delivered"


def test_the_waits_grow_for_about_a_day_then_the_delivery_has_failed(line: Line, receiver: Receiver) -> None:
    endpoint_id, _ = line.add(receiver.url)
    line.happen()
    receiver.then(*[answer(503)] * 20)
    began, tried_at = line.now, []
    while line.jobs():
        line.now = max(line.now, line.jobs()[0].due_at)
        if line.work() and len(line.attempts()) > len(tried_at):
            tried_at.append(line.now - began)
    assert len(receiver.got) == len(tried_at) == len(RETRIES) + 1
    assert tried_at[:3] == [timedelta(0), timedelta(seconds=10), timedelta(seconds=70)]
    assert timedelta(hours=20) < tried_at[-1] < timedelta(hours=28)
    (failed,) = line.deliveries()
    assert (failed.status, failed.settled_at) == ("failed", line.now)
    assert line.endpoint(endpoint_id).state == "suspended"


# — duplicates and order —


class Dies(Exception):
    """The worker's end."""


def test_a_worker_that_dies_after_the_receiver_accepted_sends_again_under_the_same_id(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.add(receiver.url)
    event_id = line.happen()

    def die(*args: Any) -> None:
        raise Dies

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "_settle", die)
        (job,) = line.claim()
        with pytest.raises(Dies):
            line.deliver(job)
    assert line.deliveries()[0].status == "waiting"
    assert line.work() == 0, "the lease still stands"
    line.wait(seconds=LEASE.total_seconds() + 1)
    line.work()
    assert [json.loads(sent.body)["id"] for sent in receiver.got] == [event_id] * 2
    assert line.deliveries()[0].status == "delivered"
    assert [attempt.duration_ms is None for attempt in line.attempts()] == [True, False], "the first has no outcome"


def test_a_worker_that_was_too_slow_notes_its_try_and_leaves_the_delivery_to_the_other(
    line: Line, receiver: Receiver
) -> None:
    line.add(receiver.url)
    line.happen()
    (job,) = line.claim()

    class Slow(Sender):
        def send(self, parcel: Parcel) -> Any:
            outcome = super().send(parcel)
            line.wait(seconds=LEASE.total_seconds() + 1)
            line.work()
            return outcome

    receiver.then(answer(500), answer(200))
    line.deliver(job, Slow(HERE))
    assert line.deliveries()[0].status == "delivered"
    assert sorted(attempt.status_code for attempt in line.attempts()) == [200, 500]
    assert line.jobs() == []


def test_a_receiver_that_keeps_ids_and_versions_is_right_after_duplicates_and_disorder(
    line: Line, receiver: Receiver
) -> None:
    line.add(receiver.url)
    steps = [
        ("appointment.booked", "booked"),
        ("appointment.rescheduled", "booked"),
        ("appointment.cancelled", "cancelled"),
    ]
    first, *_ = [line.happen(kind, id=5, version=n, status=status) for n, (kind, status) in enumerate(steps, start=1)]
    receiver.then(answer(500))  # the first one comes last
    line.work()
    line.wait(seconds=11)
    line.work()
    line.redeliver(first)
    line.work()
    arrived = [json.loads(sent.body) for sent in receiver.got[1:]]
    assert [event["data"]["version"] for event in arrived] == [2, 3, 1, 1]
    seen: set[str] = set()
    known: dict[int, dict[str, Any]] = {}
    for event in arrived:
        data = event["data"]
        if event["id"] not in seen and data["version"] > known.get(data["id"], {"version": 0})["version"]:
            known[data["id"]] = data
        seen.add(event["id"])
    assert known == {5: {"id": 5, "version": 3, "status": "cancelled"}}
    assert len(seen) == 3


def test_two_workers_share_the_deliveries_and_send_each_once(line: Line, receiver: Receiver, in_threads: Any) -> None:
    line.add(receiver.url)
    for number in range(40):
        line.happen(id=number)
    results = in_threads([line.work, line.work])
    assert sum(results) == 40
    assert sorted(json.loads(sent.body)["data"]["id"] for sent in receiver.got) == list(range(40))


# — pausing —


def test_what_happens_while_an_endpoint_is_paused_is_held_and_sent_when_it_is_resumed(
    line: Line, receiver: Receiver
) -> None:
    endpoint_id, _ = line.add(receiver.url)
    line.happen(id=1)
    line.on(endpoint_id, endpoints.pause)
    line.happen(id=2)
    line.work()
    assert receiver.got == []
    assert [delivery.status for delivery in line.deliveries()] == ["held", "held"]
    assert line.jobs() == []
    line.wait(days=3)
    line.on(endpoint_id, endpoints.resume)
    line.work()
    assert [json.loads(sent.body)["data"]["id"] for sent in receiver.got] == [1, 2]


def test_an_endpoint_through_which_nothing_gets_for_a_day_is_suspended_until_somebody_resumes_it(
    line: Line, receiver: Receiver
) -> None:
    endpoint_id, _ = line.add(receiver.url)
    receiver.then(*[answer(500)] * 500)
    for number in range(3):
        line.happen(id=number)
    for _ in range(36):
        line.work()
        line.wait(hours=1)
    suspended = line.endpoint(endpoint_id)
    assert suspended.state == "suspended"
    assert [delivery.status for delivery in line.deliveries()].count("failed") >= 1
    line.happen(id=9)
    before = len(receiver.got)
    line.work()
    assert len(receiver.got) == before
    assert line.deliveries()[-1].status == "held"
    receiver.acts.clear()
    line.on(endpoint_id, endpoints.resume)
    line.work()
    assert line.deliveries()[-1].status == "delivered"
    assert line.endpoint(endpoint_id).failures == 0


def test_one_event_that_a_receiver_cannot_take_does_not_suspend_it(line: Line, receiver: Receiver) -> None:
    endpoint_id, _ = line.add(receiver.url)
    line.happen(id=1)
    for _ in range(36):
        receiver.then(answer(500))
        line.work()
        receiver.acts.clear()
        line.happen(id=2)
        line.work()
        line.wait(hours=1)
    statuses = [delivery.status for delivery in line.deliveries()]
    assert statuses[0] == "failed"
    assert set(statuses[1:]) == {"delivered"}
    assert line.endpoint(endpoint_id).state == "active"


def test_a_receiver_that_fails_again_and_again_rests_and_does_not_keep_the_workers(
    line: Line, receiver: Receiver
) -> None:
    endpoint_id, _ = line.add(receiver.url)
    for number in range(30):
        line.happen(id=number)
    receiver.then(*[answer(500)] * 30)
    line.work()
    assert len(receiver.got) == 5
    resting = line.endpoint(endpoint_id).resting_until
    assert resting == line.now + timedelta(minutes=1)
    assert {delivery.next_try_at for delivery in line.deliveries()[5:]} == {resting}
    receiver.acts.clear()
    line.wait(minutes=2)
    line.work()
    assert {delivery.status for delivery in line.deliveries()} == {"delivered"}


def test_a_test_event_reaches_even_a_paused_endpoint_and_its_failure_counts_for_nothing(
    line: Line, receiver: Receiver
) -> None:
    endpoint_id, _ = line.add(receiver.url, "client.added")
    line.on(endpoint_id, endpoints.pause)
    receiver.then(answer(500))
    line.ping(endpoint_id)
    line.work()
    assert json.loads(receiver.got[0].body)["type"] == "ping"
    assert line.deliveries()[0].status == "failed"
    assert (line.endpoint(endpoint_id).failures, line.endpoint(endpoint_id).state) == (0, "paused")
    line.ping(endpoint_id)
    line.work()
    assert line.deliveries()[1].status == "delivered"


# — once more, and never again —


def test_a_failed_delivery_is_sent_again_by_hand_with_all_its_retries(line: Line, receiver: Receiver) -> None:
    endpoint_id, _ = line.add(receiver.url)
    event_id = line.happen()
    receiver.then(*[answer(500)] * (len(RETRIES) + 2))
    for _ in range(36):
        line.work()
        line.wait(hours=1)
    line.on(endpoint_id, endpoints.resume)
    line.redeliver(event_id)
    line.work()
    assert line.deliveries()[0].status == "waiting"
    line.wait(seconds=11)
    line.work()
    assert line.deliveries()[0].status == "delivered"
    assert {json.loads(sent.body)["id"] for sent in receiver.got} == {event_id}


def test_a_waiting_delivery_is_hastened_by_hand(line: Line, receiver: Receiver) -> None:
    line.add(receiver.url)
    event_id = line.happen()
    receiver.then(*[answer(500)] * 3)
    for _ in range(3):
        line.work()
        line.wait(seconds=70)
    assert line.work() == 0
    line.redeliver(event_id)
    assert line.work() == 1
    assert line.deliveries()[0].status == "delivered"


def test_nothing_is_sent_by_hand_to_a_paused_endpoint(line: Line, receiver: Receiver) -> None:
    endpoint_id, _ = line.add(receiver.url)
    event_id = line.happen()
    line.work()
    line.on(endpoint_id, endpoints.pause)
    with pytest.raises(Conflict) as refusal:
        line.redeliver(event_id)
    assert refusal.value.code == "webhook_paused"
    assert line.jobs() == []


def test_a_removed_endpoint_gets_nothing_any_more(line: Line, receiver: Receiver) -> None:
    endpoint_id, _ = line.add(receiver.url)
    line.happen()
    (job,) = line.claim()
    line.on(endpoint_id, endpoints.remove)
    line.deliver(job)
    assert receiver.got == []
    assert (line.jobs(), line.deliveries(), line.attempts()) == ([], [], [])


def test_an_endpoint_removed_while_it_is_sent_to_leaves_nothing_behind(line: Line, receiver: Receiver) -> None:
    endpoint_id, _ = line.add(receiver.url)
    line.happen()
    (job,) = line.claim()
    receiver.then(lambda handler: (line.on(endpoint_id, endpoints.remove), answer(200)(handler)))
    line.deliver(job)
    assert (line.jobs(), line.deliveries(), line.attempts()) == ([], [], [])


def test_pausing_sending_and_booking_at_once_neither_deadlocks_nor_forgets(
    line: Line, receiver: Receiver, in_threads: Any
) -> None:
    endpoint_id, _ = line.add(receiver.url)

    def toggle() -> None:
        for _ in range(10):
            line.on(endpoint_id, endpoints.pause)
            line.on(endpoint_id, endpoints.resume)

    def happen() -> None:
        for number in range(20):
            line.happen(id=number)

    def work() -> None:
        for _ in range(15):
            line.work()

    results = in_threads([toggle, happen, happen, work, work])
    assert results == [None] * 5
    line.on(endpoint_id, endpoints.pause)
    line.on(endpoint_id, endpoints.resume)
    line.work()
    assert [delivery.status for delivery in line.deliveries()] == ["delivered"] * 40


def test_deliveries_are_forgotten_after_a_month_but_not_while_they_wait(line: Line, receiver: Receiver) -> None:
    line.add(receiver.url)
    line.happen(id=1)
    line.work()
    line.wait(days=31)
    line.happen(id=2)
    assert line.change(lambda session: delivery.sweep(session, now=line.now)) == 1
    assert [json.loads(row.body)["data"]["id"] for row in line.deliveries()] == [2]
    line.wait(days=31)
    assert line.change(lambda session: delivery.sweep(session, now=line.now)) == 0


# — the wire —


def test_a_receiver_inside_the_network_is_not_connected_to(line: Line, receiver: Receiver) -> None:
    line.add(receiver.url)
    line.happen()
    line.sender = Sender(Policy(plain_http=True))
    line.work()
    (attempt,) = line.attempts()
    assert (attempt.failure, attempt.detail) == ("address", "127.0.0.1 is 127.0.0.1")
    assert receiver.got == []


def test_it_is_the_checked_address_that_is_connected_to_under_the_receivers_name(
    line: Line, receiver: Receiver
) -> None:
    port = receiver.server.server_address[1]
    looked_up: list[str] = []

    def look_up(url: str, policy: Policy) -> list[str]:
        looked_up.append(url)
        return ["127.0.0.1"]

    sender = Sender(HERE, look_up=look_up)
    outcome = sender.send(Parcel(f"http://system.example:{port}/x", b"{}", {}))
    assert outcome.status_code == 200
    assert receiver.got[0].headers["Host"] == f"system.example:{port}"
    assert len(looked_up) == 1


def test_the_next_address_is_tried_where_the_first_does_not_answer(receiver: Receiver) -> None:
    port = receiver.server.server_address[1]
    sender = Sender(HERE, look_up=lambda url, policy: ["::1", "127.0.0.1"])
    assert sender.send(Parcel(f"http://system.example:{port}/x", b"{}", {})).status_code == 200


def encrypted(receiver: Receiver, folder: Path) -> str:
    context = certificate_for_localhost(folder)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    return f":{receiver.server.server_address[1]}/x"


def test_an_encrypted_receiver_must_be_who_it_says_it_is(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = encrypted(receiver, tmp_path)
    unknown = Sender(HERE, look_up=lambda url, policy: ["127.0.0.1"]).send(
        Parcel(f"https://localhost{place}", b"{}", {})
    )
    assert (unknown.failure, unknown.status_code) == ("tls", None)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    assert ssl.create_default_context().cert_store_stats()["x509"] >= 1
    sender = Sender(HERE, look_up=lambda url, policy: ["127.0.0.1"])
    assert sender.send(Parcel(f"https://localhost{place}", b"{}", {})).status_code == 200
    impostor = sender.send(Parcel(f"https://system.example{place}", b"{}", {}))
    assert impostor.failure == "tls"
    assert len(receiver.got) == 1


def test_a_fault_of_ours_is_noted_and_holds_up_nobody(line: Line, receiver: Receiver) -> None:
    endpoint_id, _ = line.add(receiver.url)
    line.happen(id=1)
    line.change(lambda session: setattr(session.get_one(WebhookEndpoint, endpoint_id), "url", "http://["))
    line.work()
    assert line.attempts()[0].failure == "fault"
    assert line.deliveries()[0].status == "waiting"
