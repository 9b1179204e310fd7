"""Floods at the public pages: who is counted as one, what a blocked visitor reads, what is written down."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import flood
from app.core.audit import AuditEvent
from app.core.db import db
from app.factory import create_app
from config import Config
from tests.factories import World
from tests.integration.booking.test_public_flow import fill_in, walk_to_details


@pytest.fixture
def counting(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks are counted, with limits that a test can reach."""
    monkeypatch.setitem(app.config, "ADDRESS_LIMITS", True)
    monkeypatch.setattr(flood, "PAGES_OF_TIMES", "3/minute")
    monkeypatch.setattr(flood, "FORMS", "4/minute")


def times_of(world: World) -> str:
    return f"/m/{world.municipality.slug}/book/{world.service.slug}/times?mode=phone"


def ask(app: Flask, path: str, address: str, method: str = "GET", **options: Any) -> Any:
    return app.test_client().open(path, method=method, environ_base={"REMOTE_ADDR": address}, **options)


def test_pages_of_free_times_are_limited_for_one_network_and_not_for_another(
    app: Flask, world: World, counting: None
) -> None:
    statuses = [ask(app, times_of(world), "198.51.100.1").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert ask(app, times_of(world), "198.51.100.2").status_code == 200
    assert ask(app, f"/m/{world.municipality.slug}/", "198.51.100.1").status_code == 200


def test_asking_for_the_head_alone_counts_as_well(app: Flask, world: World, counting: None) -> None:
    statuses = [ask(app, times_of(world), "198.51.100.3", "HEAD").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


def test_addresses_of_one_ipv6_network_count_as_one(app: Flask, world: World, counting: None) -> None:
    statuses = [ask(app, times_of(world), f"2001:db8:1:1::{n}").status_code for n in range(1, 5)]
    assert statuses == [200, 200, 200, 429]
    assert ask(app, times_of(world), "2001:db8:1:2::1").status_code == 200


def test_behind_a_trusted_proxy_the_visitor_is_counted_and_not_the_proxy(
    settings: Config, world: World, counting: None
) -> None:
    proxied = create_app(replace(settings, TRUSTED_PROXIES="1", ADDRESS_LIMITS="1"))

    def asked_by(visitor: str) -> int:
        headers = {"X-Forwarded-For": visitor}
        return int(ask(proxied, times_of(world), "10.0.0.1", headers=headers).status_code)

    assert [asked_by("203.0.113.5") for _ in range(4)] == [200, 200, 200, 429]
    assert asked_by("203.0.113.6") == 200
    assert asked_by("203.0.113.99, 203.0.113.5") == 429, "what a visitor claims before our proxy's word is not believed"
    with proxied.app_context():
        db.engine.dispose()


def test_without_a_trusted_proxy_nobody_escapes_by_claiming_an_address(
    app: Flask, world: World, counting: None
) -> None:
    headers = [{"X-Forwarded-For": f"203.0.113.{n}"} for n in range(4)]
    statuses = [ask(app, times_of(world), "198.51.100.4", headers=claim).status_code for claim in headers]
    assert statuses == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("language", "words"), [("fi", "Soita meille"), ("sv", "Ring oss"), ("en", "Call us and we help")]
)
def test_a_blocked_visitor_reads_what_to_do_in_their_language(
    app: Flask, world: World, counting: None, language: str, words: str
) -> None:
    address = {"fi": "198.51.100.5", "sv": "198.51.100.6", "en": "198.51.100.7"}[language]
    headers = {"Accept-Language": language}
    answers = [ask(app, times_of(world), address, headers=headers) for _ in range(4)]
    blocked = answers[-1]
    assert blocked.status_code == 429
    assert 0 < int(blocked.headers["Retry-After"]) <= 120
    assert words in blocked.text
    assert "tel:" in blocked.text
    assert world.municipality.name[language] in blocked.text
    assert unescape(re.search(r'<a href="([^"]+)" class="govuk-button', blocked.text).group(1)) == times_of(world)  # type: ignore[union-attr]


def test_a_form_that_is_stopped_comes_back_as_it_was_and_can_be_sent_again(
    app: Flask, world: World, counting: None
) -> None:
    feedback = f"/m/{world.municipality.slug}/feedback"
    typed = {"kind": "other", "text": 'Ei "löydy" <aikoja>', "password": "salaisuus"}
    for _ in range(4):
        ask(app, feedback, "198.51.100.8", "POST", data={})
    blocked = ask(app, feedback, "198.51.100.8", "POST", data=typed)
    assert blocked.status_code == 429
    again = {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', blocked.text)
    }
    assert again == {"kind": "other", "text": 'Ei "löydy" <aikoja>'}
    assert f'<form method="post" action="{feedback}">' in blocked.text


def test_a_stopped_form_of_a_personal_link_wears_the_municipalitys_colours_and_number(
    app: Flask, client: Any, world: World, counting: None
) -> None:
    flood_free = fill_in(client, walk_to_details(client, world))
    token = re.search(r"/a/([^?]+)", flood_free.location).group(1)  # type: ignore[union-attr]
    for _ in range(4):
        ask(app, f"/a/{token}/cancel", "198.51.100.9", "POST")
    blocked = ask(app, f"/a/{token}/cancel", "198.51.100.9", "POST")
    assert blocked.status_code == 429
    assert "brand.css" in blocked.text
    assert "tel:" in blocked.text


def test_a_flood_is_written_down_once_and_not_once_per_request(
    app: Flask, world: World, session: Session, counting: None
) -> None:
    for _ in range(30):
        ask(app, times_of(world), "198.51.100.10")
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "visitor.blocked")).all()
    assert [(event.data, event.address) for event in events] == [({"limit": "times"}, "198.51.100.10")]


def test_a_blocked_address_that_leads_nowhere_is_still_a_page(app: Flask, counting: None) -> None:
    statuses = [ask(app, "/a/nowhere/change", "198.51.100.11").status_code for _ in range(4)]
    assert statuses == [404, 404, 404, 429]


def test_the_limits_as_delivered_are_far_above_what_people_do(app: Flask, world: World, monkeypatch: Any) -> None:
    monkeypatch.setitem(app.config, "ADDRESS_LIMITS", True)
    statuses = {ask(app, times_of(world), "198.51.100.12").status_code for _ in range(60)}
    assert statuses == {200}
    front = f"/m/{world.municipality.slug}/book/{world.service.slug}/times"
    pressed = {ask(app, front, "198.51.100.13", "POST", data={"mode": "phone"}).status_code for _ in range(60)}
    assert pressed == {422}
