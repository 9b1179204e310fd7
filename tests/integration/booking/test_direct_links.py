"""Direct links: to an office, to a professional, and to a service with what is settled already."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Hold
from app.scheduling.models import Office, Professional, Service, ServiceOffice
from tests.factories import World, make_office, make_professional, make_service, text


def home(world: World) -> str:
    return f"/m/{world.municipality.slug}"


def links(page: str) -> list[str]:
    return [html.unescape(url) for url in re.findall(r'<h2><a href="([^"]+)"', page)]


def values(page: str) -> list[str]:
    return re.findall(r'name="starts_at" value="([^"]+)"', page)


@pytest.fixture
def town(world: World, session: Session) -> World:
    """A second office and a second professional who gives the service by phone only."""
    second = make_office(session, name=text("Saaristo"), slug="saaristo", opening_hours=text("ma–pe 9–15"))
    session.add(ServiceOffice(service_id=world.service.id, office_id=second.id))
    make_professional(session, services=[world.service], first_name="Pekka", slug="pekka", modes=["phone"])
    session.commit()
    return world


def test_an_office_tells_where_it_is_and_leads_to_its_own_times(client: Any, town: World, session: Session) -> None:
    page = client.get(f"{home(town)}/office/{town.office.slug}")
    for words in ("Keskusta", "Kauppakatu 1, 00000 Testilä", "Sisään pääovesta."):
        assert words in page.text
    assert "ma–pe 9–15" in client.get(f"{home(town)}/office/saaristo").text
    assert links(page.text) == [f"{home(town)}/book/{town.service.slug}/times?mode=in_person&office={town.office.id}"]
    times = client.get(links(page.text)[0])
    assert times.status_code == 200
    assert "Keskusta" in times.text


def test_an_office_where_nothing_can_be_booked_says_so(client: Any, town: World, session: Session) -> None:
    make_office(session, slug="tyhja")
    session.add(ServiceOffice(service_id=make_service(session, modes=["phone"]).id, office_id=town.office.id))
    session.get_one(Service, town.service.id).who_may_book = "staff"
    session.commit()
    for slug in ("tyhja", town.office.slug):
        page = client.get(f"{home(town)}/office/{slug}")
        assert page.status_code == 200
        assert links(page.text) == []
        assert "ei juuri nyt voi varata" in page.text


def test_a_professional_is_shown_by_first_name_and_title_only(client: Any, town: World) -> None:
    page = client.get(f"{home(town)}/with/{town.professional.slug}").text
    assert "Liisa, asiantuntija" in page
    assert town.professional.last_name not in page
    assert "Kielet: suomi, ruotsi, englanti" in page


def test_the_professional_goes_along_to_the_booking(client: Any, town: World, session: Session) -> None:
    [card] = links(client.get(f"{home(town)}/with/{town.professional.slug}").text)
    how = client.get(card)
    assert "Liisa, asiantuntija" in how.text
    by_phone = next(url for url in links(how.text) if "mode=phone" in url)
    assert all(f"professional={town.professional.id}" in url for url in links(how.text))
    page = client.get(by_phone).text
    form = page[page.index('<form method="post"') :]
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    details = client.post(f"{home(town)}/book/{town.service.slug}/times", data={**data, "starts_at": values(page)[0]})
    assert session.scalars(select(Hold.professional_id)).one() == town.professional.id
    assert f"professional={town.professional.id}" in client.get(details.location).text


def test_a_professional_who_meets_in_one_way_leads_straight_to_the_times(client: Any, town: World) -> None:
    [card] = links(client.get(f"{home(town)}/with/pekka").text)
    times = client.get(card)
    assert times.status_code == 200
    assert values(times.text)
    assert "Pekka, asiantuntija" in times.text


def test_in_person_with_a_certain_professional_no_office_is_asked(client: Any, town: World) -> None:
    [card] = links(client.get(f"{home(town)}/with/{town.professional.slug}").text)
    names = re.findall(r'<h2><a href="[^"]+">([^<]+)<', client.get(card).text)
    assert names == ["Toimipisteessä", "Puhelimessa", "Mikä tahansa tapaamistapa"]


@pytest.mark.parametrize("path", ["office/ei-ole", "office/SAARISTO", "with/ei-ole", "with/1"])
def test_an_unknown_link_says_what_to_do(client: Any, town: World, path: str) -> None:
    page = client.get(f"{home(town)}/{path}")
    assert page.status_code == 404
    assert f'href="{home(town)}/"' in page.text
    assert "tel:+35890000000" in page.text


def test_whoever_or_whatever_is_no_longer_active_is_as_unknown(client: Any, town: World, session: Session) -> None:
    session.get_one(Professional, town.professional.id).active = False
    session.get_one(Office, town.office.id).active = False
    session.commit()
    for path in (f"office/{town.office.slug}", f"with/{town.professional.slug}"):
        page = client.get(f"{home(town)}/{path}")
        assert page.status_code == 404
        assert "Liisa" not in page.text


def test_links_of_another_municipality_lead_nowhere(client: Any, town: World, session: Session) -> None:
    from tests.factories import make_world

    elsewhere = make_world(session)
    for path in (f"office/{town.office.slug}", f"with/{town.professional.slug}"):
        assert client.get(f"{home(elsewhere)}/{path}").status_code == 404


def test_a_service_with_nothing_to_choose_skips_the_question_how(client: Any, town: World, session: Session) -> None:
    make_professional(session, services=[make_service(session, modes=["video"], slug="etana")])
    session.commit()
    assert client.get(f"{home(town)}/book/etana").location == f"{home(town)}/book/etana/times?mode=video"
    how = f"{home(town)}/book/{town.service.slug}"
    assert client.get(f"{how}?mode=phone").location == f"{how}/times?mode=phone"
    assert client.get(f"{how}?mode=in_person&office={town.office.id}").status_code == 303
    offices = re.findall(r'<h2><a href="[^"]+">([^<]+)<', client.get(f"{how}?mode=in_person").text)
    assert offices == ["Keskusta", "Saaristo", "Mikä tahansa toimipiste"]
