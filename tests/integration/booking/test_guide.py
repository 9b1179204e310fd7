"""The guided choice: what clients see of it, and how an administrator edits and publishes it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.audit import SYSTEM, AuditEvent
from app.core.permissions import Role
from app.identity.service import create_user
from app.scheduling.guide import DRAFT, LIVE, read_guide
from app.scheduling.guide_map import Choice, Leads, Step
from app.scheduling.guide_service import write_guide
from tests.factories import World, make_service, make_world, text
from tests.town import PASSWORD, cheap_passwords

GUIDE = "/staff/guide/"


def service_choice(world: World, mode: str = "") -> Choice:
    return Choice(text("Haluan keskustella"), {}, Leads.SERVICE, service_id=world.service.id, mode=mode)


def make_guide(session: Session, *steps: Step, editions: tuple[str, ...] = (DRAFT, LIVE)) -> None:
    for edition in editions:
        write_guide(session, edition, steps, actor=SYSTEM, now=clock.now())
    session.commit()


@pytest.fixture
def guide(world: World, session: Session) -> World:
    """Two questions: the first leads to the second, to a service by phone, and to a call."""
    first = Step(
        1,
        text("Mitä asiasi koskee?"),
        choices=(
            Choice(text("Etsin työtä"), text("Olet työnhakija."), Leads.STEP, step=2),
            service_choice(world, "phone"),
            Choice(text("Jokin muu")),
        ),
    )
    make_guide(session, first, Step(2, text("Missä vaiheessa olet?"), choices=(service_choice(world),)))
    return world


def links(page: str) -> list[str]:
    """The addresses of the big choices."""
    return re.findall(r'<h2><a href="([^"]+)"', page.replace("&amp;", "&"))


# — what clients see —


def test_the_front_page_asks_the_first_question_and_each_answer_is_a_link(client: Any, guide: World) -> None:
    home = f"/m/{guide.municipality.slug}"
    front = client.get(f"{home}/")
    assert "Mitä asiasi koskee?" in front.text
    assert "Olet työnhakija." in front.text
    times = f"{home}/book/{guide.service.slug}/times?mode=phone"
    assert links(front.text) == [f"{home}/guide/2", times, f"{home}/guide/1/3"]
    assert f'href="{home}/services"' in front.text
    assert "tel:+35890000000" in front.text

    second = client.get(f"{home}/guide/2")
    assert "Valitsit: Etsin työtä" in second.text
    assert f'<a href="{home}/" class="govuk-back-link"' in second.text
    assert links(second.text) == [f"{home}/book/{guide.service.slug}"]
    assert client.get(times).status_code == 200


def test_every_language_has_its_own_words(client: Any, guide: World) -> None:
    page = client.get(f"/m/{guide.municipality.slug}/guide/2?lang=sv").text
    assert "Missä vaiheessa olet? (sv)" in page
    assert "Etsin työtä (sv)" in page


def test_all_services_stand_beside_the_guide_and_without_a_guide_on_the_front_page(
    client: Any, guide: World, session: Session
) -> None:
    home = f"/m/{guide.municipality.slug}"
    assert "Työnhakukeskustelu" in client.get(f"{home}/services").text
    assert "Työnhakukeskustelu" not in client.get(f"{home}/").text
    make_guide(session, editions=(LIVE,))
    assert "Työnhakukeskustelu" in client.get(f"{home}/").text


@pytest.mark.parametrize("change", [{"active": False}, {"who_may_book": "invited"}])
def test_an_answer_whose_service_was_closed_ends_at_a_call_and_all_services(
    client: Any, guide: World, session: Session, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(session.get_one(type(guide.service), guide.service.id), name, value)
    session.commit()
    home = f"/m/{guide.municipality.slug}"
    for address, place in ((f"{home}/", 1), (f"{home}/guide/2", 0)):
        ended = client.get(links(client.get(address).text)[place])
        assert ended.status_code == 200
        assert "tel:+35890000000" in ended.text
        assert f"{home}/services" in ended.text
        assert "ei juuri nyt voi varata" in ended.text


def test_a_way_of_meeting_that_the_service_lost_asks_how(client: Any, guide: World, session: Session) -> None:
    session.get_one(type(guide.service), guide.service.id).modes = ["in_person", "video"]
    session.commit()
    home = f"/m/{guide.municipality.slug}"
    how = links(client.get(f"{home}/").text)[1]
    assert how == f"{home}/book/{guide.service.slug}"
    assert client.get(how).status_code == 200


def test_a_call_page_of_an_answer_that_leads_on_leads_on(client: Any, guide: World) -> None:
    home = f"/m/{guide.municipality.slug}"
    assert "Jokin muu" in client.get(f"{home}/guide/1/3").text
    assert client.get(f"{home}/guide/1/2").location.endswith("/times?mode=phone")
    assert client.get(f"{home}/guide/1/1").location == f"{home}/guide/2"


@pytest.mark.parametrize("path", ["guide/3", "guide/0", "guide/1/4", "guide/1/0", "guide/9999999999999999999999"])
def test_a_question_that_is_gone_leads_back_to_the_front_page(client: Any, guide: World, path: str) -> None:
    home = f"/m/{guide.municipality.slug}"
    gone = client.get(f"{home}/{path}")
    assert gone.status_code == 404
    assert f'href="{home}/"' in gone.text


def test_a_personal_link_goes_along_through_the_guide(client: Any, guide: World) -> None:
    home = f"/m/{guide.municipality.slug}"
    for address in (f"{home}/?via=abc", f"{home}/guide/2?via=abc", f"{home}/services?via=abc"):
        assert all("via=abc" in link for link in links(client.get(address).text))


def test_where_two_ways_lead_to_a_question_the_way_back_is_the_one_that_was_gone(
    client: Any, world: World, session: Session
) -> None:
    def to(number: int) -> Choice:
        return Choice(text(f"Kysymykseen {number}"), {}, Leads.STEP, step=number)

    make_guide(
        session,
        Step(1, text("Ensin"), choices=(to(2), to(3))),
        Step(2, text("Sitten"), choices=(to(3),)),
        Step(3, text("Lopuksi"), choices=(service_choice(world),)),
    )
    home = f"/m/{world.municipality.slug}"
    by_two = links(client.get(f"{home}/guide/2").text)[0]
    assert f'<a href="{home}/guide/2" class="govuk-back-link"' in client.get(by_two).text
    straight = links(client.get(f"{home}/").text)[1]
    assert f'<a href="{home}/" class="govuk-back-link"' in client.get(straight).text


# — the editor —


@pytest.fixture
def admins(app: Any, world: World, session: Session) -> list[Any]:
    """Two administrators, each in a browser."""
    browsers = []
    with cheap_passwords():
        for name in ("Antti", "Bertta"):
            email = f"{name}@{world.municipality.slug}.example"
            create_user(session, email=email, name=name, role=Role.ADMIN, password=PASSWORD, now=clock.now())
            session.commit()
            browsers.append(app.test_client())
            signed = browsers[-1].post("/staff/sign-in", data={"email": email, "password": PASSWORD})
            assert signed.status_code == 303
    return browsers


def form_of(page: str) -> dict[str, str]:
    """The fields of the editing form as a browser would send them."""
    fields = dict(re.findall(r'<input(?: [^>]*)? name="([^"]+)"(?: [^>]*)? value="([^"]*)"', page))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen.group(1) if chosen else ""
    return fields


def written(**texts: str) -> dict[str, str]:
    """``question="x"`` as the fields of all three languages."""
    return {
        f"{name.replace('_', '-')}-{code}": f"{words} {code}"
        for name, words in texts.items()
        for code in ("fi", "sv", "en")
    }


def version_of(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found.group(1)


def publish(browser: Any) -> Any:
    return browser.post(f"{GUIDE}publish", data={"version": version_of(browser.get(GUIDE).text)})


def test_an_administrator_writes_a_guide_and_publishes_it(
    client: Any, world: World, session: Session, admins: list[Any]
) -> None:
    admin, home = admins[0], f"/m/{world.municipality.slug}"
    assert "Kirjoita ensimmäinen kysymys" in admin.get(GUIDE).text
    began = admin.post(GUIDE)
    assert began.location == f"{GUIDE}questions/1"
    page = admin.get(began.location).text
    typed = {
        **form_of(page),
        **written(answer_0="Etsin työtä", answer_0_help="Olet työnhakija", answer_1="Muu asia"),
        "answer-0-to": "step:0",
        "answer-1-to": "call",
    }
    assert admin.post(began.location, data={**typed, "do": "save"}).status_code == 303
    overview = admin.get(GUIDE).text
    assert "Korjattava ennen julkaisemista" in overview
    assert "publish" not in overview
    assert admin.post(f"{GUIDE}publish", data={"version": 2}).status_code == 422

    second = {
        **form_of(admin.get(f"{GUIDE}questions/2").text),
        **written(question="Missä vaiheessa", answer_0="Alussa"),
        "answers": "1",
        "answer-0-to": f"service:{world.service.id}:phone",
    }
    looked = admin.post(f"{GUIDE}questions/2", data={**second, "do": "look"})
    assert "Missä vaiheessa fi" in admin.get(looked.location).text
    assert "Etsin työtä" not in client.get(f"{home}/").text  # not yet
    assert publish(admin).location == f"{GUIDE}?notice=published"
    front = client.get(f"{home}/").text
    assert "Etsin työtä fi" in front
    assert links(client.get(links(front)[0]).text)[0].endswith("/times?mode=phone")
    guide = select(AuditEvent.action).where(AuditEvent.object_type.like("guide%"))
    actions = session.scalars(guide.order_by(AuditEvent.id)).all()
    assert actions == ["guide.begin", "guide.change", "guide.change", "guide.publish"]

    admin.post(f"{GUIDE}withdraw")
    assert "Työnhakukeskustelu" in client.get(f"{home}/").text
    assert len(read_guide(session, DRAFT)) == 2


def test_answers_are_added_moved_and_removed_without_saving_or_losing_what_was_typed(
    guide: World, session: Session, admins: list[Any]
) -> None:
    admin, address = admins[0], f"{GUIDE}questions/1"
    before = read_guide(session, DRAFT)
    typed = {**form_of(admin.get(address).text), "answer-2-fi": "Kirjoitettu"}
    moved = admin.post(address, data={**typed, "do": "up-2"}).text
    assert form_of(moved)["answer-1-fi"] == "Kirjoitettu"
    assert form_of(moved)["answer-2-fi"] == "Haluan keskustella"
    assert form_of(moved)["answer-2-to"] == f"service:{guide.service.id}:phone"
    removed = admin.post(address, data={**form_of(moved), "do": "remove-0"}).text
    assert [form_of(removed)[f"answer-{place}-fi"] for place in range(2)] == ["Kirjoitettu", "Haluan keskustella"]
    added = form_of(admin.post(address, data={**form_of(removed), "do": "add"}).text)
    assert (added["answers"], added["answer-2-fi"]) == ("3", "")
    assert read_guide(session, DRAFT) == before
    for action in ("up-0", "down-2", "remove-9", "up-x", "down-99999999999"):
        assert form_of(admin.post(address, data={**added, "do": action}).text)["answer-0-fi"] == "Kirjoitettu"


def test_what_cannot_be_saved_is_told_at_its_field_and_kept(guide: World, session: Session, admins: list[Any]) -> None:
    admin, address = admins[0], f"{GUIDE}questions/1"
    before = read_guide(session, DRAFT)
    too_long = "x" * 300
    typed = {**form_of(admin.get(address).text), "question-sv": too_long, "answer-0-to": "service:999999:phone"}
    refused = admin.post(address, data={**typed, "do": "save"})
    assert refused.status_code == 422
    assert 'href="#question-sv"' in refused.text
    assert 'href="#answer-0-to"' in refused.text
    assert form_of(refused.text)["question-sv"] == too_long
    assert read_guide(session, DRAFT) == before


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("step:1", "johtaa takaisin jo kysyttyyn"),
        ("call", "mikään vastaus ei johda"),
        ("closed", "eivät voi nyt varata"),
    ],
)
def test_a_guide_with_a_fault_is_not_published(
    client: Any, guide: World, session: Session, admins: list[Any], target: str, told: str
) -> None:
    closed = make_service(session, who_may_book="invited")
    session.commit()
    target = f"service:{closed.id}" if target == "closed" else target
    admin = admins[0]
    number = 1 if target == "call" else 2
    fields = form_of(admin.get(f"{GUIDE}questions/{number}").text)
    saved = admin.post(f"{GUIDE}questions/{number}", data={**fields, "answer-0-to": target, "do": "save"})
    assert saved.status_code == 303
    refused = publish(admin) if "publish" in admin.get(GUIDE).text else admin.get(GUIDE)
    assert told in refused.text
    assert read_guide(session, LIVE)[0].choices[0].step == 2


def test_the_second_of_two_editors_sees_what_the_first_changed_and_loses_nothing(
    guide: World, session: Session, admins: list[Any]
) -> None:
    first, second = admins
    address = f"{GUIDE}questions/1"
    opened = form_of(second.get(address).text)
    fields = {**form_of(first.get(address).text), "question-fi": "Antin kysymys"}
    assert first.post(address, data={**fields, "do": "save"}).status_code == 303

    mine = {**opened, "question-sv": "Berttas fråga", "do": "save"}
    late = second.post(address, data=mine)
    assert late.status_code == 409
    assert "Antti tallensi tämän kysymyksen" in late.text
    assert '<td role="cell">Antin kysymys</td>' in late.text
    assert form_of(late.text)["question-sv"] == "Berttas fråga"
    assert read_guide(session, DRAFT)[0].question["fi"] == "Antin kysymys"

    again = second.post(address, data={**form_of(late.text), "do": "save"})
    assert again.status_code == 303
    session.expire_all()
    assert read_guide(session, DRAFT)[0].question["sv"] == "Berttas fråga"


def test_what_was_typed_into_a_question_that_somebody_removed_can_still_be_saved(
    guide: World, session: Session, admins: list[Any]
) -> None:
    first, second = admins
    address = f"{GUIDE}questions/2"
    opened = {**form_of(second.get(address).text), "question-fi": "Tärkeä kysymys", "do": "save"}
    asked = first.get(f"{address}/remove").text
    assert first.post(f"{address}/remove", data={"version": version_of(asked)}).status_code == 303
    late = second.post(address, data=opened)
    assert late.status_code == 409
    assert form_of(late.text)["question-fi"] == "Tärkeä kysymys"
    assert second.post(address, data={**form_of(late.text), "do": "save"}).status_code == 303
    assert [step.number for step in read_guide(session, DRAFT)] == [1, 2]
    assert read_guide(session, DRAFT)[0].choices[0].step is None  # the answer that led there waits to be mended


def test_removing_and_publishing_what_somebody_changed_meanwhile_are_refused(
    guide: World, session: Session, admins: list[Any]
) -> None:
    first, second = admins
    address = f"{GUIDE}questions/2"
    seen, asked = version_of(first.get(f"{address}/remove").text), form_of(second.get(address).text)
    second.post(address, data={**asked, "question-fi": "Uusi", "do": "save"})
    overview = second.get(GUIDE).text
    refused = first.post(f"{address}/remove", data={"version": seen})
    assert refused.status_code == 409
    assert "sillä välin" in refused.text
    second.post(address, data={**form_of(second.get(address).text), "question-fi": "Uudempi", "do": "save"})
    assert first.post(f"{GUIDE}publish", data={"version": version_of(overview)}).status_code == 409
    assert read_guide(session, LIVE)[1].question["fi"] == "Missä vaiheessa olet?"


def test_two_who_save_at_once_do_not_overwrite_each_other(
    guide: World, session: Session, admins: list[Any], in_threads: Any
) -> None:
    address = f"{GUIDE}questions/1"
    typed = [
        {**form_of(admin.get(address).text), "question-fi": f"Kysymys {place}", "do": "save"}
        for place, admin in enumerate(admins)
    ]
    saves = [lambda place=place: admins[place].post(address, data=typed[place]).status_code for place in range(2)]
    assert sorted(in_threads(saves)) == [303, 409]


def test_a_draft_can_be_thrown_away_and_another_question_asked_first(
    guide: World, session: Session, admins: list[Any]
) -> None:
    admin = admins[0]
    assert admin.post(f"{GUIDE}questions/2/first").status_code == 303
    assert [step.number for step in read_guide(session, DRAFT)] == [2, 1]
    assert "mikään vastaus ei johda" in admin.get(GUIDE).text
    assert admin.post(f"{GUIDE}discard").status_code == 303
    session.expire_all()
    assert [step.number for step in read_guide(session, DRAFT)] == [1, 2]
    assert "Julkaistu" in admin.get(GUIDE).text


def test_a_guide_never_leads_into_another_municipality(guide: World, session: Session, admins: list[Any]) -> None:
    fields = form_of(admins[0].get(f"{GUIDE}questions/1").text)
    elsewhere = make_world(session).service.id
    typed = {**fields, "answer-0-to": f"service:{elsewhere}", "do": "save"}
    assert admins[0].post(f"{GUIDE}questions/1", data=typed).status_code == 422
