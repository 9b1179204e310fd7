"""What a receipt says in the reader's language, on a page and on paper."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from app.booking.models import Receipt
from app.booking.receipts import Action, Facts, Way
from app.booking.views import how_late, mode_name
from app.core.http import public_url
from app.core.i18n import LANGUAGES, format_instant, format_short_date, gettext, local_text, ngettext
from app.core.tenancy import Municipality
from app.core.typed import show_phone
from app.scheduling.models import Mode

Row = tuple[str, str | list[str]]


def action_name(action: str) -> str:
    """What was done, as a heading."""
    return {
        Action.BOOK: gettext("Appointment booked"),
        Action.RESCHEDULE: gettext("Time changed"),
        Action.CANCEL: gettext("Appointment cancelled"),
        Action.LATE: gettext("Told of being late"),
        Action.ANSWER: gettext("Questions answered"),
        Action.ALLOW_MOVE: gettext("Permission to move the time given"),
        Action.FORBID_MOVE: gettext("Permission to move the time withdrawn"),
        Action.WISHES: gettext("Wishes changed"),
    }[Action(action)]


def way_name(way: str) -> str:
    """By which way it was done."""
    return {
        Way.PAGES: gettext("On the booking pages"),
        Way.LINK: gettext("By the personal link of the appointment"),
        Way.SIGNED_IN: gettext("Signed in"),
        Way.STAFF: gettext("By our staff"),
        Way.SYSTEM: gettext("By an information system"),
    }[Way(way)]


def receipt_line(receipt: Receipt, zone: ZoneInfo, *, url: str, pdf_url: str) -> dict[str, str]:
    """A receipt in a list of receipts (``_macros/receipts.html``); the caller says where it stands."""
    facts: Facts = receipt.facts  # type: ignore[assignment]
    meeting = [_instant(facts["starts_at"], zone), local_text(facts["service"])] if "starts_at" in facts else []
    return {
        "number": receipt.number,
        "what": action_name(receipt.action),
        "done": format_instant(receipt.at, zone),
        "about": " · ".join(meeting),
        "url": url,
        "pdf_url": pdf_url,
    }


def receipt_page(receipt: Receipt, municipality: Municipality) -> dict[str, Any]:
    """A whole receipt for ``appointment/receipt.html`` and for ``receipt_pdf``."""
    zone = municipality.zone
    done: list[Row] = [
        (gettext("Receipt number"), receipt.number),
        (gettext("Done"), format_instant(receipt.at, zone)),
        (gettext("How it was done"), way_name(receipt.way)),
    ]
    facts: Facts = receipt.facts  # type: ignore[assignment]
    about = [*_action_rows(receipt, facts, zone), *_meeting_rows(receipt, facts, zone), *_person_rows(facts)]
    return {
        "number": receipt.number,
        "what": action_name(receipt.action),
        "done_rows": _rows(done),
        "rows": _rows(about),
        "code": receipt.verification_code or "",
        "verify_address": public_url(url_for("verify.form", slug=municipality.slug)),
        "stands_for_unprintable": facts.get("reference", receipt.number),
    }


def _rows(rows: list[Row]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in rows if value]


def _action_rows(receipt: Receipt, facts: Facts, zone: ZoneInfo) -> list[Row]:
    """What the action itself was about."""
    rows: list[Row] = []
    if "late_minutes" in facts:
        rows.append((gettext("Late"), how_late(facts["late_minutes"])))
    if "answered" in facts:
        count = facts["answered"]
        rows.append((gettext("Answers"), ngettext("%(num)s answer saved", "%(num)s answers saved", count)))
    if receipt.action == Action.WISHES:
        rows += _wish_rows(facts)
    return rows


def _wish_rows(facts: Facts) -> list[Row]:
    channels = {"sms": gettext("By text message"), "email": gettext("By e-mail")}
    parts = {"morning": gettext("in the morning"), "afternoon": gettext("in the afternoon")}
    times = []
    for time in facts["unreachable"]:
        first, last = (format_short_date(date.fromisoformat(time[name])) for name in ("first", "last"))
        days = first if first == last else f"{first}–{last}"
        times.append(f"{days} {parts.get(time['part'], '')}".strip())
    return [
        (gettext("Language"), LANGUAGES[facts["language"]]),
        (gettext("How we write to you"), channels.get(facts["channel"], gettext("No wish"))),
        (gettext("Times when you cannot be reached"), times or gettext("None")),
    ]


def _meeting_rows(receipt: Receipt, facts: Facts, zone: ZoneInfo) -> list[Row]:
    """Time, matter, place and person as they were."""
    if "starts_at" not in facts:
        return []
    time = gettext("Cancelled time") if receipt.action == Action.CANCEL else gettext("Time")
    rows: list[Row] = [
        (time, [_instant(facts["starts_at"], zone), _duration(facts)]),
        (gettext("Earlier time"), _instant(facts["before"], zone) if "before" in facts else ""),
        (gettext("Matter"), local_text(facts["service"])),
        (gettext("Place"), _place(facts)),
        (gettext("With whom"), _joined(facts["first_name"], local_text(facts["title"]))),
    ]
    if "may_move" in facts:
        answer = gettext("Yes") if facts["may_move"] else gettext("No")
        rows.append((gettext("May we move your time?"), answer))
    return rows


def _person_rows(facts: Facts) -> list[Row]:
    return [
        (gettext("Name"), facts["name"]),
        (gettext("Phone"), show_phone(facts["phone"])),
        (gettext("E-mail"), facts["email"]),
        (gettext("Reference"), facts.get("reference", "")),
    ]


def _place(facts: Facts) -> list[str]:
    if facts["mode"] == Mode.IN_PERSON:
        return [mode_name(facts["mode"]), _joined(local_text(facts.get("office")), facts.get("address", ""))]
    return [mode_name(facts["mode"])]


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _instant(iso: str, zone: ZoneInfo) -> str:
    return format_instant(datetime.fromisoformat(iso), zone)


def _duration(facts: Facts) -> str:
    lasts = datetime.fromisoformat(facts["ends_at"]) - datetime.fromisoformat(facts["starts_at"])
    return gettext("%(minutes)s min", minutes=int(lasts.total_seconds()) // 60)
