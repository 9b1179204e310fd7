"""What a client is found by: spelling that people vary is the same, and one typo away is near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.register.search_keys import (
    LONGEST_WITH_TYPO,
    SHORTEST_WITH_TYPO,
    Kind,
    alike,
    keys_of,
    one_typo_apart,
    single,
    terms_of,
    typo_keys,
    words_of,
)

LETTERS = "abcdeghijklmnoprstuvwyzåäöéøæš"
WORDS = st.text(LETTERS, min_size=SHORTEST_WITH_TYPO + 1, max_size=LONGEST_WITH_TYPO - 1)


def names(typed: str) -> list[str]:
    return [key for term in terms_of(typed) for kind, key in term.keys if kind == Kind.NAME]


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str]:
    """A word, and the word with one letter left out, added, changed, or swapped with its neighbour."""
    word = draw(WORDS)
    at = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(LETTERS))
    ways = [
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
    ]
    return word, draw(st.sampled_from(ways))


@given(misspelt())
def test_a_word_with_one_typo_shares_a_key_with_the_word_and_is_like_it(pair: tuple[str, str]) -> None:
    (right,), (wrong,) = words_of(pair[0]), words_of(pair[1])
    assert typo_keys(right) & typo_keys(wrong)
    assert alike(right, wrong)
    assert alike(wrong, right)


@given(st.text("abä", max_size=7), st.text("abä", max_size=7))
def test_one_typo_apart_is_what_trying_every_typo_finds(one: str, other: str) -> None:
    letters = "abä"
    near = {one}
    for at in range(len(one) + 1):
        near |= {one[:at] + letter + one[at:] for letter in letters}
        near |= {one[:at] + letter + one[at + 1 :] for letter in letters if at < len(one)}
        near |= {one[:at] + one[at + 1 :]}
        near |= {one[:at] + one[at + 1 : at + 2] + one[at : at + 1] + one[at + 2 :]}
    assert one_typo_apart(one, other) == (other in near)


@given(st.lists(WORDS, min_size=1, max_size=3))
def test_a_whole_name_is_found_by_its_words_in_any_order(words: list[str]) -> None:
    kept = {key for kind, key in keys_of(name=" ".join(words)) if kind == Kind.NAME}
    assert set(names(" ".join(reversed(words)))) == kept


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Kyösti Määttä", "kyosti mata"),
        ("Åsa Öhman", "asa ohman"),
        ("Anna Hämäläinen", "ana hamalainen"),
        ("Sean O'Neill-Ääkkönen", "oneill aakkonen sean"),
        ("René Sirén-Aho", "RENE SIREN-AHO"),
        ("Søren Kjær", "soren kjar"),
        ("Łukasz Żak", "lukasz zak"),
        ("Юлия Петрова", "юлия петрова"),
    ],
)
def test_spelling_that_people_vary_is_the_same(name: str, typed: str) -> None:
    assert set(names(typed)) <= {key for kind, key in keys_of(name=name) if kind == Kind.NAME}


@pytest.mark.parametrize(
    "typed", ["040 123 4567", "+358 40 123 4567", "0401234567", "00358401234567", "+358 (0)40 123 4567", "040-123"]
)
def test_a_number_is_found_however_it_is_written(typed: str) -> None:
    kept = {key for kind, key in keys_of(name="", phone="+358401234567") if kind == Kind.PHONE}
    (term,) = terms_of(typed)
    assert any(kind == Kind.PHONE and any(one.startswith(key) for one in kept) for kind, key in term.keys)


def test_a_number_is_found_by_its_last_digits() -> None:
    (kept,) = (key for kind, key in keys_of(name="", phone="+358401234567") if kind == Kind.PHONE_END)
    (term,) = terms_of("4567")
    assert any(kind == Kind.PHONE_END and kept.startswith(key) for kind, key in term.keys)


def test_digits_between_words_are_one_number_and_words_are_words() -> None:
    first, number, last = terms_of("Aino 040 123 4567 Åkerö")
    assert (first.word, last.word, number.word) == ("aino", "akero", "")
    assert (Kind.PHONE, "358401234567") in number.keys


def test_addresses_and_ids_are_found_from_their_beginning() -> None:
    kept = keys_of(name="Aino", email="aino.akero@example.fi", external_id="TE-0012")
    assert {(Kind.EMAIL, "aino.akero@example.fi"), (Kind.EXTERNAL, "te0012")} <= kept
    assert (Kind.EMAIL, "aino.akero@ex") in terms_of("Aino.Akero@ex")[0].keys
    assert (Kind.EXTERNAL, "te0012") in terms_of("te-0012")[0].keys


@given(st.text(max_size=40))
def test_nothing_that_can_be_typed_is_a_fault(typed: str) -> None:
    for term in terms_of(typed):
        assert term.keys
        assert all(key for _, key in term.keys)
        typo_keys(term.word)
        single(term.word)
