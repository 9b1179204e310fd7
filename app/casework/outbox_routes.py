"""The outbox: every message, where it stands, and sending one once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import ColumnElement, false, func, select

from app.booking.models import Client
from app.booking.register.reference import find_by_reference
from app.booking.undelivered import other_channels, send_otherwise
from app.casework.message_words import CHANNEL_NAMES, KIND_NAMES, MESSAGE_STATUS_NAMES, NO_PROVIDER, message_view
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.http import see_other
from app.core.i18n import N_, gettext
from app.core.permissions import Role
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.staff_frame import MenuEntry, staff_page
from app.messaging.channels import configured_channels
from app.messaging.models import Message
from app.messaging.resending import CannotResend, may_resend, resend
from app.messaging.status import MessageStatus

blueprint = Blueprint("outbox", __name__, url_prefix="/staff")
MENU = MenuEntry("outbox", N_("Messages"), "outbox.listed", "outbox.view", 60)

PAGE, LAST_PAGE = 50, 10_000
SEND_BY = {"email": N_("Send by e-mail"), "sms": N_("Send by text message")}
NOTICES = {"resent": N_("The message is sent again."), "old": CannotResend.message}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which messages: by state, channel, kind and client's reference."""

    state: str = ""
    channel: str = ""
    kind: str = ""
    client: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Asked:
        """From an address or a form; what is not known is as if it were not there."""
        known: dict[str, set[str]] = {
            "state": set(MESSAGE_STATUS_NAMES),
            "channel": set(CHANNEL_NAMES),
            "kind": set(KIND_NAMES),
        }
        chosen = {name: arguments.get(name, "") for name in known}
        return cls(
            **{name: value for name, value in chosen.items() if value in known[name]},
            client="" if is_operator() else arguments.get("client", "").strip()[:100],
        )

    def query(self, **more: Any) -> dict[str, Any]:
        """The same as an address has it."""
        asked = {"state": self.state, "channel": self.channel, "kind": self.kind, "client": self.client, **more}
        return {name: value for name, value in asked.items() if value}

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for a query."""
        columns = ((Message.status, self.state), (Message.channel, self.channel), (Message.kind, self.kind))
        found: list[ColumnElement[bool]] = [column == value for column, value in columns if value]
        if self.client:
            client = find_by_reference(db.session, self.client)
            found.append(Message.client_id == client.id if client else false())
        return found


def is_operator() -> bool:
    """Whoever runs the installation sees that messages go, never to whom or what they say."""
    return bool(current_user.role == Role.OPERATOR)


@blueprint.get("/outbox")
@staff("outbox.view")
def listed() -> Any:
    """The messages that are asked for, the newest first."""
    page = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    asked = Asked.of(request.args)
    query = select(Message).where(*asked.conditions()).order_by(Message.created_at.desc(), Message.id.desc())
    rows = list(db.session.scalars(query.offset((page - 1) * PAGE).limit(PAGE + 1)))
    return render_template(
        "staff/outbox.html",
        messages=[_view(message) for message in rows[:PAGE]],
        warnings=_unsent(),
        asked=asked,
        options={
            "state": _options(gettext("All states"), MESSAGE_STATUS_NAMES),
            "channel": _options(gettext("All channels"), CHANNEL_NAMES),
            "kind": _options(gettext("All messages"), KIND_NAMES),
        },
        by_client=not is_operator(),
        typed=asked.query(page=page),
        empty_text=gettext("Nothing was found. Search with less.") if asked.query() else gettext("No messages yet."),
        notice=gettext(NOTICES.get(request.args.get("notice", ""), "")),
        pager={
            "previous_url": url_for(".listed", **asked.query(page=page - 1)) if page > 1 else "",
            "next_url": url_for(".listed", **asked.query(page=page + 1)) if len(rows) > PAGE else "",
        },
        **staff_page("outbox"),
    )


def _options(every: str, names: Mapping[Any, str]) -> list[dict[str, str]]:
    return [
        {"value": "", "label": every},
        *({"value": str(name), "label": gettext(text)} for name, text in names.items()),
    ]


def _unsent() -> list[str]:
    """Channels without a provider, with how many messages wait for one."""
    channels = configured_channels(current_app.config["SETTINGS"])
    waiting = select(Message.channel, func.count()).where(Message.status == MessageStatus.QUEUED)
    return [
        f"{gettext(NO_PROVIDER[channel])} ({count})"
        for channel, count in db.session.execute(waiting.group_by(Message.channel))
        if channel not in channels and channel in NO_PROVIDER
    ]


def _view(message: Message) -> dict[str, Any]:
    channels = configured_channels(current_app.config["SETTINGS"])
    shown = message_view(message, channels, own_municipality().zone)
    if is_operator():
        return {**shown, "recipient": "", "subject": "", "url": "", "resend_url": "", "others": []}
    resendable = current_user.may("outbox.resend") and may_resend(message, now=clock.now())
    return {
        **shown,
        "url": _cause_url(message),
        "resend_url": url_for(".send_again", message_id=message.id) if resendable else "",
        "other_url": url_for(".send_by_other", message_id=message.id),
        "others": _others(message) if resendable and message.status == MessageStatus.FAILED else [],
    }


def _others(message: Message) -> list[dict[str, str]]:
    """By what else the same can be sent."""
    return [
        {"value": channel, "label": gettext(SEND_BY[channel])}
        for channel in other_channels(db.session, message, now=clock.now())
    ]


def _cause_url(message: Message) -> str:
    """The page of what caused it."""
    kind, _, number = message.cause.partition(":")
    if kind == "appointment" and number.isdigit():
        return url_for("appointments.show", appointment_id=int(number))
    return url_for("client.page", client_id=message.client_id) if message.client_id else ""


@blueprint.post("/outbox/<int:message_id>/resend")
@staff("outbox.resend")
def send_again(message_id: int) -> Any:
    """The same message once more, to where the client is reached now."""
    message = db.session.get(Message, message_id)
    if message is None:
        raise NotFound
    try:
        resend(db.session, message, recipient=_recipient(message), actor=staff_actor(), now=clock.now())
        notice = "resent"
        db.session.commit()
    except CannotResend:
        db.session.rollback()
        notice = "old"
    page = request.form.get("page", 1, type=int)
    return see_other(url_for(".listed", **Asked.of(request.form).query(page=page, notice=notice)))


@blueprint.post("/outbox/<int:message_id>/other")
@staff("outbox.resend")
def send_by_other(message_id: int) -> Any:
    """The same by another channel, as it is true now."""
    message = db.session.get(Message, message_id)
    if message is None:
        raise NotFound
    channel = request.form.get("by", "")
    try:
        send_otherwise(db.session, message, channel, actor=staff_actor(), now=clock.now())
        notice = "resent"
        db.session.commit()
    except CannotResend:
        db.session.rollback()
        notice = "old"
    page = request.form.get("page", 1, type=int)
    return see_other(url_for(".listed", **Asked.of(request.form).query(page=page, notice=notice)))


def _recipient(message: Message) -> str:
    """The client's number or address of today; a message to no client goes where it went."""
    client = db.session.get(Client, message.client_id) if message.client_id else None
    if client is None:
        return message.recipient
    return {"sms": client.phone, "email": client.email}.get(message.channel, message.recipient)
