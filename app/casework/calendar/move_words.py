"""Words of a move by hand: what is in the way, what was changed meanwhile, what was moved where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from app.booking.models import Appointment
from app.booking.obstacles import Kind, Obstacle
from app.casework.day.words import state_text
from app.core.i18n import N_, format_clock, format_instant, gettext

KIND_TEXTS = {
    Kind.PAST: N_("The time has already passed."),
    Kind.CLIENT: N_("The client has another meeting then: %(time)s."),
    Kind.TAKEN: N_("The professional has another meeting, or the time is being booked: %(time)s."),
    Kind.ABSENCE: N_("The professional is away: %(time)s."),
    Kind.CLOSED: N_("The office is closed: %(time)s."),
    Kind.BUSY: N_("The professional is busy with something else: %(time)s."),
    Kind.HOURS: N_("The time is outside the professional's working hours for this way of meeting."),
    Kind.SERVICE: N_("The professional does not otherwise give this service in this way."),
    Kind.LIMIT: N_("The day's limit of meetings is already full."),
}


def obstacle_text(obstacle: Obstacle, zone: ZoneInfo) -> str:
    """One sentence on what is in the way."""
    if obstacle.starts_at is None or obstacle.ends_at is None:
        return gettext(KIND_TEXTS[obstacle.kind])
    return gettext(KIND_TEXTS[obstacle.kind], time=span_text(obstacle.starts_at, obstacle.ends_at, zone))


def obstacle_texts(found: Iterable[Obstacle], zone: ZoneInfo) -> list[str]:
    """The sentences, each once."""
    return list(dict.fromkeys(obstacle_text(obstacle, zone) for obstacle in found))


def span_text(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """``ti 24.11.2026 klo 9.00–10.00``; over midnight with both dates."""
    same_day = starts_at.astimezone(zone).date() == ends_at.astimezone(zone).date()
    end = format_clock(ends_at, zone) if same_day else f" {format_instant(ends_at, zone)}"
    return f"{format_instant(starts_at, zone)}–{end}"


def changed_text(appointment: Appointment, zone: ZoneInfo) -> str:
    """What the appointment is now that somebody else has changed it."""
    return gettext(
        "Somebody changed the appointment meanwhile. It is now: %(time)s, %(who)s, %(state)s. "
        "What you chose is still below; move once more if it is to hold.",
        time=span_text(appointment.starts_at, appointment.ends_at, zone),
        who=appointment.professional.full_name,
        state=state_text(appointment),
    )
