"""The frame around every staff page: who is signed in, and a menu of what the role may see. Rooms add their entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, url_for
from flask_login import current_user

from app.core.i18n import N_, gettext
from app.core.permissions import Role
from app.identity.help import page_help

ROLE_NAMES = {
    Role.CASEWORKER: N_("Caseworker"),
    Role.DESK: N_("Customer service"),
    Role.LEAD: N_("Team lead"),
    Role.ADMIN: N_("Administrator"),
    Role.OPERATOR: N_("Operator of the service"),
}


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the menu. ``label``: msgid; ``position``: entries stand in this order."""

    name: str
    label: str
    endpoint: str
    permission: str
    position: int


def add_to_menu(app: Flask, entry: MenuEntry) -> None:
    """Put an entry into the staff menu."""
    app.extensions.setdefault("staff_menu", {})[entry.name] = entry


def staff_page(current: str) -> dict[str, Any]:
    """What the frame needs on the page ``current`` (a menu entry's name)."""
    menu: dict[str, MenuEntry] = current_app.extensions["staff_menu"]
    return {
        "staff_user": {
            "name": current_user.name,
            "role_name": gettext(ROLE_NAMES[Role(current_user.role)]),
            "url": url_for("account.overview"),
            "current": current == "account",
        },
        "staff_nav": [
            {"label": gettext(entry.label), "url": url_for(entry.endpoint), "current": entry.name == current}
            for entry in sorted(menu.values(), key=lambda entry: entry.position)
            if current_user.may(entry.permission)
        ],
        "help": page_help(current),
        "staff_home_url": url_for("staff.today"),
        "sign_out_url": url_for("identity.sign_out"),
    }
