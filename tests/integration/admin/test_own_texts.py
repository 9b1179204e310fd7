"""A municipality's own words: on the public pages, and where they are written."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.admin.editing import ChangedMeanwhile, Span, change_text
from app.core import clock
from app.core.audit import AuditEvent
from app.core.db import db
from app.core.i18n import LANGUAGES
from app.core.permissions import Role
from app.core.tenancy import bind
from app.core.texts import KINDS, MunicipalityText
from tests.factories import World, make_world
from tests.integration.admin.conftest import SignIn

DEFAULT = "Valitse vaihtoehto, joka vastaa asiaasi parhaiten."


def write(staff: Any, key: str, version: int = 0, **texts: str) -> Any:
    typed = {f"text_{code}": texts.get(code, "") for code in LANGUAGES}
    more = {name: value for name, value in texts.items() if name not in LANGUAGES}
    return staff.post(f"/staff/texts/{key}", data={**typed, **more, "version": str(version)})


def front(client: Any, world: World, language: str = "fi") -> str:
    return str(client.get(f"/m/{world.municipality.slug}/", headers={"Accept-Language": language}).text)


def test_an_own_text_takes_the_defaults_place_in_the_languages_that_have_it(
    client: Any, world: World, sign_in: SignIn
) -> None:
    assert DEFAULT in front(client, world)
    saved = write(sign_in(), "front_intro", fi="Tervetuloa!\n\nKatso https://koivula.example/ohje.")
    assert saved.status_code == 303
    page = front(client, world)
    assert DEFAULT not in page
    assert "<p>Tervetuloa!</p>" in page
    assert 'href="https://koivula.example/ohje"' in page
    assert "Booking takes a couple of minutes." in front(client, world, "en")


def test_a_text_without_default_is_shown_in_another_language_marked_as_such(
    client: Any, world: World, sign_in: SignIn
) -> None:
    write(sign_in(), "phone_hours", sv="Vi svarar 9–15.")
    assert '<div class="vuoro-written" lang="sv"><p>Vi svarar 9–15.</p></div>' in front(client, world, "en")
    assert '<div class="vuoro-written"><p>Vi svarar 9–15.</p></div>' in front(client, world, "sv")


def test_an_emptied_text_gives_way_to_the_default_again(client: Any, world: World, sign_in: SignIn) -> None:
    staff = sign_in()
    write(staff, "front_intro", fi="Tervetuloa!")
    assert write(staff, "front_intro", version=1).status_code == 303
    assert DEFAULT in front(client, world)


def test_no_markup_that_somebody_typed_reaches_a_page(client: Any, world: World, sign_in: SignIn) -> None:
    for key in ("front_intro", "phone_hours", "contact", "notice"):
        write(sign_in(), key, fi="<script>alert(1)</script><img src=x onerror=alert(1)>")
    page = front(client, world)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 4


def test_the_notice_is_shown_from_its_beginning_until_its_end(client: Any, world: World, sign_in: SignIn) -> None:
    day = world.next_working_day()
    since, until = world.at(9, day=day), world.at(12, day=day)
    words = "Puhelimemme ovat epäkunnossa."
    saved = write(
        sign_in(), "notice", fi=words, shown_from=f"{day.isoformat()}T09:00", shown_until=f"{day:%d.%m.%Y} klo 12.00"
    )
    assert saved.status_code == 303
    for moment, shown in (
        (since - timedelta(seconds=1), False),
        (since, True),
        (until - timedelta(seconds=1), True),
        (until, False),
    ):
        with clock.standing_at(moment):
            assert (words in front(client, world)) is shown
            assert (words in client.get(f"/m/{world.municipality.slug}/privacy").text) is shown


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        ("2026-11-24T12:00", "2026-11-24T09:00", "shown_until"),
        ("joskus", "", "shown_from"),
        ("", "2026-02-30T09:00", "shown_until"),
    ],
)
def test_a_wrong_time_is_told_and_nothing_typed_is_lost(
    world: World, sign_in: SignIn, since: str, until: str, field: str
) -> None:
    refused = write(sign_in(), "notice", fi="Huomio", shown_from=since, shown_until=until)
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert ">Huomio</textarea>" in refused.text
    assert f'value="{since}"' in refused.text
    assert f'value="{until}"' in refused.text


def test_a_text_that_is_too_long_is_told_and_kept(world: World, sign_in: SignIn) -> None:
    refused = write(sign_in(), "phone_hours", fi="x" * 201, sv="Vi svarar.")
    assert refused.status_code == 422
    assert "x" * 201 in refused.text
    assert "Vi svarar." in refused.text


def test_a_municipalitys_texts_are_its_own(client: Any, world: World, session: Session, sign_in: SignIn) -> None:
    write(sign_in(), "front_intro", fi="Vain meillä")
    elsewhere = make_world(session)
    assert "Vain meillä" not in front(client, elsewhere)


def test_every_text_of_a_page_comes_by_one_query(app: Flask, client: Any, world: World, sign_in: SignIn) -> None:
    staff = sign_in()
    for key in ("front_intro", "phone_hours", "contact", "notice"):
        write(staff, key, fi=f"Oma {key}")
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        page = front(client, world)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert all(f"Oma {key}" in page for key in ("front_intro", "phone_hours", "contact", "notice"))
    assert len([statement for statement in asked if "municipality_text" in statement]) == 1


# — writing —


def test_somebody_elses_change_meanwhile_is_shown_beside_what_was_typed(
    client: Any, world: World, sign_in: SignIn
) -> None:
    first, second = sign_in(name="Antti Vainio"), sign_in(name="Paula Rinne")
    assert write(first, "front_intro", fi="Antin teksti", sv="Anttis text").status_code == 303
    late = write(second, "front_intro", version=0, fi="Paulan teksti", sv="Anttis text")
    assert late.status_code == 409
    assert ">Paulan teksti</textarea>" in late.text
    assert "<p>Antin teksti</p>" in late.text
    assert "<p>Anttis text</p>" not in late.text, "what is the same needs no comparing"
    assert "Antti Vainio" in late.text
    assert "Antin teksti" in front(client, world)
    version = re.search(r'name="version" value="(\d+)"', late.text).group(1)  # type: ignore[union-attr]
    assert write(second, "front_intro", version=int(version), fi="Paulan teksti").status_code == 303
    assert "Paulan teksti" in front(client, world)


def test_of_many_first_writers_at_once_one_is_told_nothing_and_the_others_the_truth(
    app: Flask, world: World, session: Session, in_threads: Any
) -> None:
    municipality_id = world.municipality.id

    def save(number: int) -> str:
        from app.core.audit import Actor

        with app.app_context(), db.session_maker() as own, own.begin():
            bind(own, municipality_id)
            who = {"actor": Actor("staff", label=f"S{number}"), "now": clock.now()}
            try:
                change_text(own, KINDS["contact"], {"fi": f"Teksti {number}"}, opened=0, span=Span(), **who)
            except ChangedMeanwhile:
                return "late"
        return "saved"

    answers = in_threads([lambda n=n: save(n) for n in range(8)])
    assert sorted(answers) == ["late"] * 7 + ["saved"]
    assert session.scalars(select(MunicipalityText.version)).all() == [1]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
def test_a_form_without_a_proper_version_overwrites_nothing(world: World, sign_in: SignIn, version: str) -> None:
    staff = sign_in()
    write(staff, "contact", fi="Ensimmäinen")
    typed = {"text_fi": "Toinen", "text_sv": "", "text_en": "", "version": version}
    assert staff.post("/staff/texts/contact", data=typed).status_code == 409


def test_a_preview_shows_the_text_as_readers_would_see_it_and_saves_nothing(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    shown = write(sign_in(), "front_intro", fi="Tuo mukaan:\n- kortti", sv="Hej", do="preview")
    assert shown.status_code == 200
    assert "<ul><li>kortti</li></ul>" in shown.text
    assert ">Tuo mukaan:\n- kortti</textarea>" in unescape(shown.text)
    assert session.scalars(select(MunicipalityText)).all() == []
    assert DEFAULT in front(client, world)


def test_the_page_of_a_text_shows_its_default_in_every_language(world: World, sign_in: SignIn) -> None:
    page = sign_in().get("/staff/texts/supervising_authority").text
    for name in (
        "Liikenne- ja viestintävirasto Traficom",
        "Transport- och kommunikationsverket Traficom",
        "Finnish Transport and Communications Agency Traficom",
    ):
        assert name in page


def test_the_overview_tells_what_is_written_in_which_language(world: World, sign_in: SignIn) -> None:
    staff = sign_in()
    write(staff, "contact", fi="Torikatu 8", en="Torikatu 8")
    page = " ".join(staff.get("/staff/texts/?saved=contact", headers={"Accept-Language": "en"}).text.split())
    assert "Suomi, English" in page
    assert "Missing: Svenska" in page
    assert "“Other contact details” has been saved." in page
    assert "The accessibility statement is not filled in" in page


def test_a_change_is_in_the_audit_log_without_its_words(world: World, session: Session, sign_in: SignIn) -> None:
    write(sign_in(), "contact", fi="Torikatu 8", sv="Torggatan 8")
    found = session.scalars(select(AuditEvent).where(AuditEvent.action == "text.change")).one()
    assert found.data == {"key": "contact", "languages": ["fi", "sv"]}
    assert found.actor_label == "Paula Rinne"


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.DESK, Role.LEAD, Role.OPERATOR])
def test_only_administrators_write_texts(world: World, sign_in: SignIn, role: Role) -> None:
    assert write(sign_in(role), "contact", fi="Torikatu 8").status_code == 403


def test_there_is_no_page_for_a_text_that_does_not_exist(world: World, sign_in: SignIn) -> None:
    assert sign_in().get("/staff/texts/nonsense").status_code == 404
