"""What is a client's own after signing in: which rows, what suits them, when they cannot be reached, their calendar feed.

A visitor's bookings make rows of their own, so one person may have several. A proven contact and the same name make
them one person's here; nothing is moved or merged, so that proving one contact never opens more than it reached before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.booking.models import Appointment, Client, UnreachableTime
from app.core import audit, crypto, tenancy
from app.core.audit import Actor
from app.core.errors import InvalidInput, NotFound
from app.core.i18n import LANGUAGES, N_
from app.identity.contact import Contact

FEED_KIND = "client_feed"
PAST_KEPT = timedelta(days=730)
LONGEST_LIST = 100
FARTHEST = 366  # days ahead that an absence may reach
MOST_TIMES = 50
PARTS = ("all", "morning", "afternoon")
CHANNELS = ("", "sms", "email")


def clients_at(session: Session, contact: Contact) -> list[Client]:
    """Every client whom this number or address reaches, the best known first."""
    column = Client.email if contact.channel == "email" else Client.phone
    query = select(Client).where(column == contact.value).order_by(Client.id)
    return sorted(session.scalars(query), key=_how_unknown)


def _how_unknown(client: Client) -> tuple[bool, bool, int]:
    return (client.own_professional_id is None, not client.verified, -client.id)


def people_at(session: Session, contact: Contact) -> list[Client]:
    """The best known row of each person whom the contact reaches: families share telephones."""
    people: dict[str, Client] = {}
    for client in clients_at(session, contact):
        people.setdefault(client.name_key, client)
    return list(people.values())


def rows_of(session: Session, client: Client, contact: Contact) -> list[Client]:
    """The client's rows: those that the contact reaches and that carry the same name."""
    return [row for row in clients_at(session, contact) if row.name_key == client.name_key]


def appointments_of(session: Session, rows: Sequence[Client], *, since: datetime) -> list[Appointment]:
    """The appointments of a client's rows from a moment on, by start."""
    query = (
        select(Appointment)
        .where(Appointment.client_id.in_([row.id for row in rows]), Appointment.ends_at > since)
        .order_by(Appointment.starts_at, Appointment.id)
        .options(
            joinedload(Appointment.service),
            joinedload(Appointment.professional),
            joinedload(Appointment.office),
            joinedload(Appointment.client),
        )
    )
    return list(session.scalars(query))


# — what suits —


def change_wishes(
    session: Session, rows: Sequence[Client], *, language: str, channel: str, actor: Actor, now: datetime
) -> None:
    """In which language and by which channel we write. Raises ``InvalidInput``."""
    errors = {}
    if language not in LANGUAGES:
        errors["language"] = N_("Choose a language.")
    if channel not in channels_of(rows):
        errors["channel"] = N_("Choose one of the given ways.")
    if errors:
        raise InvalidInput(errors)
    for row in rows:
        row.language, row.preferred_channel = language, channel
        audit.record(session, actor=actor, action="client.wishes", on=row, now=now, language=language, channel=channel)


def channels_of(rows: Sequence[Client]) -> list[str]:
    """The channels that reach every row of the client; "" is no wish in particular."""
    has = {"sms": all(row.phone for row in rows), "email": all(row.email for row in rows)}
    return [channel for channel in CHANNELS if has.get(channel, True)]


@dataclass(frozen=True, slots=True)
class Away:
    """Days when the client cannot be reached, as checked."""

    first_day: date
    last_day: date
    part: str


def check_away(first: str, last: str, part: str, *, today: date) -> Away:
    """ISO dates as a form sends them; no last day means one day. Raises ``InvalidInput``."""
    errors = {}
    first_day, last_day = _day(first), _day(last or first)
    if first_day is None:
        errors["first_day"] = N_("Enter a date, for example 24.11.2026.")
    elif first_day < today:
        errors["first_day"] = N_("This day has already passed.")
    if last_day is None:
        errors["last_day"] = N_("Enter a date, for example 24.11.2026.")
    elif first_day and last_day < first_day:
        errors["last_day"] = N_("The last day must not be before the first day.")
    elif last_day > today + timedelta(days=FARTHEST):
        errors["last_day"] = N_("The last day can be a year ahead at most.")
    if part not in PARTS:
        errors["part"] = N_("Choose one of the given answers.")
    if errors or first_day is None or last_day is None:
        raise InvalidInput(errors)
    return Away(first_day, last_day, part)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


def add_away(session: Session, client: Client, away: Away, *, actor: Actor, now: datetime) -> None:
    """Note when the client cannot be reached. The same days twice are noted once. Raises ``InvalidInput``."""
    session.scalar(select(Client.id).where(Client.id == client.id).with_for_update())
    noted = away_times(session, [client], today=away.first_day)
    if len(noted) >= MOST_TIMES:
        raise InvalidInput({"first_day": N_("There are very many times here already. Remove some first.")})
    if any((time.first_day, time.last_day, time.part) == (away.first_day, away.last_day, away.part) for time in noted):
        return
    session.add(UnreachableTime(client_id=client.id, first_day=away.first_day, last_day=away.last_day, part=away.part))
    audit.record(session, actor=actor, action="client.unreachable", on=client, now=now)


def away_times(session: Session, rows: Sequence[Client], *, today: date) -> list[UnreachableTime]:
    """When the client cannot be reached, from today on."""
    query = select(UnreachableTime).where(
        UnreachableTime.client_id.in_([row.id for row in rows]), UnreachableTime.last_day >= today
    )
    return list(session.scalars(query.order_by(UnreachableTime.first_day, UnreachableTime.id)))


def remove_away(session: Session, rows: Sequence[Client], time_id: int, *, actor: Actor, now: datetime) -> None:
    """Forget a time that no longer holds; one that is gone already is fine. Raises ``NotFound`` for somebody else's."""
    time = session.get(UnreachableTime, time_id)
    if time is None:
        return
    owner = next((row for row in rows if row.id == time.client_id), None)
    if owner is None:
        raise NotFound
    session.delete(time)
    audit.record(session, actor=actor, action="client.reachable", on=owner, now=now)


# — calendar feed —


def renew_feed(session: Session, client: Client, contact: Contact, *, actor: Actor, now: datetime) -> str:
    """A new secret address for the client's calendar feed; the earlier one leads nowhere from now on."""
    remove_feed(session, client, actor=actor, now=now)
    client.feed_token, client.feed_contact = crypto.feed_token(), contact.value
    tenancy.add_route(
        session,
        kind=FEED_KIND,
        secret=client.feed_token,
        municipality_id=client.municipality_id,
        target_id=client.id,
    )
    audit.record(session, actor=actor, action="client.feed_renew", on=client, now=now)
    return client.feed_token


def remove_feed(session: Session, client: Client, *, actor: Actor, now: datetime) -> None:
    """End the client's calendar feed."""
    if client.feed_token is None:
        return
    for route in tenancy.find_routes(session, kind=FEED_KIND, secret=client.feed_token):
        session.delete(route)
    client.feed_token, client.feed_contact = None, ""
    audit.record(session, actor=actor, action="client.feed_remove", on=client, now=now)
    session.flush()
