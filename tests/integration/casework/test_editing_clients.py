"""Clients are added with a warning where they are known, and edited without losing anybody's work."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.booking.models import Client
from app.core import clock
from app.core.audit import SYSTEM
from app.core.permissions import Role
from tests.forms import Form, form_of
from tests.integration.casework.conftest import Team, words
from tests.town import Browser, bound

NEW = "/staff/clients/new"
CODE = "131052-308T"


@pytest.fixture
def key(team: Team) -> int:
    """A client's id."""
    with bound(team.app, team.municipality_id) as session:
        details = ClientDetails("Aino Åkerö", "+358401234567", "aino@example.fi", "fi", "TE-1")
        client = add_client(session, details, actor=SYSTEM, now=clock.now())
        session.commit()
        return client.id


def edit_form(who: Browser, key: int) -> Form:
    return form_of(who.get(f"/staff/clients/{key}/edit"), f"/staff/clients/{key}/edit")


def row(team: Team, key: int) -> Client:
    with bound(team.app, team.municipality_id) as session:
        found = session.get_one(Client, key)
        session.expunge(found)
        return found


def clients(team: Team) -> int:
    with bound(team.app, team.municipality_id) as session:
        return len(session.scalars(select(Client.id)).all())


def new_client(team: Team, who: Browser | None = None, do: str = "save", **typed: str) -> Any:
    who = who or team.caseworker
    form = form_of(who.get(NEW), NEW)
    return who.post(NEW, data={**dict(form.pairs), **typed, "do": do})


def test_a_client_is_added_with_everything_that_is_known(team: Team) -> None:
    more = {
        "phone": "050 111 2222", "external_id": "TE-77", "language": "sv", "preferred_channel": "sms",
        "own_professional_id": str(team.own_id), "area": "Itä", "service_line": "Nuoret", "age_group": "18–24",
        "unemployed_since": "2026-09-01", "tags": "tulkki, ajokortti,tulkki ,", "identity_code": CODE,
    }  # fmt: skip
    added = new_client(team, name="  Uuno   Turhapuro ", **more)
    assert added.status_code == 303
    made = row(team, int(added.location.split("/")[-1].split("?")[0]))
    assert (made.name, made.phone, made.tags) == ("Uuno Turhapuro", "+358501112222", ["tulkki", "ajokortti"])
    assert (made.own_professional_id, made.verified) == (team.own_id, True)
    page = team.caseworker.get(added.location)
    for shown in ("Asiakas on lisätty", "Itä", "Nuoret", "1.9.2026", "tulkki, ajokortti", "131052-****", "Svenska"):
        assert shown in words(page)


def test_whoever_may_be_known_is_shown_before_a_client_is_added(team: Team, key: int) -> None:
    for typed, why in (
        ({"name": "Åkerö Aino"}, "sama nimi"),
        ({"name": "A. Akero", "phone": "+358 40 123 4567"}, "sama puhelinnumero"),
        ({"name": "Toinen", "email": "AINO@example.fi"}, "sama sähköposti"),
    ):
        page = new_client(team, **typed)
        assert "Ehkä sama henkilö" in words(page)
        assert why in words(page)
        assert f"/staff/clients/{key}" in page.text
        assert clients(team) == 1
        assert form_of(page, NEW).values("name") == [typed["name"]]
    form = form_of(new_client(team, name="Aino Åkerö"), NEW)
    assert form.press(team.caseworker, "do", "anyway").status_code == 303
    assert clients(team) == 2


