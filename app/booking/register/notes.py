"""What staff note about a client, and who may read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.booking.models import Client
from app.booking.register.identity_code import looks_like_one
from app.booking.register.models import AUDIENCES, ClientNote
from app.core import audit
from app.core.audit import Actor
from app.core.errors import InvalidInput, NotFound
from app.core.i18n import N_
from app.core.typed import Unusable, clean_text

LONGEST = 4000
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. ``concerned``: the client's own caseworker, or a lead; others read what is for all staff, and their own."""

    user_id: int
    concerned: bool
    may_remove: bool = False


def notes_of(session: Session, client: Client, reader: Reader) -> Sequence[ClientNote]:
    """The notes that the reader may see, the newest first."""
    query = select(ClientNote).where(ClientNote.client_id == client.id).order_by(ClientNote.id.desc()).limit(MOST_SHOWN)
    if not reader.concerned:
        query = query.where(or_(ClientNote.audience == "staff", ClientNote.author_id == reader.user_id))
    return session.scalars(query).all()


def add_note(session: Session, client: Client, *, text: str, audience: str, actor: Actor, now: datetime) -> ClientNote:
    """Write a note. Raises ``InvalidInput``; a personal identity code does not belong into one."""
    errors, clean = {}, ""
    try:
        clean = clean_text(text, longest=LONGEST)
    except Unusable as problem:
        errors["text"] = str(problem)
    if not errors and not clean:
        errors["text"] = N_("Write the note.")
    if looks_like_one(clean):
        errors["text"] = N_("There is a personal identity code in the note. Take it out.")
    if audience not in AUDIENCES:
        errors["audience"] = N_("Choose who may read the note.")
    if errors:
        raise InvalidInput(errors)
    note = ClientNote(
        client_id=client.id,
        author_id=actor.id,
        author_name=actor.label,
        audience=audience,
        text=clean,
        written_at=now,
    )
    session.add(note)
    audit.record(session, actor=actor, action="client.note_add", on=client, now=now, audience=audience)
    return note


def may_remove(note: ClientNote, reader: Reader) -> bool:
    """Who wrote a note may take it away, and whoever looks after the register."""
    return reader.may_remove or note.author_id == reader.user_id


def remove_note(session: Session, client: Client, note_id: int, *, reader: Reader, actor: Actor, now: datetime) -> None:
    """Take a note away; one that is gone already is fine. Raises ``NotFound`` for somebody else's."""
    note = next((note for note in notes_of(session, client, reader) if note.id == note_id), None)
    if note is None:
        return
    if not may_remove(note, reader):
        raise NotFound
    session.delete(note)
    audit.record(session, actor=actor, action="client.note_remove", on=client, now=now, note=note_id)
