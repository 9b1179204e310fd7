"""Administrators say who meets clients, what each offers, and stop new bookings without losing those that are made."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.booking.availability import Wish, openings
from app.booking.models import Appointment
from app.core import clock
from app.core.audit import AuditEvent
from app.core.permissions import Role
from app.core.tenancy import Municipality
from app.identity.models import StaffUser
from app.scheduling.models import Professional, ProfessionalService, Service
from tests.concurrently import run_at_once
from tests.integration.identity.conftest import User
from tests.town import Browser, Town, bound, browser, make_town, signed_in

PEOPLE = "/staff/admin/professionals/"


@pytest.fixture
def town(app: Flask) -> Town:
    return make_town(app)


@pytest.fixture
def admin(app: Flask, town: Town) -> Browser:
    return signed_in(app, town, Role.ADMIN)


def typed(town: Town, **instead: Any) -> dict[str, Any]:
    return {
        "version": "1",
        "first_name": "Veikko",
        "last_name": "Yli-Äyräpää",
        "title-fi": "Asiantuntija",
        "title-sv": "Sakkunnig",
        "title-en": "Adviser",
        "languages": ["fi", "sv"],
        "modes": ["in_person", "phone"],
        "services": [str(town.service_id)],
        "online": "1",
        **instead,
    }


def saved(app: Flask, town: Town) -> dict[str, Any]:
    """The town's professional, as the form sends it."""
    with bound(app, town.municipality_id) as session:
        person = session.get_one(Professional, town.professional_id)
        return typed(
            town,
            version=str(person.version),
            first_name=person.first_name,
            last_name=person.last_name,
            slug=person.slug,
            languages=person.languages,
            modes=person.modes,
            **{f"title-{code}": text for code, text in person.title.items()},
        )


def free(app: Flask, town: Town, **wish: Any) -> int:
    """How many times of the professional are free on the day of the town's free time."""
    day = date.fromisoformat(town.free_start[:10])
    with bound(app, town.municipality_id) as session:
        service = session.get_one(Service, town.service_id)
        zone = session.get_one(Municipality, town.municipality_id).zone
        asked = Wish(service, "phone", day, day, professional_id=town.professional_id, **wish)
        return len(openings(session, asked, zone=zone, now=clock.now()))


def test_a_user_becomes_a_professional_once_however_often_the_form_is_sent(
    app: Flask, town: Town, admin: Browser
) -> None:
    with bound(app, town.municipality_id) as session:
        user_id = session.scalars(select(StaffUser.id).where(StaffUser.role == Role.LEAD)).one()
    assert f'value="{user_id}" selected' in admin.get(f"{PEOPLE}new?user={user_id}").text
    first, second = (admin.post(f"{PEOPLE}new", data=typed(town, user=str(user_id))) for _ in range(2))
    assert (first.status_code, first.location) == (303, second.location)
    with bound(app, town.municipality_id) as session:
        made = session.scalars(select(Professional).where(Professional.slug == "veikko-yli-ayrapaa")).one()
        assert (made.title["sv"], made.languages, made.online, made.active) == ("Sakkunnig", ["fi", "sv"], True, True)
        assert session.get_one(StaffUser, user_id).professional_id == made.id
        given = select(ProfessionalService.service_id).where(ProfessionalService.professional_id == made.id)
        assert list(session.scalars(given)) == [town.service_id]
    assert "Ei vielä työaikoja" in admin.get(PEOPLE).text


