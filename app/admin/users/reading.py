"""What the pages of users ask the database, and what can be used of their forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.admin.form import REQUIRED, Form
from app.core.i18n import N_, gettext, local_text
from app.core.permissions import Role
from app.core.typed import Unusable, clean_email
from app.identity import users
from app.identity.models import StaffSession, StaffUser
from app.scheduling.models import Office

PAGE, LAST_PAGE = 50, 10_000


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for: part of a name or address, a role, a state, and the page of the list."""

    text: str = ""
    role: str = ""
    state: str = ""
    page: int = 1

    @classmethod
    def asked(cls, asked: Any) -> Search:
        """From the address."""
        page = min(max(1, asked.get("page", 1, type=int)), LAST_PAGE)
        return cls(asked.get("q", "").strip()[:200], asked.get("role", ""), asked.get("state", ""), page)

    def query(self, page: int) -> dict[str, Any]:
        """The same on another page."""
        return {"q": self.text or None, "role": self.role or None, "state": self.state or None, "page": page}


def found_users(session: Session, search: Search) -> list[StaffUser]:
    """One row more than a page, if there are more. The operator belongs to the installation and is not listed."""
    query = select(StaffUser).where(StaffUser.role != Role.OPERATOR, *_conditions(search))
    query = query.order_by(StaffUser.active.desc(), func.lower(StaffUser.name), StaffUser.id)
    return list(session.scalars(query.offset((search.page - 1) * PAGE).limit(PAGE + 1)))


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.text:
        low = search.text.lower()
        names = func.lower(StaffUser.name).contains(low, autoescape=True)
        found.append(or_(names, func.lower(StaffUser.email).contains(low, autoescape=True)))
    if search.role:
        found.append(StaffUser.role == search.role)
    if search.state == "inactive":
        found.append(~StaffUser.active)
    elif search.state in ("active", "invited"):
        chosen = (
            StaffUser.password_hash.is_(None) if search.state == "invited" else StaffUser.password_hash.is_not(None)
        )
        found += [StaffUser.active.is_(True), chosen]
    return found


def last_sign_ins(session: Session, user_ids: Sequence[int]) -> dict[int, datetime]:
    """When each was last seen, as far as sign-ins are remembered."""
    query = select(StaffSession.user_id, func.max(StaffSession.seen_at)).where(StaffSession.user_id.in_(user_ids))
    return {user_id: seen for user_id, seen in session.execute(query.group_by(StaffSession.user_id))}


def office_options(session: Session) -> list[dict[str, str]]:
    """The offices in use, and none."""
    offices = session.scalars(select(Office).where(Office.active).order_by(Office.id))
    return [
        {"value": "", "label": gettext("No office of their own")},
        *({"value": str(office.id), "label": local_text(office.name)} for office in offices),
    ]


def typed_user(form: Form, offices: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Name, e-mail, role and office of somebody new. Raises ``InvalidInput``."""
    name, role = form.line("name", required=True), form.value("role")
    if role not in users.GIVEN:
        form.refuse("role", N_("Choose a role."))
    office = form.one_of("office", [row["value"] for row in offices]) if form.value("office") else ""
    email = _email(form)
    form.require_good()
    return {"email": email, "name": name, "role": role, "office_id": int(office) if office else None}


def _email(form: Form) -> str:
    if not form.value("email").strip():
        form.refuse("email", REQUIRED)
        return ""
    try:
        return clean_email(form.value("email")).lower()
    except Unusable as problem:
        form.refuse("email", str(problem))
        return ""
