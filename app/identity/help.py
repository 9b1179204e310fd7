"""Help inside the staff's pages: the steps of the page, whom to ask, and a welcome on the first day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask_login import current_user
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.i18n import gettext
from app.core.settings import settings_of
from app.core.typed import show_phone
from app.identity.help_texts import BY_BLUEPRINT, BY_MENU, WELCOME, Topic
from app.identity.models import StaffUser


def topic_of(blueprint: str, menu: str = "") -> Topic | None:
    """The topic of a page, by its blueprint, else by the menu entry under which it stands."""
    return BY_BLUEPRINT.get(blueprint) or BY_MENU.get(menu)


def page_help(menu: str) -> dict[str, Any]:
    """What the frame shows under "How to": the steps for the reader's role, and whom to ask."""
    topic = topic_of(request.blueprint or "", menu) or ()
    return {"steps": _steps(topic), "support": _support()}


def _steps(topic: Topic) -> list[str]:
    return [gettext(hint.text) for hint in topic if not hint.permission or current_user.may(hint.permission)]


def _support() -> dict[str, str] | None:
    """Whom the municipality has named; nobody, if it has named nobody."""
    saved = settings_of(db.session)
    if not (saved.support_name or saved.support_phone or saved.support_email):
        return None
    return {"name": saved.support_name, "phone": show_phone(saved.support_phone), "email": saved.support_email}


def welcome_steps() -> list[str]:
    """What somebody who is new here reads on the page of today, until they put it away."""
    return [] if current_user.welcomed_at else _steps(WELCOME.get(current_user.role, ()))


def put_welcome_away(session: Session, user: StaffUser, *, now: datetime) -> None:
    """Remember, for this user on every computer, that the welcome has been read."""
    if user.welcomed_at is None:
        user.welcomed_at = now
        session.flush()