def test_somebody_without_sign_in_becomes_one_too(town: Town, admin: Browser) -> None:
    answer = admin.post(f"{PEOPLE}new", data=typed(town, user=""))
    assert answer.status_code == 303
    assert admin.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    ("instead", "field"),
    [
        ({"first_name": ""}, "first_name"),
        ({"languages": []}, "languages"),
        ({"modes": ["by owl"]}, "modes"),
        ({"slug": "Ä!"}, "slug"),
        ({"video_link": "http://x"}, "video_link"),
        ({"daily_limit": "0"}, "daily_limit"),
        ({"phone": "soita"}, "phone"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(
    town: Town, admin: Browser, instead: dict[str, Any], field: str
) -> None:
    answer = admin.post(f"{PEOPLE}new", data=typed(town, **instead))
    assert answer.status_code == 422
    assert f'href="#{field}' in answer.text
    assert "Yli-Äyräpää" in answer.text


def test_an_address_that_is_taken_and_a_user_who_is_one_already_are_refused(
    app: Flask, town: Town, admin: Browser
) -> None:
    taken = saved(app, town)["slug"]
    assert admin.post(f"{PEOPLE}new", data=typed(town, slug=taken)).status_code == 422
    with bound(app, town.municipality_id) as session:
        own = session.scalars(select(StaffUser.id).where(StaffUser.professional_id == town.professional_id)).one()
    assert admin.post(f"{PEOPLE}new", data=typed(town, user=str(own))).status_code == 422


def test_a_change_is_saved_logged_and_guarded_by_its_version(app: Flask, town: Town, admin: Browser) -> None:
    page, form = f"{PEOPLE}{town.professional_id}", saved(app, town)
    assert admin.post(page, data={**form, "title-fi": "Ohjaaja"}).status_code == 303
    late = admin.post(page, data={**form, "title-fi": "Valmentaja"})
    assert late.status_code == 409
    assert "Ohjaaja" in late.text
    assert "Valmentaja" in late.text
    with bound(app, town.municipality_id) as session:
        query = select(AuditEvent.data).where(AuditEvent.action == "professional.change")
        (data,) = session.scalars(query).all()
    assert data["changed"]["title"][1]["fi"] == "Ohjaaja"


def test_nothing_changed_is_no_change(app: Flask, town: Town, admin: Browser) -> None:
    form = saved(app, town)
    admin.post(f"{PEOPLE}{town.professional_id}", data={**form, "title-fi": "Ohjaaja"})
    again = {**form, "title-fi": "Ohjaaja"}
    assert admin.post(f"{PEOPLE}{town.professional_id}", data=again).status_code == 303


def test_stopping_closes_every_time_at_once_and_keeps_the_meetings(app: Flask, town: Town, admin: Browser) -> None:
    assert free(app, town) > 0
    page = admin.get(f"{PEOPLE}{town.professional_id}/stop").text
    assert "2 tulevaa tapaamista" in page
    assert f"/staff/appointments/{town.appointment_id}" in page
    for _ in range(2):
        assert admin.post(f"{PEOPLE}{town.professional_id}/stop").status_code == 303
    assert free(app, town) == free(app, town, any_notice=True) == 0
    with bound(app, town.municipality_id) as session:
        assert session.get_one(Appointment, town.appointment_id).status == "booked"
        assert len(session.scalars(select(AuditEvent).where(AuditEvent.action == "professional.stop")).all()) == 1
    assert f"/staff/appointments/{town.appointment_id}" in admin.get(f"{PEOPLE}{town.professional_id}").text
    admin.post(f"{PEOPLE}{town.professional_id}/resume")
    assert free(app, town) > 0


def test_whom_clients_do_not_book_is_booked_by_staff_alone(app: Flask, town: Town, admin: Browser) -> None:
    form = {name: value for name, value in saved(app, town).items() if name != "online"}
    assert admin.post(f"{PEOPLE}{town.professional_id}", data=form).status_code == 303
    assert free(app, town) == 0
    assert free(app, town, any_notice=True) > 0
    direct = f"/m/{town.slug}/with/{town.professional_slug}"
    assert browser(app).get(direct).status_code == 404


def test_two_who_save_at_once_do_not_undo_each_other(app: Flask, town: Town) -> None:
    form, visitors = saved(app, town), [User(app, town.municipality_id, role=Role.ADMIN).browser() for _ in range(2)]
    answers = run_at_once(
        [
            lambda who=who, title=title: who.post(f"{PEOPLE}{town.professional_id}", data={**form, "title-fi": title})
            for who, title in zip(visitors, ("Ohjaaja", "Valmentaja"), strict=True)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
