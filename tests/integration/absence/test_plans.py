"""From registering to undoing: what is blocked, proposed, done, told, and taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.absence.announced import AbsenceChanged
from app.absence.applying import UNDO_TIME, Decision
from app.absence.models import AbsencePlan
from app.absence.plan import Action, Reason
from app.absence.registering import come_back
from app.booking import by_hand
from app.booking.availability import Wish
from app.booking.by_hand import move
from app.booking.changes import cancel
from app.booking.contact import ClientDetails
from app.booking.holds import Visitor, place_hold
from app.booking.lifecycle import Status
from app.booking.models import Appointment, Hold, Task
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import Actor, AuditEvent
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, InvalidTransition, SlotTaken
from app.core.events import _subscribers
from app.core.tenancy import Municipality
from app.scheduling.models import Absence, Service
from tests.concurrently import run_at_once
from tests.integration.absence.conftest import LEAD, NOW, TUESDAY, House
from tests.town import bound

WEDNESDAY = TUESDAY + timedelta(days=1)


def test_from_the_moment_it_is_registered_nobody_can_book(house: House) -> None:
    house.book(9)
    plan_id = house.register()
    with pytest.raises(SlotTaken):
        house.book(10)
    assert house.book(10, of=house.mikko_id)
    assert [one.id for one in house.read(plan_id).appointments]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"professional_ids": []}, "professional"),
        ({"professional_ids": [999_999_999]}, "professional"),
        ({"reason": "flu"}, "reason"),
        ({"ends_at": NOW - timedelta(hours=1), "starts_at": NOW - timedelta(hours=2)}, "to"),
        ({"ends_at": NOW, "starts_at": NOW + timedelta(hours=2)}, "to"),
        ({"ends_at": NOW + timedelta(days=500)}, "to"),
    ],
)
def test_what_cannot_be_is_said_by_field(house: House, more: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as told:
        house.register(**more)
    assert field in told.value.fields


def test_the_same_form_sent_twice_is_one_absence(house: House) -> None:
    assert house.register() == house.register()
    assert house.register(reason="leave") != house.register()


def test_the_plan_hands_over_moves_cancels_and_calls(house: House) -> None:
    ids = {
        "taken": house.book(9),
        "moved": house.book(10, may_move=True),
        "stuck": house.book(11),
        "silent": house.book(12, email="", phone="+358912345678"),
    }
    for hour in (10, 11, 12):
        for person in (house.mikko_id, house.johan_id):
            house.book(hour, of=person, email=f"muu{person}.{hour}@posti.example")
    proposals = house.read(house.register()).proposals
    found = {name: (proposals[key].action, proposals[key].reason) for name, key in ids.items()}
    assert found == {
        "taken": (Action.HAND_OVER, Reason.SPEAKS),
        "moved": (Action.MOVE, Reason.ALLOWED),
        "stuck": (Action.CANCEL, Reason.NO_CONSENT),
        "silent": (Action.CALL_FIRST, Reason.UNREACHABLE),
    }
    moved = proposals[ids["moved"]].place
    assert moved is not None
    assert (moved.professional_id, moved.starts_at) == (house.ill_id, house.at(9, day=WEDNESDAY))


def test_a_colleague_who_speaks_the_language_is_chosen(house: House) -> None:
    key = house.book(9, language="sv")
    with bound(house.app, house.municipality_id) as session:
        session.execute(text("UPDATE professional SET languages = '{fi}' WHERE id = :id"), {"id": house.mikko_id})
        session.commit()
    place = house.read(house.register()).proposals[key].place
    assert place is not None
    assert place.professional_id == house.johan_id


def test_handed_over_it_is_the_same_promise_with_another_person(house: House) -> None:
    key = house.book(9)
    before = house.row(key)
    item = house.apply(house.register())[key]
    after = house.row(key)
    assert (item.state, after.status, after.starts_at) == ("done", Status.BOOKED, before.starts_at)
    assert (after.id, after.reference, after.link_token) == (before.id, before.reference, before.link_token)
    assert (after.professional_id != before.professional_id, after.version) == (True, before.version + 1)
    confirmation, told = house.messages(key)
    assert (confirmation.status, told.status, told.kind) == ("cancelled", "queued", "hand_over")
    assert told.send_after == clock.now() + UNDO_TIME
    assert "ti 24.11.2026 klo 9.00" in told.subject
    assert "sairas" not in told.body
    assert "poissa" not in told.body


def test_cancelled_the_client_gets_one_message_with_a_link_of_their_own(house: House) -> None:
    key = house.book(9)
    plan_id = house.register()
    house.apply(plan_id, [Decision(key, Action.CANCEL)])
    assert house.row(key).status == Status.CANCELLED
    told = house.messages(key)[-1]
    link = next(word for word in told.body.split() if "/i/" in word)
    page = house.app.test_client().get(link.removeprefix("http://localhost"))
    assert page.status_code == 200
    with bound(house.app, house.municipality_id) as session:
        kinds = session.scalars(text("SELECT kind FROM message WHERE cause LIKE 'invitation:%'")).all()
    assert not kinds, "the link stands in the cancellation; no second message tells it"


def test_call_first_changes_nothing_but_somebodys_list(house: House) -> None:
    key = house.book(9)
    before = house.row(key)
    house.apply(house.register(), [Decision(key, Action.CALL_FIRST)])
    assert house.row(key).version == before.version
    with bound(house.app, house.municipality_id) as session:
        task = session.scalars(select(Task)).one()
        assert (task.kind, task.state, task.appointment_id) == ("call_first", "open", key)


def test_undone_everything_is_as_it_was(house: House) -> None:
    keys = [house.book(hour, may_move=hour == 10) for hour in (9, 10, 11, 12)]
    before = {key: house.row(key) for key in keys}
    told_before = {key: [(one.kind, one.body) for one in house.messages(key) if one.status == "queued"] for key in keys}
    plan_id = house.register()
    places = house.read(plan_id).places
    moved = next(
        place
        for place in places[keys[1]]
        if place.starts_at != before[keys[1]].starts_at and place.professional_id == house.johan_id
    )
    items = house.apply(
        plan_id,
        [
            Decision(keys[0], Action.HAND_OVER, house.mikko_id, before[keys[0]].starts_at),
            Decision(keys[1], Action.MOVE, moved.professional_id, moved.starts_at),
            Decision(keys[2], Action.CANCEL),
            Decision(keys[3], Action.CALL_FIRST),
        ],
    )
    assert {item.state for item in items.values()} == {"done"}
    done = house.undo(plan_id)
    assert (len(done.back), done.stay, house.state(plan_id)) == (4, [], "undone")
    for key in keys:
        after = house.row(key)
        for name in ("status", "starts_at", "ends_at", "professional_id", "office_id", "cancelled_by", "cancel_reason"):
            assert getattr(after, name) == getattr(before[key], name), (key, name)
        assert [(one.kind, one.body) for one in house.messages(key) if one.status == "queued"] == told_before[key]
    with bound(house.app, house.municipality_id) as session:
        assert session.scalars(select(Task.state)).all() == ["dropped"]
        assert session.scalars(text("SELECT state FROM invitation")).all() == ["withdrawn"]
    again = house.apply(plan_id)
    assert {item.state for item in again.values()} == {"done"}
    assert house.state(plan_id) == "applied"


def test_a_message_that_has_left_stays_told_and_its_meeting_stays(house: House) -> None:
    first, second = house.book(9), house.book(10)
    plan_id = house.register()
    house.apply(plan_id)
    with bound(house.app, house.municipality_id) as session:
        session.execute(
            text("UPDATE message SET status = 'sent', attempts = 1 WHERE cause = :cause AND kind = 'hand_over'"),
            {"cause": f"appointment:{first}"},
        )
        session.commit()
    done = house.undo(plan_id)
    assert [item.appointment_id for item in done.back] == [second]
    assert house.row(first).professional_id != house.ill_id
    assert house.row(second).professional_id == house.ill_id
    assert house.state(plan_id) == "applied"


def test_after_the_delay_it_is_too_late(house: House) -> None:
    house.book(9)
    plan_id = house.register()
    house.apply(plan_id)
    with clock.standing_at(NOW + UNDO_TIME), pytest.raises(Conflict) as told:
        house.undo(plan_id)
    assert told.value.code == "too_late"


def test_what_changed_meanwhile_is_left_and_planned_anew(house: House) -> None:
    gone, taken = house.book(9), house.book(10)
    plan_id = house.register()
    picture = house.read(plan_id)
    decided = [
        Decision(gone, Action.HAND_OVER, house.mikko_id, house.at(9), version=picture.appointments[0].version),
        Decision(taken, Action.HAND_OVER, house.mikko_id, house.at(10), version=picture.appointments[1].version),
    ]
    with bound(house.app, house.municipality_id) as session:
        session.execute(text("UPDATE appointment SET version = version + 1 WHERE id = :id"), {"id": gone})
        session.commit()
    house.book(10, of=house.mikko_id, email="nopea@posti.example")
    items = house.apply(plan_id, decided)
    assert {key: (item.state, item.cause) for key, item in items.items()} == {
        gone: ("failed", "changed_meanwhile"),
        taken: ("failed", "in_the_way"),
    }
    assert {house.row(key).professional_id for key in (gone, taken)} == {house.ill_id}
    place = house.read(plan_id).proposals[taken].place
    assert place is not None
    assert place.professional_id == house.johan_id
    assert all(item.state == "done" for item in house.apply(plan_id).values())


def test_two_people_who_apply_at_once_do_it_once(house: House) -> None:
    keys = [house.book(hour) for hour in (9, 10, 11)]
    plan_id = house.register()
    run_at_once([lambda: house.apply(plan_id), lambda: house.apply(plan_id), lambda: house.apply(plan_id)])
    for key in keys:
        assert [one.kind for one in house.messages(key)] == ["confirmation", "hand_over"]
        assert house.row(key).version == 2


def test_a_plan_applied_while_clients_book_never_doubles_anybody(house: House) -> None:
    keys = [house.book(hour) for hour in range(9, 14)]
    plan_id = house.register()

    def want(hour: int, person: int) -> int:
        return house.book(hour, of=person, email=f"kilpa{hour}.{person}@posti.example")

    racing = [
        lambda h=hour, p=person: want(h, p) for hour in range(9, 14) for person in (house.mikko_id, house.johan_id)
    ]
    results = run_at_once([lambda: house.apply(plan_id), *racing, lambda: house.apply(plan_id)])
    assert all(isinstance(one, dict | int | SlotTaken) for one in results), results
    with bound(house.app, house.municipality_id) as session:
        overlaps = session.scalar(
            text("""SELECT count(*) FROM reservation a JOIN reservation b ON a.id < b.id AND a.active AND b.active
                AND a.professional_id = b.professional_id AND a.occupied && b.occupied""")
        )
        states = session.execute(
            text("SELECT appointment_id, count(*) FROM absence_item WHERE plan_id = :id GROUP BY 1"), {"id": plan_id}
        ).all()
    assert overlaps == 0
    assert {count for _, count in states} == {1}
    for key in keys:
        assert len([one for one in house.messages(key) if one.status == "queued"]) == 1


def test_several_people_in_one_registration(house: House) -> None:
    first, second = house.book(9), house.book(9, of=house.mikko_id, email="toinen@posti.example")
    plan_id = house.register(professional_ids=[house.ill_id, house.mikko_id])
    items = house.apply(plan_id)
    actions = sorted(items[key].action for key in (first, second))
    assert actions == ["cancel", "hand_over"], "Johan can take one of the two"


def test_a_part_of_a_day(house: House) -> None:
    morning, afternoon = house.book(9), house.book(13)
    plan_id = house.register(starts_at=house.at(8), ends_at=house.at(12))
    assert [one.id for one in house.read(plan_id).appointments] == [morning]
    assert house.row(afternoon).professional_id == house.ill_id


def test_limits_of_colleagues_hold(house: House) -> None:
    keys = [house.book(hour) for hour in (9, 10, 11)]
    with bound(house.app, house.municipality_id) as session:
        session.execute(text("UPDATE professional SET daily_limit = 1"))
        session.commit()
    items = house.apply(house.register())
    assert sorted(items[key].action for key in keys) == ["cancel", "hand_over", "hand_over"]
    assert {item.state for item in items.values()} == {"done"}


def test_back_early_the_time_is_offered_again(house: House) -> None:
    plan_id = house.register(ends_at=house.at(23, day=WEDNESDAY))
    with pytest.raises(SlotTaken):
        house.book(10, day=WEDNESDAY)
    with bound(house.app, house.municipality_id) as session:
        plan = session.get_one(AbsencePlan, plan_id)
        come_back(session, plan, at=house.at(0, day=WEDNESDAY), actor=LEAD, now=clock.now())
        session.commit()
    assert house.book(10, day=WEDNESDAY)
    assert house.state(plan_id) == "planned"
    with pytest.raises(SlotTaken):
        house.book(10)


def test_withdrawn_before_it_began_nothing_is_left_of_it(house: House) -> None:
    house.book(9)
    plan_id = house.register()
    with bound(house.app, house.municipality_id) as session:
        come_back(session, session.get_one(AbsencePlan, plan_id), at=clock.now(), actor=LEAD, now=clock.now())
        session.commit()
    assert house.book(10)
    assert house.state(plan_id) == "withdrawn"
    assert house.read(plan_id).appointments == []
    with pytest.raises(InvalidTransition):
        house.apply(plan_id, [Decision(1, Action.CANCEL)])
    with bound(house.app, house.municipality_id) as session:
        assert not session.scalars(select(Absence).where(Absence.active)).all()
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [one for one in actions if "absence" in one] == ["absence.register", "absence.end", "absence_plan.come_back"]


def test_a_closed_office_settles_its_meetings_and_leaves_those_by_phone(house: House) -> None:
    at_office = house.book(9, mode="in_person", office_id=house.office_id, may_move=True)
    by_phone = house.book(10)
    plan_id = house.register(professional_ids=[], office_id=house.office_id)
    picture = house.read(plan_id)
    assert [one.id for one in picture.appointments] == [at_office]
    proposal = picture.proposals[at_office]
    assert proposal.action == Action.MOVE
    assert proposal.place is not None
    assert proposal.place.starts_at >= house.at(0, day=WEDNESDAY)
    with pytest.raises((SlotTaken, InvalidInput)):
        house.book(11, mode="in_person", office_id=house.office_id)
    assert house.apply(plan_id)[at_office].state == "done"
    assert house.undo(plan_id).stay == []
    assert house.row(at_office).starts_at == house.at(9)
    assert house.row(by_phone).version == 1


def test_the_office_opens_earlier(house: House) -> None:
    plan_id = house.register(professional_ids=[], office_id=house.office_id, ends_at=house.at(23, day=WEDNESDAY))
    with bound(house.app, house.municipality_id) as session:
        plan = session.get_one(AbsencePlan, plan_id)
        come_back(session, plan, at=house.at(0, day=WEDNESDAY), actor=LEAD, now=clock.now())
        session.commit()
    assert house.book(10, day=WEDNESDAY, mode="in_person", office_id=house.office_id)
    with pytest.raises((SlotTaken, InvalidInput)):
        house.book(10, mode="in_person", office_id=house.office_id)


def test_an_office_that_is_not_there(house: House) -> None:
    with pytest.raises(InvalidInput) as told:
        house.register(professional_ids=[], office_id=999_999_999)
    assert "office" in told.value.fields


def test_nobody_is_moved_who_has_not_allowed_it(house: House) -> None:
    key = house.book(9)
    later = Decision(key, Action.MOVE, house.mikko_id, house.at(10, day=WEDNESDAY))
    item = house.apply(house.register(), [later])[key]
    assert (item.state, item.cause) == ("failed", "no_consent")
    assert house.row(key).starts_at == house.at(9)


def test_a_client_who_cancels_while_the_plan_is_open(house: House) -> None:
    key = house.book(9)
    plan_id = house.register()
    decided = [Decision(key, Action.HAND_OVER, house.mikko_id, house.at(9), version=1)]
    with bound(house.app, house.municipality_id) as session:
        municipality = session.get_one(Municipality, house.municipality_id)
        appointment = session.get_one(Appointment, key)
        cancel(session, appointment, actor=Actor("client"), municipality=municipality, now=clock.now())
        session.commit()
    assert house.apply(plan_id, decided)[key].state == "failed"
    assert house.row(key).status == Status.CANCELLED
    assert house.read(plan_id).appointments == []


def test_who_was_filling_the_form_when_it_was_registered_loses_nothing_but_the_time(house: House) -> None:
    with bound(house.app, house.municipality_id) as session:
        municipality = session.get_one(Municipality, house.municipality_id)
        service = session.get_one(Service, house.service_id)
        wish = Wish(service, "phone", TUESDAY, TUESDAY, professional_id=house.ill_id)
        visitor = Visitor("v", "a")
        hold, _ = place_hold(session, wish, house.at(9), visitor=visitor, zone=municipality.zone, now=clock.now())
        session.commit()
        hold_id = hold.id
    house.register()
    with bound(house.app, house.municipality_id) as session:
        municipality = session.get_one(Municipality, house.municipality_id)
        order = Order(
            session.get_one(Service, house.service_id),
            "phone",
            house.at(9),
            client=ClientDetails("Aino", "+358401234567"),
        )
        with pytest.raises(SlotTaken):
            book(
                session,
                order,
                actor=Actor("client"),
                municipality=municipality,
                now=clock.now(),
                hold=session.get_one(Hold, hold_id),
            )


def test_overlapping_absences_settle_each_meeting_once(house: House) -> None:
    key = house.book(9)
    first, second = house.register(), house.register(reason="leave", ends_at=house.at(12))
    assert house.apply(first)[key].state == "done"
    assert house.read(second).appointments == []
    assert [one.kind for one in house.messages(key)] == ["confirmation", "hand_over"]


def test_three_months_at_once(house: House) -> None:
    keys = [house.book(9, day=TUESDAY + timedelta(days=days), may_move=True) for days in (0, 21, 56)]
    items = house.apply(house.register(ends_at=house.at(0, day=TUESDAY + timedelta(days=92))))
    assert {items[key].state for key in keys} == {"done"}


def test_what_stands_in_the_past_is_left_alone(house: House) -> None:
    key = house.book(9)
    with clock.standing_at(house.at(11)):
        plan_id = house.register()
        assert house.read(plan_id).appointments == []
    assert house.row(key).version == 1


def test_the_house_hears_of_every_step(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setitem(_subscribers, AbsenceChanged, [lambda session, event: heard.append(event.step)])
    house.book(9)
    plan_id = house.register()
    house.apply(plan_id)
    house.undo(plan_id)
    with bound(house.app, house.municipality_id) as session:
        come_back(session, session.get_one(AbsencePlan, plan_id), at=clock.now(), actor=LEAD, now=clock.now())
    assert heard == ["register", "apply", "undo", "come_back"]


def test_a_process_killed_in_the_middle_leaves_nothing_half_done(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [house.book(hour) for hour in (9, 10, 11)]
    plan_id = house.register()
    told = {key: [(one.kind, one.status) for one in house.messages(key)] for key in keys}
    moved = []

    def dying(session: Session, *given: Any, **named: Any) -> Appointment:
        moved.append(move(session, *given, **named))
        if len(moved) == 2:
            connection = session.connection().connection.driver_connection
            with db.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": connection.info.backend_pid})
        return moved[-1]

    with monkeypatch.context() as patch:
        patch.setattr(by_hand, "move", dying)
        with pytest.raises(OperationalError):
            house.apply(plan_id)
    assert len(moved) == 2
    for key in keys:
        assert (house.row(key).professional_id, house.row(key).version) == (house.ill_id, 1)
        assert [(one.kind, one.status) for one in house.messages(key)] == told[key]
    assert house.state(plan_id) == "planned"
    assert {item.state for item in house.apply(plan_id).values()} == {"done"}
    for key in keys:
        assert [one.kind for one in house.messages(key) if one.status == "queued"] == ["hand_over"]
