"""What clients are told when an appointment changes: e-mail with a calendar part, and a text message.

Nothing here tells the matter of a meeting: only when, where, with whom, and how to change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.booking.changes import last_change
from app.booking.ics import Entry, Method, calendar_file
from app.booking.lifecycle import Status, Step
from app.booking.models import Appointment, Client
from app.booking.service import AppointmentChanged
from app.core.http import public_url
from app.core.i18n import format_instant, gettext, local_text, speaking
from app.core.tenancy import Municipality
from app.core.typed import gets_sms, show_phone
from app.messaging.mail_page import html_of
from app.messaging.outbox import SUPERSEDED, Letter, cancel_waiting, queue_all
from app.messaging.texts import wording
from app.scheduling.models import Mode

UNDO_TIME = timedelta(minutes=1)
"""For so long what staff booked can be taken back as if it had not been; its messages wait for as long."""
KINDS = {"book": "confirmation", Step.RESCHEDULE: "change", Step.CANCEL: "cancellation"}


def tell_client(session: Session, event: AppointmentChanged) -> None:
    """Queue the messages of a step, and stop those that it makes untrue.

    A quiet step is told all the same where a message that had not left yet was stopped: nothing else would reach them.
    """
    kind = event.telling.kind if event.telling else KINDS.get(event.step)
    if kind is None and not event.untold:
        return
    appointment = event.appointment
    stopped = cancel_waiting(session, cause=cause_of(appointment), reason=SUPERSEDED) if event.step != "book" else 0
    if kind is None or event.untold or (event.quiet and not stopped):
        return
    queue_all(session, letters_of(event, ways_to(appointment.client)), now=event.now, send_after=_not_before(event))


def letters_of(event: AppointmentChanged, ways: Sequence[tuple[str, str]]) -> list[Letter]:
    """The messages of a step that is told, by these ways (channel, recipient)."""
    kind, appointment = event.telling.kind if event.telling else KINDS[event.step], event.appointment
    with speaking(appointment.client.language):
        values = values_of(appointment, event.municipality, before=event.before)
        if last_change(appointment) <= event.now:
            values["until"] = ""
        if event.telling and event.telling.link:
            values["link"] = event.telling.link
        return _letters(kind, values, event, ways)


def cause_of(appointment: Appointment) -> str:
    """What the messages about an appointment's steps name as their cause."""
    return f"appointment:{appointment.id}"


def _not_before(event: AppointmentChanged) -> datetime | None:
    """What staff book is told a little later, so that a slip can be taken back before anybody hears of it."""
    if event.telling:
        return event.telling.not_before
    return event.now + UNDO_TIME if event.step == "book" and event.actor.kind == "staff" else None


def _letters(
    kind: str, values: dict[str, str], event: AppointmentChanged, ways: Sequence[tuple[str, str]]
) -> list[Letter]:
    client, cause = event.appointment.client, cause_of(event.appointment)
    words = wording(kind, client.language, values)
    short = wording(kind, client.language, {**values, "place": short_place(event.appointment)})
    letters, cancelled = [], event.step == Step.CANCEL
    for channel, recipient in ways:
        common: dict[str, Any] = {
            "kind": kind,
            "channel": channel,
            "language": client.language,
            "recipient": recipient,
            "client_id": client.id,
            "cause": cause,
            "dedupe_key": f"{cause}:v{event.appointment.version}:{kind}:{channel}",
            "useful_until": event.appointment.ends_at if cancelled else event.appointment.starts_at,
        }
        if channel == "sms":
            letters.append(Letter(body=short.sms, **common))
            continue
        facts = facts_of(values, cancelled=cancelled)
        method = Method.CANCEL if cancelled else Method.REQUEST
        letters.append(
            Letter(
                subject=words.subject,
                body=plain_text(words.paragraphs, facts, words.link_label, values),
                html=html_of(
                    event.municipality,
                    words.subject,
                    words.paragraphs,
                    facts=facts,
                    button=(words.link_label, values["link"]),
                ),
                calendar=calendar_of(event.appointment, event.municipality, method),
                calendar_method=str(method),
                **common,
            )
        )
    return letters


