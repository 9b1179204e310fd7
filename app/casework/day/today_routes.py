"""The page of the day: who is next, who is here, what the day holds, and what needs somebody. It keeps itself up to date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from app.booking.groups.models import GroupSession
from app.booking.models import Appointment
from app.casework.day.above import above_today
from app.casework.day.picture import HOUR_HEIGHT, Block, hours_shown, place
from app.casework.day.reading import Day, Gap, Scope, bounds, gaps_of, nobody, read_day
from app.casework.day.returning import said
from app.casework.day.words import answers_of, meeting_view, task_view, waiting_count
from app.casework.groups.words import group_view
from app.core import clock
from app.core.db import db
from app.core.i18n import N_, format_clock, format_day, gettext, local_text
from app.identity.access import own_municipality, staff
from app.identity.help import welcome_steps
from app.identity.staff_frame import MenuEntry, staff_page
from app.scheduling.models import Office

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
MENU = MenuEntry("today", N_("Today"), "staff.today", "today.view", 10)
WIDTH = 260
"""Of the picture of the day, in its units, beside the hours."""


@blueprint.get("/")
@staff("today.view")
def today() -> Any:
    """The day of the signed-in professional, of an office, or of everybody."""
    offices = db.session.scalars(select(Office).where(Office.active).order_by(Office.id)).all()
    whose = _whose(offices)
    municipality, now = own_municipality(), clock.now()
    may_see = current_user.may("appointment.view")  # who looks after the installation meets nobody
    day = (
        read_day(db.session, _scope(whose), zone=municipality.zone, now=now)
        if may_see
        else nobody(now, municipality.zone)
    )
    response = make_response(
        render_template(
            "staff/today.html",
            heading=format_day(day.date),
            absence_url=url_for("absences.new") if current_user.may("absence.manage") else "",
            book_url=url_for("staff_booking.start") if current_user.may("appointment.book") else "",
            above=above_today(),
            whose=_choices(whose, offices),
            **_lists(day, own=whose == "own"),
            picture=_picture(day) if whose == "own" else None,
            notice=said() if may_see else None,
            news=_news(day),
            welcome=welcome_steps(),
            welcome_url=url_for("help.read"),
            updated=format_clock(now, municipality.zone),
            here=request.full_path.rstrip("?"),
            calendar_url=url_for("calendar.page", view="day") if current_user.may("calendar.view") else "",
            **_task_form(day, whose),
            **staff_page("today"),
        )
    )
    response.add_etag()
    return response.make_conditional(request)


def _whose(offices: Sequence[Office]) -> str:
    """``own``, ``all``, or an office's id: as the address says, else what suits the user."""
    asked = request.args.get("whose", "")
    if asked == "all" or asked in [str(office.id) for office in offices]:
        return asked
    return "all" if current_user.professional_id is None else "own"


def _scope(whose: str) -> Scope:
    if whose == "own":
        return Scope(professional_id=current_user.professional_id)
    return Scope() if whose == "all" else Scope(office_id=int(whose))


def _choices(whose: str, offices: Sequence[Office]) -> list[dict[str, Any]]:
    """The tabs: own, each office, everybody."""
    names = [(str(office.id), local_text(office.name)) for office in offices] if len(offices) > 1 else []
    own = [("own", gettext("My meetings"))] if current_user.professional_id is not None else []
    return [
        {"label": label, "url": url_for(".today", whose=value), "current": value == whose}
        for value, label in [*own, *names, ("all", gettext("Everybody"))]
    ]


def _lists(day: Day, *, own: bool) -> dict[str, Any]:
    """The meetings of the day in their lists, and what is unsettled."""
    first = day.next if own else None

    def rows(meetings: Sequence[Appointment], *, whole: bool = False) -> list[dict[str, Any]]:
        return [meeting_view(meeting, day.zone, day.now, whole=whole) for meeting in meetings if meeting is not first]

    return {
        "own": own,
        "next": _next(first, day) if first is not None else None,
        "coming": rows(day.going_on + day.coming),
        "over": rows(day.over),
        "unsettled": rows(day.unsettled, whole=True),
        "groups": [group_view(one, day.zone, day.now, clock_only=True) for one in day.groups],
        "unsettled_groups": [group_view(one, day.zone, day.now) for one in day.unsettled_groups],
        "tasks": [task_view(task, day.date) for task in day.tasks],
        "waiting_text": waiting_count(len(day.waiting)) if day.waiting else "",
        "waiting": len(day.waiting),
    }


