"""Staff find a client by whatever they have, see what they may, and leave a trace."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.booking.clients import add_client, change_client
from app.booking.contact import ClientDetails
from app.booking.models import Appointment, Client
from app.booking.register import keys
from app.booking.register.models import ClientSearchKey, NameWord
from app.booking.register.search import LIMIT, search
from app.core import clock
from app.core.audit import SYSTEM, AuditEvent
from app.core.permissions import Role
from app.core.typed import sort_key
from tests.factories import World, make_world
from tests.forms import form_of
from tests.integration.casework.conftest import TUESDAY, Team, words
from tests.town import bound

CODE = "131052-308T"


def add(session: Session, name: str, phone: str = "", email: str = "", external_id: str | None = None) -> Client:
    details = ClientDetails(name, phone, email, "fi", external_id)
    return add_client(session, details, actor=SYSTEM, now=clock.now())


def found(session: Session, typed: str) -> list[str]:
    return [client.name for client in search(session, typed).clients]


@pytest.fixture
def people(session: Session, world: World) -> None:
    add(session, "Kyösti Määttä", "+358401234567", "kyosti.maatta@example.fi", "TE-0017")
    add(session, "Kyllikki Määttänen", "+358501112222")
    add(session, "Aino Hakala", "+46701239999", "aino@example.fi")


@pytest.mark.parametrize(
    "typed",
    [
        "Kyösti Määttä", "määttä kyösti", "kyosti mata", "Kyösti Maattaa", "Kyosit Määttä", "kyö mää te-0017",
        "040 123 4567", "+358 40 123", "234567", "kyosti.maatta@exa", "kyosti.m", "TE-0017", "te0017",
        "kyösti 040 123 4567",
    ],
)  # fmt: skip
def test_a_client_is_found_by_any_of_it(session: Session, people: None, typed: str) -> None:
    assert found(session, typed)[0] == "Kyösti Määttä"


@pytest.mark.parametrize("typed", ["", "  ", "Kyösti Hakala", "@", "%", "_", "040 999", "Määttä Määttäx Aino", "'\"\\"])
def test_what_nobody_is_finds_nobody(session: Session, people: None, typed: str) -> None:
    assert found(session, typed) == []


def test_exact_comes_before_begun_before_misspelt_and_then_by_name(session: Session, world: World) -> None:
    for name in ("Oona Salo", "Eero Salonen", "Äiti Salo", "Aino Saro", "Antti Salo"):
        add(session, name)
    assert found(session, "salo") == ["Antti Salo", "Oona Salo", "Äiti Salo", "Eero Salonen", "Aino Saro"]


def test_a_letter_left_out_between_two_equal_ones_is_one_typo(session: Session, people: None) -> None:
    assert found(session, "Haala") == ["Aino Hakala"]


def test_who_was_changed_is_found_by_the_new_and_no_more_by_the_old(session: Session, people: None) -> None:
    client = session.scalars(select(Client).where(Client.name == "Aino Hakala")).one()
    change_client(session, client, ClientDetails("Aino Mäki", "+358407654321"), actor=SYSTEM, now=clock.now())
    assert found(session, "maki") == found(session, "7654321") == ["Aino Mäki"]
    assert found(session, "hakala") == found(session, "aino@example.fi") == []


def test_very_many_are_said_to_be_more(session: Session, world: World) -> None:
    for number in range(LIMIT + 1):
        add(session, f"Aino Niemi{number}")
    some = search(session, "niemi")
    assert (len(some.clients), some.more) == (LIMIT, True)


def test_another_municipalitys_clients_are_not_found(session: Session, people: None) -> None:
    make_world(session)
    assert found(session, "kyösti") == []


def test_what_was_written_past_the_service_is_found_after_indexing_anew(session: Session, people: None) -> None:
    session.add(Client(name="Uuno Turhapuro", name_key=sort_key("Uuno Turhapuro"), created_at=clock.now()))
    session.flush()
    assert found(session, "turhapuro") == []
    before = session.scalars(select(ClientSearchKey.key)).all()
    assert keys.index_all(session) == keys.index_all(session) == 4
    assert found(session, "turhapuru") == ["Uuno Turhapuro"]
    assert set(before) < set(session.scalars(select(ClientSearchKey.key)))
    assert session.scalars(select(NameWord.word).where(NameWord.word == "turhapuro")).first()


def test_the_keys_of_a_deleted_client_go_with_it(session: Session, people: None) -> None:
    client = session.scalars(select(Client).where(Client.name == "Aino Hakala")).one()
    session.execute(delete(Client).where(Client.id == client.id))
    assert session.scalars(select(ClientSearchKey).where(ClientSearchKey.client_id == client.id)).all() == []


# — the pages —


def client_of(team: Team, name: str = "Aino Åkerö", **values: Any) -> int:
    """A client of the team's municipality; its id."""
    with bound(team.app, team.municipality_id) as session:
        client = add(session, name, values.pop("phone", "+358401234567"))
        for field, value in values.items():
            setattr(client, field, value)
        session.commit()
        return client.id


