"""Words about somebody's coming meetings, for the pages of users and professionals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.booking.lifecycle import ACTIVE
from app.booking.models import Appointment
from app.core.i18n import gettext, ngettext


def coming_text(session: Session, professional_id: int, *, now: datetime) -> str:
    """How many meetings a professional has still to hold; empty where there are none."""
    query = select(func.count()).where(
        Appointment.professional_id == professional_id,
        Appointment.starts_at >= now,
        Appointment.status.in_(sorted(ACTIVE)),
    )
    return meetings_of(session.scalar(query) or 0)


def meetings_of(count: int) -> str:
    """``3 coming meetings``; empty for none."""
    return ngettext("%(num)s coming meeting", "%(num)s coming meetings", count) if count else ""


def no_meetings() -> str:
    """The same where there are none."""
    return gettext("No coming meetings")
