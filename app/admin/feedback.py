"""Feedback on the service: taken from anybody, handled by staff, forgotten in time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.admin.models import Feedback, FeedbackKind
from app.core import audit, crypto, tenancy
from app.core.audit import Actor
from app.core.errors import InvalidInput
from app.core.i18n import N_
from app.core.retention import CLIENT_DATA_YEARS, YEAR
from app.core.typed import Unusable, clean_line, clean_text

LONGEST_TEXT, LONGEST_CONTACT = 4000, 200


@dataclass(frozen=True, slots=True)
class Said:
    """Feedback as it was typed."""

    kind: str
    text: str
    contact: str
    language: str


def send(session: Session, said: Said, *, form: str, actor: Actor, now: datetime) -> Feedback:
    """Keep the feedback; the same words of the same ``form`` are kept once. Raises ``InvalidInput``."""
    said = _cleaned(said)
    words = "\x00".join((form, said.kind, said.text, said.contact))
    values = {
        "municipality_id": tenancy.bound_to(session),
        "reference": crypto.reference(),
        "digest": hashlib.sha256(words.encode()).digest(),
        "kind": said.kind,
        "text": said.text,
        "contact": said.contact,
        "language": said.language,
        "created_at": now,
        "handled_by": "",
    }
    again = insert(Feedback).values(values).on_conflict_do_nothing(index_elements=["municipality_id", "digest"])
    added = session.scalar(again.returning(Feedback.id))
    kept = session.scalars(select(Feedback).where(Feedback.digest == values["digest"])).one()
    if added is not None:
        audit.record(session, actor=actor, action="feedback.send", on=kept, now=now, kind=kept.kind)
    return kept


def _cleaned(said: Said) -> Said:
    errors, text, contact = {}, "", ""
    if said.kind not in list(FeedbackKind):
        errors["kind"] = N_("Choose what your feedback is about.")
    try:
        text = clean_text(said.text, longest=LONGEST_TEXT)
        if not text:
            errors["text"] = N_("Write your feedback here.")
    except Unusable as problem:
        errors["text"] = str(problem)
    try:
        contact = clean_line(said.contact, longest=LONGEST_CONTACT)
    except Unusable as problem:
        errors["contact"] = str(problem)
    if errors:
        raise InvalidInput(errors)
    return Said(said.kind, text, contact, said.language)


def set_handled(session: Session, feedback: Feedback, handled: bool, *, actor: Actor, now: datetime) -> None:
    """Mark feedback as handled, or open again; twice is once."""
    if (feedback.handled_at is not None) == handled:
        return
    feedback.handled_at, feedback.handled_by = (now, actor.label) if handled else (None, "")
    action = "feedback.handle" if handled else "feedback.reopen"
    audit.record(session, actor=actor, action=action, on=feedback, now=now)


def sweep(session: Session, *, now: datetime) -> int:
    """Delete feedback past its time, handled or not. Returns how many."""
    old = Feedback.created_at < now - CLIENT_DATA_YEARS * YEAR
    return len(session.scalars(delete(Feedback).where(old).returning(Feedback.id)).all())
