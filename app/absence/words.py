"""Words of absences: states, what can become of a meeting, why it is proposed, and what went wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.absence.form import LATER, value_of
from app.absence.models import AbsenceItem, AbsencePlan
from app.absence.plan import Action, Load, Place, Proposal, Reason
from app.absence.states import ItemState, State
from app.absence.undoing import TOLD
from app.booking.models import Appointment
from app.booking.notices import ways_to
from app.core.i18n import (
    LANGUAGES,
    N_,
    format_clock,
    format_instant,
    format_weekday_date,
    gettext,
    local_text,
    ngettext,
)
from app.scheduling.models import Mode, Professional

REASON_NAMES = {
    "sick": N_("Ill"),
    "leave": N_("Leave"),
    "training": N_("Training"),
    "other": N_("Another reason"),
}
STATE_NAMES = {
    State.PLANNED: N_("Registered"),
    State.APPLIED: N_("Meetings settled"),
    State.UNDONE: N_("Taken back"),
    State.WITHDRAWN: N_("Withdrawn"),
}
STATE_TAGS = {State.PLANNED: "neutral", State.APPLIED: "ok", State.UNDONE: "neutral", State.WITHDRAWN: "neutral"}
ACTION_NAMES = {
    Action.HAND_OVER: N_("To a colleague"),
    Action.MOVE: N_("New time"),
    Action.CANCEL: N_("Cancelled, with a link"),
    Action.CALL_FIRST: N_("Call first"),
}
ACTION_TAGS = {Action.HAND_OVER: "ok", Action.MOVE: "brand", Action.CANCEL: "warn", Action.CALL_FIRST: "neutral"}
WHY = {
    Reason.KNOWS: N_("the client's own professional, free at the same time"),
    Reason.SPEAKS: N_("free at the same time, speaks the client's language"),
    Reason.FREE: N_("free at the same time, but does not speak the client's language"),
    Reason.ALLOWED: N_("nobody is free at the same time; the client allows moving"),
    Reason.NOBODY: N_("nobody who gives this service is free within a week"),
    Reason.NEEDED: N_("those who are free are needed for other meetings"),
    Reason.NO_CONSENT: N_("nobody is free at the same time, and the client has not allowed moving"),
    Reason.UNREACHABLE: N_("no mobile number or e-mail address for a message"),
    Reason.SOON: N_("so soon that a message may come too late"),
    Reason.ARRIVED: N_("the client is here already"),
}
WENT_WRONG = {
    "changed_meanwhile": N_("It was changed meanwhile: look at the new proposal."),
    "in_the_way": N_("The time was taken meanwhile: look at the new proposal."),
    "slot_taken": N_("The time was taken meanwhile: look at the new proposal."),
    "client_busy": N_("The client has another meeting at that time."),
    "no_consent": N_("The client has not allowed us to move the time."),
    "invalid_transition": N_("It cannot be changed any more."),
    TOLD: N_("The client has been told already, so it stays."),
}
MODE_NAMES = {Mode.IN_PERSON: N_("at the office"), Mode.PHONE: N_("by phone"), Mode.VIDEO: N_("by video")}
CHANNELS = {"email": N_("e-mail"), "sms": N_("text message")}


def when_of(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """From when until when somebody is away; whole days without the clock."""
    first, last = starts_at.astimezone(zone), ends_at.astimezone(zone)
    whole = first.time() == last.time() == first.time().min
    if not whole:
        return f"{format_instant(starts_at, zone)} – {format_instant(ends_at, zone)}"
    days = first.date(), last.date() - timedelta(days=1)
    shown = [format_weekday_date(day) for day in days]
    return shown[0] if days[0] == days[1] else " – ".join(shown)


def who_text(plan: AbsencePlan, people: list[Professional]) -> str:
    """The office that is closed, and the names of those who are away, in a row."""
    office = [local_text(plan.office.name)] if plan.office is not None else []
    return ", ".join([*office, *(person.full_name for person in people)])


def meeting_view(appointment: Appointment, zone: ZoneInfo) -> dict[str, Any]:
    """A meeting in the table."""
    local = appointment.starts_at.astimezone(zone)
    return {
        "id": appointment.id,
        "version": appointment.version,
        "day": format_weekday_date(local.date()),
        "time": format_clock(appointment.starts_at, zone),
        "client": appointment.client.name,
        "service": local_text(appointment.service.name),
        "mode": gettext(MODE_NAMES[Mode(appointment.mode)]),
        "professional": appointment.professional.full_name,
        "message": message_text(appointment),
    }


def message_text(appointment: Appointment) -> str:
    """By which ways and in which language the client is told."""
    ways = [gettext(CHANNELS[channel]) for channel, _ in ways_to(appointment.client)]
    return ", ".join([*ways, LANGUAGES[appointment.client.language]]) if ways else gettext("no way to send a message")


def why_text(proposal: Proposal, load: Load, zone: ZoneInfo) -> str:
    """Why it is proposed; of a colleague, how many meetings there are that day already."""
    words, place = gettext(WHY[proposal.reason]), proposal.place
    if place is None or proposal.action != Action.HAND_OVER:
        return words
    count = load.get((place.professional_id, place.starts_at.astimezone(zone).date()), 0)
    meetings = ngettext("%(n)d meeting that day", "%(n)d meetings that day", count)
    return f"{words}, {meetings}"


def place_text(action: Action, place: Place | None, names: dict[int, str], zone: ZoneInfo) -> str:
    """What becomes of a meeting, in a line."""
    if place is None:
        return gettext(ACTION_NAMES[action])
    name = names.get(place.professional_id, "")
    if action == Action.HAND_OVER:
        return gettext("To a colleague: %(name)s", name=name)
    return gettext("New time: %(when)s, %(name)s", when=format_instant(place.starts_at, zone), name=name)


def choices(
    appointment: Appointment, places: list[Place], names: dict[int, str], zone: ZoneInfo
) -> list[dict[str, str]]:
    """Everything that can be chosen for a meeting."""
    found = []
    for place in places:
        action = Action.HAND_OVER if place.starts_at == appointment.starts_at else Action.MOVE
        found.append({"value": value_of(action, place), "label": place_text(action, place, names, zone)})
    found += [
        {"value": str(action), "label": gettext(ACTION_NAMES[action])} for action in (Action.CANCEL, Action.CALL_FIRST)
    ]
    return [*found, {"value": LATER, "label": gettext("Decide later")}]


def item_view(item: AbsenceItem, zone: ZoneInfo) -> dict[str, Any]:
    """What came of a decision."""
    appointment = item.appointment
    done = item.state == ItemState.DONE
    return {
        **meeting_view(appointment, zone),
        "day": format_weekday_date(appointment.starts_at.astimezone(zone).date()),
        "action": gettext(ACTION_NAMES[Action(item.action)]),
        "tag": ACTION_TAGS[Action(item.action)],
        "what": _what_came(item, appointment, zone) if done else "",
        "cause": cause_text(item.cause) if item.cause else "",
    }


def _what_came(item: AbsenceItem, appointment: Appointment, zone: ZoneInfo) -> str:
    if item.action == Action.HAND_OVER:
        return appointment.professional.full_name
    if item.action == Action.MOVE:
        return f"{format_instant(appointment.starts_at, zone)}, {appointment.professional.full_name}"
    return ""


def cause_text(cause: str) -> str:
    """Why it did not go as decided."""
    return gettext(WENT_WRONG.get(cause, N_("It could not be done.")))


def _title(plan: AbsencePlan, people: list[Professional], zone: ZoneInfo) -> str:
    told = {"who": who_text(plan, people), "when": when_of(plan.starts_at, plan.ends_at, zone)}
    if plan.office is not None:
        return gettext("%(who)s, closed %(when)s", **told)
    return gettext("%(who)s, away %(when)s", **told)


def plan_view(plan: AbsencePlan, people: list[Professional], unsettled: int, zone: ZoneInfo) -> dict[str, Any]:
    """A plan in a line. ``unsettled``: how many meetings wait."""
    waiting = ngettext("%(n)d meeting to be settled", "%(n)d meetings to be settled", unsettled)
    return {
        "who": who_text(plan, people),
        "title": _title(plan, people, zone),
        "when": when_of(plan.starts_at, plan.ends_at, zone),
        "reason": gettext("Office closed") if plan.office is not None else gettext(REASON_NAMES[plan.reason]),
        "of_office": plan.office is not None,
        "state": waiting if unsettled else gettext(STATE_NAMES[State(plan.state)]),
        "tag": "warn" if unsettled else STATE_TAGS[State(plan.state)],
        "made_by": plan.made_by,
    }
