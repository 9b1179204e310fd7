"""Absences through the API: the plan comes back at once, is carried out, and taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Appointment
from app.core import clock
from tests.factories import World, make_professional, make_world
from tests.integration.api.test_appointments_api import ApiCaller, new_key, order


@pytest.fixture
def api(client: Any, session: Session, world: World) -> ApiCaller:
    return ApiCaller(client, new_key(session))


@pytest.fixture
def meeting(api: ApiCaller, world: World, session: Session) -> int:
    """A meeting of the world's only professional; then a colleague joins."""
    made = api.post("/appointments", order(world, professional_id=world.professional.id))
    assert made.status_code == 201
    make_professional(session, services=[world.service], office=world.office, first_name="Mikko")
    session.commit()
    return int(made.json["id"])


def absence(world: World, **more: Any) -> dict[str, Any]:
    day = world.next_working_day().isoformat()
    return {"professional_id": world.professional.id, "from": day, "to": day, "reason": "sick", **more}


def test_an_absence_is_registered_carried_out_and_taken_back(api: ApiCaller, world: World, meeting: int) -> None:
    made = api.post("/absences", absence(world))
    assert made.status_code == 201, made.json
    (item,) = made.json["items"]
    assert (made.json["state"], item["appointment_id"], item["reason"]) == ("planned", meeting, "speaks")
    assert item["proposal"]["action"] == "hand_over"
    assert item["proposal"]["professional_id"] != world.professional.id
    taken = api.post("/appointments", order(world, 10, professional_id=world.professional.id))
    assert (taken.status_code, taken.json["code"]) == (409, "slot_taken")

    address = made.headers["Location"].removeprefix("/api/v1")
    done = api.post(f"{address}/apply")
    assert done.status_code == 200, done.json
    assert (done.json["state"], done.json["items"]) == ("applied", [])
    assert done.json["results"] == [{"appointment_id": meeting, "action": "hand_over", "state": "done", "cause": ""}]
    assert api.post(f"{address}/apply").json["results"] == done.json["results"], "carried out twice, it is done once"
    assert api.get(f"/appointments/{meeting}").json["professional_id"] == item["proposal"]["professional_id"]

    back = api.post(f"{address}/undo")
    assert (back.status_code, back.json["state"]) == (200, "undone")
    assert api.get(f"/appointments/{meeting}").json["professional_id"] == world.professional.id
    assert [one["appointment_id"] for one in api.get(address).json["items"]] == [meeting]
    assert [one["id"] for one in api.get("/absences").json["items"]] == [made.json["id"]]


def test_decisions_take_the_place_of_proposals(api: ApiCaller, world: World, meeting: int) -> None:
    made = api.post("/absences", absence(world)).json
    decisions = [{"appointment_id": meeting, "action": "cancel", "version": made["items"][0]["version"]}]
    done = api.post(f"/absences/{made['id']}/apply", {"decisions": decisions})
    assert [one["action"] for one in done.json["results"]] == ["cancel"]
    assert api.get(f"/appointments/{meeting}").json["status"] == "cancelled"


def test_an_appointment_that_is_not_in_the_absence_is_not_touched(
    api: ApiCaller, world: World, meeting: int, session: Session
) -> None:
    later = (world.next_working_day() + timedelta(days=1)).isoformat()
    made = api.post("/absences", absence(world, **{"from": later, "to": later})).json
    done = api.post(f"/absences/{made['id']}/apply", {"decisions": [{"appointment_id": meeting, "action": "cancel"}]})
    assert [(one["state"], one["cause"]) for one in done.json["results"]] == [("failed", "changed_meanwhile")]
    assert session.scalar(select(Appointment.status).where(Appointment.id == meeting)) == "booked"


def test_the_same_key_registers_once(api: ApiCaller, world: World) -> None:
    headers = {"Idempotency-Key": "absence-1"}
    first = api.post("/absences", absence(world), **headers)
    assert api.post("/absences", absence(world), **headers).json == first.json


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reason": "flu"}, "reason"),
        ({"from": "2026-13-40"}, "from"),
        ({"to": "2000-01-01"}, "to"),
        ({"professional_id": 10**12}, "professional"),
    ],
)
def test_what_cannot_be_is_said_by_field(api: ApiCaller, world: World, more: dict[str, Any], field: str) -> None:
    answer = api.post("/absences", absence(world, **more))
    assert answer.status_code == 422
    assert any(name.startswith(field) for name in answer.json["fields"]), answer.json


def test_an_instant_is_a_part_of_a_day(api: ApiCaller, world: World, meeting: int) -> None:
    bounds = {"from": world.at(10).isoformat(), "to": world.at(12).isoformat()}
    assert api.post("/absences", absence(world, **bounds)).json["items"] == []


def test_after_the_delay_it_cannot_be_taken_back(api: ApiCaller, world: World, meeting: int) -> None:
    made = api.post("/absences", absence(world)).json
    api.post(f"/absences/{made['id']}/apply")
    with clock.standing_at(clock.now() + timedelta(minutes=3)):
        late = api.post(f"/absences/{made['id']}/undo")
    assert (late.status_code, late.json["code"]) == (409, "too_late")


def test_a_neighbours_absence_is_not_there(
    api: ApiCaller, client: Any, session: Session, world: World, meeting: int
) -> None:
    made = api.post("/absences", absence(world)).json
    make_world(session)
    other = ApiCaller(client, new_key(session))
    for answer in (
        other.get(f"/absences/{made['id']}"),
        other.post(f"/absences/{made['id']}/apply"),
        other.post(f"/absences/{made['id']}/undo"),
    ):
        assert answer.status_code == 404
    assert other.get("/absences").json["items"] == []
