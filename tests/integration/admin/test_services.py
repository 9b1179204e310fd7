"""Services: made, changed by two at once, looked at as a client, closed and deleted; their questions."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.booking.models import Appointment
from app.core.audit import AuditEvent
from app.core.errors import DomainError
from app.core.permissions import Role
from app.scheduling.models import Office, Question, Service, ServiceOffice
from tests.factories import World, make_question, make_service, make_world
from tests.integration.admin.conftest import SignIn
from tests.integration.admin.test_offices import meeting, version_in

SERVICES = "/staff/admin/services"
LANGUAGES = ("fi", "sv", "en")


def local(name: str, text: str) -> dict[str, str]:
    return {f"{name}-{code}": f"{text} {code}" for code in LANGUAGES}


def typed(world: World, **values: Any) -> dict[str, Any]:
    """A whole form; ``values`` replace its fields (None leaves one out)."""
    form = {
        **local("name", "Uraohjaus"),
        **local("public_label", "Tapaaminen"),
        **local("description", "Mietitään yhdessä."),
        **local("instructions", "Ota todistukset mukaan."),
        "duration_minutes": "45",
        "buffer_after": "15",
        "modes": ["in_person", "phone"],
        "offices": [str(world.office.id)],
        "who_may_book": "anyone",
        "minimum_notice_minutes": "2",
        "minimum_notice_minutes_unit": "hours",
        "change_cutoff_minutes": "1",
        "change_cutoff_minutes_unit": "days",
        "horizon_days": "90",
        "active": "1",
        "questions": "0",
        "version": "0",
    }
    return {name: value for name, value in (form | values).items() if value is not None}


def question(place: int, text: str, kind: str = "text", **values: Any) -> dict[str, Any]:
    more = {f"question-{place}-{name}": value for name, value in values.items()}
    return {**local(f"question-{place}-label", text), f"question-{place}-kind": kind, **more}


def options(place: int, *answers: str) -> dict[str, str]:
    return {f"question-{place}-options-{code}": "\n".join(f"{a} {code}" for a in answers) for code in LANGUAGES}


def sent(page: str) -> dict[str, list[str]]:
    """Every hidden field of a page with the values it would send."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page):
        found.setdefault(name, []).append(unescape(value))
    return found


def made(session: Session) -> Service:
    return session.scalars(select(Service).where(Service.slug == "uraohjaus-fi")).one()


def test_a_service_is_made_and_clients_find_it(client: Any, world: World, session: Session, sign_in: SignIn) -> None:
    staff = sign_in()
    form = typed(world, questions="2", **question(0, "Mikä on ammattisi?", required="1"))
    form |= question(1, "Mistä puhutaan?", "choice", modes=["phone"]) | options(1, "Työ", "Koulutus")
    for _ in range(2):  # a double click
        assert staff.post(f"{SERVICES}/new", data=form).status_code == 303
    service = made(session)
    assert (service.duration_minutes, service.buffer_after, service.step_minutes) == (45, 15, None)
    assert (service.minimum_notice_minutes, service.change_cutoff_minutes, service.horizon_days) == (120, 1440, 90)
    assert service.ask_may_move is False
    questions = session.scalars(select(Question).where(Question.service_id == service.id).order_by(Question.position))
    first, second = questions
    assert (first.required, first.modes, first.options) == (True, None, [])
    assert second.modes == ["phone"]
    assert [option["label"]["sv"] for option in second.options] == ["Työ sv", "Koulutus sv"]
    page = client.get(f"/m/{world.municipality.slug}/book/{service.slug}", headers={"Accept-Language": "fi"}).text
    assert "Uraohjaus fi" in page
    assert "Ota todistukset mukaan. fi" in page


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name-en": ""}, "name-en"),
        ({"public_label-fi": ""}, "public_label-fi"),
        ({"modes": None}, "modes"),
        ({"offices": None}, "offices"),
        ({"duration_minutes": ""}, "duration_minutes"),
        ({"duration_minutes": "721"}, "duration_minutes"),
        ({"buffer_before": "241"}, "buffer_before"),
        ({"step_minutes": "1.5"}, "step_minutes"),
        ({"minimum_notice_minutes": "91", "minimum_notice_minutes_unit": "days"}, "minimum_notice_minutes"),
        ({"horizon_days": "0"}, "horizon_days"),
        ({"limit_per_office": "-1"}, "limit_per_office"),
        ({"who_may_book": "everybody"}, "who_may_book"),
        ({"questions": "1", **question(0, "Kysymys"), "question-0-label-sv": ""}, "question-0-label-sv"),
        ({"questions": "1", **question(0, "Kysymys", "essay")}, "question-0-kind"),
        ({"questions": "1", **question(0, "Valitse", "choice")}, "question-0-options-fi"),
        ({"questions": "1", **question(0, "Valitse", "choice"), **options(0, "Yksi")}, "question-0-options-fi"),
        (
            {
                "questions": "1",
                **question(0, "Valitse", "several"),
                **options(0, "A", "B"),
                "question-0-options-sv": "A",
            },
            "question-0-options-sv",
        ),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(
    world: World, session: Session, sign_in: SignIn, values: dict[str, Any], field: str
) -> None:
    answer = sign_in().post(f"{SERVICES}/new", data=typed(world, **values))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "Mietitään yhdessä. sv" in answer.text
    assert session.scalar(select(func.count()).select_from(Service)) == 1


