"""How networks count text messages, against an alphabet written down a second time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.messaging.sms_text import length_of, normalised
from tests.gsm7 import GSM7, septets


@given(st.text(alphabet=sorted(GSM7), max_size=400))
def test_what_is_in_the_alphabet_is_counted_in_septets(text: str) -> None:
    found = length_of(text)
    assert (found.gsm7, found.units, found.outside) == (True, septets(text), "")
    assert found.parts == (1 if found.units <= 160 else -(-found.units // 153))


@pytest.mark.parametrize(
    ("text", "units", "parts", "outside"),
    [
        ("a" * 160, 160, 1, ""),
        ("a" * 161, 161, 2, ""),
        ("€" * 80, 160, 1, ""),
        ("a" * 69 + "š", 70, 1, "š"),
        ("a" * 70 + "ž", 71, 2, "ž"),
        ("Õie šeff ž", 10, 1, "Õšž"),
        ("😀" * 35, 70, 1, "😀"),
        ("😀" * 36, 72, 2, "😀"),
    ],
)
def test_one_sign_outside_makes_the_parts_shorter(text: str, units: int, parts: int, outside: str) -> None:
    found = length_of(text)
    assert (found.units, found.parts, found.outside) == (units, parts, outside)


def test_punctuation_is_made_the_alphabets_and_names_stay() -> None:
    assert normalised("klo\u00a09.00–10.00 ”Åsa’s” … Õnne Šíp") == 'klo 9.00-10.00 "Åsa\'s" ... Õnne Šíp'


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
