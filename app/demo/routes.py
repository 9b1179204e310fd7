"""The demo's mailbox: every message that would have been sent, for anybody to read. Never outside a demo."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from flask import Blueprint, Response, current_app, render_template, request, url_for
from markupsafe import Markup, escape
from sqlalchemy import select

from app.casework.message_words import CHANNEL_NAMES, KIND_NAMES
from app.core import tenancy
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import format_instant, gettext, local_text
from app.core.pages import open_municipality
from app.core.permissions import public
from app.core.tenancy import Municipality
from app.core.typed import show_phone
from app.messaging.models import Message
from app.messaging.status import MessageStatus

blueprint = Blueprint("demo", __name__, url_prefix="/demo")

PAGE = 50
PREVIEW = 90  # characters of a text message that stand in the list
CHANNELS = ("email", "sms")
LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"


class Entry(NamedTuple):
    """A message with the municipality that it came from."""

    municipality: Municipality
    message: Message


@blueprint.get("/mailbox")
@public
def mailbox() -> Any:
    """All messages, newest first; of one municipality or channel where asked."""
    chosen, channel = request.args.get("municipality", ""), request.args.get("channel", "")
    page = min(max(1, request.args.get("page", 1, type=int)), 1000)
    municipalities = list(db.session.scalars(select(Municipality).order_by(Municipality.id)))
    wanted = [item for item in municipalities if chosen in ("", item.slug)]
    entries = _newest(wanted, channel, page * PAGE + 1)[(page - 1) * PAGE :]
    return render_template(
        "demo/mailbox.html",
        messages=[_line(entry) for entry in entries[:PAGE]],
        filters=[
            _filter(
                "municipality",
                gettext("Municipality"),
                {"": gettext("All municipalities")} | {m.slug: local_text(m.name) for m in municipalities},
            ),
            _filter(
                "channel",
                gettext("Channel"),
                {"": gettext("All channels")} | {c: gettext(CHANNEL_NAMES[c]) for c in CHANNELS},
            ),
        ],
        pager={
            "previous_url": _same_list(page=page - 1) if page > 1 else "",
            "next_url": _same_list(page=page + 1) if len(entries) > PAGE else "",
        },
    )


def _newest(municipalities: list[Municipality], channel: str, count: int) -> list[Entry]:
    """The newest messages of several municipalities: the session looks at one after the other."""
    query = select(Message).order_by(Message.created_at.desc(), Message.id.desc()).limit(count)
    if channel:
        query = query.where(Message.channel == channel)
    found: list[Entry] = []
    for municipality in municipalities:
        tenancy.bind(db.session, municipality.id)
        found += [Entry(municipality, message) for message in db.session.scalars(query)]
    return sorted(found, key=lambda entry: (entry.message.created_at, entry.message.id), reverse=True)[:count]


def _filter(name: str, label: str, names: dict[str, str]) -> dict[str, Any]:
    """A list to choose from, with what is chosen now."""
    options = [{"value": value, "label": text} for value, text in names.items()]
    return {"name": name, "label": label, "options": options, "value": request.args.get(name, "")}


def _same_list(**changes: Any) -> str:
    kept = {name: request.args[name] for name in ("municipality", "channel") if name in request.args}
    return url_for(".mailbox", **{name: value for name, value in {**kept, **changes}.items() if value})


def _line(entry: Entry) -> dict[str, str]:
    message = entry.message
    return {
        "channel": message.channel,
        "url": url_for(".message", slug=entry.municipality.slug, message_id=message.id),
        "subject": message.subject or _shortened(message.body),
        "language": message.language,
        **_facts(entry),
    }


def _shortened(text: str) -> str:
    return text if len(text) <= PREVIEW else text[:PREVIEW].rsplit(" ", 1)[0] + " …"


def _facts(entry: Entry) -> dict[str, str]:
    message = entry.message
    stopped = message.status == MessageStatus.CANCELLED
    return {
        "when": format_instant(message.created_at, entry.municipality.zone),
        "channel_name": gettext(CHANNEL_NAMES[message.channel]),
        "recipient": show_phone(message.recipient) if message.channel == "sms" else message.recipient,
        "note": gettext("Stopped before sending: a newer message took its place") if stopped else "",
    }


def _open(slug: str, message_id: int) -> Entry:
    """The message of an address. Raises ``NotFound``."""
    municipality = open_municipality(slug)
    message = db.session.scalar(select(Message).where(Message.id == message_id))
    if message is None:
        raise NotFound
    return Entry(municipality, message)


@blueprint.get("/mailbox/<slug>/<int:message_id>")
@public
def message(slug: str, message_id: int) -> Any:
    """One message as its receiver would have read it."""
    entry = _open(slug, message_id)
    found = entry.message
    attachments = []
    if found.calendar:
        attachments.append({"name": "calendar.ics", "url": url_for(".calendar", slug=slug, message_id=message_id)})
    if found.html:
        attachments.append(
            {"name": gettext("The e-mail as a page"), "url": url_for(".html", slug=slug, message_id=message_id)}
        )
    return render_template(
        "demo/message.html",
        channel=found.channel,
        subject=found.subject or gettext(KIND_NAMES.get(found.kind, found.kind)),
        language=found.language,
        text_html=with_links(found.body),
        attachments=attachments,
        back_url=url_for(".mailbox"),
        **_facts(entry),
    )


@blueprint.get("/mailbox/<slug>/<int:message_id>/calendar.ics")
@public
def calendar(slug: str, message_id: int) -> Response:
    """The calendar part, as a file."""
    found = _open(slug, message_id).message
    if not found.calendar:
        raise NotFound
    response = Response(found.calendar, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="calendar.ics"'
    return response


@blueprint.get("/mailbox/<slug>/<int:message_id>/html")
@public
def html(slug: str, message_id: int) -> Response:
    """The HTML part on a page of its own, which may run and load nothing."""
    found = _open(slug, message_id).message
    if not found.html:
        raise NotFound
    text = found.html.replace(f'href="{_our_address()}/', 'href="/')
    return Response(text, mimetype="text/html", headers={"Content-Security-Policy": MAIL_POLICY})


def _our_address() -> str:
    return str(current_app.config["PUBLIC_URL"]).rstrip("/")


def with_links(text: str) -> Markup:
    """The text, escaped, with its http(s) addresses as links; ours lead to this server, however it was reached."""
    pieces, done = Markup(), 0
    for found in LINK.finditer(text):
        address = found.group()
        target = address.removeprefix(_our_address()) if address.startswith(_our_address() + "/") else address
        pieces += escape(text[done : found.start()])
        pieces += Markup('<a href="{}">{}</a>').format(target, address)
        done = found.end()
    return pieces + escape(text[done:])
