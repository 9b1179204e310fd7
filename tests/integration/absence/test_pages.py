"""The pages of absences, as a lead uses them without scripts."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest

from app.core import clock
from app.core.permissions import Role
from app.identity.service import create_user
from tests.forms import form_of
from tests.integration.absence.conftest import TUESDAY, House
from tests.town import PASSWORD, bound, browser, cheap_passwords


@pytest.fixture
def lead(house: House) -> Any:
    """A browser in which a lead has signed in, in Finnish."""
    email = f"lead-{secrets.token_hex(4)}@testila.example"
    with bound(house.app, house.municipality_id) as session, cheap_passwords():
        create_user(session, email=email, name="Paula Rinne", role=Role.LEAD, password=PASSWORD, now=clock.now())
        session.commit()
    made = browser(house.app)
    assert made.post("/staff/sign-in?lang=fi", data={"email": email, "password": PASSWORD}).status_code == 303
    return made


def typed(house: House, **more: Any) -> dict[str, Any]:
    day = TUESDAY.isoformat()
    return {"who": [str(house.ill_id)], "first": day, "last": day, "reason": "sick", **more}


def registered(lead: Any, house: House, **more: Any) -> str:
    answer = lead.post("/staff/absences/new", data=typed(house, **more))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"who": []}, "Valitse, kuka on poissa"),
        ({"first": "24.13.2026"}, "Kirjoita päivämäärä"),
        ({"first_time": "99"}, "Kirjoita kellonaika"),
        ({"first_time": "12", "last_time": "9"}, "Lopun on oltava alun jälkeen"),
        ({"first": "2026-11-20", "last": "2026-11-20"}, "on jo mennyt"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    lead: Any, house: House, more: dict[str, Any], words: str
) -> None:
    answer = lead.post("/staff/absences/new", data=typed(house, reason="training", **more))
    assert answer.status_code == 422
    assert re.search(words, answer.text), re.findall(r"error-message.*?</p>", answer.text, re.DOTALL)
    form = form_of(answer, "/staff/absences/new")
    assert form.values("reason") == ["training"]
    assert form.values("who") == more.get("who", [str(house.ill_id)])


def test_a_decision_that_is_not_on_the_page_is_refused(lead: Any, house: House) -> None:
    key = house.book(9)
    page = registered(lead, house)
    for nonsense in ("", "fire", "hand_over", "hand_over:1:2", "move:x:y:z", "cancel:1:2:3"):
        answer = lead.post(f"{page}/apply", data={f"do-{key}": nonsense, f"version-{key}": "1"})
        assert answer.status_code == 422, nonsense
        assert house.row(key).version == 1


def test_what_is_left_for_later_stays_and_is_settled_then(lead: Any, house: House) -> None:
    first, second = house.book(9), house.book(10)
    page = registered(lead, house)
    form = form_of(lead.get(page), f"{page}/apply").fill(f"do-{second}", "later")
    assert form.press(lead).location.endswith("notice=done")
    assert (house.row(first).version, house.row(second).version) == (2, 1)
    form_of(lead.get(page), f"{page}/apply").press(lead)
    assert house.row(second).version == 2


def test_the_list_says_where_meetings_wait(lead: Any, house: House) -> None:
    house.book(9), house.book(10)
    page = registered(lead, house)
    assert "2 tapaamista järjestämättä" in lead.get("/staff/absences").text
    form_of(lead.get(page), f"{page}/apply").press(lead)
    listed = lead.get("/staff/absences").text
    assert "Tapaamiset järjestetty" in listed
    assert "järjestämättä" not in listed


def test_a_preview_changes_nothing_and_tells_no_reason(lead: Any, house: House) -> None:
    key = house.book(9, language="sv")
    page = registered(lead, house)
    form = form_of(lead.get(page), f"{page}/apply")
    answer = lead.post(f"{page}/preview", data={f"do-{key}": form.values(f"do-{key}")[0], f"version-{key}": "1"})
    assert answer.status_code == 200
    assert "annan sakkunnig" in answer.text
    assert 'lang="sv"' in answer.text
    assert "sjuk" not in answer.text.partition('id="messages"')[2]
    assert house.row(key).version == 1


def test_what_was_chosen_and_is_gone_is_marked(lead: Any, house: House) -> None:
    key = house.book(9)
    page = registered(lead, house)
    chosen = f"hand_over:{house.mikko_id}:{int(house.at(9).timestamp())}:0"
    house.book(9, of=house.mikko_id, email="nopea@posti.example")
    answer = lead.post(f"{page}/preview", data={f"do-{key}": chosen, f"version-{key}": "1"})
    assert "Valintasi ei ole enää mahdollinen" in answer.text


def test_a_closed_office_has_words_of_its_own(lead: Any, house: House) -> None:
    page = registered(lead, house, who=[], office=str(house.office_id))
    shown = lead.get(page).text
    assert "suljettu ti 24.11." in shown
    assert "Toimipiste suljettu" in shown
    assert "Sairaus" not in shown


def test_it_is_ended_now_or_refused_at_a_time_that_has_passed(lead: Any, house: House) -> None:
    page = registered(lead, house, first="2026-11-23", first_time="7")
    late = lead.post(f"{page}/end", data={"at": "7.30"})
    assert late.status_code == 422
    assert lead.post(f"{page}/end", data={"at": ""}).location.endswith("notice=back")
    assert "Takaisin" not in lead.get(page).text
