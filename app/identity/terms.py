"""Terms of use for staff: a municipality publishes editions, and every user accepts the one in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.errors import Conflict
from app.core.i18n import N_
from app.core.texts import KINDS, texts_in_all_languages
from app.identity.models import StaffUser, TermsAcceptance, TermsOfUse


class PublishedMeanwhile(Conflict):
    """Another edition is in force than the page showed."""

    code = "published_meanwhile"
    message = N_("New terms have been published meanwhile. Please read them.")


def in_force(session: Session) -> TermsOfUse | None:
    """The latest edition; None where the municipality has published none, and then nobody is asked."""
    found: TermsOfUse | None = session.scalars(select(TermsOfUse).order_by(TermsOfUse.number.desc()).limit(1)).first()
    return found


def publish(session: Session, texts: Mapping[str, str], *, after: int, actor: Actor, now: datetime) -> TermsOfUse:
    """Put an edition in force, which everybody is then asked to accept; ``after``: the number of the one before.

    Raises ``PublishedMeanwhile``.
    """
    name = f"vuoro.terms.{tenancy.bound_to(session)}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))
    before = in_force(session)
    if (before.number if before else 0) != after:
        raise PublishedMeanwhile
    terms = TermsOfUse(number=after + 1, texts=dict(texts), published_by=actor.label, published_at=now)
    session.add(terms)
    session.flush()
    audit.record(session, actor=actor, action="terms.publish", on=terms, now=now, number=terms.number)
    return terms


def publish_default(session: Session, *, actor: Actor, now: datetime) -> TermsOfUse:
    """Put our text in force in a municipality that is new."""
    return publish(session, texts_in_all_languages(KINDS["terms_of_use"], {}), after=0, actor=actor, now=now)


def accept(session: Session, user: StaffUser, terms_id: int, *, actor: Actor, now: datetime) -> None:
    """The user accepts the edition that was shown; once more is as once. Raises ``PublishedMeanwhile``."""
    terms = in_force(session)
    if terms is None or terms.id != terms_id:
        raise PublishedMeanwhile
    row = insert(TermsAcceptance).values(
        municipality_id=user.municipality_id, user_id=user.id, terms_id=terms.id, accepted_at=now
    )
    if session.scalar(row.on_conflict_do_nothing().returning(TermsAcceptance.id)) is not None:
        audit.record(session, actor=actor, action="terms.accept", on=user, now=now, number=terms.number)


def accepted_at(session: Session, user_id: int, terms: TermsOfUse) -> datetime | None:
    """When the user accepted an edition."""
    mine = (TermsAcceptance.user_id == user_id, TermsAcceptance.terms_id == terms.id)
    found: datetime | None = session.scalar(select(TermsAcceptance.accepted_at).where(*mine))
    return found


def accepted_by(session: Session, terms: TermsOfUse) -> int:
    """How many of the active users have accepted an edition."""
    query = select(func.count()).select_from(TermsAcceptance).join(StaffUser, StaffUser.id == TermsAcceptance.user_id)
    return session.scalar(query.where(TermsAcceptance.terms_id == terms.id, StaffUser.active)) or 0
