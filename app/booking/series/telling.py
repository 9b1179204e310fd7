"""What a client is told of a series: all its times in one message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.booking.ics import calendar_of_many
from app.booking.lifecycle import Status
from app.booking.models import Appointment
from app.booking.notices import UNDO_TIME, entry_of, plain_text, short_place, values_of, ways_to
from app.booking.series.models import Series
from app.booking.service import AppointmentChanged
from app.core.i18n import format_instant, gettext, speaking
from app.core.tenancy import Municipality
from app.messaging.mail_page import html_of
from app.messaging.outbox import SUPERSEDED, Letter, cancel_waiting, queue_all
from app.messaging.texts import wording

BOOKED, CANCELLED = "series", "series_cancellation"


def cause_of(series: Series) -> str:
    """What its messages name as their cause."""
    return f"series:{series.id}"


def tell(
    session: Session,
    series: Series,
    meetings: Sequence[Appointment],
    municipality: Municipality,
    *,
    now: datetime,
    kind: str = BOOKED,
    not_before: datetime | None = None,
) -> None:
    """Write the messages about the meetings, by the client's ways."""
    client, first = meetings[0].client, meetings[0]
    key = f"{cause_of(series)}:{kind}:v{_version(session, series)}"
    with speaking(client.language):
        values = values_of(first, municipality)
        values |= {"count": str(len(meetings)), "last": format_instant(meetings[-1].starts_at, municipality.zone)}
        words = wording(kind, client.language, values)
        short = wording(kind, client.language, {**values, "place": short_place(first)})
        facts = _facts(meetings, municipality, values, cancelled=kind == CANCELLED)
        letters = [
            Letter(
                kind=kind,
                channel=channel,
                language=client.language,
                recipient=recipient,
                client_id=client.id,
                cause=cause_of(series),
                dedupe_key=f"{key}:{channel}",
                useful_until=meetings[-1].starts_at,
                **(
                    {"body": short.sms}
                    if channel == "sms"
                    else {
                        "subject": words.subject,
                        "body": plain_text(words.paragraphs, facts, words.link_label, values),
                        "html": html_of(
                            municipality,
                            words.subject,
                            words.paragraphs,
                            facts=facts,
                            button=(words.link_label, values["link"]),
                        ),
                        "calendar": calendar_of_many(
                            [entry_of(one, municipality) for one in meetings], municipality.zone
                        ),
                        "calendar_method": "PUBLISH",
                    }
                ),
            )
            for channel, recipient in ways_to(client)
        ]
    queue_all(session, letters, now=now, send_after=not_before)


def _facts(
    meetings: Sequence[Appointment], municipality: Municipality, values: dict[str, str], *, cancelled: bool
) -> list[tuple[str, str]]:
    times = [
        (gettext("Time %(number)s", number=number), format_instant(one.starts_at, municipality.zone))
        for number, one in enumerate(meetings, start=1)
    ]
    if cancelled:
        return times
    return [*times, (gettext("Place"), values["place"]), (gettext("With whom"), values["who"])]


def _version(session: Session, series: Series) -> int:
    """A number that rises with every step of any of its meetings."""
    query = select(func.sum(Appointment.version)).where(Appointment.series_id == series.id)
    return int(session.scalar(query) or 0)


def follow(session: Session, event: AppointmentChanged) -> None:
    """A meeting of a series was changed while the message about all of them still waits: it is written anew."""
    series_id = event.appointment.series_id
    if series_id is None or event.step == "book":
        return
    series = session.get_one(Series, series_id)
    if not cancel_waiting(session, cause=cause_of(series), reason=SUPERSEDED):
        return
    left = select(Appointment).where(Appointment.series_id == series_id, Appointment.status != Status.CANCELLED)
    meetings = list(session.scalars(left.order_by(Appointment.starts_at)))
    if meetings:
        tell(session, series, meetings, event.municipality, now=event.now, not_before=event.now + UNDO_TIME)
