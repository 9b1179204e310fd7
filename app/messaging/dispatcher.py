"""Sending what the outbox holds: claim under a lease, send with no transaction open, write down what happened.

A worker may die at any line: the lease runs out and another takes the job. Only a death between the provider's
"accepted" and our commit can send twice, and then under the same Message-ID.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as clock_time
from enum import Enum
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import tenancy, work
from app.core.i18n import local_text
from app.core.tenancy import Municipality
from app.messaging.channels import Channel, Outgoing, PermanentFailure, TemporaryFailure
from app.messaging.models import Message
from app.messaging.outbox import SECRET_KINDS, job_kind
from app.messaging.pace import reserve
from app.messaging.receipts import fail, settle
from app.messaging.status import MessageStatus
from config import Config

BATCH = 20
SECONDS_OF_A_BATCH = 5
"""So long at most a batch takes at a provider's pace: far less than its lease."""
A_MOMENT = timedelta(seconds=1)
NUDGES = ("reminder", "call_reminder", "invitation")
"""Kinds of messages that nobody asked for at that moment."""
LONGEST_ASKED = 3600
"""Seconds that a provider may have us wait."""
TRIES_AFTER_FAULT = 5
log = logging.getLogger(__name__)

Transaction = Callable[[], AbstractContextManager[Session]]
"""Opens a session with one transaction, committed at the end of the block."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``per_second``: messages by channel, of all workers together; ``nudges``: that one client gets a day."""

    per_second: Mapping[str, float] = field(default_factory=dict)
    nudges: int = 6

    @classmethod
    def of(cls, config: Config) -> Limits:
        """As configured; 0 means no limit."""
        rates = {"sms": float(config.SMS_PER_SECOND), "email": float(config.EMAILS_PER_SECOND)}
        return cls({name: rate for name, rate in rates.items() if rate > 0}, int(config.NUDGES_A_DAY))


