"""Help inside the pages: steps for the reader's role, whom to ask, and a welcome that is put away once."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete

from app.core.permissions import Role
from app.core.settings import MunicipalitySettings
from tests.integration.identity.conftest import User
from tests.town import Town, bound, signed_in


def test_a_step_is_shown_to_those_whom_it_concerns(app: Flask, town: Town) -> None:
    step = "korjaa ensin asiakkaan numero"
    assert step in signed_in(app, town, Role.LEAD).get("/staff/outbox").text.lower()
    assert step not in signed_in(app, town, Role.OPERATOR).get("/staff/outbox").text.lower()


@pytest.mark.parametrize(("language", "word"), [("fi", "Ohje"), ("sv", "Hjälp"), ("en", "How to")])
def test_help_speaks_the_readers_language(app: Flask, town: Town, language: str, word: str) -> None:
    assert f"{word}</summary>" in signed_in(app, town, Role.DESK).get(f"/staff/clients?lang={language}").text


def test_whom_to_ask_stands_there_once_the_municipality_has_said_it(app: Flask, neighbour: Town) -> None:
    visitor = signed_in(app, neighbour, Role.DESK)
    assert "Tietohallinto" in visitor.get("/staff/clients").text
    with bound(app, neighbour.municipality_id) as session:
        session.execute(delete(MunicipalitySettings))
        session.commit()
    assert "Apua palvelun" not in visitor.get("/staff/clients").text


def test_the_welcome_is_shown_until_its_reader_puts_it_away(app: Flask, town: Town) -> None:
    user, other = User(app, town.municipality_id, role=Role.DESK), User(app, town.municipality_id, role=Role.DESK)
    visitor = user.browser()
    assert 'id="welcome"' in visitor.get("/staff/").text
    for _ in range(2):
        assert visitor.post("/staff/help/welcome").status_code == 303
    first = user.row().welcomed_at
    assert first is not None
    assert 'id="welcome"' not in user.browser().get("/staff/").text, "on every computer"
    assert 'id="welcome"' in other.browser().get("/staff/").text
