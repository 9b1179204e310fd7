"""Pure: the life of an appointment. One table says which step is allowed from which state."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where an appointment stands."""

    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What can be done to an appointment."""

    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    LATE = "late"
    CHECK_IN = "check_in"
    UNDO_CHECK_IN = "undo_check_in"
    START = "start"
    COMPLETE = "complete"
    MARK_NO_SHOW = "no_show"
    UNDO_NO_SHOW = "undo_no_show"
    RESTORE = "restore"


TRANSITIONS: dict[Step, dict[Status, Status]] = {
    Step.RESCHEDULE: {Status.BOOKED: Status.BOOKED},
    Step.CANCEL: {Status.BOOKED: Status.CANCELLED, Status.CHECKED_IN: Status.CANCELLED},
    Step.LATE: {Status.BOOKED: Status.BOOKED},
    Step.CHECK_IN: {Status.BOOKED: Status.CHECKED_IN},
    Step.UNDO_CHECK_IN: {Status.CHECKED_IN: Status.BOOKED},
    Step.START: {Status.BOOKED: Status.IN_PROGRESS, Status.CHECKED_IN: Status.IN_PROGRESS},
    Step.COMPLETE: {
        Status.BOOKED: Status.COMPLETED,
        Status.IN_PROGRESS: Status.COMPLETED,
        Status.NO_SHOW: Status.COMPLETED,
    },
    Step.MARK_NO_SHOW: {Status.BOOKED: Status.NO_SHOW, Status.CHECKED_IN: Status.NO_SHOW},
    Step.UNDO_NO_SHOW: {Status.NO_SHOW: Status.BOOKED},
    Step.RESTORE: {Status.CANCELLED: Status.BOOKED},
}

ACTIVE = frozenset({Status.BOOKED, Status.CHECKED_IN, Status.IN_PROGRESS})
"""States in which the meeting is still to come or going on."""


def next_status(status: str, step: Step) -> Status | None:
    """The state after ``step``, or None where the step is not allowed."""
    return TRANSITIONS[step].get(Status(status))