def ways_to(client: Client, *, every: bool = False) -> list[tuple[str, str]]:
    """(channel, recipient) of every way to the client; only the one that the client likes best, where it works.

    ``every``: all of them, for when that one has failed.
    """
    ways = [("email", client.email)] if client.email else []
    ways += [("sms", client.phone)] if gets_sms(client.phone) and client.sms_stopped_at is None else []
    return ways if every else [way for way in ways if way[0] == client.preferred_channel] or ways


def values_of(
    appointment: Appointment, municipality: Municipality, *, before: datetime | None = None
) -> dict[str, str]:
    """The placeholders of a message about the appointment, in the language in use."""
    zone = municipality.zone
    professional = appointment.professional
    return {
        "when": format_instant(appointment.starts_at, zone),
        "before": format_instant(before, zone) if before else "",
        "until": format_instant(last_change(appointment), zone),
        "place": place_of(appointment),
        "who": ", ".join(part for part in (professional.first_name, local_text(professional.title)) if part),
        "reference": appointment.reference,
        "link": _link(appointment, municipality),
        "municipality": local_text(municipality.name),
        "phone": municipality.phone,
    }


def _link(appointment: Appointment, municipality: Municipality) -> str:
    if appointment.status == Status.CANCELLED:
        return public_url(f"/m/{municipality.slug}/")
    return public_url(f"/a/{appointment.link_token}")


def place_of(appointment: Appointment) -> str:
    """Where or how the meeting happens, in the language in use."""
    if appointment.mode == Mode.PHONE:
        phone = show_phone(appointment.client.phone)
        return gettext("We call you: %(phone)s", phone=phone) if phone else gettext("We call you")
    if appointment.mode == Mode.VIDEO:
        return gettext("Video meeting; join through the link")
    if appointment.office is None:
        return ""
    return ", ".join(part for part in (local_text(appointment.office.name), appointment.office.address) if part)


def short_place(appointment: Appointment) -> str:
    """For a text message: the office's name; its address stands behind the link."""
    return local_text(appointment.office.name) if appointment.office else place_of(appointment)


def facts_of(values: dict[str, str], *, cancelled: bool = False) -> list[tuple[str, str]]:
    """The facts that stand in an e-mail; of a cancelled meeting no place to come to."""
    if cancelled:
        return [(gettext("Cancelled time"), values["when"]), (gettext("Booking reference"), values["reference"])]
    return [
        (gettext("Time"), values["when"]),
        (gettext("Place"), values["place"]),
        (gettext("With whom"), values["who"]),
        (gettext("Booking reference"), values["reference"]),
    ]


def plain_text(paragraphs: tuple[str, ...], facts: list[tuple[str, str]], label: str, values: dict[str, str]) -> str:
    """An e-mail's text without marks."""
    lines = [*paragraphs, "\n".join(f"{name}: {value}" for name, value in facts if value)]
    lines.append(f"{label}:\n{values['link']}")
    lines.append("\n".join(part for part in (values["municipality"], values["phone"]) if part))
    return "\n\n".join(lines) + "\n"


def calendar_of(appointment: Appointment, municipality: Municipality, method: Method) -> str:
    """The appointment as a calendar part, in the language in use. The matter itself is not in it."""
    return calendar_file(entry_of(appointment, municipality), method, municipality.zone)


def entry_of(appointment: Appointment, municipality: Municipality) -> Entry:
    """The appointment as a calendar shows it, in the language in use."""
    values = values_of(appointment, municipality)
    label = local_text(appointment.service.public_label)
    description = [values["who"], values["place"], gettext("View, change or cancel: %(link)s", link=values["link"])]
    return Entry(
        uid=f"{appointment.reference}@{municipality.slug}.vuoro",
        sequence=appointment.version,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        summary=f"{label} – {values['municipality']}",
        description="\n".join(part for part in description if part),
        location=values["place"],
        organizer_name=values["municipality"],
        organizer_email=municipality.email,
        attendee_name=appointment.client.name,
        attendee_email=appointment.client.email,
        url=values["link"],
        changed_at=appointment.updated_at,
        cancelled=appointment.status == Status.CANCELLED,
    )
