"""Making reminders when they are due: every minute, in any number of processes, after an outage too.

What is due is asked anew each time (meetings that begin within the longest reminder's time and have none yet), so
nothing has to be remembered of meetings that move, and of the past only the last days are looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session, selectinload

from app.booking.lifecycle import Status, Step
from app.booking.models import Appointment
from app.booking.notices import ways_to
from app.booking.reminders.models import Reminder
from app.booking.reminders.telling import cause_of, letter_of
from app.booking.reminders.timing import Outcome, plan
from app.booking.service import AppointmentChanged
from app.core import tenancy
from app.core.tenancy import Municipality
from app.messaging.models import Message
from app.messaging.outbox import Letter, cancel_waiting, queue_all
from app.messaging.status import MessageStatus

AT_ONCE = 500
"""Reminders of one transaction."""
LOOKED_BACK = timedelta(days=3)
"""Of meetings that began while nobody planned, it is written down that their reminders were of no use any more."""
TELLING_KINDS = ("confirmation", "change", "hand_over", "absence_move", "group_confirmation", "group_change")
"""Messages that say the time of a meeting."""

DUE = text("""
WITH rule AS MATERIALIZED (
    SELECT id AS service_id, minutes, phone_only FROM service,
        LATERAL (VALUES (reminder_minutes, false), (second_reminder_minutes, false), (call_reminder_minutes, true))
            AS r(minutes, phone_only)
    WHERE municipality_id = :municipality AND minutes > 0
)
SELECT a.id, rule.minutes FROM appointment a JOIN rule ON rule.service_id = a.service_id
WHERE a.municipality_id = :municipality AND a.starts_at > :since
    AND a.starts_at <= :now + (SELECT max(minutes) FROM rule) * interval '1 minute'
    AND a.starts_at <= :now + rule.minutes * interval '1 minute'
    AND (a.status = 'booked' OR a.starts_at <= :now AND a.status <> 'cancelled') AND (NOT rule.phone_only OR a.mode = 'phone')
    AND (a.starts_at, a.id, rule.minutes) > (:after_start, :after_id, :after_minutes)
    AND NOT EXISTS (
        SELECT FROM reminder x WHERE x.municipality_id = :municipality AND x.appointment_id = a.id
            AND x.starts_at = a.starts_at AND x.minutes = rule.minutes)
ORDER BY a.starts_at, a.id, rule.minutes LIMIT :at_most
FOR NO KEY UPDATE OF a SKIP LOCKED
""")


Place = tuple[datetime, int, int]
"""Where in the row of what is due a round ended: start, appointment, minutes."""
BEGINNING: Place = (datetime.min.replace(tzinfo=UTC), 0, 0)


def plan_due(session: Session, *, now: datetime, after: Place = BEGINNING) -> Place | None:
    """Make the reminders that are due, at most ``AT_ONCE``. Returns where to go on, or None where nothing was left.

    The caller commits each round.
    """
    municipality_id = tenancy.bound_to(session)
    municipality = session.get_one(Municipality, municipality_id)
    asked = {"municipality": municipality_id, "now": now, "since": now - LOOKED_BACK, "at_most": AT_ONCE}
    place = dict(zip(("after_start", "after_id", "after_minutes"), after, strict=True))
    found = session.execute(DUE, asked | place).all()
    ids = [id_ for id_, _ in found]
    relations = (Appointment.client, Appointment.professional, Appointment.office, Appointment.service)
    query = select(Appointment).where(Appointment.id.in_(ids)).options(*(selectinload(one) for one in relations))
    meetings = {one.id: one for one in session.scalars(query.execution_options(populate_existing=True))}
    told, letters, rows = _told(session, ids), defaultdict[datetime, list[Letter]](list), list[dict[str, Any]]()
    for id_, minutes in found:
        row, made = _make(meetings[id_], minutes, told.get(id_), municipality, now)
        rows.append(row)
        if made is not None:
            letters[made[0]].append(made[1])
    if rows:
        session.execute(insert(Reminder.__table__), rows)
    for send_at, due in letters.items():
        queue_all(session, due, now=now, send_after=send_at)
    if not found:
        return None
    last, minutes = found[-1]
    return meetings[last].starts_at, last, minutes


def _told(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When each client was last told of the time (messages that were stopped or failed told nobody)."""
    causes = {f"appointment:{id_}": id_ for id_ in ids}
    query = (
        select(Message.cause, func.max(Message.created_at))
        .where(
            Message.cause.in_(causes),
            Message.kind.in_(TELLING_KINDS),
            Message.status.not_in((MessageStatus.CANCELLED, MessageStatus.FAILED, MessageStatus.SKIPPED)),
        )
        .group_by(Message.cause)
    )
    return {causes[cause]: at for cause, at in session.execute(query)}


def _make(
    appointment: Appointment,
    minutes: int,
    told_at: datetime | None,
    municipality: Municipality,
    now: datetime,
) -> tuple[dict[str, Any], tuple[datetime, Letter] | None]:
    """What becomes of the reminder, to be written down; the message and when it leaves, where there is one."""
    planned = plan(appointment.starts_at, minutes, told_at=told_at, zone=municipality.zone, now=now)
    outcome, ways = planned.outcome, ways_to(appointment.client)
    if appointment.status != Status.BOOKED:
        outcome = Outcome.NOT_NEEDED
    if outcome == Outcome.QUEUED and appointment.client.reminders_off:
        outcome = Outcome.PAUSED
    elif outcome == Outcome.QUEUED and not ways:
        outcome = Outcome.NO_WAY
    # One way is enough, and a text message is what is read in time.
    channel, recipient = max(ways, key=lambda way: way[0] == "sms") if ways else ("", "")
    row = {
        "municipality_id": municipality.id,
        "appointment_id": appointment.id,
        "starts_at": appointment.starts_at,
        "minutes": minutes,
        "outcome": outcome,
        "planned_at": now,
        "channel": channel if outcome == Outcome.QUEUED else "",
    }
    if outcome != Outcome.QUEUED:
        return row, None
    letter = letter_of(appointment, minutes, channel, recipient, municipality, until=planned.useful_until)
    return row, (planned.send_at, letter)


def stop(session: Session, event: AppointmentChanged) -> None:
    """A meeting that moved, was cancelled or has begun needs no reminder of its earlier time any more."""
    if event.step not in ("book", Step.LATE):
        cancel_waiting(session, cause=cause_of(event.appointment), reason="superseded")
