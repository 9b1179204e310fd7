"""Personal identity codes: every century's sign, the check character, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.register.identity_code import (
    CENTURIES,
    CHECK_CHARACTERS,
    Fault,
    NotACode,
    birthday_of,
    looks_like_one,
    mask,
    normalise,
)


def code_of(day: date, sign: str, number: int) -> str:
    """The code that a person would have; 900 and more are nobody's."""
    digits = f"{day:%d%m%y}{number:03d}"
    return f"{digits[:6]}{sign}{digits[6:]}{CHECK_CHARACTERS[int(digits) % 31]}"


@st.composite
def codes(draw: st.DrawFn) -> tuple[date, str]:
    sign = draw(st.sampled_from(sorted(CENTURIES)))
    century = CENTURIES[sign]
    day = draw(st.dates(date(century, 1, 1), date(century + 99, 12, 31)))
    return day, code_of(day, sign, draw(st.integers(2, 999)))


@given(codes())
def test_a_right_code_is_taken_with_every_sign_of_a_century_and_tells_the_birthday(made: tuple[date, str]) -> None:
    day, code = made
    assert normalise(f" {code.lower()} ") == code
    assert birthday_of(code) == day


@given(codes(), st.integers(0, 10), st.sampled_from(CHECK_CHARACTERS))
def test_one_wrong_digit_is_noticed(made: tuple[date, str], at: int, sign: str) -> None:
    code = made[1]
    wrong = code[:at] + sign + code[at + 1 :]
    if at == 6 or wrong == code:  # the sign of the century is not part of the check
        return
    with pytest.raises(NotACode):
        normalise(wrong)


@pytest.mark.parametrize("sign", [*"-UVWXY"])
def test_the_signs_of_the_twentieth_century_mean_the_same_century(sign: str) -> None:
    assert birthday_of(normalise(f"131052{sign}308T")) == date(1952, 10, 13)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", Fault.SHAPE),
        ("131052-308", Fault.SHAPE),
        ("131052G308T", Fault.SHAPE),
        ("131052-308TT", Fault.SHAPE),
        ("١٣١٠٥٢-308T", Fault.SHAPE),
        ("320152-308T", Fault.DAY),
        ("290201A900A", Fault.DAY),
        ("131052-308A", Fault.CHECK),
        ("131052-001X", Fault.CHECK),
    ],
)
def test_what_is_no_code_says_why(typed: str, fault: Fault) -> None:
    with pytest.raises(NotACode) as problem:
        normalise(typed)
    assert problem.value.fault == fault


def test_the_mask_shows_the_birthday_and_nothing_that_is_secret() -> None:
    assert mask("131052-308T") == "131052-****"


@pytest.mark.parametrize("text", ["131052-308T", "Tunnus on 131052-308t.", "010101A900x", "131052–308T"])
def test_a_code_in_a_text_is_noticed(text: str) -> None:
    assert looks_like_one(text)


@pytest.mark.parametrize("text", ["", "040 123 4567", "131052", "TE-131052-308TT", "Aino Åkerö", "+358401234567"])
def test_other_texts_are_not_taken_for_a_code(text: str) -> None:
    assert not looks_like_one(text)
