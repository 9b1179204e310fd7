"""The demo content is complete, refers only to what exists, and makes an office where somebody is at work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from app.demo.content import MUNICIPALITIES, OFFICES, Office, Question
from app.demo.guide import KOIVULA_GUIDE, RANTALA_GUIDE
from app.demo.people import (
    ANSWERS,
    CLIENT_FIRST_NAMES,
    CLIENT_LAST_NAMES,
    CLIENT_NAME_GROUPS,
    PATTERNS,
    PROFESSIONALS,
    RANTALA_PROFESSIONALS,
    SIGN_INS,
    Professional,
    Shift,
)
from app.demo.services import RANTALA_SERVICES, SERVICES, Service

WEEKDAYS = range(5)
OFFICE = {office.slug: office for office in OFFICES}
SERVICE = {service.slug: service for service in SERVICES + RANTALA_SERVICES}
EVERYBODY = PROFESSIONALS + RANTALA_PROFESSIONALS
QUESTIONS = [question for service in SERVICE.values() for question in service.questions]


def texts_in(value: Any) -> Iterator[dict[Any, Any]]:
    """Every language text inside a value, however deep. Dictionaries with other keys are looked into."""
    if isinstance(value, dict):
        if {"fi", "sv", "en"} & set(value):
            yield value
        else:
            for item in value.values():
                yield from texts_in(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from texts_in(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts_in(getattr(value, field.name))


GUIDES = (KOIVULA_GUIDE, RANTALA_GUIDE)
TEXTS = list(texts_in([MUNICIPALITIES, OFFICES, SERVICES, RANTALA_SERVICES, EVERYBODY, ANSWERS, GUIDES]))


def shifts(professional: Professional, weekday: int) -> tuple[Shift, ...]:
    """Working time of a person on a weekday."""
    return PATTERNS[professional.pattern].get(weekday, ())


def minutes(shift: Shift) -> int:
    """Length of a shift."""
    day = datetime(2026, 11, 24)  # noqa: DTZ001 - only the difference is used
    return (datetime.combine(day, shift.end) - datetime.combine(day, shift.start)) // timedelta(minutes=1)


def giving(service: Service) -> list[Professional]:
    """Who gives a service."""
    return [person for person in EVERYBODY if service.slug in person.services]


def free_text_keys() -> set[str]:
    """Keys of the questions that are answered in words."""
    return {question.key for question in QUESTIONS if question.kind in ("text", "long_text")}


def unique(values: list[str]) -> bool:
    """No value twice."""
    return len(values) == len(set(values))


def test_every_text_is_written_in_finnish_swedish_and_english() -> None:
    assert len(TEXTS) > 150
    for text in TEXTS:
        assert set(text) == {"fi", "sv", "en"}, text
        assert all(wording.strip() == wording and wording for wording in text.values()), text


def test_no_text_has_double_spaces_or_curly_quotes_or_a_stop_that_sticks_to_the_next_word() -> None:
    for text in TEXTS:
        for wording in text.values():
            assert not re.search(r"  |[“”‘’]|[a-zåäö][.,?!][A-ZÅÄÖa-zåäö]", wording.replace("Suomi.fi", "")), wording


def test_descriptions_and_instructions_are_whole_sentences_in_every_language() -> None:
    for service in SERVICE.values():
        for text in (service.description, service.instructions):
            assert all(wording[0].isupper() and wording.endswith(".") for wording in text.values()), text
            assert all(len(wording) <= 420 for wording in text.values()), text


def test_there_are_two_municipalities_three_offices_nine_services_and_twenty_four_professionals() -> None:
    assert [municipality.slug for municipality in MUNICIPALITIES] == ["koivula", "rantala"]
    assert [office.municipality for office in OFFICES] == ["koivula"] * 3 + ["rantala"]
    assert (len(SERVICES), len(RANTALA_SERVICES)) == (9, 2)
    assert (len(PROFESSIONALS), len(RANTALA_PROFESSIONALS)) == (24, 3)


def test_slugs_names_and_sign_ins_are_unique() -> None:
    assert unique([office.slug for office in OFFICES])
    assert len(SERVICE) == len(SERVICES) + len(RANTALA_SERVICES)
    assert unique([person.slug for person in EVERYBODY])
    assert unique([f"{person.first_name} {person.last_name}" for person in EVERYBODY])
    assert unique([sign_in.email for sign_in in SIGN_INS])
    assert unique(list(CLIENT_FIRST_NAMES))
    assert unique(list(CLIENT_LAST_NAMES))


def test_slugs_can_stand_in_an_address_of_a_page() -> None:
    for slug in [*OFFICE, *SERVICE, *(person.slug for person in EVERYBODY)]:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug), slug


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_a_question_has_options_exactly_when_one_chooses_among_them(question: Question) -> None:
    assert bool(question.options) == (question.kind in ("choice", "several"))
    assert unique([value for value, _ in question.options])


def test_question_keys_are_unique_in_a_service_and_modes_are_the_services() -> None:
    for service in SERVICE.values():
        assert unique([question.key for question in service.questions])
        for question in service.questions:
            assert set(question.modes or ()) <= set(service.modes)


def test_answers_exist_for_every_question_that_is_answered_in_words_and_for_no_other() -> None:
    assert set(ANSWERS) == free_text_keys()
    assert sum(len(answers) for answers in ANSWERS.values()) >= 10


def test_a_service_has_offices_exactly_when_it_is_given_in_person() -> None:
    for service in SERVICE.values():
        assert bool(service.offices) == ("in_person" in service.modes)
        assert set(service.offices) <= set(OFFICE)


def test_municipalities_do_not_refer_to_each_other() -> None:
    koivula = {office.slug for office in OFFICES if office.municipality == "koivula"}
    assert all(set(service.offices) <= koivula for service in SERVICES)
    assert all(not set(service.offices) & koivula for service in RANTALA_SERVICES)
    for person in EVERYBODY:
        own = SERVICES if person.municipality == "koivula" else RANTALA_SERVICES
        assert set(person.services) <= {service.slug for service in own}
        assert all(OFFICE[slug].municipality == person.municipality for slug in person.offices)


def test_at_least_six_services_can_be_booked_by_anyone() -> None:
    assert sum(service.who_may_book == "anyone" for service in SERVICES) >= 6


@pytest.mark.parametrize("service", SERVICE.values(), ids=lambda service: service.slug)
def test_a_service_is_given_by_two_or_more_people_who_together_work_every_weekday(service: Service) -> None:
    assert len(giving(service)) >= 2
    for weekday in WEEKDAYS:
        assert any(shifts(person, weekday) for person in giving(service)), weekday


@pytest.mark.parametrize("service", SERVICE.values(), ids=lambda service: service.slug)
def test_a_service_is_given_in_each_of_its_ways_and_at_each_of_its_offices(service: Service) -> None:
    people_of_service = giving(service)
    assert set(service.modes) <= {mode for person in people_of_service for mode in person.modes}
    in_person = [person for person in people_of_service if "in_person" in person.modes]
    assert set(service.offices) <= {office for person in in_person for office in person.offices}


@pytest.mark.parametrize("service", SERVICE.values(), ids=lambda service: service.slug)
def test_a_meeting_fits_into_a_shift_of_everybody_who_gives_the_service(service: Service) -> None:
    occupied = service.buffer_before + service.duration_minutes + service.buffer_after
    for person in giving(service):
        longest = max(minutes(shift) for day in PATTERNS[person.pattern].values() for shift in day)
        assert occupied <= longest, person.slug


@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.slug)
def test_an_office_is_staffed_and_open_every_weekday(office: Office) -> None:
    for weekday in WEEKDAYS:
        at_work = [shift for person in EVERYBODY for shift in shifts(person, weekday) if shift.office == office.slug]
        assert at_work, weekday
        opens, closes = office.hours[weekday]
        assert all(opens <= shift.start and shift.end <= closes for shift in at_work), weekday


def test_nobody_works_without_a_lunch_break_or_in_two_places_at_once() -> None:
    for pattern in PATTERNS.values():
        for day in pattern.values():
            assert all(shift.start < shift.end and minutes(shift) <= 300 for shift in day)
            assert all(earlier.end < later.start for earlier, later in pairwise(day))


def test_every_professional_can_do_what_is_promised() -> None:
    for person in EVERYBODY:
        assert person.pattern in PATTERNS
        assert person.services
        assert set(person.services) <= set(SERVICE)
        for slug in person.services:
            assert set(person.modes) & set(SERVICE[slug].modes), (person.slug, slug)
            if SERVICE[slug].modes == ("in_person",):
                assert set(person.offices) & set(SERVICE[slug].offices), (person.slug, slug)
        assert bool(person.video_link) == ("video" in person.modes)


def test_everybody_speaks_finnish_and_at_least_three_speak_swedish() -> None:
    assert all("fi" in person.languages for person in EVERYBODY)
    assert sum("sv" in person.languages for person in PROFESSIONALS) >= 3
    assert len({language for person in PROFESSIONALS for language in person.languages}) >= 6


def test_remote_days_belong_only_to_those_who_can_meet_remotely() -> None:
    for person in EVERYBODY:
        remote = any(shift.office is None for day in PATTERNS[person.pattern].values() for shift in day)
        assert not remote or {"video", "phone"} & set(person.modes), person.slug


def test_every_role_can_sign_in_and_a_caseworker_has_a_calendar() -> None:
    assert {sign_in.role for sign_in in SIGN_INS if sign_in.municipality == "koivula"} == {
        "caseworker",
        "desk",
        "lead",
        "admin",
        "operator",
    }
    by_slug = {person.slug: person for person in EVERYBODY}
    for sign_in in SIGN_INS:
        assert (sign_in.professional is not None) == (sign_in.role == "caseworker")
        if sign_in.professional:
            person = by_slug[sign_in.professional]
            assert (person.email, person.municipality) == (sign_in.email, sign_in.municipality)
            assert f"{person.first_name} {person.last_name}" == sign_in.name


def test_no_address_or_number_can_reach_a_real_person() -> None:
    emails = [item.email for item in (*MUNICIPALITIES, *EVERYBODY, *SIGN_INS)]
    assert all(re.fullmatch(r"[a-z.-]+@(koivula|rantala|vuoro)\.example", email) for email in emails), emails
    assert all(person.video_link is None or ".example/" in person.video_link for person in EVERYBODY)
    phones = [item.phone for item in (*MUNICIPALITIES, *OFFICES)]
    assert all(phone.startswith("+358 9 000 ") for phone in phones)
    assert unique(phones)


def test_client_names_are_many_and_some_have_a_hyphen_or_an_apostrophe() -> None:
    assert len(CLIENT_FIRST_NAMES) >= 65
    assert len(CLIENT_LAST_NAMES) >= 85
    for sign in "-'":
        assert any(sign in name for name in CLIENT_LAST_NAMES), sign
    assert any("-" in name for name in CLIENT_FIRST_NAMES)
    assert sum(group.share for group in CLIENT_NAME_GROUPS.values()) == 100
