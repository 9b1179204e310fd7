"""Background work that survives: rows claimed with SKIP LOCKED under a lease, by as many processes as one likes.

``job`` carries no content and no row-level policy, because a worker must find it before it knows the municipality.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Select, UniqueConstraint, delete, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import db

LEASE = timedelta(seconds=90)
_LONGEST_WAIT = timedelta(hours=1)


class Job(db.Model):  # type: ignore[name-defined,misc]
    """Something to do at ``due_at`` with one row of one municipality."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("kind", "municipality_id", "target_id"),
        Index("ix_job_due", "kind", "due_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    municipality_id: Mapped[int]
    kind: Mapped[str]
    target_id: Mapped[int]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased job, free of the session that claimed it."""

    id: int
    municipality_id: int
    target_id: int
    attempts: int
    leased_until: datetime


def enqueue(session: Session, *, kind: str, municipality_id: int, target_id: int, due_at: datetime) -> None:
    """Add a job in the caller's transaction: it exists exactly when its cause exists."""
    session.add(Job(kind=kind, municipality_id=municipality_id, target_id=target_id, due_at=due_at))


def hasten(session: Session, *, kind: str, municipality_id: int, target_id: int, due_at: datetime) -> None:
    """Have the job done at ``due_at``, whether or not it waits already."""
    values = {"kind": kind, "municipality_id": municipality_id, "target_id": target_id, "due_at": due_at, "attempts": 0}
    session.execute(
        insert(Job)
        .values(**values)
        .on_conflict_do_update(index_elements=["kind", "municipality_id", "target_id"], set_={"due_at": due_at})
    )


def claim(session: Session, *, kind: str, now: datetime, limit: int) -> list[Claim]:
    """Lease up to ``limit`` due jobs, oldest first. The caller commits before doing them."""
    due = (
        select(Job.id)
        .where(Job.kind == kind, Job.due_at <= now, (Job.leased_until.is_(None)) | (Job.leased_until <= now))
        .order_by(Job.due_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # A CTE, which PostgreSQL runs once: a subquery may be run again for every row, and then claims too many.
        .cte("due")
    )
    rows = session.execute(
        update(Job)
        .where(Job.id == due.c.id)
        .values(leased_until=now + LEASE, attempts=Job.attempts + 1)
        .returning(Job.id, Job.municipality_id, Job.target_id, Job.attempts, Job.leased_until)
        .execution_options(synchronize_session=False)
    )
    return sorted((Claim(*row) for row in rows), key=lambda job: job.id)  # type: ignore[arg-type]


def still_ours(session: Session, job: Claim) -> bool:
    """Lock the job's row and tell whether our lease still stands (nobody claimed it after it ran out)."""
    lease = session.scalar(select(Job.leased_until).where(Job.id == job.id).with_for_update())
    return lease == job.leased_until


def renew(session: Session, job: Claim, *, now: datetime) -> Claim:
    """Begin the lease anew, for a job that waited behind others of its batch."""
    until = now + LEASE
    session.execute(update(Job).where(Job.id == job.id).values(leased_until=until))
    return replace(job, leased_until=until)


def finish(session: Session, job: Claim) -> None:
    """The job is done for good."""
    session.execute(delete(Job).where(Job.id == job.id))


def yield_back(session: Session, job: Claim, *, until: datetime) -> None:
    """Give the job back unbegun, in its old place in the row, to be claimed from ``until`` on."""
    session.execute(update(Job).where(Job.id == job.id).values(leased_until=until, attempts=Job.attempts - 1))


def in_front(session: Session, job: Claim, *, kind: str, targets: Select[Any], now: datetime) -> bool:
    """True while somebody works on a job of the ``targets`` that stands before this one in the row."""
    own = select(Job.due_at, Job.id).where(Job.id == job.id).subquery()
    query = select(Job.id).where(
        Job.kind == kind,
        Job.municipality_id == job.municipality_id,
        Job.target_id.in_(targets),
        Job.id != job.id,
        Job.leased_until > now,
        tuple_(Job.due_at, Job.id) < tuple_(own.c.due_at, own.c.id),
    )
    return session.scalar(query.limit(1)) is not None


def postpone(session: Session, job: Claim, *, until: datetime) -> None:
    """Give the job back, to be tried again at ``until``."""
    session.execute(update(Job).where(Job.id == job.id).values(leased_until=None, due_at=until))


def back_off(attempts: int) -> timedelta:
    """Time to wait after the n-th failed attempt: 10 s, doubling to an hour, with a fifth of jitter."""
    seconds = min(10 * 2 ** min(attempts - 1, 12), _LONGEST_WAIT.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.9, 1.1))  # noqa: S311 - spreads load, no secret


@contextmanager
def only_one(session: Session, name: str) -> Iterator[bool]:
    """True inside the block for one process at a time (advisory lock of this transaction), else False."""
    yield bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext(:name))"), {"name": f"vuoro.{name}"}))
