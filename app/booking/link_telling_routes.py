"""What the holder of an appointment's link tells us with one press: "I'm late", and "you may move my time"."""

from __future__ import annotations

from typing import Any

from flask import request

from app.booking.changes import allow_move
from app.booking.lateness import report_late
from app.booking.link_routes import acting_client, blueprint, open_link, page_url
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, InvalidTransition
from app.core.http import see_other
from app.core.permissions import by_link


@blueprint.post("/late")
@by_link
def late(token: str) -> Any:
    """The client comes late."""
    appointment, municipality = open_link(token)
    try:
        report_late(
            db.session,
            appointment,
            request.form.get("minutes", 0, type=int),
            actor=acting_client(appointment),
            municipality=municipality,
            now=clock.now(),
        )
    except (InvalidInput, InvalidTransition):  # pressed on a page that stood open too long
        db.session.rollback()
        return see_other(page_url(token, notice="not_told"))
    db.session.commit()
    return see_other(page_url(token, notice="told"))


@blueprint.post("/may-move")
@by_link
def may_move(token: str) -> Any:
    """The consent that we may move the time ourselves, given or withdrawn."""
    appointment, _ = open_link(token)
    allowed = request.form.get("may_move") == "yes"
    try:
        allow_move(db.session, appointment, allowed, actor=acting_client(appointment), now=clock.now())
    except InvalidTransition:
        db.session.rollback()
        return see_other(page_url(token))
    db.session.commit()
    return see_other(page_url(token, notice="may_move" if allowed else "may_not_move"))
