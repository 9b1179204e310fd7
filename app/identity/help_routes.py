"""Putting the welcome away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for

from app.core import clock
from app.core.db import db
from app.core.http import see_other
from app.identity.access import signed_in_user, staff
from app.identity.help import put_welcome_away

blueprint = Blueprint("help", __name__, url_prefix="/staff/help")


@blueprint.post("/welcome")
@staff("today.view")
def read() -> Any:
    """The signed-in user has read the welcome."""
    put_welcome_away(db.session, signed_in_user(), now=clock.now())
    db.session.commit()
    return see_other(url_for("staff.today"))
