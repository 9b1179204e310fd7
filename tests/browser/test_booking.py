"""A job seeker on a phone: books, changes and cancels, with and without JavaScript, in three languages, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Appointment
from app.messaging.models import Message
from app.scheduling.models import ServiceOffice
from tests.browser.conftest import Watched
from tests.factories import World, make_office, make_professional, make_question, text

NAME = "Åsa O'Neill-Ääkkönen <b>"
Opener = Callable[..., Watched]


@pytest.fixture
def town(world: World, session: Session) -> World:
    """Two offices, two people, and a question of every kind."""
    second = make_office(session, name=text("Saaristo"))
    session.add(ServiceOffice(service_id=world.service.id, office_id=second.id))
    make_professional(session, services=[world.service], office=second, first_name="Pekka")
    options = [{"value": "a", "label": text("Työttömyys")}, {"value": "b", "label": text("Opiskelu")}]
    kinds = ["text", "long_text", "choice", "several", "yes_no", "date"]
    for position, kind in enumerate(kinds):
        make_question(
            session, world.service, key=f"q_{kind}", kind=kind, position=position, required=kind != "text",
            label=text(f"Kysymys {position}"), help=text("Muutama sana riittää."), options=options,
        )  # fmt: skip
    session.commit()
    return world


def submit(page: Page) -> None:
    page.locator("main form button[type=submit]").last.click()


def choose_a_time(page: Page, town: World, *, index: int = 4) -> None:
    page.goto(f"/m/{town.municipality.slug}/")
    page.get_by_role("link", name="Työnhakukeskustelu").click()
    page.get_by_role("link", name="Keskusta").click()
    page.locator("button[name=starts_at]").nth(index).click()
    page.wait_for_url("**/questions")


def answer_the_questions(page: Page) -> None:
    page.locator("[name=q_long_text]").fill("Työsuhteeni päättyi. " + NAME)
    page.locator("[name=q_choice]").first.check()
    page.locator("[name=q_several]").last.check()
    page.locator("[name=q_yes_no][value=no]").check()
    page.locator("[name=q_date]").fill("2026-10-31")
    submit(page)
    page.wait_for_url("**/details")


def give_details(page: Page) -> None:
    page.locator("#name").fill(NAME)
    page.locator("#phone").fill("040-123 45 67")
    page.locator("#email").fill("asa@example.fi")
    submit(page)
    page.wait_for_url("**/check")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_job_seeker_books_changes_and_cancels(
    open_page: Opener, town: World, session: Session, javascript: bool
) -> None:
    page = open_page(java_script_enabled=javascript, locale="fi-FI").page
    choose_a_time(page, town)
    submit(page)  # nothing answered yet
    expect(page.locator("[data-error-summary]")).to_be_visible()
    answer_the_questions(page)
    give_details(page)
    expect(page.get_by_text(NAME).first).to_be_visible()
    expect(page.get_by_text("040 123 4567").first).to_be_visible()
    submit(page)
    page.wait_for_url("**/a/*")
    link = page.url.partition("?")[0]
    with_calendar = page.context.request.get(f"{link}/calendar.ics")
    assert "BEGIN:VEVENT" in with_calendar.text()

    page.goto(f"{link}/change")
    page.locator("button[name=starts_at]").nth(6).click()
    page.wait_for_url("**/change/check*")
    submit(page)
    page.wait_for_url("**/a/*notice=changed")
    page.goto(f"{link}/cancel")
    submit(page)
    page.wait_for_url("**/a/*notice=cancelled")
    appointment = session.scalars(select(Appointment)).one()
    assert (appointment.status, appointment.version) == ("cancelled", 3)
    assert appointment.answers["q_several"] == ["b"]
    assert len(session.scalars(select(Message)).all()) == 6


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_page_of_the_flow_is_accessible_at_every_size(open_page: Opener, town: World, language: str) -> None:
    watched = open_page()
    page = watched.page

    page.goto(f"/m/{town.municipality.slug}/?lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    watched.look()
    page.goto(f"/m/{town.municipality.slug}/book/{town.service.slug}")
    watched.look()
    page.goto(f"/m/{town.municipality.slug}/book/{town.service.slug}/times?mode=phone")
    watched.look()
    page.locator("button[name=starts_at]").nth(5).click()
    page.wait_for_url("**/questions")
    submit(page)
    expect(page.locator("[data-error-summary]")).to_be_visible()
    watched.look()
    answer_the_questions(page)
    submit(page)
    expect(page.locator("[data-error-summary]")).to_be_visible()
    watched.look()
    give_details(page)
    watched.look()
    submit(page)
    page.wait_for_url("**/a/*")
    watched.look()
    link = page.url.partition("?")[0]
    for path in ("", "/change", "/cancel", "/receipt", "/nothing-here"):
        page.goto(link + path)
        watched.look()
    page.goto(f"{link}/change")
    page.locator("button[name=starts_at]").nth(6).click()
    page.wait_for_url("**/change/check*")
    watched.look()
    page.goto(f"{link}/cancel")
    submit(page)
    page.wait_for_url("**/a/*notice=cancelled")
    watched.look()
    for path in ("/api/docs", "/staff/sign-in", "/demo/mailbox"):
        page.goto(path)
        watched.look()


def test_everything_can_be_done_with_the_keyboard_alone(open_page: Opener, town: World, session: Session) -> None:
    page = open_page().page
    page.goto(f"/m/{town.municipality.slug}/book/{town.service.slug}/times?mode=phone&lang=fi")

    def tab_to(selector: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                shadow = page.evaluate("getComputedStyle(document.activeElement).boxShadow")
                assert outline != "none" or shadow != "none", f"no visible focus on {selector}"
                return
        raise AssertionError(f"{selector} cannot be reached with Tab")

    tab_to("button[name=starts_at]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/questions")
    tab_to("[name=q_long_text]")
    page.keyboard.type("Työsuhteeni päättyi")
    tab_to("[name=q_choice]")
    page.keyboard.press("Space")
    tab_to("[name=q_several]")
    page.keyboard.press("Space")
    tab_to("[name=q_yes_no]")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.locator("[name=q_date]").fill("2026-10-31")
    tab_to("main form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/details")
    for field, typed in (("#name", "Aino"), ("#phone", "0401234567")):
        tab_to(field)
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_url("**/check")
    tab_to("main form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/a/*")
    assert session.scalars(select(Appointment.status)).all() == ["booked"]


def test_filters_change_the_list_without_loading_the_page(open_page: Opener, town: World) -> None:
    page = open_page().page
    page.goto(f"/m/{town.municipality.slug}/book/{town.service.slug}/times?mode=phone&lang=fi")
    page.evaluate("window.stillHere = true")
    before = page.locator("button[name=starts_at]").count()
    page.locator("input[name=part][value=afternoon]").check(force=True)
    page.wait_for_url("**part=afternoon**")
    expect(page.locator("button[name=starts_at]")).not_to_have_count(before)
    hours = [
        int(re.split("[.:]", label)[0])
        for label in page.locator("section .vuoro-time > [aria-hidden]").all_inner_texts()
    ]
    assert hours
    assert min(hours) >= 12
    assert page.evaluate("window.stillHere") is True


def test_back_two_tabs_and_a_lost_time(open_page: Opener, town: World, session: Session) -> None:
    """One visitor, two tabs; then somebody else is quicker: typed text stays and other times stand on the same page."""
    watched = open_page()
    page = watched.page
    choose_a_time(page, town)
    answer_the_questions(page)
    page.go_back()
    expect(page.locator("[name=q_long_text]")).to_have_value(re.compile("Työsuhteeni"))
    page.go_forward()
    give_details(page)

    second = page.context.new_page()
    choose_a_time(second, town, index=7)  # the hold moves: the first tab's time is free again
    rival = open_page()
    when = session.execute(select(Appointment.id)).first()
    assert when is None
    choose_a_time(rival.page, town)
    answer_the_questions(rival.page)
    give_details(rival.page)
    submit(rival.page)
    rival.page.wait_for_url("**/a/*")

    submit(page)
    expect(page.locator("button[name=starts_at]").first).to_be_visible()
    page.locator("button[name=starts_at]").nth(5).click()
    page.wait_for_url("**/check")
    expect(page.get_by_text(NAME).first).to_be_visible()
    submit(page)
    page.wait_for_url("**/a/*")
    assert len(session.scalars(select(Appointment)).all()) == 2


def test_the_first_view_is_light(open_page: Opener, town: World) -> None:
    watched = open_page()
    sizes: list[int] = []

    watched.page.on("requestfinished", lambda request: sizes.append(sum(list(request.sizes().values())[2:])))
    watched.page.goto(f"/m/{town.municipality.slug}/book/{town.service.slug}/times?mode=phone")
    watched.page.wait_for_load_state("networkidle")
    assert 20_000 < sum(sizes) <= 100_000, sizes
