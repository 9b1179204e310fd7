"""The staff's first pages: today's meetings, and the outbox. The caseworker's whole day is to come."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select

from app.booking.lifecycle import Status
from app.booking.models import Appointment
from app.booking.views import how_late, mode_name, status_name
from app.core import clock
from app.core.db import db
from app.core.i18n import N_, format_clock, format_day, format_instant, gettext, local_text
from app.core.typed import show_phone
from app.identity.access import own_municipality, staff
from app.identity.staff_frame import MenuEntry, staff_page
from app.messaging.channels import configured_channels
from app.messaging.models import Message
from app.messaging.outbox import CODE_KIND, PASSWORD_KIND, SECRET_KINDS
from app.messaging.status import MessageStatus

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
MENU = (
    MenuEntry("today", N_("Today"), "staff.today", "today.view", 10),
    MenuEntry("outbox", N_("Messages"), "staff.outbox", "outbox.view", 60),
)

PAGE, LAST_PAGE = 50, 10_000
STATUS_TAGS = {"booked": "neutral", "checked_in": "ok", "in_progress": "info", "cancelled": "bad", "no_show": "warn"}
MESSAGE_TAGS = {"sent": "ok", "delivered": "ok", "failed": "bad", "cancelled": "neutral", "skipped": "neutral"}
KIND_NAMES = {
    "confirmation": N_("Confirmation"),
    "change": N_("Change of time"),
    "cancellation": N_("Cancellation"),
    CODE_KIND: N_("Sign-in code"),
    PASSWORD_KIND: N_("Link for a password"),
}
CHANNEL_NAMES = {"email": N_("E-mail"), "sms": N_("Text message"), "kivra": N_("Kivra"), "letter": N_("Letter")}
MESSAGE_STATUS_NAMES = {
    MessageStatus.QUEUED: N_("Waiting"),
    MessageStatus.SENDING: N_("Being sent"),
    MessageStatus.SENT: N_("Sent"),
    MessageStatus.DELIVERED: N_("Delivered"),
    MessageStatus.FAILED: N_("Failed"),
    MessageStatus.CANCELLED: N_("Stopped"),
    MessageStatus.SKIPPED: N_("Not sent"),
}
NO_PROVIDER = {
    "email": N_("Not sent: no e-mail provider configured"),
    "sms": N_("Not sent: no SMS provider configured"),
}


@blueprint.get("/")
@staff("today.view")
def today() -> Any:
    """Today's meetings: a professional's own, for others everybody's."""
    zone = own_municipality().zone
    day = clock.now().astimezone(zone).date()
    since = datetime.combine(day, time(), zone)
    query = select(Appointment).where(
        Appointment.starts_at >= since, Appointment.starts_at < datetime.combine(day + timedelta(days=1), time(), zone)
    )
    if current_user.professional_id is not None:
        query = query.where(Appointment.professional_id == current_user.professional_id)
    meetings = db.session.scalars(query.order_by(Appointment.starts_at, Appointment.id))
    return render_template(
        "staff/home.html",
        heading=format_day(day),
        items=[
            {
                "time": format_clock(meeting.starts_at, zone),
                "who": meeting.client.name,
                "service": local_text(meeting.service.name),
                "mode_name": mode_name(meeting.mode),
                "office": local_text(meeting.office.name) if meeting.office else "",
                "status_name": status_name(meeting.status),
                "status_tag": STATUS_TAGS.get(meeting.status, "neutral"),
                "late": _late(meeting),
            }
            for meeting in meetings
        ],
        empty_text=gettext("No meetings today."),
        **staff_page("today"),
    )


def _late(meeting: Appointment) -> str:
    """What the client said about being late, until they are there."""
    if meeting.late_minutes is None or meeting.status != Status.BOOKED:
        return ""
    return gettext("Late %(much)s", much=how_late(meeting.late_minutes))


@blueprint.get("/outbox")
@staff("outbox.view")
def outbox() -> Any:
    """Every message: what it was, to whom, and where it stands."""
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
        messages=[_message_view(message, channels, municipality) for message in rows[:PAGE]],
        warnings=[f"{gettext(NO_PROVIDER[channel])} ({count})" for channel, count in unsent],
        pager={
            "previous_url": url_for("staff.outbox", page=page - 1) if page > 1 else "",
            "next_url": url_for("staff.outbox", page=page + 1) if len(rows) > PAGE else "",
        },
        **staff_page("outbox"),
    )


def _message_view(message: Message, channels: Any, municipality: Any) -> dict[str, Any]:
    unsent = message.status == MessageStatus.QUEUED and message.channel not in channels
    reasons = {
        "superseded": gettext("A newer message took its place."),
        "too_late": gettext("It could not be sent while it was of use."),
        "unknown_contact": gettext("No client has this number or address."),
    }
    reason = gettext(NO_PROVIDER[message.channel]) if unsent and message.channel in NO_PROVIDER else message.reason
    return {
        "created": format_instant(message.created_at, municipality.zone),
        "kind_name": gettext(KIND_NAMES.get(message.kind, message.kind)),
        "channel_name": gettext(CHANNEL_NAMES[message.channel]),
        "recipient": show_phone(message.recipient) if message.channel == "sms" else message.recipient,
        "subject": message.subject or ("" if message.kind in SECRET_KINDS else message.body[:80]),
        "status_name": gettext(MESSAGE_STATUS_NAMES[MessageStatus(message.status)]),
        "status_tag": MESSAGE_TAGS.get(message.status, "warn" if unsent else "info"),
        "reason": reasons.get(reason, reason),
    }
