"""Staff users and API keys: making them, and recognising them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select, true
from sqlalchemy.orm import Session

from app.core import audit, crypto, tenancy
from app.core.audit import SYSTEM, Actor
from app.core.errors import InvalidInput
from app.core.i18n import N_
from app.core.permissions import Role
from app.core.tenancy import Municipality, RouteToken
from app.core.typed import Unusable, clean_email, clean_line
from app.identity import passwords
from app.identity.models import ApiKey, StaffUser

SCOPES = ("read", "book", "admin")
DEFAULT_SCOPES = ("read", "book")
LONGEST_KEY_NAME = 100


@dataclass(frozen=True, slots=True)
class Caller:
    """A recognised API key."""

    key_id: int
    name: str
    municipality_id: int
    scopes: frozenset[str]


def create_user(
    session: Session,
    *,
    email: str,
    name: str,
    role: str,
    password: str | None,
    now: datetime,
    professional_id: int | None = None,
    actor: Actor = SYSTEM,
) -> StaffUser:
    """A staff user of the bound municipality; without a password one who is to be invited. Raises ``InvalidInput``."""
    try:
        email = clean_email(email).lower()
        name = clean_line(name, longest=200)
    except Unusable as problem:
        raise InvalidInput({"email": str(problem)}) from problem
    if role not in list(Role):
        raise InvalidInput({"role": N_("Choose one of the roles: caseworker, desk, lead, admin, operator.")})
    if password is not None and (weakness := passwords.weakness(password, email=email)):
        raise InvalidInput({"password": weakness})
    if session.scalar(select(StaffUser.id).where(func.lower(StaffUser.email) == email)):
        raise InvalidInput({"email": N_("There is already a user with this e-mail address.")})
    user = StaffUser(
        email=email,
        name=name,
        role=role,
        password_hash=passwords.hashed(password) if password is not None else None,
        professional_id=professional_id,
        created_at=now,
    )
    session.add(user)
    session.flush()
    tenancy.add_route(
        session, kind="staff_email", secret=email, municipality_id=user.municipality_id, target_id=user.id
    )
    audit.record(session, actor=actor, action="user.create", on=user, now=now, role=role)
    return user


def create_api_key(
    session: Session,
    *,
    name: str,
    now: datetime,
    scopes: tuple[str, ...] = DEFAULT_SCOPES,
    actor: Actor = SYSTEM,
) -> str:
    """A key for another system of the bound municipality; the secret is returned once and not kept.

    Raises ``InvalidInput``.
    """
    try:
        name = clean_line(name, longest=LONGEST_KEY_NAME)
    except Unusable as problem:
        raise InvalidInput({"name": str(problem)}) from problem
    if not name:
        raise InvalidInput({"name": N_("Say which system gets the key.")})
    if not scopes or set(scopes) - set(SCOPES):
        raise InvalidInput({"scopes": N_("Choose among the scopes read, book and admin.")})
    if session.scalar(select(ApiKey.id).where(ApiKey.name == name)):
        raise InvalidInput({"name": N_("There is already a key with this name.")})
    key = ApiKey(name=name, scopes=list(scopes), created_at=now)
    session.add(key)
    session.flush()
    secret = crypto.api_key()
    tenancy.add_route(session, kind="api_key", secret=secret, municipality_id=key.municipality_id, target_id=key.id)
    audit.record(session, actor=actor, action="api_key.create", on=key, now=now, name=name, scopes=list(scopes))
    return secret


def recognise_key(session: Session, secret: str) -> tuple[Caller, Municipality] | None:
    """Who calls with this key, the session bound to its municipality; None for a key that is unknown or withdrawn."""
    found = session.execute(_KEY_OF_SECRET, {"digest": tenancy.digest_of(secret)}).first()
    if found is None:
        return None
    municipality, key_id, name, scopes = found
    tenancy.bind(session, municipality.id, told=True)
    return Caller(key_id, name, municipality.id, frozenset(scopes)), municipality


def _key_of_secret() -> Select[Any]:
    """All that a call with a key must know, in one statement: it stands in the way of every one.

    The inner part tells the database the municipality; the key's row, which nobody sees before, is looked for after
    it, because LATERAL takes its value (OFFSET 0 keeps the planner from joining the other way round).
    """
    route = (
        select(RouteToken.target_id, RouteToken.municipality_id, tenancy.tell(RouteToken.municipality_id).label("told"))
        .where(RouteToken.digest == bindparam("digest"), RouteToken.kind == "api_key")
        .cte("route")
    )
    key, row = ApiKey.__table__, ("id", "name", "scopes")
    held = (
        select(*(key.c[column] for column in row))
        .where(key.c.municipality_id == route.c.municipality_id, key.c.id == route.c.target_id, key.c.active)
        .where(route.c.told != "")
        .offset(0)
        .lateral("held")
    )
    return (
        select(Municipality, *(held.c[column] for column in row))
        .join_from(route, Municipality, Municipality.id == route.c.municipality_id)
        .join(held, true())
    )


_KEY_OF_SECRET = _key_of_secret()