def test_the_search_finds_and_its_words_stand_in_no_address(team: Team) -> None:
    key = client_of(team)
    page = team.caseworker.post("/staff/clients", data={"q": "akero"})
    assert f"/staff/clients/{key}" in page.text
    assert "1 asiakas" in words(page)
    assert "<html" in page.text
    only = team.caseworker.post("/staff/clients", data={"q": "akero"}, headers={"HX-Request": "true"})
    assert "<html" not in only.text
    assert f"/staff/clients/{key}" in only.text
    assert "Åkerö" not in team.caseworker.get("/staff/clients?q=akero").text


def test_before_anything_is_typed_a_caseworker_sees_their_own_clients(team: Team) -> None:
    client_of(team, "Oma Asiakas", own_professional_id=team.own_id)
    client_of(team, "Muun Asiakas", own_professional_id=team.colleague_id)
    page = team.caseworker.get("/staff/clients")
    assert "Omat asiakkaani" in words(page)
    assert "Oma Asiakas" in page.text
    assert "Muun Asiakas" not in page.text
    assert "Macro" not in page.text


def test_nobody_found_leads_to_adding_with_what_was_typed(team: Team) -> None:
    for typed, field in (("Uuno Turhapuro", "name"), ("045 765 4321", "phone"), ("uuno@example.fi", "email")):
        none = team.caseworker.post("/staff/clients", data={"q": typed})
        assert "Ketään ei löytynyt" in words(none)
        form = team.caseworker.post("/staff/clients/new", data={"do": "start", "typed": typed})
        assert f'name="{field}"' in form.text
        assert f'value="{typed}"' in form.text


def test_opening_a_client_is_written_into_the_log_which_a_lead_reads(team: Team) -> None:
    key = client_of(team)
    assert team.caseworker.get(f"/staff/clients/{key}").status_code == 200
    team.caseworker.head(f"/staff/clients/{key}")
    (seen,) = team.log("client.view")
    assert (seen.object_id, seen.actor_label) == (key, "Testi caseworker")
    assert "Katsoi asiakkaan tietoja" in team.lead.get(f"/staff/clients/{key}").text
    assert "Katsoi asiakkaan tietoja" not in team.caseworker.get(f"/staff/clients/{key}").text


def test_what_a_client_wrote_is_read_by_the_professional_concerned_and_leads(team: Team) -> None:
    booked = team.book(TUESDAY, 9)
    with bound(team.app, team.municipality_id) as session:
        appointment = session.get_one(Appointment, booked)
        appointment.status, appointment.cancel_reason = "cancelled", "Olen sairaalassa."
        key = appointment.client_id
        session.commit()
    colleague, desk = team.staff(Role.CASEWORKER, team.colleague_id), team.staff(Role.DESK)
    for who, reads in ((team.caseworker, True), (team.lead, True), (colleague, False), (desk, False)):
        page = who.get(f"/staff/clients/{key}").text
        assert ("sairaalassa" in page) == reads
        assert "Peruttu" in page


# — personal identity codes —


def with_code(team: Team, key: int, code: str = CODE) -> Any:
    return team.caseworker.post(f"/staff/clients/{key}/edit", data=form_data(team, key, identity_code=code))


def form_data(team: Team, key: int, **typed: str) -> dict[str, str]:
    form = form_of(team.caseworker.get(f"/staff/clients/{key}/edit"), f"/staff/clients/{key}/edit")
    return {**dict(form.pairs), **typed}


def test_a_code_is_sealed_found_as_a_whole_and_shown_masked(app: Flask, team: Team) -> None:
    key = client_of(team)
    client_of(team, "Toinen Asiakas", phone="")
    assert with_code(team, key).status_code == 303
    with bound(app, team.municipality_id) as session:
        row = session.get_one(Client, key)
        assert CODE.encode() not in (row.identity_code or b"") + (row.identity_index or b"")
    for typed in (CODE, "131052-308t", " 131052–308T "):
        page = team.caseworker.post("/staff/clients", data={"q": typed})
        assert f"/staff/clients/{key}" in page.text
        assert "Toinen Asiakas" not in page.text
    shown = team.caseworker.get(f"/staff/clients/{key}").text
    assert "131052-****" in shown
    assert CODE not in shown
    assert "Kenelläkään ei ole" in words(team.caseworker.post("/staff/clients", data={"q": "131052U308T"}))


