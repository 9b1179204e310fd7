"""The staff's calendar: day, week, month, a team side by side, and a list that needs no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template, request, session, url_for
from flask_login import current_user

from app.booking.views import mode_name, status_name
from app.casework.calendar.asking import ONE_DAY, VIEWS, WHOLE_WEEKS, Asked, read
from app.casework.calendar.feed import feed_of, group_url, is_own_busy, kind_names
from app.casework.calendar.people import chosen, everybody, groups
from app.casework.calendar.reading import Entry, closures_between, read_calendars
from app.casework.calendar.rights import may_move
from app.casework.day.returning import page_before, said
from app.casework.day.words import STATUS_TAGS
from app.core import clock
from app.core.db import db
from app.core.http import see_other
from app.core.i18n import (
    N_,
    current_language,
    format_clock,
    format_day,
    format_instant,
    format_short_date,
    gettext,
    local_text,
    month_name,
)
from app.core.typed import whole_number
from app.identity.access import local_today, own_municipality, staff
from app.identity.staff_frame import MenuEntry, staff_page
from app.scheduling.holidays import holiday_name
from app.scheduling.intervals import dates_between
from app.scheduling.models import Mode, Professional

blueprint = Blueprint("calendar", __name__, url_prefix="/staff/calendar")
MENU = MenuEntry("calendar", N_("Calendar"), "calendar.page", "calendar.view", 20)

VIEW_NAMES = {"day": N_("Day"), "week": N_("Week"), "month": N_("Month"), "team": N_("Team"), "list": N_("List")}
KEYS = "shortcuts"
BOOKING = "staff_booking.start"
"""Another room's page on which staff book for a client; the calendar offers it where it is installed."""


@blueprint.get("/")
@staff("calendar.view")
def page() -> str:
    """The calendar. Without scripts, and as a view of its own, it is a list."""
    people, asked = everybody(db.session), _asked()
    shown = chosen(db.session, asked, people, current_user.professional_id)
    zone, now = own_municipality().zone, clock.now()
    return render_template(
        "staff/calendar/page.html",
        asked=asked,
        heading=_heading(asked),
        notes=_notes(asked),
        views=[_tab(asked, view) for view in VIEWS],
        turn={
            "back": _url(asked.turned(-1)),
            "on": _url(asked.turned(1)),
            "today": _url(replace(asked, day=local_today())),
        },
        people=[{"id": row.id, "name": row.full_name, "shown": row in shown} for row in people],
        shown=[{"id": row.id, "title": row.full_name} for row in shown],
        groups=groups(db.session),
        group=asked.group,
        days=_days(asked, shown, zone, now),
        feed_url=url_for(".feed", **asked.query()),
        book_url=url_for(".book") if can_book() else "",
        words=_words(),
        keys_on=session.get(KEYS) != "off",
        notice=said(),
        here=request.full_path.rstrip("?"),
        **staff_page("calendar"),
    )


@blueprint.get("/feed")
@staff("calendar.view")
def feed() -> Any:
    """The same as JSON, answered 304 while nothing has changed."""
    asked, zone, now = _asked(), own_municipality().zone, clock.now()
    shown = chosen(db.session, asked, everybody(db.session), current_user.professional_id)
    ids = [person.id for person in shown]
    calendars = read_calendars(db.session, ids, asked.first, asked.last, zone=zone, now=now)
    response = jsonify(feed_of(calendars, zone=zone, now=now))
    response.add_etag()
    return response.make_conditional(request)


@blueprint.post("/shortcuts")
@staff("calendar.view")
def shortcuts() -> Any:
    """Turn the shortcuts of one key on or off, until the browser is closed (WCAG 2.1.4: who dictates presses keys by chance)."""
    session[KEYS] = "on" if request.form.get("on") else "off"
    return see_other(page_before())


@blueprint.get("/book")
@staff("appointment.book")
def book() -> Any:
    """On to the page where a meeting is booked for a client, with the time that was chosen in the calendar."""
    if not can_book():
        return see_other(url_for(".page"))
    try:
        wall = datetime.fromisoformat(request.args.get("start", ""))
    except ValueError:
        return see_other(url_for(BOOKING))
    starts_at = wall.replace(tzinfo=own_municipality().zone)
    professional_id = whole_number(request.args.get("professional", ""))
    return see_other(url_for(BOOKING, starts_at=starts_at.isoformat(), professional=professional_id))


