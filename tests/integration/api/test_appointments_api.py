"""The API's calls, as another system makes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Client, Reservation
from app.core import clock
from app.core.audit import AuditEvent
from app.identity.service import create_api_key
from app.messaging.models import Message
from tests.factories import World, make_office, make_professional, make_question, make_service, make_world


@pytest.fixture
def api(client: Any, session: Session, world: World) -> ApiCaller:
    return ApiCaller(client, new_key(session))


def new_key(session: Session, *scopes: str) -> str:
    key = create_api_key(session, name="test", now=clock.now(), scopes=scopes or ("read", "book"))
    session.commit()
    return key


class ApiCaller:
    """Calls with a key."""

    def __init__(self, client: Any, key: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(f"/api/v1{path}", json=body or {}, headers={**self.headers, **headers})

    def patch(self, path: str, body: Any) -> Any:
        return self.client.patch(f"/api/v1{path}", json=body, headers=self.headers)


def order(world: World, hour: int = 9, **more: Any) -> dict[str, Any]:
    return {
        "service_id": world.service.id,
        "starts_at": world.at(hour).isoformat(),
        "mode": "phone",
        "client": {"name": "Matti Meikäläinen", "phone": "040 123 4567", "email": "matti@example.fi"},
        **more,
    }


def test_a_system_finds_a_free_time_books_moves_and_cancels_it(api: ApiCaller, world: World, session: Session) -> None:
    day = world.next_working_day().isoformat()
    slots = api.get(f"/services/{world.service.id}/slots", **{"from": day, "to": day}).json["items"]
    assert [slot["starts_at"][11:16] for slot in slots] == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00"]
    assert slots[0]["professional_ids"] == [world.professional.id]

    booked = api.post("/appointments", order(world, starts_at=slots[0]["starts_at"]))
    assert booked.status_code == 201
    body = booked.json
    assert body["status"] == "booked"
    assert body["starts_at"] == slots[0]["starts_at"]
    assert booked.headers["Location"] == f"/api/v1/appointments/{body['id']}"
    assert api.get(f"/appointments/{body['id']}").json == body
    assert api.client.get(body["manage_url"]).status_code == 200

    moved = api.post(f"/appointments/{body['id']}/reschedule", {"starts_at": slots[1]["starts_at"]})
    assert moved.status_code == 200
    assert (moved.json["reference"], moved.json["version"]) == (body["reference"], 2)
    cancelled = api.post(f"/appointments/{body['id']}/cancel", {"reason": "siirtyi töihin"})
    assert (cancelled.status_code, cancelled.json["status"]) == (200, "cancelled")
    again = api.post(f"/appointments/{body['id']}/cancel")
    assert (again.status_code, again.json["code"]) == (409, "invalid_transition")
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "appointment")).all()
    assert sorted(actions) == ["appointment.book", "appointment.cancel", "appointment.reschedule"]


def test_a_taken_time_is_refused_with_the_nearest_free_ones(api: ApiCaller, world: World) -> None:
    assert api.post("/appointments", order(world)).status_code == 201
    lost = api.post("/appointments", order(world))
    assert (lost.status_code, lost.json["code"]) == (409, "slot_taken")
    assert lost.content_type == "application/problem+json"
    assert lost.json["alternatives"][0]["starts_at"][11:16] == "10:00"


def test_a_hold_keeps_the_time_for_its_holder_only(api: ApiCaller, world: World, session: Session) -> None:
    choice = {name: value for name, value in order(world).items() if name != "client"}
    held = api.post("/holds", choice)
    assert held.status_code == 201
    assert held.json["professional_id"] == world.professional.id
    assert api.post("/holds", choice).json["code"] == "slot_taken"
    assert api.post("/appointments", order(world)).json["code"] == "slot_taken"
    booked = api.post("/appointments", order(world, hold_id=held.json["id"]))
    assert booked.status_code == 201
    assert session.scalar(select(func.count()).select_from(Reservation)) == 1
    forged = api.post("/appointments", order(world, hold_id=held.json["id"][:-2] + "xx"))
    assert (forged.status_code, list(forged.json["fields"])) == (422, ["hold_id"])


def test_an_expired_hold_blocks_nobody(api: ApiCaller, world: World, session: Session) -> None:
    choice = {name: value for name, value in order(world).items() if name != "client"}
    assert api.post("/holds", choice).status_code == 201
    with clock.standing_at(clock.now() + timedelta(minutes=11)):
        assert api.post("/appointments", order(world)).status_code == 201
    assert session.scalars(select(Reservation.kind)).all() == ["appointment"]


def test_the_same_idempotency_key_books_once(api: ApiCaller, world: World, session: Session) -> None:
    first = api.post("/appointments", order(world), **{"Idempotency-Key": "a1"})
    second = api.post("/appointments", order(world), **{"Idempotency-Key": "a1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert session.scalar(select(func.count()).select_from(Appointment)) == 1
    assert session.scalar(select(func.count()).select_from(Message)) == 2
    other = api.post("/appointments", order(world, 10), **{"Idempotency-Key": "a1"})
    assert (other.status_code, other.json["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"starts_at": "2020-01-07T09:00:00+02:00"}, 422, "starts_at"),
        ({"starts_at": "2026-11-24T09:00:00"}, 422, "starts_at"),
        ({"mode": "video"}, 422, "mode"),
        ({"mode": "carrier pigeon"}, 422, "mode"),
        ({"service_id": "first"}, 422, "service_id"),
        ({"client": {"name": ""}}, 422, "client.name"),
        ({"client": {"name": "A\x00B"}}, 422, "client.name"),
        ({"client": {"name": "Aino", "phone": "12"}}, 422, "client.phone"),
        ({"client": {"name": "Aino", "email": "aino@"}}, 422, "client.email"),
        ({"answers": {"no such": "question"}}, 422, "answers.no such"),
    ],
)
def test_bad_input_names_its_field_and_books_nothing(
    api: ApiCaller, world: World, session: Session, change: dict[str, Any], status: int, field: str
) -> None:
    answer = api.post("/appointments", order(world, **change))
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert field in answer.json["fields"]
    assert session.scalar(select(func.count()).select_from(Reservation)) == 0


@pytest.mark.parametrize(("hour", "minute"), [(9, 20), (8, 0), (15, 0), (3, 0)])
def test_a_time_off_the_grid_or_outside_hours_is_not_a_time(
    api: ApiCaller, world: World, hour: int, minute: int
) -> None:
    answer = api.post("/appointments", order(world, starts_at=world.at(hour, minute).isoformat()))
    assert (answer.status_code, list(answer.json["fields"])) == (422, ["starts_at"])


def test_a_key_sees_and_changes_only_its_own_municipality(
    api: ApiCaller, world: World, session: Session, client: Any
) -> None:
    mine = api.post("/appointments", order(world)).json
    make_world(session)  # binds the session to another municipality
    other = ApiCaller(client, new_key(session))
    for path in (f"/appointments/{mine['id']}", f"/clients/{mine['client_id']}", f"/services/{world.service.id}/slots"):
        day = world.next_working_day().isoformat()
        assert other.get(path, **{"from": day, "to": day}).status_code == 404
    assert other.post(f"/appointments/{mine['id']}/cancel").status_code == 404
    assert other.post("/appointments", order(world)).status_code == 404
    assert other.get("/appointments").json["items"] == []


def test_a_call_without_a_key_or_scope_is_refused(client: Any, world: World, session: Session) -> None:
    missing = client.get("/api/v1/services")
    assert (missing.status_code, missing.json["code"]) == (401, "unauthorized")
    reader = ApiCaller(client, new_key(session, "read"))
    assert reader.get("/services").status_code == 200
    refused = reader.post("/appointments", order(world))
    assert (refused.status_code, refused.json["code"]) == (403, "missing_scope")


def test_a_service_for_staff_only_is_not_booked_by_a_plain_key(api: ApiCaller, world: World, session: Session) -> None:
    session.get(type(world.service), world.service.id).who_may_book = "staff"  # type: ignore[union-attr]
    session.commit()
    refused = api.post("/appointments", order(world))
    assert (refused.status_code, refused.json["code"]) == (403, "staff_only")


def test_without_a_professional_the_least_loaded_is_chosen(api: ApiCaller, world: World, session: Session) -> None:
    second = make_professional(session, services=[world.service], office=world.office, first_name="Pekka")
    session.commit()
    chosen = [api.post("/appointments", order(world, hour)).json["professional_id"] for hour in (9, 10, 11, 12)]
    assert sorted(chosen) == sorted([world.professional.id, second.id] * 2)
    assert chosen[0] != chosen[1]


def test_lists_come_in_pages(api: ApiCaller, world: World) -> None:
    ids = [api.post("/appointments", order(world, hour)).json["id"] for hour in (9, 10, 11)]
    first = api.get("/appointments", limit=2).json
    rest = api.get("/appointments", limit=2, cursor=first["next"]).json
    assert [item["id"] for item in first["items"] + rest["items"]] == ids
    assert rest["next"] is None
    assert api.get("/appointments", cursor="nonsense").status_code == 422


def test_a_client_known_by_external_id_is_booked_for_once_per_service(
    api: ApiCaller, world: World, session: Session
) -> None:
    session.get(type(world.service), world.service.id).several_bookings = False  # type: ignore[union-attr]
    session.commit()
    person = {"name": "Aino", "external_id": "urn:1"}
    first = api.post("/appointments", order(world, client=person))
    second = api.post("/appointments", order(world, 10, client=person))
    assert (second.status_code, second.json["code"]) == (409, "already_booked")
    assert api.post(f"/appointments/{first.json['id']}/cancel").status_code == 200
    assert api.post("/appointments", order(world, 10, client=person)).status_code == 201
    assert session.scalar(select(func.count()).select_from(Client)) == 1


def test_a_client_cannot_be_in_two_places_at_once(api: ApiCaller, world: World, session: Session) -> None:
    make_professional(session, services=[world.service], office=world.office)
    session.commit()
    person = {"name": "Aino", "external_id": "urn:1"}
    assert api.post("/appointments", order(world, client=person)).status_code == 201
    clash = api.post("/appointments", order(world, client=person))
    assert (clash.status_code, clash.json["code"]) == (409, "client_busy")


def test_clients_are_added_found_and_changed(api: ApiCaller) -> None:
    added = api.post("/clients", {"name": "Åsa O'Neill", "phone": "040-123 45 67", "external_id": "a"})
    assert (added.status_code, added.json["phone"]) == (201, "+358401234567")
    assert api.post("/clients", {"name": "B", "external_id": "a"}).json["code"] == "external_id_taken"
    changed = api.patch(f"/clients/{added.json['id']}", {"email": "asa@example.fi"})
    assert (changed.json["email"], changed.json["phone"]) == ("asa@example.fi", "+358401234567")
    assert api.get("/clients", external_id="a").json["items"] == [changed.json]


def test_questions_left_unanswered_are_asked_on_the_clients_page(
    api: ApiCaller, world: World, session: Session
) -> None:
    make_question(session, world.service, key="job", required=True)
    session.commit()
    booked = api.post("/appointments", order(world)).json
    path = booked["manage_url"].removeprefix("http://localhost")
    assert "/questions" in api.client.get(path).text
    assert api.client.post(f"{path}/questions", data={"job": ""}).status_code == 422
    assert api.client.post(f"{path}/questions", data={"job": "kokki"}).status_code == 303
    assert session.scalars(select(Appointment.answers)).one() == {"job": "kokki"}


def test_a_key_that_only_reads_gets_no_link_that_could_change_the_appointment(
    api: ApiCaller, world: World, session: Session, client: Any
) -> None:
    booked = api.post("/appointments", order(world)).json
    key = create_api_key(session, name="reader", now=clock.now(), scopes=("read",))
    session.commit()
    assert "manage_url" not in ApiCaller(client, key).get(f"/appointments/{booked['id']}").json


def test_a_hold_becomes_one_appointment_and_only_the_one_it_was_kept_for(
    api: ApiCaller, world: World, session: Session
) -> None:
    other = make_professional(session, services=[world.service], office=world.office)
    session.commit()
    choice = {
        name: value for name, value in order(world, professional_id=world.professional.id).items() if name != "client"
    }
    held = api.post("/holds", choice).json["id"]
    assert api.post("/appointments", order(world, hold_id=held, professional_id=other.id)).status_code == 422
    assert api.post("/appointments", order(world, hold_id=held)).status_code == 201
    again = api.post("/appointments", order(world, hold_id=held, client={"name": "Somebody else"}))
    assert (again.status_code, again.json["code"]) == (409, "hold_used")


def test_a_kept_time_is_booked_even_if_the_minimum_notice_passes_meanwhile(
    api: ApiCaller, world: World, session: Session
) -> None:
    session.get_one(type(world.service), world.service.id).minimum_notice_minutes = 120
    session.commit()
    body, before, after = order(world), world.at(6, 59), world.at(7, 3)
    choice = {name: value for name, value in body.items() if name != "client"}
    with clock.standing_at(before):
        held = api.post("/holds", choice).json["id"]
    with clock.standing_at(after):
        too_soon = api.post("/appointments", body)
        assert (too_soon.status_code, list(too_soon.json["fields"])) == (422, ["starts_at"])
        assert api.post("/appointments", {**body, "hold_id": held}).status_code == 201


def test_what_is_over_is_neither_moved_nor_cancelled(api: ApiCaller, world: World) -> None:
    booked = api.post("/appointments", order(world)).json
    with clock.standing_at(world.at(10) + timedelta(days=2)):
        moved = api.post(f"/appointments/{booked['id']}/reschedule", {"starts_at": world.at(12).isoformat()})
        cancelled = api.post(f"/appointments/{booked['id']}/cancel")
    assert [a.json["code"] for a in (moved, cancelled)] == ["invalid_transition"] * 2


@pytest.mark.parametrize("start", ["9999-12-31T12:00:00Z", "9999-12-31T23:59:00-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_no_calendar_holds_is_refused(api: ApiCaller, world: World, start: str) -> None:
    choice = {name: value for name, value in order(world, starts_at=start).items() if name != "client"}
    booked = api.post("/appointments", order(world)).json
    answers = [
        api.post("/appointments", order(world, starts_at=start)),
        api.post("/holds", choice),
        api.post(f"/appointments/{booked['id']}/reschedule", {"starts_at": start}),
    ]
    assert [list(answer.json["fields"]) for answer in answers] == [["starts_at"]] * 3


def test_a_closed_down_office_is_not_offered(api: ApiCaller, world: World, session: Session) -> None:
    session.get_one(type(world.office), world.office.id).active = False
    session.commit()
    day = world.next_working_day().isoformat()
    query = {"from": day, "to": day, "mode": "in_person"}
    assert api.get(f"/services/{world.service.id}/slots", **query).json["items"] == []
    assert api.post("/appointments", order(world, mode="in_person")).status_code == 422


def test_errors_of_form_and_of_meaning_name_fields_alike(api: ApiCaller, world: World) -> None:
    form = api.post("/appointments", order(world, client={"phone": "040 123 4567"})).json["fields"]
    meaning = api.post("/appointments", order(world, client={"name": " ", "external_id": "  "})).json["fields"]
    assert list(form) == ["client.name"]
    assert set(meaning) == {"client.name", "client.external_id"}
    assert all(isinstance(text, str) for text in (*form.values(), *meaning.values()))


def test_leave_to_move_may_be_given_with_a_booking_and_stands_in_the_answer(
    api: ApiCaller, world: World, session: Session
) -> None:
    for hour, body, expected in ((9, {}, False), (10, {"may_move": True}, True), (11, {"may_move": False}, False)):
        made = api.post("/appointments", order(world, hour, **body)).json
        assert (made["may_move"], made["late_minutes"]) == (expected, None)
        assert api.get(f"/appointments/{made['id']}").json == made
    wrong = api.post("/appointments", order(world, 12, may_move="perhaps"))
    assert (wrong.status_code, list(wrong.json["fields"])) == (422, ["may_move"])


def test_a_meeting_goes_from_arrival_to_its_end(api: ApiCaller, world: World, session: Session) -> None:
    here = f"/appointments/{api.post('/appointments', order(world, mode='in_person')).json['id']}"
    steps = [api.post(f"{here}/{step}") for step in ("check-in", "start", "complete")]
    assert [step.json["status"] for step in steps] == ["checked_in", "in_progress", "completed"]
    assert [step.json["version"] for step in steps] == [2, 3, 4]
    for step in ("check-in", "start", "complete", "no-show", "cancel"):
        refused = api.post(f"{here}/{step}")
        assert (refused.status_code, refused.json["code"]) == (409, "invalid_transition"), step
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "appointment")).all()
    assert sorted(actions) == [f"appointment.{step}" for step in ("book", "check_in", "complete", "start")]


def test_nobody_checks_in_for_a_telephone_call_which_is_simply_begun(api: ApiCaller, world: World) -> None:
    here = f"/appointments/{api.post('/appointments', order(world, mode='phone')).json['id']}"
    refused = api.post(f"{here}/check-in")
    assert (refused.status_code, refused.json["code"]) == (409, "invalid_transition")
    assert api.post(f"{here}/start").json["status"] == "in_progress"


def test_who_did_not_come_may_still_be_served_the_same_day(api: ApiCaller, world: World) -> None:
    here = f"/appointments/{api.post('/appointments', order(world)).json['id']}"
    with clock.standing_at(world.at(11)):
        assert api.post(f"{here}/no-show").json["status"] == "no_show"
        assert api.post(f"{here}/complete").json["status"] == "completed"


def test_who_did_not_come_is_not_served_on_another_day(api: ApiCaller, world: World) -> None:
    here = f"/appointments/{api.post('/appointments', order(world)).json['id']}"
    with clock.standing_at(world.at(11)):
        assert api.post(f"{here}/no-show").status_code == 200
    with clock.standing_at(world.at(11) + timedelta(days=1)):
        assert api.post(f"{here}/complete").json["code"] == "invalid_transition"


def test_the_catalogue_comes_in_pages_too(api: ApiCaller, world: World, session: Session) -> None:
    for _ in range(2):
        make_professional(session, services=[world.service], office=world.office)
        make_service(session, offices=[world.office], position=1)
        make_office(session)
    session.commit()
    for path in ("/services", "/offices", "/professionals"):
        every = [item["id"] for item in api.get(path).json["items"]]
        assert len(every) == 3
        first = api.get(path, limit=2).json
        rest = api.get(path, limit=2, cursor=first["next"]).json
        assert [item["id"] for item in first["items"] + rest["items"]] == every
        assert (api.get(path).json["next"], rest["next"]) == (None, None)
        for cursor in ("nonsense", "WyJ4Il0", "WzEsMiwzXQ", "Wy05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OSwxXQ"):
            assert api.get(path, cursor=cursor).status_code == 422
        assert [api.get(path, limit=limit).status_code for limit in (0, 201, "x")] == [422] * 3
