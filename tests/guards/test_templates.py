"""No page has a script, a style or a handler inside itself: the content security policy would refuse to run it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.guards.addresses import MAILS_AS_PAGES, Visitor, access_of, addresses_of, get_rules
from tests.town import Town

TEMPLATES = Path(__file__).resolve().parents[2] / "app" / "templates"
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
FORBIDDEN = {
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc\s*=)", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"[\s\"']style\s*=", re.IGNORECASE),
    "a handler attribute": re.compile(r"[\s\"']on[a-z]+\s*=", re.IGNORECASE),
    "an htmx handler": re.compile(r"hx-on", re.IGNORECASE),
    "script in an address": re.compile(r"\b(?:js|javascript):", re.IGNORECASE),
}


def pages() -> list[Path]:
    """The templates of pages; messages are for mail programs, which know nothing but inline styles."""
    found = [path for path in TEMPLATES.rglob("*.html") if path.relative_to(TEMPLATES).parts[0] != "messages"]
    assert len(found) > 20
    return sorted(found)


def offences(source: str) -> list[str]:
    """What of the forbidden stands in a template's own text; an expression leaves a word behind, so tags stay whole."""
    plain = JINJA.sub(" x ", source)
    return [what for what, pattern in FORBIDDEN.items() if pattern.search(plain)]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<script>alert(1)</script>", ["an inline script"]),
        ('<script type="module" src="{{ static("js/site.js") }}"></script>', []),
        ("<style>p {}</style>", ["a style element"]),
        ('<p class="a"{% if b %} style="color: red"{% endif %}>', ["a style attribute"]),
        ('<button onclick="f()">', ["a handler attribute"]),
        ('<a hx-on:click="f()">', ["an htmx handler"]),
        ("<form data-hx-vals='js:{a: 1}'>", ["script in an address"]),
        ("<p>{# onclick= style= #}{{ link(style='x', onclick='y') }}</p>", []),
    ],
)
def test_the_guard_sees_what_it_is_to_see(source: str, found: list[str]) -> None:
    assert offences(source) == found


def test_no_template_of_a_page_holds_script_or_style() -> None:
    guilty = {
        str(path.relative_to(TEMPLATES)): found for path in pages() if (found := offences(path.read_text("utf-8")))
    }
    assert not guilty


class Reader(HTMLParser):
    """Reads a page as a browser does and notes what the policy would refuse, and ids that stand twice."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and not (names.get("src") or "").startswith("/")):
            self.refused.append(f"<{tag}>")
        for name, value in attrs:
            address = (value or "").strip().lower()
            if (
                name == "style"
                or name.startswith("on")
                or "hx-on" in name
                or address.startswith(("javascript:", "js:"))
            ):
                self.refused.append(f"<{tag} {name}>")
        if names.get("id"):
            self.ids.append(str(names["id"]))


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_no_page_as_sent_holds_script_or_style_or_an_id_twice(
    app: Flask, town: Town, visitor: Visitor, language: str
) -> None:
    guilty: dict[str, Any] = {}
    read = 0
    for rule in get_rules(app):
        if rule.endpoint in MAILS_AS_PAGES:
            continue
        access = access_of(app, rule)
        assert access is not None
        for address in addresses_of(app, rule, town):
            answer = visitor.ask("GET", address, access, headers={"Accept-Language": language})
            if answer.mimetype != "text/html":
                continue
            reader = Reader()
            reader.feed(answer.text)
            twice = sorted({name for name in reader.ids if reader.ids.count(name) > 1})
            read += 1
            if reader.refused or twice:
                guilty[address] = reader.refused + twice
    assert read > 15
    assert not guilty
