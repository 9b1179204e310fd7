"""The audit log is read by administrators: in words, filtered, a page at a time, and as a file that harms nobody."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.admin.log import reading, routes
from app.booking.models import Appointment, Client
from app.core import audit
from app.core.audit import Actor, AuditEvent
from app.core.permissions import Role
from app.core.tenancy import Municipality
from tests.integration.identity.conftest import User
from tests.town import Browser, Town, bound, make_town, signed_in

LOG = "/staff/admin/log/"
DAY = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def town(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture
def admin(app: Flask, town: Town) -> Browser:
    return signed_in(app, town, Role.ADMIN)


def write(app: Flask, town: Town, label: str, *, at: datetime = DAY, times: int = 1, **data: Any) -> None:
    """Lines in the log about the town's client."""
    with bound(app, town.municipality_id) as session:
        client = session.get_one(Client, town.client_id)
        for number in range(times):
            actor, now = Actor("staff", 1, label), at + timedelta(seconds=number)
            audit.record(session, actor=actor, action="client.view", on=client, now=now, **data)
        session.commit()


def table(answer: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_lines_are_told_in_words_and_lead_to_what_they_are_about(app: Flask, town: Town, admin: Browser) -> None:
    write(app, town, "Merja Kangas")
    page = admin.get(LOG, query_string={"who": "merja k"}).text
    assert "Katsoi asiakkaan tietoja" in page
    assert f"/staff/clients/{town.client_id}" in page
    assert "client.view" not in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"who": "EERO"}, True),
        ({"who": "nobody"}, False),
        ({"area": "client"}, True),
        ({"area": "appointment"}, False),
        ({"area": "nonsense"}, True),
        ({"from": "2026-03-02", "to": "2026-03-02"}, True),
        ({"from": "2026-03-03"}, False),
        ({"to": "2026-03-01"}, False),
        ({"from": "yesterday"}, True),
        ({"client": "0"}, False),
        ({"after": "nonsense"}, True),
        ({"who": "100%"}, False),
    ],
)
def test_it_is_filtered_by_person_kind_and_days(
    app: Flask, town: Town, admin: Browser, asked: dict[str, str], *, found: bool
) -> None:
    write(app, town, "Eero Ojala")
    query = {"from": "2026-03-02", "to": "2026-03-02", "who": "eero", **asked}
    assert ("<strong>Eero Ojala</strong>" in admin.get(LOG, query_string=query).text) == found


def test_a_client_is_found_by_the_reference_of_an_appointment_or_an_id(app: Flask, town: Town, admin: Browser) -> None:
    write(app, town, "Sari Laine")
    with bound(app, town.municipality_id) as session:
        reference = session.get_one(Appointment, town.appointment_id).reference
        session.get_one(Client, town.client_id).external_id = "HAK-77"
        session.commit()
    for asked in (reference.lower(), "HAK-77", str(town.client_id)):
        assert "Sari Laine" in admin.get(LOG, query_string={"client": asked, "who": "sari"}).text, asked
    assert "Asiakasta ei" in admin.get(LOG, query_string={"client": "K7MQ-0000"}).text


def test_pages_follow_each_other_without_a_gap_or_a_line_twice(
    app: Flask, town: Town, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "PAGE", 3)
    write(app, town, "Ville Virta", times=7)
    with bound(app, town.municipality_id) as session:
        zone, asked, seen = session.get_one(Municipality, town.municipality_id).zone, reading.Asked(who="ville"), []
        while rows := reading.events(session, asked, zone=zone, limit=3):
            seen += [row.id for row in rows]
            asked = reading.Asked(who="ville", after=reading.cursor_of(rows[-1]))
        query = select(AuditEvent.id).where(AuditEvent.actor_label == "Ville Virta")
        assert seen == sorted(session.scalars(query), reverse=True)
    page = admin.get(LOG, query_string={"who": "ville"}).text
    assert page.count("<strong>Ville Virta</strong>") == 3
    assert "who=ville&amp;after=2026" in page


def test_the_file_has_what_is_found_and_no_formulas_and_is_logged(app: Flask, town: Town, admin: Browser) -> None:
    write(app, town, '=HYPERLINK("http://evil")')
    answer = admin.post(f"{LOG}export", data={"who": "hyperlink"})
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    head, line = table(answer)
    assert head[0] == "Aika"
    assert line[1] == '\'=HYPERLINK("http://evil")'
    assert line[0].startswith("2026-03-02T12:00:00")
    with bound(app, town.municipality_id) as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "log.export")).all()
        assert [(event.data["lines"], event.data["asked"]) for event in events] == [(1, {"who": "hyperlink"})]


def test_too_much_is_refused_rather_than_cut_short(
    app: Flask, town: Town, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_EXPORTED", 2)
    write(app, town, "Outi Salo", times=3)
    answer = admin.post(f"{LOG}export", data={"who": "outi"})
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert "Valitse lyhyempi aika" in answer.text


def test_only_administrators_read_it_and_only_their_own(app: Flask, town: Town) -> None:
    for role in (Role.LEAD, Role.DESK, Role.CASEWORKER, Role.OPERATOR):
        assert User(app, town.municipality_id, role=role).browser().get(LOG).status_code == 403
    write(app, town, "Vain Täällä")
    neighbour = signed_in(app, make_town(app), Role.ADMIN)
    assert "Vain Täällä" not in neighbour.get(LOG).text