def test_questions_are_added_moved_and_removed_before_anything_is_saved(
    world: World, session: Session, sign_in: SignIn
) -> None:
    staff, form = sign_in(), typed(world, questions="2", **question(0, "Eka", key="eka"), **question(1, "Toka"))
    added = staff.post(f"{SERVICES}/new", data={**form, "do": "add"}).text
    assert 'name="questions" value="3"' in added
    moved = staff.post(f"{SERVICES}/new", data={**form, "do": "down-0"}).text
    assert moved.index("Toka fi") < moved.index("Eka fi")
    assert 'name="question-1-key" value="eka"' in moved
    removed = staff.post(f"{SERVICES}/new", data={**form, "do": "remove-0"}).text
    assert "Eka fi" not in removed
    assert "Toka fi" in removed
    for odd in ("up-0", "down-9", "remove-x"):
        assert "Eka fi" in staff.post(f"{SERVICES}/new", data={**form, "do": odd}).text
    assert session.scalar(select(func.count()).select_from(Question)) == 0


def test_answers_keep_their_question_and_their_value_when_only_words_change(
    world: World, session: Session, sign_in: SignIn
) -> None:
    given = [{"value": "a", "label": {"fi": "Työ"}}, {"value": "b", "label": {"fi": "Koulutus"}}]
    make_question(session, world.service, key="topic", kind="choice", options=given)
    session.commit()
    staff, address = sign_in(), f"{SERVICES}/{world.service.id}"
    form = typed(world, version=version_in(staff.get(address).text), questions="1")
    form |= question(0, "Aihe", "choice", key="topic")
    form |= {f"question-0-options-{code}": "Opiskelu\nTyö\nMuu" for code in LANGUAGES}
    assert staff.post(address, data=form).status_code == 303
    session.expire_all()
    asked = session.scalars(select(Question)).one()
    assert (asked.key, asked.label["fi"]) == ("topic", "Aihe fi")
    assert [(option["value"], option["label"]["fi"]) for option in asked.options] == [
        ("opiskelu", "Opiskelu"),
        ("a", "Työ"),
        ("muu", "Muu"),
    ]
    form |= {f"question-0-options-{code}": "Opinnot\nTyö\nMuu" for code in LANGUAGES}
    assert staff.post(address, data=form | {"version": version_in(staff.get(address).text)}).status_code == 303
    session.expire_all()
    assert [option["value"] for option in session.scalars(select(Question)).one().options] == ["opiskelu", "a", "muu"]


def test_the_address_stays_when_the_name_changes_and_bookings_stay_as_they_are(
    world: World, session: Session, sign_in: SignIn
) -> None:
    appointment = meeting(session, world, 9)
    slug, ends_at = world.service.slug, appointment.ends_at
    staff, address = sign_in(), f"{SERVICES}/{world.service.id}"
    page = staff.get(address, headers={"Accept-Language": "en"}).text
    assert "1 coming booking" in page
    form = typed(world, version=version_in(page), slug="muu", duration_minutes="20", modes=["phone"], offices=None)
    assert staff.post(address, data=form).status_code == 303
    session.expire_all()
    service = session.get_one(Service, world.service.id)
    assert (service.slug, service.name["fi"], service.duration_minutes) == (slug, "Uraohjaus fi", 20)
    assert session.scalars(select(ServiceOffice)).all() == []
    assert session.get_one(Office, world.office.id).version == 2
    kept = session.get_one(Appointment, appointment.id)
    assert (kept.status, kept.ends_at, kept.office_id) == ("booked", ends_at, world.office.id)


def test_the_second_of_two_editors_sees_what_the_first_changed(world: World, session: Session, sign_in: SignIn) -> None:
    one, other = sign_in(name="Antti Vainio"), sign_in(name="Paula Rinne")
    address = f"{SERVICES}/{world.service.id}"
    version = version_in(one.get(address).text)
    first = typed(world, version=version, duration_minutes="30", questions="1", **question(0, "Antin kysymys"))
    assert one.post(address, data=first).status_code == 303
    late = other.post(address, data=typed(world, version=version, duration_minutes="50"))
    assert late.status_code == 409
    for words in ("Antti Vainio", '<td role="cell">30</td>', '<td role="cell">50</td>', "Antin kysymys fi"):
        assert words in late.text
    again = typed(world, version=version_in(late.text), duration_minutes="50")
    assert other.post(address, data=again).status_code == 303
    session.expire_all()
    assert session.get_one(Service, world.service.id).duration_minutes == 50
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "service.change").order_by(AuditEvent.id))
    assert [event.data["changed"]["duration_minutes"] for event in events] == [[60, 30], [30, 50]]


