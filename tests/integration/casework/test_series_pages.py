"""Repeating a meeting on the staff's pages, without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.booking.models import Appointment, Client
from app.booking.series.models import Series
from app.core import clock
from app.core.permissions import Role
from tests.forms import Form, forms_of
from tests.integration.casework.conftest import NOW, TUESDAY, Team, words
from tests.town import bound

URL = "/staff/book/series"


def client_id(team: Team) -> int:
    with bound(team.app, team.municipality_id) as session:
        return session.scalars(select(Client.id).order_by(Client.id)).first() or 0


def query(team: Team, **more: Any) -> dict[str, str]:
    values = {
        "client": client_id(team),
        "service": team.service_id,
        "mode": "phone",
        "professional": team.own_id,
        "starts_at": f"{TUESDAY}T10:00",
        "every": 1,
        "times": 3,
        **more,
    }
    return {name: str(value) for name, value in values.items()}


def booking(page: Any) -> Form:
    """The form that books; another one asks how many there are to be."""
    return next(form for form in forms_of(page) if ("do", "book") in form.buttons)


def meetings(team: Team) -> list[tuple[str, str]]:
    with bound(team.app, team.municipality_id) as session:
        rows = session.scalars(
            select(Appointment).where(Appointment.series_id.is_not(None)).order_by(Appointment.starts_at)
        )
        return [(f"{row.starts_at:%d.%m. %H}", row.status) for row in rows]


def test_the_booking_page_offers_to_repeat_what_is_booked_with_somebody(team: Team) -> None:
    team.book(TUESDAY, 9)
    page = team.caseworker.get("/staff/book", query_string=query(team))
    assert "Toista tapaaminen" in words(page)
    assert f'action="{URL}"' in page.text


def test_the_times_are_seen_booked_and_taken_back(team: Team) -> None:
    team.book(TUESDAY, 9)
    team.book(TUESDAY + timedelta(weeks=1), 10, name="Toinen")
    seen = team.caseworker.get(URL, query_string=query(team))
    said = words(seen)
    assert "2/3 aikaa on vapaana." in said
    assert "toinen tapaaminen" in said
    assert "Sen sijaan: ti 1.12.2026 klo" in seen.text
    assert meetings(team) == []
    form = booking(seen)
    done = form.press(team.caseworker, "do", "book")
    assert done.status_code == 303, words(done)
    page = team.caseworker.get(done.location)
    assert "3 aikaa varattu: Aino Åkerö." in words(page)
    assert "Samalla kertaa sovitut" in words(page)
    assert "Viestejä ei vielä ole" not in words(page), "the message of the series"
    assert form.press(team.caseworker, "do", "book").location == done.location, "sent twice"
    assert [status for _, status in meetings(team)] == ["booked"] * 3
    undo = re.search(r'action="(/staff/book/series/\d+/undo)"', page.text)
    assert undo
    back = team.caseworker.post(undo.group(1))
    assert "Varaukset otettiin takaisin." in words(team.caseworker.get(back.location))
    assert [status for _, status in meetings(team)] == ["cancelled"] * 3


def test_one_can_be_left_out(team: Team) -> None:
    team.book(TUESDAY, 9)
    form = booking(team.caseworker.get(URL, query_string=query(team)))
    assert form.fill("at-1", "").press(team.caseworker, "do", "book").status_code == 303
    assert [day for day, _ in meetings(team)] == ["24.11. 08", "08.12. 08"]


def test_a_time_lost_meanwhile_books_nothing_and_says_so(team: Team) -> None:
    team.book(TUESDAY, 9)
    form = booking(team.caseworker.get(URL, query_string=query(team)))
    team.book(TUESDAY + timedelta(weeks=2), 10, name="Nopea")
    lost = form.press(team.caseworker, "do", "book")
    assert lost.status_code == 409
    assert "Mitään ei varattu" in words(lost)
    assert meetings(team) == []
    with bound(team.app, team.municipality_id) as session:
        assert session.scalars(select(Series)).all() == []


def test_what_cannot_be_used_is_said(team: Team) -> None:
    team.book(TUESDAY, 9)
    answer = team.caseworker.get(URL, query_string=query(team, times="sata"))
    assert (answer.status_code, "Kirjoita tapaamisten määrä, 2–26." in words(answer)) == (422, True)
    form = booking(team.caseworker.get(URL, query_string=query(team)))
    none = form.fill("at-0", "").fill("at-1", "").fill("at-2", "").press(team.caseworker, "do", "book")
    assert (none.status_code, "Valitse vähintään kaksi" in words(none)) == (422, True)
    odd = form.fill("at-0", "eilen").press(team.caseworker, "do", "book")
    assert (odd.status_code, "Valitse ajat luetteloista." in words(odd)) == (422, True)
    without = team.caseworker.get(URL, query_string=query(team, client=""))
    assert without.status_code == 303


def test_the_rest_is_cancelled_from_one_of_them(team: Team) -> None:
    team.book(TUESDAY, 9)
    booking(team.caseworker.get(URL, query_string=query(team))).press(team.caseworker, "do", "book")
    with bound(team.app, team.municipality_id) as session:
        of_series = select(Appointment.id).where(Appointment.series_id.is_not(None)).order_by(Appointment.starts_at)
        second = session.scalars(of_series).all()[1]
    with clock.standing_at(NOW + timedelta(minutes=5)):
        team.caseworker = team.staff(Role.CASEWORKER, team.own_id)
        url = f"/staff/appointments/{second}/cancel"
        page = team.caseworker.get(url)
        assert "Tämä ja sen jälkeinen 1 aika" in words(page)
        done = team.caseworker.post(url, data={"which": "following", "reason": ""})
        assert "yhdellä viestillä" in words(team.caseworker.get(done.location))
    assert [status for _, status in meetings(team)] == ["booked", "cancelled", "cancelled"]


def test_the_clients_link_shows_the_times_that_belong_together(team: Team) -> None:
    team.book(TUESDAY, 9)
    booking(team.caseworker.get(URL, query_string=query(team))).press(team.caseworker, "do", "book")
    with bound(team.app, team.municipality_id) as session:
        first, second, _ = session.scalars(
            select(Appointment).where(Appointment.series_id.is_not(None)).order_by(Appointment.starts_at)
        ).all()
        tokens = (first.link_token, second.link_token)
    page = team.app.test_client().get(f"/a/{tokens[0]}")
    assert f"/a/{tokens[1]}" in page.text
