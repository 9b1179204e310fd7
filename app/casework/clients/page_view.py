"""What the client's page shows, by who looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_login import current_user
from sqlalchemy import select

from app.booking import my_account
from app.booking.models import Appointment, Client
from app.booking.my_wishes import away_text, part_name
from app.booking.register.identity import masked_code
from app.booking.register.notes import Reader, may_remove, notes_of
from app.booking.views import mode_name, status_name
from app.casework.clients.frame import is_own, professional_name
from app.casework.clients.message_view import messages_view
from app.casework.clients.words import audience_name, audience_options, channel_order, log_text
from app.casework.day.words import STATUS_TAGS, answers_of, may_read_answers, questions_of
from app.casework.invitations.words import invitations_of
from app.casework.log_words import actor_name
from app.core import clock
from app.core.audit import AuditEvent
from app.core.db import db
from app.core.http import field_cipher
from app.core.i18n import LANGUAGES, format_instant, format_short_date, gettext, local_text
from app.core.typed import show_phone
from app.identity.access import local_today, own_municipality
from app.scheduling.models import Professional, Question

MOST_PAST, MOST_LOG = 50, 30
LONG_AGO = timedelta(days=3650)

Row = dict[str, Any]


def page_view(client: Client) -> dict[str, Any]:
    """Plain values for the page."""
    coming, past = _appointments(client)
    return {
        "client": {"name": client.name, "id": client.id, "code": masked_code(client, cipher=field_cipher())},
        "search_url": url_for("clients.find"),
        "rows": _rows([*_contact(client), *_criteria(client)]),
        "coming": coming,
        "past": past,
        **messages_view(client),
        "invitations": invitations_of(client),
        "notes": _notes(client),
        "audiences": audience_options(),
        "away": _away(client),
        "parts": [{"value": part, "label": part_name(part)} for part in my_account.PARTS],
        "today": local_today().isoformat(),
        "log": _log(client) if current_user.may("client.read_log") else None,
        "may": {name: current_user.may(f"client.{name}") for name in ("edit", "merge", "identity_code")},
        "urls": _urls(client),
    }


def reader_of(client: Client) -> Reader:
    """The signed-in user, as a reader of notes about the client."""
    concerned = is_own(client) or current_user.may("client.read_words")
    return Reader(current_user.id, concerned, may_remove=current_user.may("client.merge"))


def _urls(client: Client) -> dict[str, str]:
    names = {
        "edit": "client_edit.edit",
        "merge": "client_merge.choose",
        "code": "client.identity_code",
        "note": "client_notes.add",
        "away": "client.add_away",
    }
    may_book = current_user.may("appointment.book")
    booking = {
        "book": url_for("staff_booking.start", client=client.id) if may_book else "",
        "invite": url_for("invitations.new", client_id=client.id) if may_book else "",
    }
    return {**booking, **{name: url_for(endpoint, client_id=client.id) for name, endpoint in names.items()}}


def _rows(pairs: Sequence[tuple[str, str]]) -> list[Row]:
    return [{"key": key, "value": value} for key, value in pairs if value]


def _contact(client: Client) -> list[tuple[str, str]]:
    own = db.session.get(Professional, client.own_professional_id) if client.own_professional_id else None
    return [
        (gettext("Phone"), show_phone(client.phone)),
        (gettext("E-mail"), client.email),
        (gettext("Language"), LANGUAGES.get(client.language, "")),
        (gettext("Messages"), channel_order(client)),
        (gettext("Own caseworker"), professional_name(own) if own else gettext("Nobody yet")),
        (gettext("Id in another system"), client.external_id or ""),
        (gettext("Identity"), "" if client.verified else gettext("Not verified: the client booked without signing in")),
    ]


def _criteria(client: Client) -> list[tuple[str, str]]:
    since = format_short_date(client.unemployed_since) if client.unemployed_since else ""
    return [
        (gettext("Area"), client.area),
        (gettext("Service line"), client.service_line),
        (gettext("Unemployed since"), since),
        (gettext("Age group"), client.age_group),
        (gettext("Tags"), ", ".join(client.tags)),
    ]


def _appointments(client: Client) -> tuple[list[Row], list[Row]]:
    """Coming ones by start, past ones the newest first."""
    now = clock.now()
    everything = my_account.appointments_of(db.session, [client], since=now - LONG_AGO)
    asked = questions_of(appointment.service_id for appointment in everything)
    views = [
        (appointment.ends_at > now, _appointment(appointment, asked[appointment.service_id]))
        for appointment in everything
    ]
    past = [view for is_coming, view in views if not is_coming]
    return [view for is_coming, view in views if is_coming], past[::-1][:MOST_PAST]


def _appointment(appointment: Appointment, questions: Sequence[Question]) -> Row:
    return {
        "when": format_instant(appointment.starts_at, own_municipality().zone),
        "url": url_for("appointments.show", appointment_id=appointment.id),
        "what": local_text(appointment.service.name),
        "facts": [
            mode_name(appointment.mode),
            local_text(appointment.office.name) if appointment.office else "",
            appointment.professional.full_name,
            appointment.reference,
        ],
        "status_name": status_name(appointment.status),
        "status_tag": STATUS_TAGS.get(appointment.status, "neutral"),
        "answers": answers_of(appointment, questions),
        "reason": (appointment.cancel_reason or "") if may_read_answers(appointment) else "",
    }


def _notes(client: Client) -> list[Row]:
    reader, zone = reader_of(client), own_municipality().zone
    return [
        {
            "text": note.text,
            "author": note.author_name,
            "when": format_instant(note.written_at, zone),
            "audience": audience_name(note.audience),
            "remove_url": url_for("client_notes.remove", client_id=client.id, note_id=note.id)
            if current_user.may("client.edit") and may_remove(note, reader)
            else "",
        }
        for note in notes_of(db.session, client, reader)
    ]


def _away(client: Client) -> list[Row]:
    return [
        {
            "text": away_text(time.first_day, time.last_day, time.part),
            "remove_url": url_for("client.remove_away", client_id=client.id, time_id=time.id),
        }
        for time in my_account.away_times(db.session, [client], today=local_today())
    ]


def _log(client: Client) -> list[Row]:
    query = (
        select(AuditEvent)
        .where(AuditEvent.object_type == "client", AuditEvent.object_id == client.id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(MOST_LOG)
    )
    zone = own_municipality().zone
    return [
        {
            "when": format_instant(event.at, zone),
            "who": actor_name(event),
            "what": log_text(event),
        }
        for event in db.session.scalars(query)
    ]
