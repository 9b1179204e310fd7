"""What staff change of their own account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import audit
from app.core.audit import Actor
from app.core.errors import InvalidInput, NotFound
from app.core.i18n import LANGUAGES, N_
from app.core.typed import NAME_LENGTH, Unusable, clean_line
from app.identity import passwords, sessions
from app.identity.models import StaffUser
from app.identity.password_links import refuse_weak, set_password
from app.identity.sign_in import count_failure, locked_user, refuse_paused


def change_details(session: Session, user: StaffUser, *, name: str, language: str, actor: Actor, now: datetime) -> None:
    """Name and language (empty: as the browser asks). Raises ``InvalidInput``."""
    errors = {} if language in ("", *LANGUAGES) else {"language": N_("Choose a language.")}
    try:
        name = clean_line(name, longest=NAME_LENGTH)
    except Unusable as problem:
        errors["name"] = str(problem)
    if not name:
        errors["name"] = N_("Enter your name.")
    if errors:
        raise InvalidInput(errors)
    if (user.name, user.language) != (name, language):
        user.name, user.language = name, language
        audit.record(session, actor=actor, action="user.change", on=user, now=now, name=name, language=language)


def change_password(
    session: Session, user: StaffUser, *, old: str, new: str, keep: int, actor: Actor, now: datetime
) -> None:
    """Change it and end all other sessions (``keep``: this one). Raises ``WrongPassword``, ``InvalidInput``, ``TooMany``."""
    own = checked(session, user, old, actor=actor, now=now)
    refuse_weak(new, own)
    if new == old:
        raise InvalidInput({"new_password": N_("This is the password that you have already.")})
    set_password(session, own, new, actor=actor, action="user.password_change", keep=keep, now=now)


class WrongPassword(InvalidInput):
    """The password that is asked once more was wrong; it has been counted, so commit."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__({"password": N_("The password is not right.")})


def checked(session: Session, user: StaffUser, password: str, *, actor: Actor, now: datetime) -> StaffUser:
    """The user's row, locked, where the password is right; wrong ones count as at sign-in.

    Raises ``WrongPassword``, ``InvalidInput``, ``TooMany``.
    """
    if not password:
        raise InvalidInput({"password": N_("Enter your password.")})
    account = (user.municipality_id, user.id)
    own = locked_user(session, account)
    if own is None:
        raise NotFound
    refuse_paused(own, now=now)
    if not passwords.matches(own.password_hash, password):
        count_failure(session, account, address=actor.address, now=now)
        raise WrongPassword
    return own


def end_session(session: Session, user: StaffUser, session_id: int, *, actor: Actor, now: datetime) -> None:
    """Sign the user out of one browser. Raises ``NotFound``."""
    if not sessions.end(session, user, only=session_id, reason="ended_by_user", actor=actor, now=now):
        raise NotFound


def end_others(session: Session, user: StaffUser, keep: int, *, actor: Actor, now: datetime) -> int:
    """Sign the user out of every browser but one. Returns how many there were."""
    return sessions.end(session, user, but=keep, reason="ended_by_user", actor=actor, now=now)
