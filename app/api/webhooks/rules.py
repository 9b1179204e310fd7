"""Pure: the events that there are, the states of endpoints and deliveries, and how long to wait after a failure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

APPOINTMENT_EVENTS = {
    "book": "appointment.booked",
    "reschedule": "appointment.rescheduled",
    "cancel": "appointment.cancelled",
    "restore": "appointment.restored",
    "check_in": "appointment.checked_in",
    "undo_check_in": "appointment.check_in_undone",
    "start": "appointment.started",
    "complete": "appointment.completed",
    "no_show": "appointment.no_show",
    "undo_no_show": "appointment.no_show_undone",
    "late": "appointment.late",
}
"""By the step that causes it. Outsiders rely on the names."""

CLIENT_EVENTS = {"add": "client.added", "change": "client.changed", "forget": "client.forgotten"}
EVENTS = (*APPOINTMENT_EVENTS.values(), *CLIENT_EVENTS.values())
PING = "ping"
"""The test event; every endpoint gets it when asked for, once and without retries."""


class EndpointState(StrEnum):
    """Whether an endpoint is sent to."""

    ACTIVE = "active"
    PAUSED = "paused"
    """By somebody's choice."""
    SUSPENDED = "suspended"
    """By itself, because nothing got through for a day."""


class DeliveryStatus(StrEnum):
    """Where one event stands on its way to one endpoint."""

    WAITING = "waiting"
    HELD = "held"
    """Until its endpoint is resumed."""
    DELIVERED = "delivered"
    FAILED = "failed"


class Failure(StrEnum):
    """Why a try did not count as delivered."""

    STATUS = "status"
    REDIRECT = "redirect"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    UNRESOLVED = "unresolved"
    ADDRESS = "address"
    FAULT = "fault"


RETRIES = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 300, 900, 3600, 2 * 3600, 4 * 3600, 6 * 3600, 10 * 3600)
)
"""Waits between tries: nearly a day in all."""

FAILURES_BEFORE_REST = 5
LONGEST_REST = timedelta(minutes=15)


def wait_after(tries: int, event_type: str) -> timedelta | None:
    """How long to wait after the n-th failed try, or None to give up."""
    if event_type == PING or tries > len(RETRIES):
        return None
    return RETRIES[tries - 1]


def rest_after(failures: int) -> timedelta:
    """How long an endpoint is left alone after so many failures in a row, whichever events they were about.

    A dead receiver with a thousand events waiting must not keep the workers from the others.
    """
    beyond = failures - FAILURES_BEFORE_REST
    if beyond < 0:
        return timedelta(0)
    return min(timedelta(minutes=2.0 ** min(beyond, 8)), LONGEST_REST)
