"""Group sessions on their pages, as a caseworker without JavaScript uses them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.booking.groups.models import GroupSession
from app.booking.models import Appointment, Client
from app.core import clock
from app.core.permissions import Role
from tests.forms import form_of
from tests.integration.casework.conftest import NOW, TUESDAY, Team, words
from tests.town import bound

LIST = "/staff/groups"


def arrange(team: Team, **typed: str) -> Any:
    form = form_of(team.caseworker.get(f"{LIST}/new"), f"{LIST}/new")
    values = {
        "title": "Työnhakuinfo <b>",
        "service": str(team.service_id),
        "professional": str(team.own_id),
        "mode": "in_person",
        "office": str(team.office_id),
        "day": TUESDAY.isoformat(),
        "time": "12",
        "minutes": "90",
        "capacity": "2",
    }
    for name, value in (values | typed).items():
        form.fill(name, value)
    return form.press(team.caseworker)


def only(team: Team) -> int:
    with bound(team.app, team.municipality_id) as session:
        return session.scalars(select(GroupSession.id)).one()


def clients(team: Team) -> list[int]:
    with bound(team.app, team.municipality_id) as session:
        return list(session.scalars(select(Client.id).order_by(Client.id)))


def give(team: Team, group: int, client_id: int, **more: str) -> Any:
    return team.caseworker.post(f"{LIST}/{group}/seats", data={"client": str(client_id), **more})


def test_nothing_is_arranged_yet(team: Team) -> None:
    assert "Tilaisuuksia ei ole järjestetty" in words(team.caseworker.get(LIST))


def test_a_session_is_arranged_filled_and_listed(team: Team) -> None:
    team.book(TUESDAY, 9, name="Åsa O'Neill-Ääkkönen")
    made = arrange(team)
    assert made.status_code == 303
    group = only(team)
    page = team.caseworker.get(f"{LIST}/{group}")
    assert "ti 24.11.2026 klo 12.00–13.30" in words(page)
    assert "Kenelläkään ei ole vielä paikkaa." in words(page)
    found = team.caseworker.post(f"{LIST}/{group}/find", data={"q": "oneill"})
    assert "Anna paikka" in words(found)
    assert give(team, group, clients(team)[0]).status_code == 303
    listed = words(team.caseworker.get(LIST))
    assert "Työnhakuinfo <b>" in listed
    assert "1/2" in listed
    again = words(team.caseworker.post(f"{LIST}/{group}/find", data={"q": "oneill"}))
    assert "On paikka" in again


def test_what_cannot_be_used_is_said_at_its_field_and_stays_typed(team: Team) -> None:
    answer = arrange(team, title="", day="2026-13-40", minutes="paljon", capacity="0", service="")
    assert answer.status_code == 422
    said = words(answer)
    for text in ("Anna tilaisuudelle nimi.", "Kirjoita päivämäärä", "Valitse palvelu."):
        assert text in said, text
    assert 'value="2026-13-40"' in answer.text
    assert "Kirjoita paikkojen määrä, 1–500." in words(arrange(team, capacity="0"))


def test_over_another_meeting_it_is_refused_with_the_reason(team: Team) -> None:
    team.book(TUESDAY, 12)
    answer = arrange(team)
    assert answer.status_code == 409
    assert "toinen tapaaminen" in words(answer)
    assert 'value="Työnhakuinfo &lt;b&gt;"' in answer.text


def test_full_is_said_and_a_freed_seat_can_be_given_again(team: Team) -> None:
    for hour, name in ((9, "Aino Åkerö"), (10, "Eino Ek"), (11, "Veera Vaara")):
        team.book(TUESDAY, hour, name=name)
    arrange(team)
    group, (first, second, third) = only(team), clients(team)
    give(team, group, first)
    give(team, group, second)
    refused = give(team, group, third)
    assert (refused.status_code, "Kaikki paikat on varattu." in words(refused)) == (409, True)
    with bound(team.app, team.municipality_id) as session:
        seat = session.scalars(select(Appointment.id).where(Appointment.seat_no == 1)).one()
    freed = team.caseworker.post(f"{LIST}/{group}/seats/free", data={"seat": str(seat)})
    assert "Paikka vapautettiin: Aino Åkerö." in words(team.caseworker.get(freed.location))
    assert "Åkerö" not in freed.location, "names are not for addresses"
    assert give(team, group, third).status_code == 303


def test_two_who_change_it_at_once_do_not_undo_each_other(team: Team) -> None:
    arrange(team)
    url = f"{LIST}/{only(team)}/edit"
    one, other = (form_of(team.caseworker.get(url), url) for _ in range(2))
    assert one.fill("capacity", "5").press(team.caseworker).status_code == 303
    late = other.fill("title", "Toinen nimi").press(team.caseworker)
    assert late.status_code == 409
    assert "Joku muutti tilaisuutta sillä välin" in words(late)
    assert form_of(late, url).fill("capacity", "5").press(team.caseworker).status_code == 303


def test_the_day_shows_one_row_for_the_session_and_asks_afterwards_who_came(team: Team) -> None:
    team.book(TUESDAY, 9, name="Aino Åkerö")
    arrange(team)
    group = only(team)
    give(team, group, clients(team)[0])
    with clock.standing_at(NOW + timedelta(days=1)):
        team.caseworker = team.staff(Role.CASEWORKER, team.own_id)
        today = team.caseworker.get("/staff/")
        assert re.search(r"12\.00.*Työnhakuinfo &lt;b&gt;", today.text, re.DOTALL)
        assert today.text.count(">Aino Åkerö</a>") == 1, "the meeting at nine; the seat stands in the session"
    with clock.standing_at(NOW + timedelta(days=2)):
        team.caseworker = team.staff(Role.CASEWORKER, team.own_id)
        assert "Ketkä tulivat näihin?" in words(team.caseworker.get("/staff/"))
        ended = team.caseworker.post(f"{LIST}/{group}/end")
        assert "Osallistuneet on merkitty." in words(team.caseworker.get(ended.location))
        assert "Ketkä tulivat näihin?" not in words(team.caseworker.get("/staff/"))


def test_cancelling_asks_once(team: Team) -> None:
    team.book(TUESDAY, 9)
    arrange(team)
    group = only(team)
    give(team, group, clients(team)[0])
    url = f"{LIST}/{group}/cancel"
    page = team.caseworker.get(url)
    assert "Perutaanko tilaisuus?" in words(page)
    done = form_of(page, url).tick("reason", "Vesivahinko").press(team.caseworker)
    said = words(team.caseworker.get(done.location))
    assert "Tilaisuus on peruttu. Osallistujille ilmoitetaan." in said
    assert team.caseworker.get(f"{LIST}/{group}/edit").status_code == 303
    assert [event.data["seats"] for event in team.log("group.cancel")] == [1]


def test_an_absence_names_the_session_and_the_calendar_shows_it_with_its_seats(team: Team) -> None:
    arrange(team)
    feed = team.caseworker.get(f"/staff/calendar/feed?view=day&day={TUESDAY}").json
    titles = [(event["kind"], event["title"]) for event in feed["events"]]
    assert ("group_session", "Työnhakuinfo <b> 0/2") in titles
    form = form_of(team.caseworker.get("/staff/absences/new"), "/staff/absences/new")
    values = {"first": TUESDAY.isoformat(), "last": TUESDAY.isoformat(), "reason": "sick"}
    for name, value in values.items():
        form.fill(name, value)
    plan = team.caseworker.get(form.press(team.caseworker).location)
    assert "Ryhmätilaisuudet" in words(plan)
    assert f"{LIST}/{only(team)}" in plan.text