def dispatch_due(
    transaction: Transaction,
    channels: Mapping[str, Channel],
    clock: Callable[[], datetime],
    *,
    limits: Limits | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Send one batch of every configured channel. Returns how many messages were tried."""
    limits, tried = limits or Limits(), 0
    for name, channel in channels.items():
        rate = limits.per_second.get(name)
        most = BATCH if rate is None else max(1, min(BATCH, int(rate * SECONDS_OF_A_BATCH)))
        with transaction() as session:
            jobs = work.claim(session, kind=job_kind(name), now=clock(), limit=most)
            begin = reserve(session, name, len(jobs), rate, now=clock()) if jobs and rate else None
        for number, job in enumerate(jobs):
            if begin is not None and rate:
                pause(max(0.0, (begin + timedelta(seconds=number / rate) - clock()).total_seconds()))
            tried += _dispatch(transaction, channel, name, job, clock, limits)
    return tried


def _dispatch(
    transaction: Transaction,
    channel: Channel,
    name: str,
    job: work.Claim,
    clock: Callable[[], datetime],
    limits: Limits,
) -> bool:
    """Try one message; False where it was given back to wait for the client's earlier one."""
    begun = _begin(transaction, name, job, clock(), limits)
    if begun is None or begun is WAITS:
        return begun is None
    job, outgoing = begun
    try:
        provider_id = channel.send(outgoing)
    except TemporaryFailure as failure:
        _put_back(transaction, job, str(failure), clock(), failure.retry_after)
    except PermanentFailure as failure:
        _end(transaction, job, MessageStatus.FAILED, clock(), reason=str(failure))
    except Exception as fault:  # of ours: it must not hold up the messages behind this one
        log.exception("message %s met a fault", job.target_id)
        words = f"{type(fault).__name__}: {fault}"
        if job.attempts < TRIES_AFTER_FAULT:
            _put_back(transaction, job, words, clock())
        else:
            _end(transaction, job, MessageStatus.FAILED, clock(), reason=words)
    else:
        _end(transaction, job, MessageStatus.SENT, clock(), provider_id=provider_id)
    return True


class _Waits(Enum):
    """The client's earlier message is on its way in another worker's hands."""

    WAITS = "waits"


WAITS: Final = _Waits.WAITS


def _begin(
    transaction: Transaction, name: str, job: work.Claim, now: datetime, limits: Limits
) -> tuple[work.Claim, Outgoing] | Literal[_Waits.WAITS] | None:
    """Mark the message as being sent and take its values along; None where there is nothing to send."""
    with transaction() as session:
        tenancy.bind(session, job.municipality_id)
        if not work.still_ours(session, job):
            return None
        message = session.get(Message, job.target_id, with_for_update=True)
        if message is not None and message.status == MessageStatus.SENDING and message.cause_gone:
            message.status, message.reason = MessageStatus.CANCELLED, "superseded"  # its first worker died
        if message is not None and message.useful_until is not None and message.useful_until <= now:
            _skip(message)
        municipality = session.get_one(Municipality, job.municipality_id)
        if message is not None and _is_enough(session, message, municipality, limits, now):
            message.status, message.reason = MessageStatus.SKIPPED, "cap"
        if message is None or message.status not in (MessageStatus.QUEUED, MessageStatus.SENDING):
            work.finish(session, job)
            return None
        if message.client_id is not None:
            others = select(Message.id).where(Message.client_id == message.client_id, Message.channel == name)
            if work.in_front(session, job, kind=job_kind(name), targets=others, now=now):
                work.yield_back(session, job, until=now + A_MOMENT)
                return WAITS
        message.status = MessageStatus.SENDING
        message.attempts += 1
        return work.renew(session, job, now=now), Outgoing(
            id=message.id,
            dedupe_key=message.dedupe_key,
            recipient=message.recipient,
            sender_name=local_text(municipality.name, message.language),
            sender_address=municipality.email,
            subject=message.subject,
            body=message.body,
            html=message.html,
            calendar=message.calendar,
            calendar_method=message.calendar_method,
            language=message.language,
            municipality=municipality.slug,
            attempt=message.attempts,
            created_at=message.created_at,
        )


def _is_enough(session: Session, message: Message, municipality: Municipality, limits: Limits, now: datetime) -> bool:
    """True for one more nudge to a client who has got as many today as is good. What is agreed is always told."""
    if message.kind not in NUDGES or message.client_id is None or message.status != MessageStatus.QUEUED:
        return False
    midnight = datetime.combine(now.astimezone(municipality.zone).date(), clock_time(), municipality.zone)
    query = select(func.count()).where(
        Message.client_id == message.client_id, Message.kind.in_(NUDGES), Message.sent_at >= midnight
    )
    return (session.scalar(query) or 0) >= limits.nudges


def _skip(message: Message) -> None:
    """Too late to be of use: "your time is booked" after the meeting only confuses."""
    if message.status in (MessageStatus.QUEUED, MessageStatus.SENDING):
        message.status, message.reason = MessageStatus.SKIPPED, "too_late"


def _put_back(
    transaction: Transaction, job: work.Claim, reason: str, now: datetime, retry_after: int | None = None
) -> None:
    log.warning("message %s waits: %s", job.target_id, reason)
    with transaction() as session:
        tenancy.bind(session, job.municipality_id)
        if not work.still_ours(session, job):
            return
        message = session.get_one(Message, job.target_id, with_for_update=True)
        if message.cause_gone:
            message.status, message.reason = MessageStatus.CANCELLED, "superseded"
            work.finish(session, job)
            return
        message.status, message.reason = MessageStatus.QUEUED, reason
        wait = max(work.back_off(job.attempts), timedelta(seconds=min(retry_after or 0, LONGEST_ASKED)))
        work.postpone(session, job, until=now + wait)


def _end(
    transaction: Transaction,
    job: work.Claim,
    status: MessageStatus,
    now: datetime,
    *,
    reason: str = "",
    provider_id: str = "",
) -> None:
    with transaction() as session:
        tenancy.bind(session, job.municipality_id)
        if not work.still_ours(session, job):
            return
        message = session.get_one(Message, job.target_id, with_for_update=True)
        message.status, message.reason, message.provider_id = status, reason, provider_id
        message.sent_at = now if status == MessageStatus.SENT else None
        if message.kind in SECRET_KINDS:
            message.body = message.html = ""
        if status == MessageStatus.SENT:
            session.flush()
            settle(session, message, now=now)  # receipts may have been quicker than we
        else:
            fail(session, message, reason, now=now)
        work.finish(session, job)
