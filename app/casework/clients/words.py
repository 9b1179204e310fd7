"""Words of the clients' pages: channels, audiences of notes, lines of the audit log, fields of a client."""

from __future__ import annotations

from typing import Any

from app.booking.models import Client
from app.booking.register.alike import Why
from app.booking.register.merging import Preview
from app.core.audit import AuditEvent
from app.core.i18n import N_, gettext

CHANNELS = {
    "": N_("Everything that reaches the client"),
    "sms": N_("By text message, else by e-mail"),
    "email": N_("By e-mail, else by text message"),
}
AUDIENCE_NAMES = {
    "staff": N_("All staff who meet clients"),
    "concerned": N_("Own caseworker, team leads and I"),
}
AUDIENCE_TAGS = {"staff": N_("For all staff"), "concerned": N_("For those concerned")}
FIELD_NAMES = {
    "name": N_("Name"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "language": N_("Language"),
    "preferred_channel": N_("Messages"),
    "own_professional_id": N_("Own caseworker"),
    "external_id": N_("Id in another system"),
    "identity_code": N_("Personal identity code"),
    "area": N_("Area"),
    "service_line": N_("Service line"),
    "unemployed_since": N_("Unemployed since"),
    "age_group": N_("Age group"),
    "tags": N_("Tags"),
}
ACTIONS = {
    "client.view": N_("Looked at the client"),
    "client.add": N_("Added the client"),
    "client.change": N_("Changed the details"),
    "client.wishes": N_("Changed language or channel"),
    "client.reminders": N_("Changed whether the client is reminded"),
    "client.answer_sms": N_("The client answered a text message"),
    "client.unreachable": N_("Added days when the client cannot be reached"),
    "client.reachable": N_("Removed days when the client cannot be reached"),
    "client.identity_code_shown": N_("Saw the personal identity code"),
    "client.note_add": N_("Wrote a note"),
    "client.note_remove": N_("Removed a note"),
    "client.merged_into": N_("Was merged into another client"),
    "client.merge": N_("Merged another client into this one"),
    "client.sign_in": N_("Signed in"),
    "client.feed_renew": N_("Took the calendar feed into use"),
    "client.feed_remove": N_("Ended the calendar feed"),
}
MOVES = {
    "appointment": N_("Appointments: %(count)s"),
    "message": N_("Messages: %(count)s"),
    "receipt": N_("Receipts: %(count)s"),
    "client_note": N_("Notes: %(count)s"),
    "unreachable_time": N_("Days when the client cannot be reached: %(count)s"),
}
"""Rows that a merge moves, by table. Reservations go with their appointments."""
WHY = {Why.NAME: N_("same name"), Why.PHONE: N_("same phone number"), Why.EMAIL: N_("same e-mail")}


def channel_order(client: Client) -> str:
    """In which order the client is written to."""
    return gettext(CHANNELS[client.preferred_channel])


def audience_options() -> list[dict[str, Any]]:
    """Who may read a note, to choose from."""
    return [{"value": value, "label": gettext(name)} for value, name in AUDIENCE_NAMES.items()]


def audience_name(audience: str) -> str:
    """Who may read a note."""
    return gettext(AUDIENCE_TAGS[audience])


def field_name(name: str) -> str:
    """A field of a client."""
    return gettext(FIELD_NAMES[name])


def why_text(why: tuple[Why, ...]) -> str:
    """``same name, same phone number``."""
    return ", ".join(gettext(WHY[one]) for one in why)


def log_text(event: AuditEvent) -> str:
    """What was done, with the reason or the fields where the log has them."""
    words = gettext(ACTIONS[event.action]) if event.action in ACTIONS else event.action
    if reason := event.data.get("reason"):
        return f"{words}: {reason}"
    names = [field_name(name) for name in event.data.get("fields", ()) if name in FIELD_NAMES]
    return f"{words}: {', '.join(names).lower()}" if names else words


def moves_text(seen: Preview) -> list[str]:
    """What a merge moves and ends."""
    counts = {name: count for name, count in seen.moves.items() if name != "reservation"}
    told = [gettext(words, count=counts.pop(name)) for name, words in MOVES.items() if name in counts]
    told += [gettext("Other entries: %(count)s", count=sum(counts.values()))] if counts else []
    told += [gettext("The sign-in of the merged client ends.")] if seen.ends_sign_in else []
    told += [gettext("The calendar feed of the merged client ends. A new one can be taken.")] if seen.ends_feed else []
    return told
