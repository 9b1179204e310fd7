"""Workers send what is due: each message once, under a lease, with no transaction open, and none in the way of another."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.booking.models import Client
from app.core.work import LEASE, Job
from app.jobs import transaction
from app.messaging.channels import Outgoing, PermanentFailure, TemporaryFailure
from app.messaging.channels.email import SmtpChannel
from app.messaging.dispatcher import BATCH, Limits
from app.messaging.models import Message
from app.messaging.outbox import cancel_waiting
from tests.concurrently import run_at_once
from tests.factories import make_municipality
from tests.factories import text as in_languages
from tests.post_office import Hands, Outbox, PostOffice


class Killed(BaseException):
    """The process ends here: nothing after it runs."""


def raising(failure: BaseException) -> Any:
    def act(message: Outgoing) -> None:
        raise failure

    return act


def test_a_sent_message_is_marked_with_what_the_provider_called_it(outbox: Outbox) -> None:
    message_id = outbox.add()
    assert outbox.dispatch(email=Hands()) == 1
    message = outbox.message(message_id)
    assert (message.status, message.provider_id, message.sent_at) == ("sent", f"provider-{message_id}", outbox.now)
    assert (message.attempts, message.reason) == (1, "")
    assert outbox.job(message_id) is None
    assert outbox.dispatch(email=Hands()) == 0


def test_the_provider_gets_the_message_and_the_sender_in_the_readers_language(outbox: Outbox) -> None:
    message_id = outbox.add(
        language="sv",
        recipient="asa@example.fi",
        subject="Tiden är bokad",
        html="<p>Hej",
        calendar="BEGIN",
        calendar_method="REQUEST",
    )
    channel = Hands()
    outbox.dispatch(email=channel)
    (given,) = channel.given
    assert (given.id, given.recipient, given.subject, given.html) == (
        message_id,
        "asa@example.fi",
        "Tiden är bokad",
        "<p>Hej",
    )
    assert (given.calendar, given.calendar_method, given.language) == ("BEGIN", "REQUEST", "sv")
    assert (given.sender_name, given.sender_address) == ("Testilän työllisyyspalvelut (sv)", "palvelut@testila.example")


def test_no_transaction_is_open_while_the_provider_is_asked(outbox: Outbox) -> None:
    def nobody_waits(message: Outgoing) -> None:
        def look(session: Any) -> None:
            session.execute(text("SET LOCAL lock_timeout = '1s'"))
            session.execute(select(Message).where(Message.id == message.id).with_for_update())
            session.execute(text("SELECT id FROM job WHERE target_id = :id FOR UPDATE"), {"id": message.id})
            assert session.scalar(select(Message.status).where(Message.id == message.id)) == "sending"

        outbox.change(look)

    message_id = outbox.add()
    outbox.dispatch(email=Hands(nobody_waits))
    assert outbox.message(message_id).status == "sent"


# — what fails for now —


def test_a_message_that_cannot_be_taken_now_waits_longer_each_time_and_then_goes(outbox: Outbox) -> None:
    message_id = outbox.add()
    channel = Hands(raising(TemporaryFailure("451 try later")))
    for attempt, seconds in ((1, 10), (2, 20), (3, 40)):
        assert outbox.dispatch(email=channel) == 1
        message, job = outbox.message(message_id), outbox.job(message_id)
        assert job is not None
        assert (message.status, message.reason, message.attempts) == ("queued", "451 try later", attempt)
        waits = (job.due_at - outbox.now) / timedelta(seconds=seconds)
        assert 0.9 <= waits <= 1.1
        outbox.wait(seconds=seconds * 0.9 - 1)
        assert outbox.dispatch(email=channel) == 0, "too early"
        outbox.wait(seconds=seconds * 0.2 + 1)
    assert outbox.dispatch(email=Hands()) == 1
    message = outbox.message(message_id)
    assert (message.status, message.reason, message.attempts) == ("sent", "", 4)


def test_a_message_that_is_refused_for_good_fails_with_the_reason(outbox: Outbox) -> None:
    message_id = outbox.add()
    outbox.dispatch(email=Hands(raising(PermanentFailure("550 no such user"))))
    message = outbox.message(message_id)
    assert (message.status, message.reason, message.sent_at) == ("failed", "550 no such user", None)
    assert outbox.job(message_id) is None


@pytest.mark.parametrize(
    "failure",
    [TemporaryFailure("451"), PermanentFailure("550"), IndexError("out of range")],
    ids=lambda one: type(one).__name__,
)
def test_a_message_that_fails_does_not_hold_up_the_next(outbox: Outbox, failure: Exception) -> None:
    """Also a fault that nobody thought of: it must not cost the batch behind it a lease, again and again."""

    def act(message: Outgoing) -> None:
        if message.id == first:
            raise failure

    first, second, third = outbox.add(), outbox.add(), outbox.add()
    outbox.dispatch(email=Hands(act))
    assert [outbox.message(message_id).status for message_id in (second, third)] == ["sent", "sent"]
    assert outbox.message(first).status in ("queued", "failed")
    assert outbox.message(first).reason


def test_a_fault_in_one_channel_does_not_hold_up_the_others(outbox: Outbox) -> None:
    email, sms = outbox.add(), outbox.add(channel="sms", recipient="+358401234567")
    outbox.dispatch(email=Hands(raising(RuntimeError("no sender"))), sms=Hands())
    assert outbox.message(sms).status == "sent"
    assert outbox.message(email).reason


def test_a_channel_without_a_provider_keeps_its_messages_untouched(outbox: Outbox) -> None:
    message_id = outbox.add(channel="sms", recipient="+358401234567")
    assert outbox.dispatch(email=Hands()) == 0
    assert outbox.dispatch() == 0
    message, job = outbox.message(message_id), outbox.job(message_id)
    assert job is not None
    assert (message.status, message.attempts, message.reason) == ("queued", 0, "")
    assert (job.attempts, job.leased_until, job.due_at) == (0, None, outbox.now)
    outbox.wait(days=30)
    channel = Hands()
    assert outbox.dispatch(sms=channel) == 1, "the day a provider is configured, everything that waited goes"


# — leases —


def test_a_worker_that_was_too_slow_does_not_write_over_what_another_did(outbox: Outbox) -> None:
    fast = Hands(lambda message: "fast")

    def too_slow(message: Outgoing) -> None:
        outbox.wait(seconds=LEASE.total_seconds() + 1)
        assert outbox.dispatch(email=fast) == 1
        raise PermanentFailure("550 from the slow one")

    message_id = outbox.add()
    slow = Hands(too_slow)
    outbox.dispatch(email=slow)
    message = outbox.message(message_id)
    assert (message.status, message.provider_id, message.reason) == ("sent", "fast", "")
    assert [one.dedupe_key for one in slow.given] == [one.dedupe_key for one in fast.given]


@pytest.mark.parametrize("outcome", [TemporaryFailure("451 slow"), None])
def test_a_worker_whose_lease_was_lost_does_not_touch_the_job_of_the_next(outbox: Outbox, outcome: Any) -> None:
    """The next worker is still sending: neither its message nor its job may change under it."""
    message_id = outbox.add()
    reached: list[Any] = []

    def next_one(message: Outgoing) -> str:
        slow_goes_on.set()
        assert slow_is_done.wait(30)
        message_now, job = outbox.message(message_id), outbox.job(message_id)
        reached.append((message_now.status, job is not None and job.leased_until is not None))
        return "second"

    def slow_one(message: Outgoing) -> str:
        outbox.wait(seconds=LEASE.total_seconds() + 1)
        next_starts.set()
        assert slow_goes_on.wait(30)
        if outcome:
            raise outcome
        return "first"

    slow_goes_on, slow_is_done, next_starts = threading.Event(), threading.Event(), threading.Event()

    def slow() -> int:
        tried = outbox.dispatch(email=Hands(slow_one))
        slow_is_done.set()
        return tried

    def following() -> int:
        assert next_starts.wait(30)
        return outbox.dispatch(email=Hands(next_one))

    assert run_at_once([slow, following]) == [1, 1]
    assert reached == [("sending", True)]
    message = outbox.message(message_id)
    assert (message.status, message.provider_id) == ("sent", "second")


def test_a_worker_killed_between_sending_and_saving_sends_again_under_the_same_message_id(
    outbox: Outbox, post_office: PostOffice
) -> None:
    smtp = SmtpChannel(post_office.url)

    def send_and_die(message: Outgoing) -> None:
        smtp.send(message)
        raise Killed

    message_id = outbox.add()
    with pytest.raises(Killed):
        outbox.dispatch(email=Hands(send_and_die))
    assert outbox.message(message_id).status == "sending"
    outbox.wait(seconds=LEASE.total_seconds() - 1)
    assert outbox.dispatch(email=smtp) == 0, "the lease of the dead still stands"
    outbox.wait(seconds=1)
    assert outbox.dispatch(email=smtp) == 1
    first, second = post_office.ids()
    assert first == second
    assert outbox.message(message_id).status == "sent"


def test_a_worker_killed_after_claiming_leaves_the_whole_batch_to_others(outbox: Outbox) -> None:
    messages = [outbox.add() for _ in range(3)]
    with pytest.raises(Killed):
        outbox.dispatch(email=Hands(raising(Killed())))
    outbox.wait(seconds=LEASE.total_seconds())
    channel = Hands()
    assert outbox.dispatch(email=channel) == 3
    assert sorted(message.id for message in channel.given) == messages


def test_several_workers_share_the_work_and_send_nothing_twice(outbox: Outbox) -> None:
    messages = [outbox.add() for _ in range(2 * BATCH + 5)]
    sent: list[int] = []
    lock = threading.Lock()

    def note(message: Outgoing) -> None:
        with lock:
            sent.append(message.id)

    def work() -> int:
        total = 0
        while tried := outbox.dispatch(email=Hands(note)):
            total += tried
        return total

    assert sum(run_at_once([work] * 4)) == len(messages)
    assert Counter(sent) == Counter(messages)
    states = outbox.change(
        lambda session: session.execute(select(Message.status, func.count()).group_by(Message.status)).all()
    )
    assert [tuple(row) for row in states] == [("sent", len(messages))]


def test_a_message_that_was_stopped_after_its_job_was_claimed_is_not_sent(outbox: Outbox) -> None:
    first, second = outbox.add(), outbox.add(cause="appointment:2")

    def cancel_the_next(message: Outgoing) -> None:
        outbox.change(lambda session: cancel_waiting(session, cause="appointment:2", reason="superseded"))

    channel = Hands(cancel_the_next)
    assert outbox.dispatch(email=channel) == 2
    assert [message.id for message in channel.given] == [first]
    assert outbox.message(second).status == "cancelled"
    assert outbox.job(second) is None


def test_one_municipalitys_messages_never_carry_anothers_name(outbox: Outbox, app: Any) -> None:
    with app.app_context(), transaction() as session:
        other = make_municipality(session)
        other.name, other.email = in_languages("Naapurila"), "posti@naapurila.example"
        elsewhere = Outbox(app, other.id, outbox.now)
    mine, theirs = outbox.add(), elsewhere.add()
    channel = Hands()
    outbox.dispatch(email=channel)
    assert {message.id: message.sender_address for message in channel.given} == {
        mine: "palvelut@testila.example",
        theirs: "posti@naapurila.example",
    }


def test_a_clients_messages_leave_in_their_order_even_from_several_workers(outbox: Outbox) -> None:
    client_id = outbox.change(client_of)
    first, second = (outbox.add(client_id=client_id) for _ in range(2))
    sent: list[int] = []

    def meanwhile(message: Outgoing) -> None:
        sent.append(message.id)
        if message.id == first:
            hold_back(outbox, second, False)
            assert outbox.dispatch(email=Hands()) == 0, "another worker: the second message waits for the first"
            assert (outbox.message(second).status, outbox.message(second).attempts) == ("queued", 0)

    hold_back(outbox, second, True)
    assert outbox.dispatch(email=Hands(meanwhile)) == 1
    outbox.wait(seconds=2)
    assert outbox.dispatch(email=Hands(meanwhile)) == 1
    assert sent == [first, second]


def test_a_message_that_failed_blocks_none_behind_it(outbox: Outbox) -> None:
    client_id = outbox.change(client_of)
    first, second = (outbox.add(client_id=client_id) for _ in range(2))

    def busy(message: Outgoing) -> None:
        if message.id == first:
            raise TemporaryFailure("busy")

    outbox.dispatch(email=Hands(busy))
    assert (outbox.message(first).status, outbox.message(second).status) == ("queued", "sent")


def test_a_client_gets_so_many_nudges_a_day_and_everything_that_is_agreed(outbox: Outbox) -> None:
    client_id = outbox.change(client_of)
    nudges = [outbox.add(client_id=client_id, kind="reminder") for _ in range(3)]
    agreed = outbox.add(client_id=client_id, kind="cancellation")
    outbox.dispatch(limits=Limits(nudges=2), email=Hands())
    assert [outbox.message(one).status for one in nudges] == ["sent", "sent", "skipped"]
    assert outbox.message(nudges[2]).reason == "cap"
    assert outbox.message(agreed).status == "sent"
    outbox.wait(days=1)
    tomorrow = outbox.add(client_id=client_id, kind="reminder")
    outbox.dispatch(limits=Limits(nudges=2), email=Hands())
    assert outbox.message(tomorrow).status == "sent"


def test_all_workers_together_keep_the_providers_pace(outbox: Outbox) -> None:
    for _ in range(12):
        outbox.add()
    began, waited = outbox.now, list[float]()

    def pause(seconds: float) -> None:
        waited.append(seconds)
        outbox.now += timedelta(seconds=seconds)

    limits = Limits(per_second={"email": 2.0})
    channel = Hands()
    assert outbox.dispatch(limits=limits, pause=pause, email=channel) == 10, "five seconds' worth"
    assert outbox.dispatch(limits=limits, pause=pause, email=channel) == 2
    assert (outbox.now - began).total_seconds() == pytest.approx(5.5)


def client_of(session: Any) -> int:
    client = Client(name="Aino", name_key="aino", created_at=datetime(1999, 1, 1, tzinfo=UTC))
    session.add(client)
    session.flush()
    return client.id


def hold_back(outbox: Outbox, message_id: int, held: bool) -> None:
    """Hold a message back from the next worker, or let it go."""

    def act(session: Any) -> None:
        query = select(Job).where(Job.target_id == message_id, Job.municipality_id == outbox.municipality_id)
        session.scalar(query).leased_until = outbox.now + timedelta(seconds=1) if held else None

    outbox.change(act)
