"""Words of invitations on the staff's pages."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_login import current_user
from sqlalchemy import select

from app.booking.invited.letters import cause_of
from app.booking.invited.models import Invitation
from app.booking.invited.states import OPEN, State, state_on
from app.booking.models import Client
from app.casework.clients.frame import is_own
from app.core.db import db
from app.core.i18n import N_, format_instant, format_short_date, gettext, local_text
from app.identity.access import local_today, own_municipality
from app.messaging.models import Message
from app.messaging.status import MessageStatus

MOST = 20
STATES = {
    State.CREATED: (N_("Being sent"), "info"),
    State.SENT: (N_("Sent"), "info"),
    State.OPENED: (N_("Opened, no time chosen yet"), "info"),
    State.BOOKED: (N_("Time chosen"), "ok"),
    State.DECLINED: (N_("Declined"), "warn"),
    State.EXPIRED: (N_("Ended without a time"), "warn"),
    State.WITHDRAWN: (N_("Withdrawn"), "neutral"),
}


def invitations_of(client: Client) -> list[dict[str, Any]]:
    """The client's invitations, the newest first."""
    query = select(Invitation).where(Invitation.client_id == client.id).order_by(Invitation.id.desc()).limit(MOST)
    return [_view(invitation, client) for invitation in db.session.scalars(query)]


def _view(invitation: Invitation, client: Client) -> dict[str, Any]:
    state = _state(invitation)
    name, tag = STATES[state]
    who = invitation.professional.full_name if invitation.professional else gettext("Anybody who is free")
    may_act = state in OPEN and current_user.may("appointment.book")
    reads_words = is_own(client) or current_user.may("client.read_words")
    return {
        "what": local_text(invitation.service.name),
        "state_name": gettext(name),
        "state_tag": tag,
        "facts": [
            gettext("by %(day)s", day=format_short_date(invitation.book_by)),
            who,
            gettext(
                "Invited by %(name)s, %(when)s",
                name=invitation.invited_by,
                when=format_instant(invitation.created_at, own_municipality().zone),
            ),
        ],
        "words": invitation.decline_words if reads_words else "",
        "sendings": invitation.sendings,
        "appointment_url": _appointment_url(invitation),
        "again_url": url_for("invitations.send_again", invitation_id=invitation.id) if may_act else "",
        "withdraw_url": url_for("invitations.withdraw", invitation_id=invitation.id) if may_act else "",
    }


def _state(invitation: Invitation) -> State:
    """As it is now: what was sent a moment ago need not have been noted yet."""
    state = state_on(invitation.state, invitation.book_by, local_today())
    if state != State.CREATED:
        return state
    gone = select(Message.id).where(
        Message.cause == cause_of(invitation), Message.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED))
    )
    return State.CREATED if db.session.scalar(gone.limit(1)) is None else State.SENT


def _appointment_url(invitation: Invitation) -> str:
    if invitation.appointment_id is None:
        return ""
    return url_for("appointments.show", appointment_id=invitation.appointment_id)