def test_a_code_is_shown_for_a_reason_that_the_log_keeps(team: Team) -> None:
    key = client_of(team)
    with_code(team, key)
    refused = team.caseworker.post(f"/staff/clients/{key}/identity-code", data={"reason": " "})
    assert refused.status_code == 422
    assert CODE not in refused.text
    assert team.log("client.identity_code_shown") == []
    shown = team.caseworker.post(f"/staff/clients/{key}/identity-code", data={"reason": "Kelan lausunto"})
    assert CODE in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    (event,) = team.log("client.identity_code_shown")
    assert event.data == {"reason": "Kelan lausunto"}
    assert team.staff(Role.DESK).post(f"/staff/clients/{key}/identity-code").status_code == 403


def test_a_code_belongs_to_one_client_and_never_into_a_note_or_the_log(app: Flask, team: Team) -> None:
    key, other = client_of(team), client_of(team, "Toinen Asiakas", phone="")
    with_code(team, key)
    taken = with_code(team, other)
    assert taken.status_code == 422
    assert "Toisella asiakkaalla on tämä henkilötunnus" in words(taken)
    note = team.caseworker.post(f"/staff/clients/{key}/notes", data={"text": f"Hetu {CODE}", "audience": "staff"})
    assert note.status_code == 422
    with bound(app, team.municipality_id) as session:
        assert not [event for event in session.scalars(select(AuditEvent)) if CODE in str(event.data)]


def test_without_the_permission_a_code_is_neither_set_nor_removed(app: Flask, team: Team) -> None:
    key = client_of(team)
    with_code(team, key)
    desk = team.staff(Role.DESK)
    data = form_data(team, key, identity_code="", remove_code="1", phone="0501112222")
    assert desk.post(f"/staff/clients/{key}/edit", data=data).status_code == 303
    with bound(app, team.municipality_id) as session:
        row = session.get_one(Client, key)
        assert (row.phone, row.identity_code is None) == ("+358501112222", False)


# — notes —


def test_a_note_is_read_by_whom_it_is_for_and_removed_by_its_author(team: Team) -> None:
    key = client_of(team, own_professional_id=team.own_id)
    desk, colleague = team.staff(Role.DESK), team.staff(Role.CASEWORKER, team.colleague_id)
    for text, audience in (("Tarvitsee tulkin.", "staff"), ("Arka asia.", "concerned")):
        added = desk.post(f"/staff/clients/{key}/notes", data={"text": text, "audience": audience})
        assert added.status_code == 303
    for who, reads in ((desk, True), (team.caseworker, True), (team.lead, True), (colleague, False)):
        page = who.get(f"/staff/clients/{key}").text
        assert "Tarvitsee tulkin." in page
        assert ("Arka asia." in page) == reads
    page = desk.get(f"/staff/clients/{key}").text
    address = page.split("/notes/")[1].split('"')[0]
    assert team.caseworker.post(f"/staff/clients/{key}/notes/{address}").status_code == 404
    assert desk.post(f"/staff/clients/{key}/notes/{address}").status_code == 303
    assert "Arka asia." not in team.lead.get(f"/staff/clients/{key}").text


def test_an_empty_note_is_asked_for_again_and_its_audience_kept(team: Team) -> None:
    key = client_of(team)
    page = team.caseworker.post(f"/staff/clients/{key}/notes", data={"text": " ", "audience": "staff"})
    assert page.status_code == 422
    assert "Kirjoita muistiinpano." in words(page)


def test_days_when_a_client_cannot_be_reached_are_added_and_removed(team: Team) -> None:
    key = client_of(team)
    wrong = team.caseworker.post(f"/staff/clients/{key}/away", data={"first_day": "2020-01-01", "part": "morning"})
    assert wrong.status_code == 422
    assert 'value="2020-01-01"' in wrong.text
    day = {"first_day": "2026-12-01", "last_day": "2026-12-03", "part": "all"}
    assert team.caseworker.post(f"/staff/clients/{key}/away", data=day).status_code == 303
    page = team.caseworker.get(f"/staff/clients/{key}").text
    assert "1.12.2026 – 3.12.2026" in page
    address = page.split("/away/")[1].split('"')[0]
    assert team.caseworker.post(f"/staff/clients/{key}/away/{address}").status_code == 303
    assert "1.12.2026" not in team.caseworker.get(f"/staff/clients/{key}").text