def _next(appointment: Appointment, day: Day) -> dict[str, Any]:
    return {**meeting_view(appointment, day.zone, day.now), "answers": answers_of(appointment)}


def _news(day: Day) -> list[dict[str, str]]:
    """What is worth being said aloud when it is new: who has arrived, and who comes late."""
    found = []
    for meeting in day.coming:
        view = meeting_view(meeting, day.zone, day.now)
        if meeting.arrived_at is not None:
            key = f"arrived-{meeting.id}-{int(meeting.arrived_at.timestamp())}"
            found.append({"key": key, "text": gettext("%(name)s has arrived.", name=view["who"])})
        elif view["late"]:
            text = f"{view['who']}: {view['late']}"
            found.append({"key": f"late-{meeting.id}-{meeting.late_minutes}", "text": text})
    return found


def _task_form(day: Day, whose: str) -> dict[str, Any]:
    url = url_for("tasks.add") if current_user.may("task.edit") else ""
    return {"task_url": url, "today": day.date.isoformat(), "task_owner": whose == "own"}


def _picture(day: Day) -> dict[str, Any]:
    """The day drawn as a column, with a line at the present moment."""
    since, until = bounds(day.date, day.zone)
    gaps = gaps_of(db.session, current_user.professional_id, since=since, until=until)
    blocks = [*(_meeting_block(meeting, day) for meeting in day.meetings), *(_gap_block(gap, day) for gap in gaps)]
    blocks += [_group_block(one.group, day) for one in day.groups]
    blocks = [block for block in blocks if block is not None]
    shown = hours_shown(blocks)  # type: ignore[arg-type]
    minute = _minute(day.now, day)
    return {
        "hours": [{"label": f"{hour}", "y": HOUR_HEIGHT * (hour - shown[0])} for hour in range(shown[0], shown[1] + 1)],
        "height": HOUR_HEIGHT * (shown[1] - shown[0]),
        "blocks": [
            {
                "x": WIDTH * placed.lane // placed.lanes,
                "width": WIDTH // placed.lanes - 4,
                "y": placed.top,
                "height": placed.height - 2,
                "kind": placed.block.kind,
                "label": placed.block.label,
            }
            for placed in place(blocks, shown)  # type: ignore[arg-type]
        ],
        "now": minute - 60 * shown[0] if 60 * shown[0] <= minute <= 60 * shown[1] else None,
    }


def _minute(instant: datetime, day: Day) -> int:
    """Minutes of wall time since the day's midnight; the whole day where the instant is on the next."""
    local = instant.astimezone(day.zone)
    return 60 * local.hour + local.minute if local.date() == day.date else 1440


def _meeting_block(meeting: Appointment, day: Day) -> Block | None:
    if meeting.status in ("cancelled", "no_show"):
        return None
    kind = "done" if meeting.status == "completed" else meeting.mode
    label = f"{format_clock(meeting.starts_at, day.zone)} {meeting.client.name}"
    return Block(_minute(meeting.starts_at, day), _minute(meeting.ends_at, day), kind, label)


def _group_block(group: GroupSession, day: Day) -> Block:
    label = f"{format_clock(group.starts_at, day.zone)} {group.title}"
    return Block(_minute(group.starts_at, day), _minute(group.ends_at, day), group.mode, label)


def _gap_block(gap: Gap, day: Day) -> Block:
    name = gap.title or (gettext("Absence") if gap.kind == "absence" else gettext("Busy"))
    return Block(_minute(gap.starts_at, day), _minute(gap.ends_at, day), "busy", name)
