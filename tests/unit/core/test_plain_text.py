"""What people type becomes paragraphs, lists and links, and never anything else."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.plain_text import paragraphs, with_links

ALLOWED = re.compile(r'<(?:/?(?:p|ul|li|a)|br|a class="vuoro-link" href="(?:https?://|mailto:)[^"<>]+")>')


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        ("  \n\n ", ""),
        ("Hei", "<p>Hei</p>"),
        ("Hei\nsinä\n\nNäkemiin", "<p>Hei<br>sinä</p>\n<p>Näkemiin</p>"),
        ("Hei\r\n\r\nNäkemiin", "<p>Hei</p>\n<p>Näkemiin</p>"),
        (
            "Tuo:\n- kortti\n- todistus\nKiitos",
            "<p>Tuo:</p>\n<ul><li>kortti</li><li>todistus</li></ul>\n<p>Kiitos</p>",
        ),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ],
)  # fmt: skip
def test_text_becomes_paragraphs_and_lists(typed: str, shown: str) -> None:
    assert paragraphs(typed) == shown


@pytest.mark.parametrize(
    ("typed", "target", "words"),
    [
        ("Katso https://example.fi/a?b=1&c=2.", "https://example.fi/a?b=1&amp;c=2", "https://example.fi/a?b=1&amp;c=2"),
        ("(www.example.fi)", "https://www.example.fi", "www.example.fi"),
        ("Kirjoita: aino.virtanen+apu@example.fi!", "mailto:aino.virtanen+apu@example.fi", "aino.virtanen+apu@example.fi"),
    ],
)  # fmt: skip
def test_addresses_become_links_without_the_punctuation_after_them(typed: str, target: str, words: str) -> None:
    assert f'<a class="vuoro-link" href="{target}">{words}</a>' in with_links(typed)


@pytest.mark.parametrize("typed", ["javascript:alert(1)", "data:text/html,x", "//example.fi", "ftp://example.fi"])
def test_no_other_kind_of_address_is_a_link(typed: str) -> None:
    assert "<a" not in with_links(typed)


@given(st.text(alphabet=st.sampled_from("<>\"'&ab/:.@- \nhttps"), max_size=80))
def test_nothing_but_our_own_marks_is_ever_markup(typed: str) -> None:
    shown = str(paragraphs(typed))
    assert "<" not in ALLOWED.sub("", shown)
    assert ">" not in ALLOWED.sub("", shown)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="-–•*"), max_size=80))
def test_every_word_that_was_typed_is_shown(typed: str) -> None:
    shown = unescape(re.sub(r"<[^>]+>", " ", str(paragraphs(typed))))
    assert "".join(shown.split()) == "".join(typed.split())


def test_a_long_text_without_spaces_is_read_quickly() -> None:
    assert len(paragraphs("a" * 20_000 + "." * 20_000)) > 40_000
