"""A message exists exactly when its cause exists, once, and stops when its cause is gone."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import work
from app.jobs import transaction
from app.messaging.channels import TemporaryFailure
from app.messaging.models import Message
from app.messaging.outbox import cancel_waiting, queue, queue_all
from tests.concurrently import run_at_once
from tests.factories import make_municipality
from tests.post_office import Hands, Outbox, letter


def count(session: Session) -> int:
    return int(session.scalar(select(func.count(Message.id))) or 0)


def test_a_message_waits_with_a_job_of_its_own(outbox: Outbox) -> None:
    message_id = outbox.add(recipient="aino@example.fi", client_id=7)
    message, job = outbox.message(message_id), outbox.job(message_id)
    assert (message.status, message.attempts, message.send_after, message.client_id) == ("queued", 0, outbox.now, 7)
    assert job is not None
    assert (job.kind, job.due_at, job.leased_until) == ("message.email", outbox.now, None)


def test_the_same_cause_makes_one_message_however_often_it_comes(outbox: Outbox) -> None:
    first = outbox.queue(dedupe_key="appointment:1:v1:confirmation:email", body="one")
    assert outbox.queue(dedupe_key="appointment:1:v1:confirmation:email", body="two") is None
    assert outbox.change(count) == 1
    assert outbox.message(first).body == "one"  # type: ignore[arg-type]


def test_the_same_cause_makes_one_message_when_it_comes_at_once_from_everywhere(outbox: Outbox) -> None:
    made = run_at_once([lambda: outbox.queue(dedupe_key="same")] * 8)
    assert [type(result) for result in made if result is not None] == [int]
    assert outbox.change(count) == 1


def test_the_same_key_in_another_municipality_is_another_message(outbox: Outbox, app: Any) -> None:
    with app.app_context(), transaction() as session:
        other = make_municipality(session).id
    elsewhere = Outbox(app, other, outbox.now)
    assert outbox.add(dedupe_key="same") != elsewhere.add(dedupe_key="same")


def test_several_messages_of_one_cause_are_added_together_but_for_those_that_are_there(outbox: Outbox) -> None:
    there = outbox.add(dedupe_key="one", channel="email")
    wanted = [letter(dedupe_key=key, channel=channel) for key, channel in (("one", "email"), ("two", "sms"))]
    (added,) = outbox.change(lambda session: queue_all(session, wanted, now=outbox.now))
    assert added != there
    assert (outbox.message(added).channel, outbox.job(added).kind) == ("sms", "message.sms")  # type: ignore[union-attr]
    assert outbox.change(count) == 2
    assert outbox.change(lambda session: queue_all(session, [], now=outbox.now)) == []


def test_a_message_of_a_cause_that_is_undone_does_not_exist(outbox: Outbox) -> None:
    def fail(session: Session) -> None:
        queue(session, letter(), now=outbox.now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outbox.change(fail)
    assert outbox.change(count) == 0
    assert outbox.dispatch(email=Hands()) == 0


def test_a_message_for_later_is_not_sent_before(outbox: Outbox) -> None:
    def plan(session: Session) -> int | None:
        return queue(session, letter(), now=outbox.now, send_after=outbox.now + timedelta(hours=2))

    message_id = outbox.change(plan)
    channel = Hands()
    assert outbox.dispatch(email=channel) == 0
    outbox.wait(hours=2, seconds=-1)
    assert outbox.dispatch(email=channel) == 0
    outbox.wait(seconds=1)
    assert outbox.dispatch(email=channel) == 1
    assert [message.id for message in channel.given] == [message_id]


def test_an_unknown_channel_is_refused(outbox: Outbox) -> None:
    with pytest.raises(DBAPIError):
        outbox.add(channel="pigeon")


# — a cause that is gone —


def cancel(outbox: Outbox, cause: str) -> int:
    stopped: int = outbox.change(lambda session: cancel_waiting(session, cause=cause, reason="superseded"))
    return stopped


def test_what_waits_for_a_cause_that_is_gone_is_never_sent(outbox: Outbox) -> None:
    email, sms = outbox.add(cause="appointment:1"), outbox.add(cause="appointment:1", channel="sms")
    assert cancel(outbox, "appointment:1") == 2
    channel = Hands()
    outbox.dispatch(email=channel, sms=channel)
    assert channel.given == []
    for message_id in (email, sms):
        message = outbox.message(message_id)
        assert (message.status, message.reason) == ("cancelled", "superseded")
        assert outbox.job(message_id) is None, "its job must not come back for ever"


def test_other_causes_and_other_municipalities_go_on(outbox: Outbox, app: Any) -> None:
    with app.app_context(), transaction() as session:
        elsewhere = Outbox(app, make_municipality(session).id, outbox.now)
    other_cause, other_place = outbox.add(cause="appointment:12"), elsewhere.add(cause="appointment:1")
    assert cancel(outbox, "appointment:1") == 0
    assert outbox.message(other_cause).status == elsewhere.message(other_place).status == "queued"


def test_what_has_left_is_not_called_back(outbox: Outbox) -> None:
    message_id = outbox.add(cause="appointment:1")
    outbox.dispatch(email=Hands())
    assert cancel(outbox, "appointment:1") == 0
    assert outbox.message(message_id).status == "sent"


def test_a_message_that_waits_for_another_try_is_stopped_too(outbox: Outbox) -> None:
    def refuse(message: Any) -> None:
        raise TemporaryFailure("451 later")

    outbox.add(cause="appointment:1")
    outbox.dispatch(email=Hands(refuse))
    assert cancel(outbox, "appointment:1") == 1
    outbox.wait(hours=1)
    channel = Hands()
    outbox.dispatch(email=channel)
    assert channel.given == []


def test_a_message_whose_cause_ends_while_a_try_fails_is_not_tried_again(outbox: Outbox) -> None:
    """The mail server hangs; meanwhile the client cancels. The confirmation must not follow the cancellation."""

    def hang(message: Any) -> None:
        cancel(outbox, "appointment:1")
        raise TemporaryFailure("TimeoutError: timed out")

    message_id = outbox.add(cause="appointment:1")
    outbox.dispatch(email=Hands(hang))
    outbox.wait(hours=2)
    channel = Hands()
    outbox.dispatch(email=channel)
    assert channel.given == []
    assert outbox.message(message_id).status == "cancelled"


def test_what_a_dead_worker_was_sending_is_not_sent_again_once_its_cause_is_gone(outbox: Outbox) -> None:
    class Killed(BaseException):
        pass

    def die(message: Any) -> None:
        raise Killed

    message_id = outbox.add(cause="appointment:1")
    with pytest.raises(Killed):
        outbox.dispatch(email=Hands(die))
    cancel(outbox, "appointment:1")
    outbox.wait(hours=1)
    channel = Hands()
    outbox.dispatch(email=channel)
    assert channel.given == []
    assert (outbox.message(message_id).status, outbox.job(message_id)) == ("cancelled", None)


def test_a_message_that_left_after_all_says_so_although_its_cause_is_gone(outbox: Outbox) -> None:
    message_id = outbox.add(cause="appointment:1")
    outbox.dispatch(email=Hands(lambda message: cancel(outbox, "appointment:1")))
    assert outbox.message(message_id).status == "sent"


def test_a_worker_and_a_cancellation_never_wait_for_each_other(outbox: Outbox) -> None:
    """Both lock: the worker its job and then the message, the cancellation the message."""
    for _ in range(20):
        outbox.add(cause="appointment:1")
    channel = Hands()
    results = run_at_once(
        [
            lambda: outbox.dispatch(email=channel),
            lambda: cancel(outbox, "appointment:1"),
            lambda: cancel(outbox, "appointment:1"),
        ]
    )
    assert all(isinstance(result, int) for result in results), results
    sent = outbox.change(lambda session: session.scalar(select(func.count(Message.id)).where(Message.status == "sent")))
    assert sent == len(channel.given)


# — the jobs underneath —


def claimed(outbox: Outbox, kind: str, limit: int) -> list[work.Claim]:
    with outbox.app.app_context(), transaction() as session:
        return work.claim(session, kind=kind, now=outbox.now, limit=limit)


def test_jobs_are_claimed_once_and_oldest_first_by_any_number_of_workers(outbox: Outbox) -> None:
    for target in range(40):
        due = outbox.now - timedelta(seconds=target)
        outbox.change(
            lambda session, target=target, due=due: work.enqueue(
                session, kind="test", municipality_id=outbox.municipality_id, target_id=target, due_at=due
            )
        )
    batches = run_at_once([lambda: claimed(outbox, "test", 5)] * 8)
    targets = [job.target_id for batch in batches for job in batch]
    while more := claimed(outbox, "test", 5):  # what a worker passed over because another held it just then
        targets += [job.target_id for job in more]
    assert sorted(targets) == list(range(40))
    outbox.wait(seconds=work.LEASE.total_seconds())
    again = claimed(outbox, "test", 3)
    assert {job.target_id for job in again} == {37, 38, 39}, "the oldest come first"
    assert {job.attempts for job in again} == {2}


def test_no_plan_of_the_database_claims_more_than_was_asked_for(outbox: Outbox) -> None:
    for target in range(10):
        outbox.change(
            lambda session, target=target: work.enqueue(
                session, kind="plans", municipality_id=outbox.municipality_id, target_id=target, due_at=outbox.now
            )
        )
    with outbox.app.app_context(), transaction() as session:
        # Without these, what is left is a loop that runs its inside again for every row.
        for better in ("hashjoin", "mergejoin", "hashagg", "material", "sort", "memoize"):
            session.execute(text(f"SET LOCAL enable_{better} = off"))
        jobs = work.claim(session, kind="plans", now=outbox.now, limit=3)
    assert [job.target_id for job in jobs] == [0, 1, 2]


def test_a_job_that_another_worker_took_over_is_no_longer_ours(outbox: Outbox) -> None:
    outbox.change(
        lambda session: work.enqueue(
            session, kind="test2", municipality_id=outbox.municipality_id, target_id=1, due_at=outbox.now
        )
    )
    (mine,) = claimed(outbox, "test2", 1)
    assert outbox.change(lambda session: work.still_ours(session, mine))
    outbox.wait(seconds=91)
    (theirs,) = claimed(outbox, "test2", 1)
    assert not outbox.change(lambda session: work.still_ours(session, mine))
    assert outbox.change(lambda session: work.still_ours(session, theirs))
    outbox.change(lambda session: work.finish(session, theirs))
    assert not outbox.change(lambda session: work.still_ours(session, theirs))


def test_a_periodic_job_runs_in_one_process_at_a_time(app: Any) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def first() -> bool:
        with app.app_context(), transaction() as session, work.only_one(session, "test") as mine:
            inside.set()
            go_on.wait(30)
            return mine

    def second() -> tuple[bool, bool]:
        inside.wait(30)
        with app.app_context():
            with transaction() as session, work.only_one(session, "test") as mine:
                refused = not mine
            with transaction() as session, work.only_one(session, "another") as mine:
                other = mine
        go_on.set()
        return refused, other

    assert run_at_once([first, second]) == [True, (True, True)]
    with app.app_context(), transaction() as session, work.only_one(session, "test") as mine:
        assert mine
