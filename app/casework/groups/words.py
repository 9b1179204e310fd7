"""Words of group sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from app.booking.groups.models import GroupSession
from app.booking.views import mode_name
from app.casework.groups.reading import Counted
from app.core.i18n import format_clock, format_instant, gettext, local_text


def group_view(one: Counted, zone: ZoneInfo, now: datetime, *, clock_only: bool = False) -> dict[str, Any]:
    """A session as lists show it."""
    group = one.group
    state, tag = _state(one, now)
    return {
        "title": group.title,
        "when": format_clock(group.starts_at, zone) if clock_only else format_instant(group.starts_at, zone),
        "until": format_clock(group.ends_at, zone),
        "service": local_text(group.service.name),
        "professional": group.professional.full_name,
        "place": place_text(group),
        "seats": seats_text(one),
        "here": gettext("%(count)s here", count=one.here) if one.here else "",
        "state": state,
        "tag": tag,
        "url": url_for("groups.show", group_session_id=group.id),
    }


def place_text(group: GroupSession) -> str:
    """Where or how it meets."""
    return local_text(group.office.name) if group.office else mode_name(group.mode)


def seats_text(one: Counted) -> str:
    """``3/12``: seats that are taken of those that there are."""
    return f"{one.taken}/{one.group.capacity}"


def _state(one: Counted, now: datetime) -> tuple[str, str]:
    group = one.group
    if group.cancelled_at is not None:
        return gettext("Cancelled"), "bad"
    if group.ends_at <= now:
        return (gettext("To be noted"), "warn") if one.open else (gettext("Over"), "neutral")
    if group.starts_at <= now:
        return gettext("Going on"), "info"
    return (gettext("Full"), "ok") if one.taken >= group.capacity else ("", "neutral")
