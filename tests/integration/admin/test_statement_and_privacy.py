"""What the law asks a municipality to say: how accessible the service is, and what it does with personal data."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.models import AccessibilityStatement
from app.booking.holds import TYPED_IS_KEPT
from app.core import retention
from tests.factories import World
from tests.integration.admin.conftest import SignIn
from tests.integration.admin.test_own_texts import write

FACTS = {
    "status": "partly",
    "assessed_by": "",
    "assessed_on": "2026-10-01",
    "published_on": "2026-10-02",
    "updated_on": "2026-11-03",
    "version": "0",
}
FORM = "/staff/texts/accessibility-statement"
AUTHORITIES = {
    "fi": ("Liikenne- ja viestintävirasto Traficom", "https://www.saavutettavuusvaatimukset.fi"),
    "sv": ("Transport- och kommunikationsverket Traficom", "https://www.tillganglighetskrav.fi"),
    "en": ("Finnish Transport and Communications Agency Traficom", "https://www.webaccessibility.fi"),
}


def page(client: Any, world: World, name: str, language: str = "en") -> str:
    answer = client.get(f"/m/{world.municipality.slug}/{name}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return " ".join(answer.text.split())


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_statement_has_all_that_the_law_asks_for(client: Any, world: World, sign_in: SignIn, language: str) -> None:
    staff = sign_in()
    assert staff.post(FORM, data=FACTS).status_code == 303
    write(staff, "accessibility_failing", **{language: "- Kartta (WCAG 1.1.1)"})
    text = page(client, world, "accessibility", language)
    name, address = AUTHORITIES[language]
    dates = {"en": ["1 Oct 2026", "2 Oct 2026", "3 Nov 2026"]}.get(language, ["1.10.2026", "2.10.2026", "3.11.2026"])
    wanted = ["306/2019", "WCAG 2.1", "<li>Kartta (WCAG 1.1.1)</li>", "14", name, f'href="{address}"', *dates]
    assert [words for words in wanted if words not in text] == []
    assert f"/m/{world.municipality.slug}/feedback?kind=accessibility" in text
    assert "mailto:palvelut@testila.example" in text
    assert "029 534 5000" in text


def test_a_statement_that_nobody_has_filled_in_claims_nothing(client: Any, world: World) -> None:
    text = page(client, world, "accessibility")
    assert "We have not assessed the accessibility of the service yet." in text
    assert "was published on" not in text


def test_a_fully_accessible_service_lists_no_failing_content(client: Any, world: World, sign_in: SignIn) -> None:
    staff = sign_in()
    write(staff, "accessibility_failing", en="Old failure")
    staff.post(FORM, data={**FACTS, "status": "full", "assessed_by": "Esteetön Oy"})
    text = page(client, world, "accessibility")
    assert "meets all the accessibility requirements" in text
    assert "assessed on 1 Oct 2026 by Esteetön Oy" in text
    assert "Old failure" not in text


def test_another_authority_can_be_named(client: Any, world: World, sign_in: SignIn) -> None:
    write(sign_in(), "supervising_authority", en="Authority of Tomorrow\nwww.tomorrow.example")
    text = page(client, world, "accessibility")
    assert 'href="https://www.tomorrow.example"' in text
    assert "Traficom" not in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": ""}, "status"),
        ({"status": "perfect"}, "status"),
        ({"assessed_on": "2026-02-30"}, "assessed_on"),
        ({"published_on": ""}, "published_on"),
        ({"updated_on": "2026-10-01"}, "updated_on"),
        ({"assessed_by": "x" * 201}, "assessed_by"),
    ],
)
def test_wrong_facts_are_told_and_nothing_typed_is_lost(
    world: World, session: Session, sign_in: SignIn, changes: dict[str, str], field: str
) -> None:
    refused = sign_in().post(FORM, data={**FACTS, "assessed_by": "Esteetön Oy", **changes})
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert changes.get("assessed_by", "Esteetön Oy") in refused.text
    assert session.scalars(select(AccessibilityStatement)).all() == []


def test_facts_that_somebody_else_changed_meanwhile_are_compared_first(world: World, sign_in: SignIn) -> None:
    first, second = sign_in(name="Antti Vainio"), sign_in()
    assert first.post(FORM, data={**FACTS, "assessed_by": "Esteetön Oy"}).status_code == 303
    late = second.post(FORM, data={**FACTS, "status": "not"})
    assert late.status_code == 409
    assert "Esteetön Oy" in late.text
    assert "Antti Vainio" in late.text
    assert 'value="not" checked' in late.text
    assert second.post(FORM, data={**FACTS, "status": "not", "version": "1"}).status_code == 303


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_privacy_page_tells_what_the_service_does(client: Any, world: World, language: str) -> None:
    text = page(client, world, "privacy", language)
    name = {"fi": "Testilän työllisyyspalvelut", "sv": "(sv)", "en": "(en)"}[language]
    assert name in text
    assert "vuoro" in text
    assert "tietosuoja.fi" in text
    assert 'id="cookies"' in text


def test_the_privacy_page_tells_the_times_that_are_really_kept(client: Any, world: World) -> None:
    text = page(client, world, "privacy")
    assert f"{retention.CLIENT_DATA_YEARS} years after you were last in contact" in text
    assert f"the log of who has handled the data: {retention.AUDIT_YEARS} years" in text
    assert TYPED_IS_KEPT.days == 1
    assert "a booking that you did not finish: one day." in text


def test_a_municipalitys_own_privacy_text_takes_the_place_of_ours_but_not_of_the_facts(
    client: Any, world: World, sign_in: SignIn
) -> None:
    staff = sign_in()
    write(staff, "privacy", en="We keep nothing.\n\nReally: https://testila.example/privacy")
    write(staff, "data_protection_officer", en="Tiina Tieto, tietosuoja@testila.example")
    text = page(client, world, "privacy")
    assert "We keep nothing." in text
    assert "Why, and on what grounds?" not in text
    assert "mailto:tietosuoja@testila.example" in text
    assert "The controller of your personal data is" in text
    assert "The service uses one cookie" in text
    assert "Miksi ja millä perusteella?" in page(client, world, "privacy", "fi")
