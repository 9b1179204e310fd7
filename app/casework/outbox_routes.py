"""The outbox: every message, and where it stands."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from sqlalchemy import func, select

from app.casework.message_words import NO_PROVIDER, message_view
from app.core.db import db
from app.core.i18n import N_, gettext
from app.identity.access import own_municipality, staff
from app.identity.staff_frame import MenuEntry, staff_page
from app.messaging.channels import configured_channels
from app.messaging.models import Message
from app.messaging.status import MessageStatus

blueprint = Blueprint("outbox", __name__, url_prefix="/staff")
MENU = MenuEntry("outbox", N_("Messages"), "outbox.listed", "outbox.view", 60)

PAGE, LAST_PAGE = 50, 10_000


@blueprint.get("/outbox")
@staff("outbox.view")
def listed() -> Any:
    """Every message, the newest first."""
    municipality = own_municipality()
    page = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    channels = configured_channels(current_app.config["SETTINGS"])
    rows = list(
        db.session.scalars(
            select(Message)
            .order_by(Message.created_at.desc(), Message.id.desc())
            .offset((page - 1) * PAGE)
            .limit(PAGE + 1)
        )
    )
    waiting = db.session.execute(
        select(Message.channel, func.count()).where(Message.status == MessageStatus.QUEUED).group_by(Message.channel)
    )
    unsent = [(channel, count) for channel, count in waiting if channel not in channels and channel in NO_PROVIDER]
    return render_template(
        "staff/outbox.html",
        messages=[message_view(message, channels, municipality.zone) for message in rows[:PAGE]],
        warnings=[f"{gettext(NO_PROVIDER[channel])} ({count})" for channel, count in unsent],
        pager={
            "previous_url": url_for(".listed", page=page - 1) if page > 1 else "",
            "next_url": url_for(".listed", page=page + 1) if len(rows) > PAGE else "",
        },
        **staff_page("outbox"),
    )