def test_the_same_values_saved_again_change_nothing(world: World, session: Session, sign_in: SignIn) -> None:
    staff, address = sign_in(), f"{SERVICES}/{world.service.id}"
    form = typed(world, version=version_in(staff.get(address).text))
    for _ in range(2):
        assert staff.post(address, data=form).status_code == 303
    session.expire_all()
    assert session.get_one(Service, world.service.id).version == 2


def test_a_preview_is_the_clients_page_with_the_draft_and_loses_nothing(
    world: World, session: Session, sign_in: SignIn
) -> None:
    staff = sign_in()
    form = typed(world, questions="1", **question(0, "Mikä on ammattisi?"))
    shown = staff.post(f"{SERVICES}/new", data={**form, "do": "preview-sv"}).text
    assert '<html class="govuk-template" lang="sv">' in shown
    for words in ("Uraohjaus sv", "Mietitään yhdessä. sv", "Ota todistukset mukaan. sv", "Mikä on ammattisi? sv"):
        assert words in shown
    assert session.scalar(select(func.count()).select_from(Service)) == 1
    back = staff.post(f"{SERVICES}/new", data={**sent(shown), "do": "edit"})
    assert back.status_code == 200
    saved = staff.post(f"{SERVICES}/new", data={**sent(shown), "do": "save"})
    assert saved.status_code == 303
    assert made(session).modes == ["in_person", "phone"]


def test_a_service_with_coming_bookings_is_closed_not_deleted(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    meeting(session, world, 9)
    staff, address = sign_in(), f"{SERVICES}/{world.service.id}"
    refused = staff.post(f"{address}/delete", headers={"Accept-Language": "en"})
    assert refused.status_code == 409
    assert "The service has 1 coming booking. Close it for new bookings" in refused.text
    closed = typed(world, version=version_in(staff.get(address).text), active="0")
    assert staff.post(address, data=closed).status_code == 303
    assert client.get(f"/m/{world.municipality.slug}/book/{world.service.slug}").status_code == 404
    session.expire_all()
    with pytest.raises(DomainError):
        meeting(session, world, 11)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Appointment).where(Appointment.status == "booked")) == 1


def test_a_service_that_nobody_booked_is_deleted_with_its_questions(
    world: World, session: Session, sign_in: SignIn
) -> None:
    service = make_service(session, offices=[world.office])
    make_question(session, service)
    session.commit()
    staff = sign_in()
    assert [staff.post(f"{SERVICES}/{service.id}/delete").status_code for _ in range(2)] == [303, 404]
    assert session.scalar(select(func.count()).select_from(Question)) == 0
    assert session.scalars(select(Service.id)).all() == [world.service.id]
    assert "service.delete" in session.scalars(select(AuditEvent.action)).all()


def test_only_administrators_and_only_of_this_municipality(world: World, session: Session, sign_in: SignIn) -> None:
    for role in (Role.DESK, Role.CASEWORKER, Role.LEAD):
        assert sign_in(role).get(f"{SERVICES}/").status_code == 403
    staff = sign_in()
    other = make_world(session)
    assert staff.post(f"{SERVICES}/{other.service.id}", data=typed(world)).status_code == 404
    assert staff.get(f"{SERVICES}/{other.service.id}/delete").status_code == 404
    assert staff.post(f"{SERVICES}/{other.service.id}/delete").status_code == 404
    session.expire_all()
    assert session.get_one(Service, other.service.id).name["fi"] == "Työnhakukeskustelu"
    taken = staff.post(f"{SERVICES}/new", data=typed(world, offices=[str(other.office.id)]))
    assert taken.status_code == 422


def test_services_change_places_in_the_list_of_clients(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    second = make_service(session, offices=[world.office], name={"fi": "Toinen"}, position=1)
    session.commit()
    staff, front = sign_in(), f"/m/{world.municipality.slug}/services"

    def order() -> list[str]:
        text = client.get(front, headers={"Accept-Language": "fi"}).text
        return sorted(("Toinen", "Työnhakukeskustelu"), key=text.index)

    assert order() == ["Työnhakukeskustelu", "Toinen"]
    for _ in range(2):  # the second has nowhere to go
        assert staff.post(f"{SERVICES}/{second.id}/move", data={"do": "up"}).status_code == 303
    assert order() == ["Toinen", "Työnhakukeskustelu"]
    assert staff.post(f"{SERVICES}/{second.id}/move", data={"do": "down"}).status_code == 303
    assert order() == ["Työnhakukeskustelu", "Toinen"]
    assert "Kukaan ammattilainen ei vielä anna" in staff.get(f"{SERVICES}/?lang=fi").text
