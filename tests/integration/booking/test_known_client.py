"""Booking again by a personal link: own caseworker first, for the same client, and never by anything but a true link."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Client
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor, AuditEvent
from app.messaging.models import Message
from app.scheduling.models import Professional
from tests.factories import World, make_professional, make_service, make_world

NAME = "Aino Åkerö"


def start_values(page: str) -> list[str]:
    return re.findall(r'name="starts_at" value="([^"]+)"', page)


def page_of(world: World, rest: str = "/times") -> str:
    return f"/m/{world.municipality.slug}/book/{world.service.slug}{rest}"


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of the form with the times."""
    form = page[page.index('<form method="post"') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def book_as_stranger(client: Any, world: World, **details: str) -> str:
    """A booking made on the pages; returns its link's token."""
    times = client.get(page_of(world), query_string={"mode": "phone"})
    chosen = client.post(page_of(world), data={"mode": "phone", "starts_at": start_values(times.text)[0]})
    typed = {"name": NAME, "phone": "040 123 4567", "email": "aino@example.fi", "language": "fi"}
    check = client.post(chosen.location, data={**typed, **details})
    booked = client.post(check.location)
    assert booked.status_code == 303, booked.text
    return re.search(r"/a/([^?]+)", booked.location).group(1)  # type: ignore[union-attr]


@pytest.fixture
def liisa(world: World, session: Session) -> Professional:
    """The own caseworker to be; a colleague gives the service too, earlier in the day."""
    world.service.own_caseworker_first = True
    make_professional(
        session,
        services=[world.service],
        office=world.office,
        first_name="Pekka",
        hours=[(d, 480, 900) for d in range(5)],
    )
    session.commit()
    return world.professional


@pytest.fixture
def link(client: Any, world: World, session: Session, liisa: Professional) -> str:
    """The link of a client whose own caseworker is Liisa."""
    token = book_as_stranger(client, world)
    session.scalars(select(Client)).one().own_professional_id = liisa.id
    session.commit()
    return token


def times_with(client: Any, world: World, link: str, **more: str) -> Any:
    return client.get(page_of(world), query_string={"mode": "phone", "via": link, **more})


def go_to_details(client: Any, world: World, link: str) -> str:
    times = times_with(client, world, link).text
    chosen = client.post(page_of(world), data={**fields_of(times), "starts_at": start_values(times)[0]})
    assert chosen.status_code == 303, chosen.text
    return str(chosen.location)


# — own caseworker first —


def test_the_own_caseworkers_times_come_first_and_book_that_caseworker(
    client: Any, world: World, session: Session, link: str, liisa: Professional
) -> None:
    page = times_with(client, world, link).text
    own, others = page.index("Oman asiantuntijasi seuraavat vapaat ajat: Liisa"), page.index("Muiden seuraavat vapaat")
    assert own < others < page.index("Kaikki vapaat ajat")
    first = start_values(page)[0]
    assert first.endswith(f";;;{liisa.id}")
    details = client.post(page_of(world), data={**fields_of(page), "starts_at": first}).location
    booked = client.post(client.post(details).location)
    assert booked.status_code == 303
    newest = session.scalars(select(Appointment).order_by(Appointment.id.desc())).first()
    assert newest is not None
    assert newest.professional_id == liisa.id


def test_the_others_list_does_not_repeat_times_that_only_the_own_caseworker_has(
    client: Any, world: World, session: Session, link: str
) -> None:
    page = times_with(client, world, link).text
    others = page[page.index("Muiden seuraavat") : page.index("Kaikki vapaat ajat")]
    assert "Pekka" in others
    assert "Liisa" not in others


def test_own_caseworker_is_a_filter_that_stays(
    client: Any, world: World, session: Session, link: str, liisa: Professional
) -> None:
    page = times_with(client, world, link, own="1").text
    assert "Liisa, asiantuntija" in page
    assert "Muiden seuraavat" not in page
    data = {**fields_of(page), "starts_at": start_values(page)[0]}
    assert data["own"] == "1"
    details = client.post(page_of(world), data=data).location
    assert "own=1" in client.get(details).text


def test_without_a_free_time_of_the_own_caseworker_the_page_says_so(
    client: Any, world: World, session: Session, link: str, liisa: Professional
) -> None:
    session.get_one(Professional, liisa.id).modes = ["in_person"]
    session.commit()
    page = times_with(client, world, link).text
    assert "Liisa: näillä valinnoilla ei ole vapaita aikoja." in page
    assert len(start_values(page)) > 3


def test_a_caseworker_who_does_not_give_the_service_does_not_come_first(
    client: Any, world: World, session: Session, link: str
) -> None:
    stranger = make_professional(session, services=[make_service(session)], first_name="Outi")
    session.scalars(select(Client)).one().own_professional_id = stranger.id
    session.commit()
    page = times_with(client, world, link).text
    assert "Oman asiantuntijasi" not in page
    assert "Oma asiantuntija" not in page


def test_the_order_is_as_ever_where_the_service_does_not_ask_for_it(
    client: Any, world: World, session: Session, link: str
) -> None:
    session.get_one(type(world.service), world.service.id).own_caseworker_first = False
    session.commit()
    page = times_with(client, world, link).text
    assert "Oman asiantuntijasi" not in page
    assert 'name="own"' in page


# — for the same client —


def test_the_booking_is_for_the_links_client_and_nothing_known_is_asked(
    client: Any, world: World, session: Session, link: str
) -> None:
    details = go_to_details(client, world, link)
    page = client.get(details).text
    assert f"Varaat nimellä {NAME}" in page
    assert "040 *** ** 67" in page
    assert "a***@example.fi" in page
    assert 'name="phone"' not in page
    check = client.post(details).location
    shown = client.get(check).text
    assert "040 123 4567" not in shown
    assert "aino@example.fi" not in shown
    assert client.post(check).status_code == 303
    assert len(session.scalars(select(Client)).all()) == 1
    assert len({appointment.client_id for appointment in session.scalars(select(Appointment))}) == 1
    told = session.scalars(select(Message.recipient).where(Message.channel == "sms")).all()
    assert told == ["+358401234567", "+358401234567"]
    booked = AuditEvent.action == "appointment.book"
    actor = session.scalars(select(AuditEvent.actor_id).where(booked).order_by(AuditEvent.id)).all()
    assert actor == [None, session.scalars(select(Client.id)).one()]


def test_a_cancelled_appointments_link_books_again_for_the_same_client(
    client: Any, world: World, session: Session, link: str
) -> None:
    client.post(f"/a/{link}/cancel")
    again = re.search(r'href="([^"]+via=[^"]+)"', client.get(f"/a/{link}").text)
    assert again is not None
    how = client.get(again.group(1))
    times = re.search(r'href="([^"]+mode=phone[^"]*)"', how.text)
    assert times is not None
    assert f"via={link}" in times.group(1)
    assert client.post(client.post(go_to_details(client, world, link)).location).status_code == 303
    assert len(session.scalars(select(Client)).all()) == 1


def test_this_is_not_me_forgets_the_link_and_asks_for_details(
    client: Any, world: World, session: Session, link: str
) -> None:
    details = go_to_details(client, world, link)
    client.post(details)  # the page was passed once
    assert client.post(details, data={"not_me": "1"}).location == details
    page = client.get(details).text
    assert NAME not in page
    assert "via=" not in page
    assert re.search(r'value="fi" checked', page)
    typed = {"name": "Toinen Henkilö", "phone": "050 123 4567", "language": "fi"}
    booked = client.post(client.post(details, data=typed).location)
    assert booked.status_code == 303
    assert sorted(session.scalars(select(Client.name))) == sorted([NAME, "Toinen Henkilö"])


def test_who_said_that_it_is_not_them_stays_a_stranger_when_they_choose_another_time(
    client: Any, world: World, session: Session, link: str
) -> None:
    details = go_to_details(client, world, link)
    client.post(details, data={"not_me": "1"})
    times = client.get(page_of(world), query_string={"mode": "phone", "typed": details.rsplit("/", 2)[1]}).text
    again = client.post(page_of(world), data={**fields_of(times), "starts_at": start_values(times)[3]})
    assert NAME not in client.get(again.location).text


def test_the_link_goes_along_when_another_time_is_chosen(client: Any, world: World, link: str) -> None:
    details = go_to_details(client, world, link)
    client.post(details)
    back = re.search(r'href="([^"]+/times\?[^"]+)"', client.get(details).text)
    assert back is not None
    times = client.get(back.group(1).replace("&amp;", "&")).text
    again = client.post(page_of(world), data={**fields_of(times), "starts_at": start_values(times)[2]})
    assert again.location.endswith("/check")
    assert NAME in client.get(again.location).text


def test_a_client_whose_number_is_not_known_is_asked_where_a_call_needs_it(
    client: Any, world: World, session: Session, link: str
) -> None:
    known = session.scalars(select(Client)).one()
    known.phone = ""
    session.commit()
    details = go_to_details(client, world, link)
    assert 'name="phone"' in client.get(details).text
    typed = {"name": "Kuka Tahansa", "phone": "050 765 4321", "language": "fi"}
    assert client.post(client.post(details, data=typed).location).status_code == 303
    session.refresh(known)
    assert (known.name, known.phone) == (NAME, ""), "nothing that a link's holder types changes the client"
    assert len(session.scalars(select(Client)).all()) == 2


def test_a_second_booking_of_a_service_that_allows_one_is_refused_kindly(
    client: Any, world: World, session: Session, link: str
) -> None:
    session.get_one(type(world.service), world.service.id).several_bookings = False
    session.commit()
    refused = client.post(client.post(go_to_details(client, world, link)).location)
    assert refused.status_code == 409
    assert "Sinulla on jo aika tähän palveluun" in refused.text
    assert len(session.scalars(select(Appointment)).all()) == 1


def test_a_clients_own_other_meeting_at_that_time_offers_other_times(
    client: Any, world: World, session: Session, link: str, liisa: Professional
) -> None:
    early = [(day, 480, 900) for day in range(5)]
    make_professional(session, services=[world.service], office=world.office, first_name="Outi", hours=early)
    session.commit()
    taken = session.scalars(select(Appointment)).one()
    with_other = [value for value in start_values(times_with(client, world, link).text) if ";" not in value]
    same = next(value for value in with_other if value == taken.starts_at.isoformat())
    details = client.post(page_of(world), data={"mode": "phone", "via": link, "starts_at": same}).location
    lost = client.post(client.post(details).location)
    assert lost.status_code == 409
    assert f'name="via" value="{link}"' in lost.text
    assert len(start_values(lost.text)) > 3


# — and never by anything else —


@pytest.mark.parametrize("via", ["", "x", "%00", "ä'\"", "a" * 3000])
def test_a_tampered_link_makes_nobody_known(client: Any, world: World, link: str, via: str) -> None:
    page = client.get(page_of(world), query_string={"mode": "phone", "via": via})
    assert "Oman asiantuntijasi" not in page.text
    wrong = client.post(
        page_of(world),
        data={"mode": "phone", "via": via, "starts_at": start_values(times_with(client, world, link).text)[-1]},
    )
    assert NAME not in client.get(wrong.location).text


@pytest.mark.parametrize("change", [str.swapcase, lambda token: token[:-1], lambda token: token + "x"])
def test_a_link_that_is_nearly_right_makes_nobody_known(client: Any, world: World, link: str, change: Any) -> None:
    details = go_to_details(client, world, change(link))
    assert NAME not in client.get(details).text


def test_a_link_of_another_municipality_makes_nobody_known(
    client: Any, world: World, session: Session, link: str
) -> None:
    elsewhere = make_world(session)
    details = go_to_details(client, elsewhere, link)
    assert NAME not in client.get(details).text
    assert 'name="name"' in client.get(details).text


def test_a_link_whose_time_is_over_makes_nobody_known(client: Any, world: World, session: Session, link: str) -> None:
    with clock.standing_at(clock.now() + timedelta(days=200)):
        page = times_with(client, world, link)
        assert page.status_code == 200
        assert "Oman asiantuntijasi" not in page.text
        assert NAME not in client.get(go_to_details(client, world, link)).text


def test_a_link_that_ended_while_the_form_was_open_books_for_nobody(
    client: Any, world: World, session: Session, link: str
) -> None:
    appointment = session.scalars(select(Appointment)).one()
    over = appointment.ends_at + timedelta(days=60)
    with clock.standing_at(over - timedelta(minutes=5)):
        details = go_to_details(client, world, link)
        assert NAME in client.get(details).text
        check = client.post(details).location
    with clock.standing_at(over + timedelta(minutes=1)):
        refused = client.post(check)
    assert refused.location == details
    assert len(session.scalars(select(Appointment)).all()) == 1


def test_what_a_visitor_types_never_joins_them_to_a_client(
    client: Any, world: World, session: Session, link: str
) -> None:
    session.get_one(type(world.service), world.service.id).several_bookings = True
    session.commit()
    book_as_stranger(client, world)
    assert len(session.scalars(select(Client)).all()) == 2


def test_pages_that_know_their_visitor_are_kept_by_nobody(client: Any, world: World, link: str) -> None:
    page = times_with(client, world, link)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in client.get(page_of(world), query_string={"mode": "phone"}).headers


def test_the_service_refuses_a_client_of_another_municipality(world: World, session: Session, link: str) -> None:
    stolen = session.scalars(select(Client.id)).one()
    elsewhere = make_world(session)
    order = Order(service=elsewhere.service, mode="phone", starts_at=elsewhere.at(9), client_id=stolen)
    with pytest.raises(NoResultFound):
        book(session, order, actor=Actor("client"), municipality=elsewhere.municipality, now=clock.now())
