"""What an administrator does with the users of the own municipality. The last administrator always stays one.

Every change of who is an administrator takes one lock first, so that two administrators never remove each other.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit, tenancy
from app.core.audit import Actor
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import N_
from app.core.permissions import Role
from app.identity import password_links, second_step, sessions
from app.identity.models import StaffUser
from app.identity.service import create_user

GIVEN = (Role.CASEWORKER, Role.DESK, Role.LEAD, Role.ADMIN)
"""Roles that a municipality gives. The operator's is given by the installation."""


class LastAdministrator(Conflict):
    """Somebody must be able to let others in."""

    code = "last_administrator"
    message = N_("This is the only administrator. Make somebody else an administrator first.")


class OwnAccount(Conflict):
    """Nobody shuts themselves out by a slip of the hand."""

    code = "own_account"
    message = N_("You cannot take away your own rights. Ask another administrator to do it.")


class UserChangedMeanwhile(Conflict):
    """Somebody else saved the user after the page was opened."""

    code = "changed_meanwhile"
    message = N_("Somebody else changed this user after you opened the page. This is how it is now.")


def invite(
    session: Session, *, email: str, name: str, role: str, office_id: int | None, actor: Actor, now: datetime
) -> StaffUser:
    """A new user, who is sent a link to the first password. Raises ``InvalidInput``.

    The same invitation sent twice makes one user and one message.
    """
    if role not in GIVEN:
        raise InvalidInput({"role": N_("Choose a role.")})
    _one_at_a_time(session)
    same = select(StaffUser).where(func.lower(StaffUser.email) == email.strip().lower())
    there: StaffUser | None = session.scalar(same)
    if there is not None and (there.name, there.role, there.office_id) == (name, role, office_id) and is_invited(there):
        return there
    user = create_user(session, email=email, name=name, role=role, password=None, now=now, actor=actor)
    user.office_id = office_id
    session.flush()
    password_links.invite(session, user, actor=actor, now=now)
    return user


def is_invited(user: StaffUser) -> bool:
    """True until the first password is chosen."""
    return user.active and user.password_hash is None


def change(
    session: Session, user_id: int, *, role: str, office_id: int | None, opened: int, actor: Actor, now: datetime
) -> StaffUser:
    """Give a user another role or office. Raises ``InvalidInput`` and the conflicts of this file."""
    _one_at_a_time(session)
    user = locked(session, user_id)
    if (user.role, user.office_id) == (role, office_id):
        return user
    if user.version != opened:
        raise UserChangedMeanwhile
    if role not in GIVEN:
        raise InvalidInput({"role": N_("Choose a role.")})
    if role != user.role:
        _refuse_loss(session, user, actor)
    changed: dict[str, list[str | int | None]] = {
        "role": [user.role, role],
        "office_id": [user.office_id, office_id],
    }
    user.role, user.office_id, user.version = role, office_id, user.version + 1
    session.flush()
    told = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    audit.record(session, actor=actor, action="user.set_role", on=user, now=now, changed=told)
    return user


def deactivate(session: Session, user_id: int, *, actor: Actor, now: datetime) -> StaffUser:
    """From now on the user comes in nowhere; nothing that the user did is lost."""
    _one_at_a_time(session)
    user = locked(session, user_id)
    if user.active:
        _refuse_loss(session, user, actor)
        user.active, user.version = False, user.version + 1
        session.flush()
        audit.record(session, actor=actor, action="user.deactivate", on=user, now=now)
        password_links.forget_links(session, user)
        sessions.end(session, user, reason="deactivated", actor=actor, now=now)
    return user


def reactivate(session: Session, user_id: int, *, actor: Actor, now: datetime) -> StaffUser:
    """The user may sign in again, with the password from before."""
    user = locked(session, user_id)
    if not user.active:
        user.active, user.version = True, user.version + 1
        session.flush()
        audit.record(session, actor=actor, action="user.reactivate", on=user, now=now)
    return user


def send_link(session: Session, user_id: int, *, actor: Actor, now: datetime) -> StaffUser:
    """A link to a new password, or once more to the first; links from before lead nowhere."""
    user = _active(session, user_id)
    password_links.forget_links(session, user)
    if user.password_hash is None:
        password_links.invite(session, user, actor=actor, now=now)
    else:
        password_links.send_reset(session, user, actor=actor, now=now)
    return user


def take_codes_away(session: Session, user_id: int, *, actor: Actor, now: datetime) -> StaffUser:
    """The password alone is enough again, for somebody who has lost telephone and recovery codes."""
    user = _active(session, user_id)
    if user.totp_secret is not None:
        second_step.forget(session, user, actor=actor, now=now)
    return user


def locked(session: Session, user_id: int) -> StaffUser:
    """The user, as nobody else changes it meanwhile. Raises ``NotFound``; an operator is none of the municipality's."""
    query = select(StaffUser).where(StaffUser.id == user_id, StaffUser.role != Role.OPERATOR)
    locking = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    user: StaffUser | None = session.scalar(locking)
    if user is None:
        raise NotFound
    return user


def _active(session: Session, user_id: int) -> StaffUser:
    user = locked(session, user_id)
    if not user.active:
        raise Conflict(N_("The user is not in use. Take the user into use first."))
    return user


def _refuse_loss(session: Session, user: StaffUser, actor: Actor) -> None:
    if user.role != Role.ADMIN or not user.active:
        return
    others = select(func.count()).where(StaffUser.role == Role.ADMIN, StaffUser.active, StaffUser.id != user.id)
    if not session.scalar(others):
        raise LastAdministrator
    if actor.id == user.id:
        raise OwnAccount


def _one_at_a_time(session: Session) -> None:
    key = func.hashtext(f"vuoro.users.{tenancy.bound_to(session)}")
    session.execute(select(func.pg_advisory_xact_lock(key)))


def join_professional(session: Session, user: StaffUser, professional_id: int, *, actor: Actor, now: datetime) -> None:
    """Whoever signs in as the user works with this professional's calendar."""
    if user.professional_id != professional_id:
        user.professional_id, user.version = professional_id, user.version + 1
        session.flush()
        audit.record(session, actor=actor, action="user.join", on=user, now=now, professional_id=professional_id)
