"""Counts of e-mail addresses typed at the staff's sign-in, whether or not anybody has them: the answers are the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.tenancy import digest_of
from app.identity.models import SignInCount

KEPT = timedelta(days=1)


def locked_count(session: Session, kind: str, email: str, *, now: datetime) -> SignInCount:
    """The count of an address, this transaction's alone until it ends."""
    key = {"digest": digest_of(email), "kind": kind}
    session.execute(insert(SignInCount).values(**key, count=0, changed_at=now).on_conflict_do_nothing())
    row: SignInCount = session.scalars(select(SignInCount).filter_by(**key).with_for_update()).one()
    return row


def sweep(session: Session, *, now: datetime) -> int:
    """Forget what was counted a day ago. Returns how many rows went."""
    old = delete(SignInCount).where(SignInCount.changed_at < now - KEPT).returning(SignInCount.kind)
    return len(session.scalars(old).all())