def can_book() -> bool:
    """True where the page for booking is installed, and the user may use it."""
    return BOOKING in current_app.view_functions and current_user.may("appointment.book")


def _asked() -> Asked:
    default = "team" if current_user.professional_id is None else "week"
    return read(request.args, request.args.getlist("who"), local_today(), default)


def _url(asked: Asked) -> str:
    return url_for(".page", **asked.query())


def _tab(asked: Asked, view: str) -> dict[str, Any]:
    return {
        "view": view,
        "label": gettext(VIEW_NAMES[view]),
        "url": _url(replace(asked, view=view)),
        "current": view == asked.view,
    }


def _heading(asked: Asked) -> str:
    if asked.view in ONE_DAY:
        return format_day(asked.day)
    if asked.view in WHOLE_WEEKS:
        return gettext("Week %(number)s", number=asked.first.isocalendar().week)
    return month_name(asked.day)


def _notes(asked: Asked) -> list[str]:
    """The dates, holidays, and when offices are closed."""
    found = []
    if asked.view in WHOLE_WEEKS:
        found.append(f"{format_short_date(asked.first)} – {format_short_date(asked.last)}")
    for day in dates_between(asked.first, asked.last):
        if name := holiday_name(day, current_language()):
            found.append(f"{format_short_date(day)} {name}")
    zone = own_municipality().zone
    for closure in closures_between(db.session, asked.first, asked.last, zone):
        name = local_text(closure.title) or gettext("Office closed")
        found.append(f"{format_instant(closure.starts_at, zone)} – {format_instant(closure.ends_at, zone)} {name}")
    return found


def _words() -> dict[str, Any]:
    """What the drawing needs to say."""
    return {
        "modes": {mode: mode_name(mode) for mode in Mode},
        "statuses": {status: status_name(status) for status in ("checked_in", "in_progress", "completed", "no_show")},
        "lost": gettext("The connection is lost. Try again in a moment."),
    }


def _days(asked: Asked, shown: Sequence[Professional], zone: Any, now: datetime) -> list[dict[str, Any]]:
    """The entries as a list, by local date."""
    names = {person.id: person.full_name for person in shown}
    calendars = read_calendars(db.session, list(names), asked.first, asked.last, zone=zone, now=now)
    rows = [_row(entry, names, len(names) > 1, zone, now) for entry in calendars.entries]
    return [
        {"label": format_day(day), "rows": [row for _, row in found]}
        for day, found in groupby(
            zip(
                (max(entry.starts_at.astimezone(zone).date(), asked.first) for entry in calendars.entries),
                rows,
                strict=True,
            ),
            key=lambda pair: pair[0],
        )
    ]


def _row(entry: Entry, names: dict[int, str], several: bool, zone: Any, now: datetime) -> dict[str, Any]:
    meeting = entry.kind == "meeting"
    named = meeting or entry.kind == "group_session" or is_own_busy(entry)
    movable = meeting and entry.status == "booked" and entry.ends_at > now and may_move(entry.professional_id)
    return {
        "time": _times(entry, zone),
        "title": (entry.title if named else "") or kind_names()[entry.kind],
        "url": url_for("appointments.show", appointment_id=entry.id) if meeting else group_url(entry),
        "facts": [
            fact
            for fact in (
                mode_name(entry.mode) if meeting else "",
                local_text(entry.service),
                names[entry.professional_id] if several else "",
            )
            if fact
        ],
        "status": status_name(entry.status) if meeting and entry.status != "booked" else "",
        "tag": STATUS_TAGS.get(entry.status, "neutral"),
        "move_url": url_for("move.page", appointment_id=entry.id) if movable else "",
    }


def _times(entry: Entry, zone: Any) -> str:
    same_day = entry.starts_at.astimezone(zone).date() == entry.ends_at.astimezone(zone).date()
    if same_day:
        return f"{format_clock(entry.starts_at, zone)}–{format_clock(entry.ends_at, zone)}"
    return f"{format_instant(entry.starts_at, zone)} – {format_instant(entry.ends_at, zone)}"
