"""Staff users and API keys: making them, and recognising them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit, crypto, tenancy
from app.core.audit import SYSTEM, Actor
from app.core.errors import InvalidInput
from app.core.i18n import N_
from app.core.permissions import Role
from app.core.tenancy import Municipality
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
    audit.record(session, actor=SYSTEM, action="user.create", on=user, now=now, role=role)
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
    for route in tenancy.find_routes(session, kind="api_key", secret=secret):
        tenancy.bind(session, route.municipality_id)
        key = session.get(ApiKey, route.target_id)
        if key is not None and key.active:
            caller = Caller(key.id, key.name, route.municipality_id, frozenset(key.scopes))
            return caller, session.get_one(Municipality, route.municipality_id)
    return None
