"""The mailbox shows what would have been sent, harmlessly, and only in a demo."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Appointment
from app.demo.routes import with_links
from app.factory import create_app
from app.messaging.models import Message
from config import Config
from tests.factories import World, make_world


def book(client: Any, world: World, **details: str) -> None:
    """Book the first free time by telephone, as a visitor does."""
    times = f"/m/{world.municipality.slug}/book/{world.service.slug}/times"
    page = client.get(times, query_string={"mode": "phone"})
    start = re.search(r'name="starts_at" value="([^"]+)"', page.text)
    assert start, page.text
    form = client.post(times, data={"mode": "phone", "starts_at": start.group(1)})
    typed = {"name": "Aino Aalto", "phone": "041 000 0001", "email": "aino@posti.example", "language": "fi"}
    check = client.post(form.location, data={**typed, **details})
    assert client.post(check.location).status_code == 303


def message_links(page: str) -> list[str]:
    return re.findall(r'href="(/demo/mailbox/[^"?]+)"', page)


def test_a_booking_makes_messages_whose_link_leads_to_the_appointment(
    client: Any, world: World, session: Session
) -> None:
    book(client, world)
    listed = client.get("/demo/mailbox", query_string={"municipality": world.municipality.slug})
    assert "aino@posti.example" in listed.text
    assert "041 000 0001" in listed.text
    reference = session.scalars(select(Appointment.reference)).one()
    addresses = message_links(listed.text)
    assert len(addresses) == 2
    for address in addresses:
        message = client.get(address)
        assert message.status_code == 200
        link = re.search(r'href="(/a/[^"]+)">http://localhost/a/', message.text)
        assert link, message.text
        page = client.get(link.group(1))
        assert page.status_code == 200
        assert reference in page.text


def test_the_mailbox_shows_all_municipalities_newest_first_and_one_channel_if_asked(
    client: Any, world: World, session: Session
) -> None:
    other = make_world(session)
    book(client, world, email="earlier@posti.example")
    book(client, other, email="later@posti.example")
    everything = client.get("/demo/mailbox").text
    assert everything.index("later@posti.example") < everything.index("earlier@posti.example")
    texts = client.get("/demo/mailbox?channel=sms").text
    assert "041 000 0001" in texts
    assert "@posti.example" not in texts
    assert "later@posti.example" not in client.get(f"/demo/mailbox?municipality={world.municipality.slug}").text


def test_the_parts_of_an_e_mail_can_be_opened_and_the_page_part_may_do_nothing(client: Any, world: World) -> None:
    book(client, world)
    address = message_links(client.get(f"/demo/mailbox?channel=email&municipality={world.municipality.slug}").text)[0]
    calendar = client.get(f"{address}/calendar.ics")
    assert calendar.mimetype == "text/calendar"
    assert calendar.headers["Content-Disposition"].startswith("attachment")
    assert "METHOD:REQUEST" in calendar.text
    page = client.get(f"{address}/html")
    policy = page.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"
    assert 'href="/a/' in page.text


def test_a_text_message_has_no_parts_to_open(client: Any, world: World) -> None:
    book(client, world)
    address = message_links(client.get(f"/demo/mailbox?channel=sms&municipality={world.municipality.slug}").text)[0]
    assert client.get(f"{address}/html").status_code == client.get(f"{address}/calendar.ics").status_code == 404


def test_a_message_is_not_found_under_another_municipality(client: Any, world: World, session: Session) -> None:
    book(client, world)
    number = session.scalars(select(Message.id)).first()
    other = make_world(session)
    assert client.get(f"/demo/mailbox/{world.municipality.slug}/{number}").status_code == 200
    assert client.get(f"/demo/mailbox/{other.municipality.slug}/{number}").status_code == 404
    assert client.get(f"/demo/mailbox/nowhere/{number}").status_code == 404


def test_only_web_addresses_become_links_and_everything_else_is_escaped(app: Flask) -> None:
    with app.app_context():
        shown = with_links('<b>Hi</b> javascript:alert(1) (see https://example.org/a?b=1&c="x). http://localhost/a/T0.')
    assert shown == (
        "&lt;b&gt;Hi&lt;/b&gt; javascript:alert(1) (see "
        '<a href="https://example.org/a?b=1&amp;c=">https://example.org/a?b=1&amp;c=</a>&#34;x). '
        '<a href="/a/T0">http://localhost/a/T0</a>.'
    )


def test_there_is_no_mailbox_outside_the_demo(app: Flask, settings: Config) -> None:
    real = create_app(replace(settings, VUORO_DEMO=""))
    assert not [rule.rule for rule in real.url_map.iter_rules() if rule.rule.startswith("/demo")]
    assert real.test_client().get("/demo/mailbox").status_code == 404
    assert app.test_client().get("/demo/mailbox").status_code == 200
