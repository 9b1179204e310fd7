"""What the page of a plan shows: numbers, the meetings to settle with their proposals, and what has been settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.absence.form import value_of
from app.absence.groups import groups_inside
from app.absence.models import AbsenceItem, AbsencePlan
from app.absence.plan import Action, Proposal
from app.absence.reading import Picture, read
from app.absence.states import ItemState, State
from app.absence.undoing import may_undo
from app.absence.words import ACTION_TAGS, cause_text, choices, item_view, meeting_view, place_text, why_text
from app.booking.models import Appointment
from app.core.i18n import format_clock, format_instant, gettext, ngettext
from app.core.tenancy import Municipality
from app.scheduling.models import Professional


def plan_page(
    session: Session,
    plan: AbsencePlan,
    items: Sequence[AbsenceItem],
    typed: Mapping[str, str],
    *,
    municipality: Municipality,
    now: datetime,
) -> dict[str, Any]:
    """The view. ``typed``: what was chosen before, where the page is shown again."""
    zone = municipality.zone
    picture = read(session, plan, municipality=municipality, now=now)
    settled = {item.appointment_id: item for item in items if item.state == ItemState.DONE}
    failed = {item.appointment_id: item for item in items if item.state == ItemState.FAILED}
    names = {person.id: person.full_name for person in session.scalars(select(Professional))}
    open_ = [appointment for appointment in picture.appointments if appointment.id not in settled]
    rows = [_row(one, picture, names, typed, failed.get(one.id), zone) for one in open_]
    return {
        "rows": rows,
        "numbers": _numbers([picture.proposals[one.id] for one in open_]),
        "apply_text": ngettext(
            "Settle %(n)d meeting and send the message", "Settle %(n)d meetings and send the messages", len(rows)
        ),
        "groups": [
            {
                "title": group.title,
                "when": format_instant(group.starts_at, zone),
                "seats": gettext("%(taken)s of %(all)s taken", taken=taken, all=group.capacity),
                "url": url_for("groups.show", group_session_id=group.id),
            }
            for group, taken in groups_inside(session, plan, now=now)
        ],
        "settled": [item_view(item, zone) for item in items if item.state == ItemState.DONE],
        "undo": _undo(plan, zone, now),
        "living": plan.state != State.WITHDRAWN and plan.ends_at > now,
        "begun": plan.starts_at <= now,
    }


def _row(
    appointment: Appointment,
    picture: Picture,
    names: dict[int, str],
    typed: Mapping[str, str],
    failed: AbsenceItem | None,
    zone: ZoneInfo,
) -> dict[str, Any]:
    proposal = picture.proposals[appointment.id]
    proposed = value_of(proposal.action, proposal.place)
    options = choices(appointment, picture.places[appointment.id], names, zone)
    before = typed.get(f"do-{appointment.id}", "")
    return meeting_view(appointment, zone) | {
        "url": url_for("appointments.show", appointment_id=appointment.id),
        "options": options,
        "chosen": before if before in [option["value"] for option in options] else proposed,
        "changed": bool(before) and before not in [option["value"] for option in options],
        "proposal": place_text(proposal.action, proposal.place, names, zone),
        "tag": ACTION_TAGS[proposal.action],
        "why": why_text(proposal, picture.load, zone),
        "failed": cause_text(failed.cause) if failed is not None else "",
    }


def _numbers(proposals: Sequence[Proposal]) -> list[dict[str, Any]]:
    """How many meetings there are, and what is proposed for how many."""
    counted = Counter(proposal.action for proposal in proposals)
    words = {
        Action.HAND_OVER: gettext("to a colleague, same time"),
        Action.MOVE: gettext("get a new time"),
        Action.CANCEL: gettext("cancelled, the client chooses a new time"),
        Action.CALL_FIRST: gettext("to be called first"),
    }
    found = [{"count": counted[action], "text": words[action], "tag": ACTION_TAGS[action]} for action in words]
    total = {"count": len(proposals), "text": ngettext("meeting", "meetings", len(proposals)), "tag": ""}
    return [total, *(number for number in found if number["count"])]


def _undo(plan: AbsencePlan, zone: ZoneInfo, now: datetime) -> dict[str, Any] | None:
    if not may_undo(plan, now=now) or plan.undo_until is None:
        return None
    local = plan.undo_until.astimezone(zone)
    return {
        "until": f"{format_clock(plan.undo_until, zone)}.{local.second:02d}",
        "seconds": int((plan.undo_until - now).total_seconds()),
    }
