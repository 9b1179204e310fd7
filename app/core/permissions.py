"""Who may do what: one table from roles to permissions, and one declaration on every route.

A permission is named ``area.action``. A route says who may use it with one decorator of this file (or of
``identity`` and ``api``, which build on ``declare``); a guard test refuses a route that says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """What a staff user is here for."""

    CASEWORKER = "caseworker"
    DESK = "desk"
    LEAD = "lead"
    ADMIN = "admin"
    OPERATOR = "operator"


_STAFF = frozenset(
    {
        "account.own",
        "today.view",
        "appointment.view",
        "appointment.book",
        "appointment.advance",
        "group.manage",
        "task.edit",
    }
)
_CALENDAR = frozenset({"calendar.view"})
_CALENDARS = _CALENDAR | {"calendar.move_all"}
"""``move_all``: the meetings of colleagues, too."""
_CLIENTS = frozenset({"client.view", "client.edit"})
_CODES = _CLIENTS | {"client.identity_code"}
_REGISTER = _CODES | {"client.merge", "client.read_words", "client.read_log"}
"""``read_words``: what clients write about their matters to others, and notes for those concerned."""
_HOURS = frozenset({"hours.edit_own", "hours.edit_all"})

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.DESK: _STAFF | _CALENDARS | _CLIENTS,
    Role.CASEWORKER: _STAFF | _CALENDAR | _CODES | {"absence.manage", "hours.edit_own"},
    Role.LEAD: _STAFF
    | _CALENDARS
    | _HOURS
    | _REGISTER
    | {"absence.manage", "outbox.view", "outbox.resend", "feedback.view"},
    Role.ADMIN: _STAFF
    | _CALENDARS
    | _HOURS
    | {
        "absence.manage",
        "outbox.view",
        "outbox.resend",
        "feedback.view",
        "settings.manage",
        "user.manage",
        "audit.view",
    }
    | (_REGISTER - {"client.read_words"}),
    Role.OPERATOR: frozenset({"account.own", "today.view", "outbox.view", "installation.view"}),
}


def may(role: str, permission: str) -> bool:
    """True if the role has the permission. An unknown role has none."""
    return role in PERMISSIONS and permission in PERMISSIONS[Role(role)]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use a route, and the permission.

    ``public``, ``link`` (a secret in the address), ``client`` (signed in by a code), ``staff``, ``api`` (a key),
    ``metrics`` (the installation's token), ``provider`` (a provider's signature).
    """

    audience: str
    permission: str = ""


def declare(audience: str, permission: str = "") -> Callable[[View], View]:
    """Mark a view with who may use it; enforcing is the caller's part."""

    def mark(view: View) -> View:
        view.__access__ = Access(audience, permission)  # type: ignore[attr-defined]
        return view

    return mark


def access_of(view: Callable[..., Any]) -> Access:
    """Who may use a view. Raises ``AttributeError`` where it was not declared."""
    access: Access = view.__access__  # type: ignore[attr-defined]
    return access


public = declare("public")
"""Everybody: the municipality's public pages."""

by_link = declare("link")
"""Whoever holds the secret in the address."""
