"""Two clients who are one person become one: everything moves, the old id leads on, and what cannot be merged says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.booking.clients import add_client, client_of
from app.booking.contact import ClientDetails
from app.booking.models import Appointment, Client, Receipt, Reservation, UnreachableTime
from app.booking.register.merging import NOT_MOVED, _tables, lock_both, merge, preview
from app.booking.register.models import ClientNote
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import SYSTEM, Actor
from app.core.db import Base
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.identity.models import ClientSession
from app.identity.service import create_api_key
from app.messaging.models import Message
from app.scheduling.models import Service
from tests.forms import Form, form_of
from tests.integration.casework.conftest import MONDAY, NOW, TUESDAY, Team, words
from tests.town import bound, browser


@pytest.fixture
def pair(team: Team) -> tuple[int, int]:
    """Two clients with a meeting each: the first known to another system, the second booked on the pages."""
    ids = []
    for day, name in ((TUESDAY, "Aino Åkerö"), (date(2026, 11, 25), "Aino Akerö")):
        booked = team.book(day, 9, name=name)
        with bound(team.app, team.municipality_id) as session:
            ids.append(session.get_one(Appointment, booked).client_id)
    with bound(team.app, team.municipality_id) as session:
        kept, gone = (session.get_one(Client, key) for key in ids)
        kept.external_id, gone.external_id = "TE-1", "TE-2"
        gone.email, gone.tags, kept.tags = "aino@example.fi", ["tulkki"], ["ajokortti", "tulkki"]
        for client in (kept, gone):
            session.add(UnreachableTime(client_id=client.id, first_day=MONDAY, last_day=MONDAY))
        session.add(UnreachableTime(client_id=gone.id, first_day=TUESDAY, last_day=TUESDAY))
        now = clock.now()
        session.add(
            ClientSession(
                digest=f"{gone.id}".encode(), client_id=gone.id, contact=gone.phone, created_at=now, expires_at=now
            )
        )
        session.commit()
    team.lead.post(f"/staff/clients/{ids[1]}/notes", data={"text": "Puhuu hiljaa.", "audience": "staff"})
    return ids[0], ids[1]


def check(team: Team, kept: int, gone: int) -> Any:
    return team.lead.post(f"/staff/clients/{kept}/merge", data={"do": "preview", "other": str(gone)})


def confirming(team: Team, kept: int, gone: int) -> Form:
    return form_of(check(team, kept, gone), f"/staff/clients/{kept}/merge")


def merged(team: Team, pair: tuple[int, int], **take: str) -> Any:
    form = confirming(team, *pair)
    for name, value in take.items():
        form.fill(name, value)
    return form.press(team.lead, "do", "confirm")


def of_client(team: Team, table: Any, key: int) -> int:
    with bound(team.app, team.municipality_id) as session:
        return len(session.scalars(select(table.id).where(table.client_id == key)).all())


MOVED = (Appointment, Reservation, Message, Receipt, ClientNote)


def test_the_other_is_found_among_those_alike_and_by_searching(team: Team, pair: tuple[int, int]) -> None:
    page = team.lead.get(f"/staff/clients/{pair[0]}/merge")
    assert f'value="{pair[1]}"' in page.text
    found = team.lead.post(f"/staff/clients/{pair[0]}/merge", data={"do": "search", "q": "akerö"})
    assert found.text.count(f'value="{pair[1]}"') == 2
    assert f'name="other" value="{pair[0]}"' not in found.text


def test_the_preview_tells_what_moves_and_changes_nothing(team: Team, pair: tuple[int, int]) -> None:
    page = words(check(team, *pair))
    for told in ("Varauksia: 1", "Muistiinpanoja: 1", "kirjautuminen päättyy", "Sähköposti: aino@example.fi", "TE-2"):
        assert told in page
    assert of_client(team, Appointment, pair[1]) == 1


def test_everything_moves_and_the_old_id_leads_on(team: Team, pair: tuple[int, int]) -> None:
    kept, gone = pair
    before = {table: of_client(team, table, kept) + of_client(team, table, gone) for table in MOVED}
    done = merged(team, pair, take_name="gone")
    assert done.location.startswith(f"/staff/clients/{kept}?notice=merged")
    for table in MOVED:
        assert (of_client(team, table, gone), of_client(team, table, kept)) == (0, before[table]), table
    assert before[Message] >= 1
    assert (of_client(team, ClientSession, gone), of_client(team, ClientSession, kept)) == (0, 0)
    assert of_client(team, UnreachableTime, kept) == 2, "the same day is not noted twice"
    with bound(team.app, team.municipality_id) as session:
        row, old = session.get_one(Client, kept), session.get_one(Client, gone)
        assert (row.name, row.email, row.external_id) == ("Aino Akerö", "aino@example.fi", "TE-1")
        assert row.tags == ["ajokortti", "tulkki"]
        assert (old.merged_into_id, old.phone, old.email, old.external_id) == (kept, "", "", "TE-2")
    followed = team.lead.get(f"/staff/clients/{gone}")
    assert followed.location.startswith(f"/staff/clients/{kept}?notice=followed")
    found = team.lead.post("/staff/clients", data={"q": "akerö aino"}).text
    assert f"/staff/clients/{kept}" in found
    assert f"/staff/clients/{gone}" not in found
    (event,) = team.log("client.merge")
    assert (event.object_id, event.data["merged"]) == (kept, gone)


def test_the_id_of_another_system_can_be_taken_from_either(team: Team, pair: tuple[int, int]) -> None:
    kept, gone = pair
    merged(team, pair, take_external_id="gone")
    with bound(team.app, team.municipality_id) as session:
        assert session.get_one(Client, kept).external_id == "TE-2"
        assert session.get_one(Client, gone).external_id == "TE-1"


def test_other_systems_are_led_from_the_old_id_and_the_old_name(team: Team, pair: tuple[int, int]) -> None:
    kept, gone = pair
    merged(team, pair)
    with bound(team.app, team.municipality_id) as session:
        key = create_api_key(session, name="case system", now=clock.now(), scopes=("read", "book"))
        session.commit()
    caller, headers = browser(team.app), {"Authorization": f"Bearer {key}"}
    assert caller.get(f"/api/v1/clients/{gone}", headers=headers).json["id"] == kept
    named = caller.get("/api/v1/clients?external_id=TE-2", headers=headers).json["items"]
    assert [item["id"] for item in named] == [kept]
    everybody = caller.get("/api/v1/clients", headers=headers).json["items"]
    assert gone not in [item["id"] for item in everybody]
    changed = caller.patch(f"/api/v1/clients/{gone}", headers=headers, json={"name": "Aino Uusi"})
    assert (changed.json["id"], changed.json["name"]) == (kept, "Aino Uusi")
    with bound(team.app, team.municipality_id) as session:
        details = ClientDetails("Aino", "+358401234567", external_id="TE-2")
        actor = Actor("api", trusted=True)
        assert client_of(session, details, actor=actor, now=clock.now()).id == kept
        assert client_of(session, details, actor=actor, now=clock.now(), known_id=gone).id == kept


def test_meetings_of_both_at_once_forbid_it_and_are_named(team: Team, pair: tuple[int, int]) -> None:
    kept, gone = pair
    booked = team.book(TUESDAY, 9, name="Aino Akerö", of=team.colleague_id)
    form = confirming(team, kept, gone)
    with bound(team.app, team.municipality_id) as session:
        appointment = session.get_one(Appointment, booked)
        move = update(Reservation).where(Reservation.id == appointment.reservation_id).values(client_id=gone)
        session.execute(move)
        appointment.client_id = gone
        session.commit()
    page = check(team, kept, gone)
    assert "samaan aikaan" in words(page)
    assert "ti 24.11.2026 klo 9.00–10.00" in words(page)
    assert "Yhdistä asiakkaat" not in words(page)
    late = form.press(team.lead, "do", "confirm")
    assert late.status_code == 409
    assert of_client(team, Appointment, gone) == 2


def test_past_meetings_of_both_at_once_are_kept_and_do_not_forbid_it(team: Team, pair: tuple[int, int]) -> None:
    kept, gone = pair
    booked = team.book(TUESDAY, 9, name="Aino Akerö", of=team.colleague_id)
    with bound(team.app, team.municipality_id) as session:
        appointment = session.get_one(Appointment, booked)
        session.get_one(Reservation, appointment.reservation_id).client_id = appointment.client_id = gone
        session.commit()
    with clock.standing_at(NOW + timedelta(days=2)):
        team.lead = team.staff(Role.LEAD)  # yesterday's sign-in has ended
        assert merged(team, pair).status_code == 303
    assert of_client(team, Appointment, kept) == 3


def test_two_codes_are_a_warning_and_one_of_them_stays(team: Team, pair: tuple[int, int]) -> None:
    for key, code in zip(pair, ("131052-308T", "131052U308T"), strict=True):
        form = form_of(team.lead.get(f"/staff/clients/{key}/edit"), f"/staff/clients/{key}/edit")
        assert form.fill("identity_code", code).press(team.lead, "do", "save").status_code == 303
    assert "eri henkilötunnukset" in words(check(team, *pair))
    assert merged(team, pair, take_identity_code="gone").status_code == 303
    found = team.lead.post("/staff/clients", data={"q": "131052U308T"}).text
    assert f"/staff/clients/{pair[0]}" in found
    assert f"/staff/clients/{pair[0]}" not in team.lead.post("/staff/clients", data={"q": "131052-308T"}).text


def test_what_changed_since_the_preview_is_looked_at_again(team: Team, pair: tuple[int, int]) -> None:
    form = confirming(team, *pair)
    team.lead.post(f"/staff/clients/{pair[1]}/notes", data={"text": "Uusi.", "audience": "staff"})
    page = form.press(team.lead, "do", "confirm")
    assert page.status_code == 409
    assert "Muistiinpanoja: 2" in words(page)
    assert form_of(page, f"/staff/clients/{pair[0]}/merge").press(team.lead, "do", "confirm").status_code == 303


def test_merging_twice_in_a_row_is_merged_once_and_chains_are_followed(team: Team, pair: tuple[int, int]) -> None:
    kept, gone = pair
    form = confirming(team, kept, gone)
    assert form.press(team.lead, "do", "confirm").status_code == 303
    assert form.press(team.lead, "do", "confirm").status_code == 422, "the same client now"
    with bound(team.app, team.municipality_id) as session:
        third = add_client(session, ClientDetails("Aino Åkerö-Niemi"), actor=SYSTEM, now=clock.now()).id
        session.commit()
    assert merged(team, (third, kept)).status_code == 303
    assert team.lead.get(f"/staff/clients/{gone}").location.startswith(f"/staff/clients/{third}?")


def test_only_those_who_look_after_the_register_merge(team: Team, pair: tuple[int, int]) -> None:
    for who in (team.caseworker, team.staff(Role.DESK)):
        assert who.get(f"/staff/clients/{pair[0]}/merge").status_code == 403
        assert "Yhdistä" not in words(who.get(f"/staff/clients/{pair[0]}"))
    assert team.staff(Role.ADMIN).get(f"/staff/clients/{pair[0]}/merge").status_code == 200


def test_another_municipalitys_client_is_nobody(team: Team, pair: tuple[int, int]) -> None:
    for other in ("0", "999999999", "x", "9" * 40, ""):
        answer = team.lead.post(f"/staff/clients/{pair[0]}/merge", data={"do": "confirm", "other": other})
        assert answer.status_code == 404


def test_every_table_that_refers_to_a_client_is_moved_or_named() -> None:
    referring = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_key_constraints
        if key.referred_table.name == "client"
    }
    assert referring | {"message"} == set(_tables()) | NOT_MOVED
    assert all("client_id" in table.c for table in _tables().values())


def test_a_booking_made_during_the_merge_is_the_survivors(
    team: Team, pair: tuple[int, int], in_threads: Callable[..., list[Any]]
) -> None:
    kept, gone = pair

    def merging_them() -> None:
        with bound(team.app, team.municipality_id) as session:
            rows = lock_both(session, kept, gone)
            merge(session, preview(session, *rows, now=NOW), take_from_gone={}, actor=SYSTEM, now=NOW)
            session.commit()

    def booking_for_the_old() -> int:
        with bound(team.app, team.municipality_id) as session:
            municipality = session.get_one(Municipality, team.municipality_id)
            starts_at = datetime(2026, 11, 26, 9, tzinfo=municipality.zone)
            order = Order(session.get_one(Service, team.service_id), "phone", starts_at, professional_id=team.own_id,
                          client=ClientDetails("Aino Akerö", "+358401234567"), client_id=gone)  # fmt: skip
            made = book(session, order, actor=SYSTEM, municipality=municipality, now=NOW)
            session.commit()
            return made.id

    results = in_threads([merging_them, booking_for_the_old])
    assert not [result for result in results if isinstance(result, Exception)], results
    assert (of_client(team, Appointment, gone), of_client(team, Appointment, kept)) == (0, 3)
