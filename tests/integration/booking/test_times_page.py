"""The page of free times: several ways beside each other, filters that stay, and honesty where nothing is free."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Hold
from app.core import clock
from app.core.audit import SYSTEM
from app.core.db import db
from app.scheduling.models import Professional, ServiceOffice
from app.scheduling.service import register_absence
from tests.factories import World, make_office, make_professional, make_service, make_world, text


@pytest.fixture
def town(session: Session) -> World:
    """Two offices with a professional in each, who meet in person, by phone and by video."""
    world = make_world(session, modes=["in_person", "phone", "video"])
    second = make_office(session, name=text("Saaristo"), slug="saaristo")
    session.add(ServiceOffice(service_id=world.service.id, office_id=second.id))
    make_professional(
        session, services=[world.service], office=second, first_name="Pekka", last_name="Aho",
        languages=["fi"], modes=["in_person", "phone"],
    )  # fmt: skip
    session.commit()
    return world


def address(world: World) -> str:
    return f"/m/{world.municipality.slug}/book/{world.service.slug}/times"


def times(client: Any, world: World, **query: Any) -> str:
    answer = client.get(address(world), query_string=query)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def values(page: str) -> list[str]:
    return re.findall(r'name="starts_at" value="([^"]+)"', page)


def ways_on(page: str) -> dict[str, str]:
    """What else can be done: label → address."""
    found = re.findall(r'<a class="vuoro-way" href="([^"]+)"><span>([^<]+)</span>', page)
    return {label: url for url, label in found}


def office_of(session: Session, slug: str) -> int:
    from app.scheduling.models import Office

    return session.scalars(select(Office.id).where(Office.slug == slug)).one()


def choose(client: Any, world: World, **data: Any) -> Any:
    return client.post(address(world), data=data)


def test_all_offices_stand_beside_each_other_and_a_pressed_time_is_at_its_own(
    client: Any, town: World, session: Session
) -> None:
    page = times(client, town, mode="in_person")
    assert "Kaikki toimipisteet" in page
    assert '<p class="vuoro-times__way">Keskusta</p>' in page
    island = office_of(session, "saaristo")
    there = next(value for value in values(page) if value.endswith(f";in_person;{island}"))
    assert choose(client, town, mode="in_person", starts_at=there).status_code == 303
    hold = session.scalars(select(Hold)).one()
    assert (hold.mode, hold.office_id) == ("in_person", island)


def test_the_earliest_anywhere_shows_every_way_of_meeting_and_books_the_pressed_one(
    client: Any, town: World, session: Session
) -> None:
    page = times(client, town, mode="any")
    for way in ("Toimipisteessä, Saaristo", "Puhelimessa", "Videolla"):
        assert f'<p class="vuoro-times__way">{way}</p>' in page
    video = next(value for value in values(page) if value.endswith(";video"))
    assert choose(client, town, mode="any", starts_at=video).status_code == 303
    assert session.scalars(select(Hold.mode)).one() == "video"


def test_one_press_leads_to_the_other_ways_of_meeting(client: Any, town: World) -> None:
    page = times(client, town, mode="in_person", office=town.office.id, part="morning")
    shown = re.search(r'<nav class="vuoro-see-also".*?</nav>', page, re.DOTALL)
    assert shown is not None
    links = dict(re.findall(r'href="([^"]+)">([^<]+)<', shown.group(0)))
    assert list(links.values()) == ["Puhelimessa", "Videolla", "Aikaisin aika missä tahansa"]
    assert all("part=morning" in url and "office" not in url for url in links)
    assert client.get(list(links)[-1]).status_code == 200


@pytest.mark.parametrize("picked", ["{start};pigeon", "{start};in_person;999999", "{start};any", ";;;", "x;phone"])
def test_a_button_that_nobody_made_shows_the_times_again(
    client: Any, town: World, session: Session, picked: str
) -> None:
    start = town.at(9).isoformat()
    answer = choose(client, town, mode="any", starts_at=picked.format(start=start))
    assert answer.status_code == 422
    assert values(answer.text)
    assert session.scalars(select(Hold)).all() == []


def test_a_lost_time_of_the_mixed_list_shows_the_nearest_of_all(client: Any, town: World, session: Session) -> None:
    picked = f"{town.at(9).isoformat()};video"
    assert choose(client, town, mode="any", starts_at=picked).status_code == 303
    other = client.application.test_client()
    lost = choose(other, town, mode="any", starts_at=picked)
    assert lost.status_code == 409
    assert len(values(lost.text)) > 3


def test_the_card_says_what_is_shown_and_htmx_gets_it_with_the_times(client: Any, town: World) -> None:
    query = {"mode": "phone", "professional": town.professional.id, "language": "sv", "part": "afternoon"}
    partial = client.get(address(town), query_string=query, headers={"HX-Request": "true"}).text
    assert "<html" not in partial
    card = partial[partial.index('id="chosen" hx-swap-oob="true"') :]
    for words in ("60 min", "Puhelimessa", "Liisa, asiantuntija", "Iltapäivä", "Svenska", "Poista rajaukset"):
        assert words in card
    assert 'id="chosen" hx-swap-oob' not in times(client, town, **query)


def test_the_list_begins_at_the_chosen_day(client: Any, town: World) -> None:
    day = town.next_working_day(after=20)
    page = times(client, town, mode="phone", **{"from": day.isoformat()})
    assert values(page)[0].startswith(day.isoformat())
    assert f'value="{day.isoformat()}"' in page
    for nonsense in ("9999-12-31", "0001-01-01", "2020-01-01", "x"):
        assert client.get(address(town), query_string={"mode": "phone", "from": nonsense}).status_code == 200


def close_calendars(session: Session, until: Any) -> None:
    for professional in session.scalars(select(Professional)):
        register_absence(
            session, actor=SYSTEM, now=clock.now(), professional_id=professional.id,
            starts_at=clock.now(), ends_at=until, reason="training",
        )  # fmt: skip
    session.commit()


def test_where_nothing_is_free_the_page_says_until_when_it_looked_and_whom_to_call(
    client: Any, town: World, session: Session
) -> None:
    close_calendars(session, clock.now() + timedelta(days=400))
    page = times(client, town, mode="phone")
    last = clock.now().astimezone(town.zone).date() + timedelta(days=town.service.horizon_days)
    assert f"–{last.day}.{last.month}.{last.year}." in page
    assert values(page) == []
    assert ways_on(page) == {}
    assert "tel:+35890000000" in page
    assert "Myöhemmät ajat" not in page


def test_a_first_free_time_far_ahead_is_shown_at_once(client: Any, town: World, session: Session) -> None:
    reopening = clock.now() + timedelta(days=30)
    close_calendars(session, reopening)
    assert min(values(times(client, town, mode="phone"))) > reopening.isoformat()


def test_chosen_days_without_a_free_time_lead_to_the_next_and_the_earliest(
    client: Any, town: World, session: Session
) -> None:
    day = town.next_working_day(after=10)
    for professional in session.scalars(select(Professional)):
        register_absence(
            session, actor=SYSTEM, now=clock.now(), professional_id=professional.id, reason="training",
            starts_at=town.at(0, day=day - timedelta(days=1)), ends_at=town.at(0, day=day + timedelta(days=20)),
        )  # fmt: skip
    session.commit()
    page = times(client, town, mode="phone", **{"from": day.isoformat()})
    found = ways_on(page)
    assert list(found) == ["Seuraava vapaa aika", "Aikaisin vapaa aika", "Toimipisteessä", "Videolla"]
    for url in found.values():
        assert values(client.get(url).text)


def test_every_narrowing_that_hides_times_can_be_let_go_of(client: Any, town: World, session: Session) -> None:
    pekka = session.scalars(select(Professional.id).where(Professional.first_name == "Pekka")).one()
    page = times(client, town, mode="phone", professional=pekka, language="sv")
    found = ways_on(page)
    assert list(found) == ["Toisen ammattilaisen kanssa", "Toisella kielellä"]
    assert "professional" not in found["Toisen ammattilaisen kanssa"]
    assert all(values(client.get(url).text) for url in found.values())

    by_video = times(client, town, mode="video", professional=pekka)
    assert list(ways_on(by_video)) == ["Toisen ammattilaisen kanssa", "Toimipisteessä", "Puhelimessa"]

    at_centre = times(client, town, mode="in_person", office=town.office.id, professional=pekka)
    found = ways_on(at_centre)
    assert list(found)[:2] == ["Toisen ammattilaisen kanssa", "Saaristo"]
    assert f"office={office_of(session, 'saaristo')}" in found["Saaristo"]


def test_mornings_and_afternoons_lead_to_each_other(client: Any, session: Session) -> None:
    world = make_world(session, modes=["phone"])
    afternoons = make_service(session, modes=["phone"], slug="iltapaivat")
    make_professional(session, services=[afternoons], hours=[(day, 780, 900) for day in range(5)])
    session.commit()
    base = f"/m/{world.municipality.slug}/book/iltapaivat/times"
    page = client.get(f"{base}?part=morning").text
    assert list(ways_on(page)) == ["Iltapäivällä"]
    assert values(client.get(ways_on(page)["Iltapäivällä"].replace("&amp;", "&")).text)


def test_the_way_back_never_leads_to_the_same_page(client: Any, town: World, session: Session) -> None:
    def back(page: str) -> str:
        found = re.search(r'<a href="([^"]+)" class="govuk-back-link"', page)
        assert found is not None
        return html.unescape(found.group(1))

    how = back(times(client, town, mode="phone"))
    assert client.get(how).status_code == 200
    assert "mode=" not in how
    only = make_service(session, modes=["phone"], slug="vain-puhelin")
    make_professional(session, services=[only])
    session.commit()
    slug = town.municipality.slug
    assert back(client.get(f"/m/{slug}/book/vain-puhelin/times").text) == f"/m/{slug}/"


def test_the_steps_are_counted_alike_on_every_page(client: Any, town: World) -> None:
    assert "Vaihe 1/4" in client.get(address(town).removesuffix("/times")).text
    page = times(client, town, mode="phone")
    assert "Vaihe 2/4" in page
    assert "Vaihe 3/4" in client.get(choose(client, town, mode="phone", starts_at=values(page)[0]).location).text


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("query", [{"mode": "phone"}, {"mode": "in_person"}, {"mode": "any"}])
def test_the_number_of_queries_does_not_grow_with_people_and_bookings(
    app: Flask, client: Any, town: World, session: Session, query: dict[str, str]
) -> None:
    def asked() -> int:
        with counted(app) as statements:
            times(client, town, **query)
        return len(statements)

    before = asked()
    for number in range(8):
        make_professional(session, services=[town.service], office=town.office, first_name=f"Henkilö {number}")
    session.commit()
    for value in values(times(client, town, mode="phone"))[3:20:4]:
        visitor = app.test_client()
        assert choose(visitor, town, mode="phone", starts_at=value).status_code == 303
    assert asked() == before


def test_nothing_of_the_page_reads_appointments(app: Flask, client: Any, town: World) -> None:
    with counted(app) as statements:
        times(client, town, mode="any")
    assert not any(Appointment.__tablename__ in statement for statement in statements)