def test_anyway_holds_only_for_those_who_were_shown(team: Team, key: int) -> None:
    form = form_of(new_client(team, name="Aino Åkerö"), NEW)
    form.fill("phone", "050 111 2222")
    with bound(team.app, team.municipality_id) as session:
        add_client(session, ClientDetails("Uuno", "+358501112222"), actor=SYSTEM, now=clock.now())
        session.commit()
    again = form.press(team.caseworker, "do", "anyway")
    assert "Uuno" in words(again)
    assert clients(team) == 2


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""), ("phone", "12"), ("email", "aino@"), ("identity_code", "131052-308A"), ("external_id", "TE-1"),
        ("unemployed_since", "2030-01-01"), ("unemployed_since", "x"), ("own_professional_id", "999999"),
        ("own_professional_id", "9" * 30), ("language", "xx"), ("preferred_channel", "fax"), ("area", "x" * 61),
        ("tags", ",".join(map(str, range(21)))), ("name", "a\x00b"), ("external_id", "131052-308T"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_said_at_its_field_and_nothing_typed_is_lost(
    team: Team, key: int, field: str, typed: str
) -> None:
    page = new_client(team, do="anyway", **{"name": "Uuno Turhapuro", "tags": "tulkki", field: typed})
    page = page if page.status_code != 200 else new_client(team, **{"name": "Uuno", field: typed})
    assert page.status_code in (409, 422), page.status_code
    assert f'href="#{field}"' in page.text
    assert clients(team) == 1
    kept = form_of(page, NEW)
    assert kept.values("name") or field == "name"
    if field in ("phone", "email", "identity_code", "external_id", "area", "tags", "unemployed_since"):
        assert kept.values(field) == [typed]


def test_editing_changes_what_was_changed_and_tells_the_log_which(team: Team, key: int) -> None:
    form = edit_form(team.caseworker, key).fill("phone", "050 111 2222").fill("area", "Länsi")
    assert form.press(team.caseworker, "do", "save").status_code == 303
    assert (row(team, key).phone, row(team, key).area) == ("+358501112222", "Länsi")
    (event,) = team.log("client.change")
    assert event.data == {"fields": ["phone", "area"]}
    assert "Muutti tietoja: puhelin, alue" in words(team.lead.get(f"/staff/clients/{key}"))
    same = edit_form(team.caseworker, key).press(team.caseworker, "do", "save")
    assert "notice=same" in same.location
    assert len(team.log("client.change")) == 1


def test_the_second_of_two_editors_sees_what_changed_and_loses_nothing(team: Team, key: int) -> None:
    first, second = edit_form(team.caseworker, key), edit_form(team.lead, key)
    first.fill("phone", "050 111 2222").fill("area", "Länsi").press(team.caseworker, "do", "save")
    page = second.fill("phone", "050 333 4444").fill("email", "uusi@example.fi").press(team.lead, "do", "save")
    assert page.status_code == 409
    assert "Testi caseworker" in words(page)
    assert "Puhelin : ennen 040 123 4567, nyt 050 111 2222" in words(page)
    assert "Alue : ennen –, nyt Länsi" in words(page)
    assert row(team, key).email == "aino@example.fi"
    again = form_of(page, f"/staff/clients/{key}/edit")
    assert (again.values("phone"), again.values("area")) == (["050 333 4444"], ["Länsi"])
    assert again.press(team.lead, "do", "save").status_code == 303
    now = row(team, key)
    assert (now.phone, now.email, now.area) == ("+358503334444", "uusi@example.fi", "Länsi")


def test_an_id_or_a_code_of_somebody_else_is_refused(team: Team, key: int) -> None:
    new_client(team, name="Uuno Turhapuro", identity_code=CODE)
    for field, typed in (("external_id", "TE-1"), ("identity_code", CODE)):
        page = new_client(team, name="Ihan Uusi", **{field: typed})
        assert page.status_code in (409, 422)
        assert f'href="#{field}"' in page.text
    assert clients(team) == 2


def test_who_may_not_know_codes_gets_no_field_for_them(team: Team, key: int) -> None:
    desk = team.staff(Role.DESK)
    assert "identity_code" not in desk.get(NEW).text
    assert new_client(team, desk, name="Uuno Turhapuro", identity_code=CODE).status_code == 303
    assert "131052" not in team.lead.post("/staff/clients", data={"q": "Turhapuro"}).text
    with bound(team.app, team.municipality_id) as session:
        assert session.scalars(select(Client.identity_code).where(Client.name == "Uuno Turhapuro")).one() is None


def test_nonsense_in_the_hidden_fields_is_no_fault(app: Flask, team: Team, key: int) -> None:
    form = edit_form(team.caseworker, key)
    for was in ("", "x", "[]", "{}", '{"name": 5}', "null"):
        data = {**dict(form.pairs), "was": was, "area": was[:5]}
        assert team.caseworker.post(f"/staff/clients/{key}/edit", data=data).status_code in (303, 409)
