"""What a client gets for a booking, a change and a cancellation: in the right language, at the right time, no matter told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import vobject
from flask import Flask
from sqlalchemy import select

from app.booking.availability import Wish, openings
from app.booking.changes import cancel, reschedule
from app.booking.contact import ClientDetails
from app.booking.models import Appointment
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor
from app.core.db import db
from app.core.i18n import LANGUAGES, format_instant, local_text
from app.core.tenancy import Municipality
from app.messaging.models import Message
from app.scheduling.models import Mode, Service
from tests.factories import make_professional, make_world
from tests.gsm7 import GSM7
from tests.town import bound

CLIENT = Actor("client", address="192.0.2.7")
STEPS = ("confirmation", "change", "cancellation")


@dataclass
class Story:
    """A booking that was made, moved and cancelled, with every message that it caused."""

    municipality: Municipality
    service: Service
    appointment: Appointment
    starts: list[Any]
    messages: list[Message]

    def told(self, kind: str, channel: str) -> Message:
        (message,) = [one for one in self.messages if (one.kind, one.channel) == (kind, channel)]
        return message

    def when(self, kind: str, language: str) -> str:
        start = self.starts[0 if kind == "confirmation" else 1]
        return format_instant(start, self.municipality.zone, language)


def live_through(app: Flask, *, language: str, mode: str = Mode.PHONE, **details: str) -> Story:
    """Book, move and cancel, as a worker or a command would: no request is going on."""
    contact = {"name": "Åsa Öhman", "phone": "+358401234567", "email": "asa@example.fi", **details}
    client = ClientDetails(**contact, language=language)
    with app.app_context():
        session = db.session()
        world = make_world(session, modes=list(Mode), change_cutoff_minutes=120)
        world.service.name = dict.fromkeys(LANGUAGES, "Velkaneuvonta")
        free = free_starts(session, world, mode)
        who: dict[str, Any] = {"actor": CLIENT, "municipality": world.municipality, "now": clock.now()}
        order = Order(
            service=world.service,
            mode=mode,
            starts_at=free[0],
            office_id=world.office.id if mode == Mode.IN_PERSON else None,
            client=client,
        )
        appointment = book(session, order, **who)
        session.commit()
        reschedule(session, appointment, starts_at=free[1], **who)
        session.commit()
        cancel(session, appointment, reason="Velat hoidettu", **who)
        session.commit()
        messages = list(session.scalars(select(Message).order_by(Message.id)))
        session.refresh(appointment)
        return Story(world.municipality, world.service, appointment, free[:2], messages)


def free_starts(session: Any, world: Any, mode: str) -> list[Any]:
    first = world.next_working_day()
    office = world.office.id if mode == Mode.IN_PERSON else None
    wish = Wish(service=world.service, mode=mode, first=first, last=first + timedelta(days=1), office_id=office)
    return [opening.starts_at for opening in openings(session, wish, zone=world.zone, now=clock.now())]


@pytest.fixture(scope="module")
def stories(app: Flask) -> dict[tuple[str, str], Story]:
    """One story for every language and way to meet."""
    return {(code, mode): live_through(app, language=code, mode=mode) for code in LANGUAGES for mode in Mode}


EVERY = pytest.mark.parametrize(
    ("language", "mode", "kind"), [(code, mode, kind) for code in LANGUAGES for mode in Mode for kind in STEPS]
)


@EVERY
def test_every_step_tells_the_client_once_on_each_channel(
    stories: dict[tuple[str, str], Story], language: str, mode: str, kind: str
) -> None:
    story = stories[language, mode]
    assert len(story.messages) == 6
    for channel, recipient in (("email", "asa@example.fi"), ("sms", "+358401234567")):
        message = story.told(kind, channel)
        assert (message.language, message.recipient, message.client_id) == (
            language,
            recipient,
            story.appointment.client_id,
        )


@EVERY
def test_every_message_tells_when_and_has_a_link(
    stories: dict[tuple[str, str], Story], language: str, mode: str, kind: str
) -> None:
    story = stories[language, mode]
    email, sms = story.told(kind, "email"), story.told(kind, "sms")
    link = f"/m/{story.municipality.slug}/" if kind == "cancellation" else f"/a/{story.appointment.link_token}"
    for text in (email.body, email.html, sms.body):
        assert story.when(kind, language) in text
        assert f"http://localhost{link}" in text
    assert story.when(kind, language) in email.subject
    if kind == "change":
        assert format_instant(story.starts[0], story.municipality.zone, language) in email.body


@EVERY
def test_a_text_message_holds_only_signs_of_gsm_7(
    stories: dict[tuple[str, str], Story], language: str, mode: str, kind: str
) -> None:
    body = stories[language, mode].told(kind, "sms").body
    assert set(body) - GSM7 == set(), body


@EVERY
def test_no_message_tells_the_matter_or_anything_the_client_wrote(
    stories: dict[tuple[str, str], Story], language: str, mode: str, kind: str
) -> None:
    story = stories[language, mode]
    for message in (story.told(kind, "email"), story.told(kind, "sms")):
        for text in (message.subject, message.body, message.html, message.calendar, message.dedupe_key):
            assert "Velka" not in text
            assert "Velat" not in text
        for text in (message.subject, message.body):
            assert "Öhman" not in text
            assert "Hakala" not in text, "a professional is told by first name and title"


@EVERY
def test_an_e_mail_tells_with_whom_and_how_to_reach_the_municipality(
    stories: dict[tuple[str, str], Story], language: str, mode: str, kind: str
) -> None:
    story = stories[language, mode]
    email = story.told(kind, "email")
    who = local_text(
        {"fi": "Liisa, asiantuntija", "sv": "Liisa, asiantuntija (sv)", "en": "Liisa, asiantuntija (en)"}, language
    )
    for text in (email.body, email.html):
        assert (who in text) == (kind != "cancellation")
        assert story.appointment.reference in text
        assert "+358 9 000 0000" in text
        assert local_text(story.municipality.name, language) in text
    assert f'lang="{language}"' in email.html


@EVERY
def test_no_text_has_a_gap_or_a_word_of_another_language(
    stories: dict[tuple[str, str], Story], language: str, mode: str, kind: str
) -> None:
    story = stories[language, mode]
    for channel in ("email", "sms"):
        message = story.told(kind, channel)
        for text in (message.subject, message.body):
            assert not re.search(r"[{}]|%\(|None|\. \.|\.\.|: \.|  ", text), text


@EVERY
def test_an_e_mail_carries_an_invitation_that_follows_the_appointment(
    stories: dict[tuple[str, str], Story], language: str, mode: str, kind: str
) -> None:
    story = stories[language, mode]
    email = story.told(kind, "email")
    vars(vobject.icalendar)["__tzidMap"].clear()
    calendar = vobject.readOne(email.calendar)
    method = "CANCEL" if kind == "cancellation" else "REQUEST"
    assert (email.calendar_method, calendar.method.value) == (method, method)
    assert int(calendar.vevent.sequence.value) == STEPS.index(kind) + 1
    assert calendar.vevent.uid.value == f"{story.appointment.reference}@{story.municipality.slug}.vuoro"
    assert calendar.vevent.dtstart.value == story.starts[0 if kind == "confirmation" else 1]
    assert calendar.vevent.summary.value.startswith("Tapaaminen")
    assert story.told(kind, "sms").calendar == ""


def test_a_newer_message_stops_the_ones_that_still_wait(stories: dict[tuple[str, str], Story]) -> None:
    for story in stories.values():
        states = {(one.kind, one.channel): (one.status, one.reason) for one in story.messages}
        for channel in ("email", "sms"):
            assert states["confirmation", channel] == states["change", channel] == ("cancelled", "superseded")
            assert states["cancellation", channel] == ("queued", "")


def test_nobody_is_written_to_where_there_is_no_address(app: Flask) -> None:
    only_phone = live_through(app, language="fi", email="")
    only_email = live_through(app, language="fi", phone="", mode=Mode.VIDEO)
    assert {message.channel for message in only_phone.messages} == {"sms"}
    assert {message.channel for message in only_email.messages} == {"email"}


def test_a_landline_gets_no_text_messages(app: Flask) -> None:
    story = live_through(app, language="fi", phone="+35893101691")
    assert {message.channel for message in story.messages} == {"email"}


def test_a_name_with_markup_stays_a_name_in_the_html(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        world = make_world(session)
        make_professional(session, services=[world.service], first_name="<b>Liisa</b>")
        world.professional.first_name = '<script>alert("x")</script>'
        session.commit()
        municipality_id = world.municipality.id
    with bound(app, municipality_id) as session:
        municipality = session.get_one(Municipality, municipality_id)
        service = session.scalars(select(Service)).one()
        order = Order(
            service=service,
            mode=Mode.PHONE,
            starts_at=free_starts(session, world, Mode.PHONE)[0],
            professional_id=world.professional.id,
            client=ClientDetails("Åsa", email="asa@example.fi"),
        )
        book(session, order, actor=CLIENT, municipality=municipality, now=clock.now())
        (message,) = session.scalars(select(Message))
        assert "<script>alert" not in message.html
        assert "&lt;script&gt;alert" in message.html
