"""Offices: made, changed by two at once, closed for good only when nobody is to come; closures with their effect."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.admin.offices.changing import MeetingsComing, close_for_good
from app.admin.offices.closures import add_closure
from app.admin.offices.effects import Closing, inside
from app.booking.availability import Wish
from app.booking.contact import ClientDetails
from app.booking.holds import Visitor, place_hold
from app.booking.models import Appointment
from app.booking.service import Order, book
from app.core import clock
from app.core.audit import SYSTEM, Actor, AuditEvent
from app.core.db import db
from app.core.errors import DomainError, SlotTaken
from app.core.permissions import Role
from app.core.tenancy import Municipality, bind
from app.scheduling.models import Closure, Office, Service, ServiceOffice
from app.scheduling.service import lock_all_professionals
from tests.concurrently import run_at_once
from tests.factories import World, make_office, make_world
from tests.integration.admin.conftest import SignIn

NEW = {
    "name-fi": "Itäkeskus",
    "name-sv": "Östra centrum",
    "name-en": "East Centre",
    "street": "Itäkatu 1",
    "postal_code": "00930",
    "city": "Helsinki",
    "phone": "+358 9 000 1200",
    "open-0": "9-15",
    "open-3": "9–11.30, 12–15",
    "arrival-fi": "Ovi on\npihan puolella.",
    "version": "0",
}
OFFICES = "/staff/admin/offices"
CLOSURES = "/staff/admin/closures/"


def meeting(session: Session, world: World, hour: int, mode: str = "in_person", **more: Any) -> Appointment:
    """A booked meeting; committed."""
    office_id = world.office.id if mode == "in_person" else None
    who = ClientDetails(f"Asiakas {hour}", f"+3584012345{hour:02}", "")
    order = Order(world.service, mode, world.at(hour), client=who, office_id=office_id, **more)
    made = book(session, order, actor=Actor("client"), municipality=world.municipality, now=clock.now())
    session.commit()
    return made


def typed_closure(world: World, **values: str) -> dict[str, str]:
    day = world.next_working_day().isoformat()
    reason = {f"title-{code}": f"Koulutus {code}" for code in ("fi", "sv", "en")}
    return {"office": str(world.office.id), "first": day, "scope": "in_person", **reason, **values}


def version_in(page: str) -> str:
    return re.search(r'name="version" value="(\d+)"', page).group(1)  # type: ignore[union-attr]


def test_an_office_is_made_and_shown_to_clients(client: Any, world: World, session: Session, sign_in: SignIn) -> None:
    staff = sign_in()
    assert staff.post(f"{OFFICES}/new", data={**NEW, "services": str(world.service.id)}).status_code == 303
    office = session.scalars(select(Office).where(Office.slug == "itakeskus")).one()
    assert office.open_times == [[0, 540, 900], [3, 540, 690], [3, 720, 900]]
    page = client.get(f"/m/{world.municipality.slug}/office/itakeskus", headers={"Accept-Language": "fi"}).text
    for words in (
        "Itäkatu 1, 00930 Helsinki",
        "Maanantai 9.00–15.00",
        "Torstai 9.00–11.30, 12.00–15.00",
        "pihan puolella",
    ):
        assert words in page
    assert world.service.name["fi"] in page


def test_the_same_form_sent_twice_makes_one_office(world: World, session: Session, sign_in: SignIn) -> None:
    staff = sign_in()
    answers = [staff.post(f"{OFFICES}/new", data=NEW).status_code for _ in range(2)]
    assert answers == [303, 303]
    assert session.scalar(select(func.count()).select_from(Office).where(Office.slug == "itakeskus")) == 1
    other = staff.post(f"{OFFICES}/new", data={**NEW, "street": "Muualla 2"})
    assert other.status_code == 422
    assert 'href="#slug"' in other.text
    assert "Muualla 2" in other.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name-sv", ""),
        ("street", ""),
        ("city", ""),
        ("phone", "soita"),
        ("slug", "Itä keskus!"),
        ("open-2", "aamulla"),
        ("arrival-en", "x" * 1001),
        ("name-en", "x\x07"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field_and_nothing_is_lost(
    world: World, session: Session, sign_in: SignIn, field: str, value: str
) -> None:
    answer = sign_in().post(f"{OFFICES}/new", data={**NEW, field: value})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "00930" in answer.text
    assert session.scalar(select(func.count()).select_from(Office)) == 1


def test_a_language_that_is_no_longer_offered_keeps_its_texts(world: World, session: Session, sign_in: SignIn) -> None:
    world.municipality.languages = ["fi"]
    session.commit()
    staff = sign_in()
    page = staff.get(f"{OFFICES}/{world.office.id}").text
    assert 'name="name-sv"' not in page
    changes = {**NEW, "name-fi": "Uusi nimi", "slug": world.office.slug, "version": version_in(page)}
    assert staff.post(f"{OFFICES}/{world.office.id}", data=changes).status_code == 303
    session.expire_all()
    assert session.get_one(Office, world.office.id).name == {
        "fi": "Uusi nimi",
        "sv": "Keskusta (sv)",
        "en": "Keskusta (en)",
    }


def test_the_second_of_two_editors_sees_what_the_first_changed(world: World, session: Session, sign_in: SignIn) -> None:
    one, other = sign_in(name="Antti Vainio"), sign_in(name="Paula Rinne")
    address = f"{OFFICES}/{world.office.id}"
    version = version_in(one.get(address).text)
    base = {**NEW, "slug": world.office.slug, "version": version}
    assert one.post(address, data={**base, "street": "Antin katu 1"}).status_code == 303
    late = other.post(address, data={**base, "street": "Paulan katu 2"}, headers={"Accept-Language": "fi"})
    assert late.status_code == 409
    assert "Antti Vainio" in late.text
    assert "Antin katu 1" in late.text
    assert "Paulan katu 2" in late.text
    again = {**base, "street": "Paulan katu 2", "version": version_in(late.text)}
    assert other.post(address, data=again).status_code == 303
    session.expire_all()
    assert session.get_one(Office, world.office.id).street == "Paulan katu 2"
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "office.change").order_by(AuditEvent.id))
    assert [event.data["changed"]["street"][1] for event in events] == ["Antin katu 1", "Paulan katu 2"]


def test_a_service_taken_from_an_office_counts_as_a_change_of_the_service(
    world: World, session: Session, sign_in: SignIn
) -> None:
    data = {**NEW, "slug": world.office.slug, "version": "1"}
    assert sign_in().post(f"{OFFICES}/{world.office.id}", data=data).status_code == 303
    session.expire_all()
    assert session.scalars(select(ServiceOffice)).all() == []
    assert session.get_one(Service, world.service.id).version == 2


def test_an_office_with_a_coming_meeting_is_not_closed_for_good(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    appointment, staff = meeting(session, world, 9), sign_in()
    address = f"{OFFICES}/{world.office.id}/close"
    for answer in (staff.get(address), staff.post(address)):
        assert f"/staff/appointments/{appointment.id}" in answer.text
        assert "Asiakas 9" in answer.text
    assert staff.post(address).status_code == 409
    session.expire_all()
    assert session.get_one(Office, world.office.id).active


def test_an_office_is_closed_for_good_and_opened_again(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    staff, page = sign_in(), f"/m/{world.municipality.slug}/office/{world.office.slug}"
    assert staff.post(f"{OFFICES}/{world.office.id}/close").status_code == 303
    assert client.get(page).status_code == 404
    with pytest.raises(DomainError):
        meeting(session, world, 10)
    session.rollback()
    assert staff.post(f"{OFFICES}/{world.office.id}/open").status_code == 303
    assert client.get(page).status_code == 200
    assert meeting(session, world, 10).id
    actions = session.scalars(
        select(AuditEvent.action).where(AuditEvent.object_type == "office").order_by(AuditEvent.id)
    )
    assert list(actions) == ["office.close", "office.open"]


def test_a_closure_shows_its_effect_before_it_is_saved(world: World, session: Session, sign_in: SignIn) -> None:
    appointment = meeting(session, world, 9)
    meeting(session, world, 10, "phone")
    meeting(session, world, 13)
    staff, typed = sign_in(), typed_closure(world, first_time="8", last_time="12")
    seen = staff.post(CLOSURES, data=typed, headers={"Accept-Language": "fi"})
    assert "Se koskee 1 tulevaa tapaamista." in seen.text
    assert f"/staff/appointments/{appointment.id}" in seen.text
    assert "Asiakas 9" in seen.text
    assert "Asiakas 10" not in seen.text
    assert session.scalar(select(func.count()).select_from(Closure)) == 0
    meeting(session, world, 11)
    seal = re.search(r'name="seen" value="(\w+)"', seen.text).group(1)  # type: ignore[union-attr]
    meanwhile = staff.post(CLOSURES, data={**typed, "seen": seal, "do": "confirm"})
    assert meanwhile.status_code == 409
    assert "Asiakas 11" in meanwhile.text
    seal = re.search(r'name="seen" value="(\w+)"', meanwhile.text).group(1)  # type: ignore[union-attr]
    back = staff.post(CLOSURES, data={**typed, "do": "edit"})
    assert 'value="Koulutus sv"' in back.text
    for _ in range(2):
        assert staff.post(CLOSURES, data={**typed, "seen": seal, "do": "confirm"}).status_code == 303
    closure = session.scalars(select(Closure)).one()
    assert (closure.starts_at, closure.ends_at) == (world.at(8), world.at(12))
    assert session.scalar(select(func.count()).select_from(Appointment).where(Appointment.status == "booked")) == 4


def test_a_closed_office_offers_no_times_and_says_why(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    staff = sign_in()
    assert staff.post(CLOSURES, data=typed_closure(world)).status_code == 303
    with pytest.raises(DomainError):
        meeting(session, world, 9)
    session.rollback()
    assert meeting(session, world, 9, "phone").id
    page = client.get(f"/m/{world.municipality.slug}/office/{world.office.slug}", headers={"Accept-Language": "sv"})
    assert "Koulutus sv" in page.text
    closure_id = session.scalars(select(Closure.id)).one()
    assert [staff.post(f"{CLOSURES}{closure_id}/remove").status_code for _ in range(2)] == [303, 404]
    assert meeting(session, world, 11).id


def test_a_time_that_was_kept_before_the_closing_is_not_booked_after_it(
    world: World, session: Session, sign_in: SignIn
) -> None:
    day, who = world.next_working_day(), {"zone": world.zone, "now": clock.now()}
    wish = Wish(service=world.service, mode="in_person", first=day, last=day, office_id=world.office.id)
    hold, _ = place_hold(session, wish, world.at(9), visitor=Visitor("somebody"), **who)
    session.commit()
    assert sign_in().post(CLOSURES, data=typed_closure(world)).status_code == 303
    order = Order(world.service, "in_person", world.at(9), client=ClientDetails("Aino", "+358401234567", ""))
    with pytest.raises(SlotTaken):
        book(session, order, actor=Actor("client"), municipality=world.municipality, now=clock.now(), hold=hold)


def test_everything_closed_concerns_the_remote_meetings_of_those_who_work_there(world: World, session: Session) -> None:
    meeting(session, world, 9)
    meeting(session, world, 10, "phone")
    elsewhere = make_office(session)
    zone, now = world.zone, clock.now()
    day = (world.at(0), world.at(0) + timedelta(days=1))

    def hours(office_id: int | None, *, remote_too: bool) -> list[int]:
        found = inside(session, Closing(office_id, *day, remote_too), zone=zone, now=now)
        return [item.appointment.starts_at.astimezone(zone).hour for item in found]

    assert hours(world.office.id, remote_too=False) == [9]
    assert hours(world.office.id, remote_too=True) == [9, 10]
    assert hours(None, remote_too=False) == [9]
    assert hours(None, remote_too=True) == [9, 10]
    assert hours(elsewhere.id, remote_too=True) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"first": ""}, "first"),
        ({"first": "2020-01-01"}, "last"),
        ({"first_time": "25"}, "first_time"),
        ({"first_time": "12", "last_time": "11"}, "last_time"),
        ({"last": "2099-01-01"}, "last"),
        ({"title-fi": ""}, "title-fi"),
        ({"scope": "all"}, "scope"),
        ({"office": "999999"}, "office"),
    ],
)
def test_a_closure_that_makes_no_sense_is_refused(
    world: World, session: Session, sign_in: SignIn, values: dict[str, str], field: str
) -> None:
    answer = sign_in().post(CLOSURES, data=typed_closure(world, **values))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert session.scalar(select(func.count()).select_from(Closure)) == 0


def test_only_administrators_and_only_of_this_municipality(world: World, session: Session, sign_in: SignIn) -> None:
    for role in (Role.DESK, Role.CASEWORKER, Role.LEAD):
        assert sign_in(role).get(f"{OFFICES}/").status_code == 403
        assert sign_in(role).post(CLOSURES, data=typed_closure(world)).status_code == 403
    staff = sign_in()
    other = make_world(session)  # the session is bound to the other municipality from here on
    for path in ("", "/close", "/open"):
        assert staff.post(f"{OFFICES}/{other.office.id}{path}", data=NEW).status_code == 404
    assert staff.post(CLOSURES, data=typed_closure(other)).status_code == 422
    assert session.scalar(select(func.count()).select_from(Closure)) == 0


def _in_own_session(app: Flask, municipality_id: int, act: Callable[[Session, Municipality], str]) -> Callable[[], str]:
    def run() -> str:
        with app.app_context(), db.session_maker() as own:
            bind(own, municipality_id)
            try:
                done = act(own, own.get_one(Municipality, municipality_id))
            except DomainError as problem:
                return problem.code
            own.commit()
            return done

    return run


def _booking(app: Flask, world: World, hour: int) -> Callable[[], str]:
    service_id, office_id, at = world.service.id, world.office.id, world.at(hour)

    def act(own: Session, municipality: Municipality) -> str:
        order = Order(own.get_one(Service, service_id), "in_person", at, office_id=office_id,
                      client=ClientDetails(f"Asiakas {hour}", f"+3584012345{hour:02}", ""))  # fmt: skip
        book(own, order, actor=Actor("client"), municipality=municipality, now=clock.now())
        return "booked"

    return _in_own_session(app, world.municipality.id, act)


@pytest.mark.parametrize("for_good", [False, True])
def test_no_booking_slips_in_while_an_office_is_being_closed(
    app: Flask, world: World, session: Session, for_good: bool
) -> None:
    """Whatever the order: what the closing saw is all that is inside when it is written."""
    office_id, zone = world.office.id, world.zone
    closing, seen = Closing(office_id, world.at(0), world.at(0) + timedelta(days=1)), []

    def close(own: Session, municipality: Municipality) -> str:
        if for_good:
            close_for_good(own, office_id, actor=SYSTEM, now=clock.now())
            return "closed"
        lock_all_professionals(own)
        seen.extend(item.appointment.id for item in inside(own, closing, zone=zone, now=clock.now()))
        add_closure(own, closing, {}, actor=SYSTEM, now=clock.now())
        return "closed"

    bookings = [_booking(app, world, hour) for hour in (9, 10, 11, 12)]
    closer = _in_own_session(app, world.municipality.id, close)
    answers = run_at_once([*bookings[:2], closer, *bookings[2:]], workers=5)
    assert set(answers) <= {"booked", "closed", "slot_taken", "invalid_input", MeetingsComing.code}
    booked = set(session.scalars(select(Appointment.id)))
    if for_good:
        assert session.scalars(select(Office.active)).one() == bool(booked)
    else:
        assert booked == set(seen)
        assert answers[2] == "closed"
