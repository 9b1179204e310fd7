"""Everything that people read is translated into Finnish and Swedish, with the same placeholders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from app.core import i18n
from app.core.errors import DomainError
from app.core.pages import STATUS_TEXTS

APP = Path(__file__).resolve().parents[2] / "app"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?([a-zA-Z%])")
TRANSLATED = ["fi", "sv"]

Words = str | tuple[str, ...]


@cache
def texts() -> dict[Words, str]:
    """Every text that the sources translate or mark, with the first place where it stands."""
    found: dict[Words, str] = {}
    # Without a filter Babel leaves out directories that begin with _, and the macros are in one.
    folders = {"directory_filter": lambda path: Path(path).name != "__pycache__"}
    for file, line, message, _, _ in extract_from_dir(APP, METHODS, OPTIONS, **folders):
        found.setdefault(tuple(message) if isinstance(message, (tuple, list)) else message, f"app/{file}:{line}")
    return found


def catalogue(language: str) -> Catalog:
    path = i18n.TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        pytest.skip(f"{path.relative_to(APP.parent)} is not written yet")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def forms(words: Words | list[str]) -> Iterable[str]:
    return [words] if isinstance(words, str) else words


def placeholders(text: str) -> set[tuple[str, str]]:
    return set(PLACEHOLDER.findall(text))


def entries(language: str) -> dict[Words, Message]:
    return {
        tuple(entry.id) if isinstance(entry.id, (tuple, list)) else entry.id: entry
        for entry in catalogue(language)
        if entry.id
    }


def test_the_texts_of_pages_code_and_marked_messages_are_all_found() -> None:
    wanted = {
        "Skip to the content",
        "%(label)s (optional)",
        "Enter a date.",
        "You do not have permission to do this.",
        "Waiting",
    }
    assert wanted <= texts().keys()
    assert ("About %(num)s minute left.", "About %(num)s minutes left.") in texts()
    assert len(texts()) > 150


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    known = entries(language)
    missing = {
        words: place
        for words, place in texts().items()
        if words not in known or not all(form.strip() for form in forms(known[words].string))
    }
    assert not missing, f"{len(missing)} texts have no translation into {language!r}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_placeholders_of_their_text(language: str) -> None:
    wrong = {}
    for words, entry in entries(language).items():
        wanted = placeholders(list(forms(words))[-1])
        if any(placeholders(form) != wanted for form in forms(entry.string) if form):
            wrong[words] = entry.string
    assert not wrong


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_holds_nothing_doubtful_and_nothing_that_is_no_longer_said(language: str) -> None:
    known = catalogue(language)
    assert [entry.id for entry in known if entry.id and entry.fuzzy] == []
    assert list(known.obsolete) == []
    assert sorted(map(str, entries(language).keys() - texts().keys())) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_the_spaces_and_the_end_of_their_text(language: str) -> None:
    wrong = {}
    for words, entry in entries(language).items():
        source, form = list(forms(words))[-1], list(forms(entry.string))[-1]
        ends = [text[-1:] if text[-1:] in ".:?!…" else "" for text in (source, form)]
        if form and (ends[0] != ends[1] or form != form.strip() or source != source.strip()):
            wrong[source] = form
    assert not wrong


def test_no_text_has_a_lone_percent_sign() -> None:
    lone = {words: place for words, place in texts().items() if any(_lone(form) for form in forms(words))}
    assert not lone, "templates and gettext(…, value=…) fill in with %: write %% or put the number in the value"


def _lone(text: str) -> bool:
    return any(name == "" and kind != "%" for name, kind in placeholders(text)) or text.count("%") != sum(
        2 if kind == "%" else 1 for _, kind in PLACEHOLDER.findall(text)
    )


def test_every_friendly_error_has_words_and_a_page() -> None:
    kinds = [DomainError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    assert len(kinds) > 8
    assert [kind.__name__ for kind in kinds if kind.message not in texts()] == []
    assert [kind.__name__ for kind in kinds if kind.status not in STATUS_TEXTS] == []


def test_no_error_is_raised_with_words_that_are_not_marked_for_translation() -> None:
    families = {
        "DomainError",
        "InvalidInput",
        "NotFound",
        "Gone",
        "Forbidden",
        "Conflict",
        "SlotTaken",
        "TooMany",
        "Unusable",
    }
    unmarked = []
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in families):
                continue
            for argument in node.args:
                values = argument.values if isinstance(argument, ast.Dict) else [argument]
                if any(_says(value) for value in values):
                    unmarked.append(f"{path.relative_to(APP)}:{node.lineno}")
    assert not unmarked, "put the words into N_(…)"


def _says(value: ast.expr) -> bool:
    return isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str))


def test_a_marked_text_is_shown_in_the_language_in_use(app: Flask) -> None:
    catalogue("fi")
    with i18n.speaking("fi"):
        shown = i18n.gettext("You do not have permission to do this.")
    assert shown != "You do not have permission to do this."
