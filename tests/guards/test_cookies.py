"""No page that anybody may read sets a cookie; choosing a language or a time sets the one that the privacy page names."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.guards.addresses import access_of, addresses_of, get_rules
from tests.town import Town, browser

OPEN_TO_ALL = ("public", "link")


@pytest.mark.parametrize("language", ["fi", "sv", "en", "de"])
def test_no_page_sets_a_cookie_by_being_read(app: Flask, town: Town, language: str) -> None:
    read, setting = 0, []
    for rule in get_rules(app):
        access = access_of(app, rule)
        assert access is not None
        if access.audience not in OPEN_TO_ALL:
            continue
        for address in addresses_of(app, rule, town):
            if "lang" in parse_qs(urlsplit(address).query):
                continue
            answer = browser(app).get(address, headers={"Accept-Language": language})
            read += 1
            if answer.headers.getlist("Set-Cookie"):
                setting.append(address)
    assert read > 30
    assert setting == []


def test_choosing_a_language_or_a_time_sets_one_cookie_that_ends_with_the_browser(app: Flask, neighbour: Town) -> None:
    times = f"/m/{neighbour.slug}/book/{neighbour.service_slug}/times"
    chosen = browser(app).post(times, data={"mode": "phone", "starts_at": neighbour.free_start})
    assert chosen.status_code == 303
    for answer in (browser(app).get(f"/m/{neighbour.slug}/?lang=sv"), chosen):
        (cookie,) = answer.headers.getlist("Set-Cookie")
        name, _, rest = cookie.partition("=")
        assert name == "vuoro"
        assert "HttpOnly" in rest
        assert "SameSite=Lax" in rest
        assert "Expires" not in rest
        assert "Max-Age" not in rest


def test_the_cookie_is_the_one_that_the_privacy_page_names(app: Flask, town: Town) -> None:
    page = browser(app).get(f"/m/{town.slug}/privacy", headers={"Accept-Language": "en"})
    assert f"“{app.config['SESSION_COOKIE_NAME']}”" in page.text


def test_no_script_of_ours_keeps_anything_in_the_browser(app: Flask) -> None:
    scripts = sorted((Path(app.static_folder or "") / "js").glob("*.js"))
    assert len(scripts) > 3
    words = ("localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches.")
    assert [script.name for script in scripts for word in words if word in script.read_text("utf-8")] == []
