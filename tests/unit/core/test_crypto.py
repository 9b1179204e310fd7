"""Sealed fields open with the right keys only, and secrets are hard to guess and easy to read."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.crypto import (
    CODE_ALPHABET,
    LINK_ALPHABET,
    EncryptionNotConfigured,
    FieldCipher,
    api_key,
    check_in_code,
    link_token,
    receipt_number,
    reference,
    verification_code,
)


def key(name: str) -> str:
    return f"{name}:{base64.urlsafe_b64encode(os.urandom(32)).decode()}"


OLD, NEW, OTHER = key("k1"), key("k2"), key("k3")

values = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
        max_leaves=5,
    ),
)


@given(values)
def test_what_is_sealed_is_opened_again(value: dict[str, object]) -> None:
    cipher = FieldCipher(OLD)
    assert cipher.unseal(cipher.seal(value)) == value


def test_a_sealed_value_shows_nothing_and_never_looks_the_same_twice() -> None:
    cipher = FieldCipher(OLD)
    sealed = [cipher.seal({"name": "Aino Åkerö", "phone": "0401234567"}) for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert all(b"Aino" not in base64.urlsafe_b64decode(one) and b"0401234567" not in one for one in sealed)


def test_with_a_new_key_in_front_old_values_open_and_new_ones_need_the_new_key() -> None:
    before, rotated, after = FieldCipher(OLD), FieldCipher(f"{NEW},{OLD}"), FieldCipher(NEW)
    old = before.seal({"a": 1})
    new = rotated.seal({"a": 2})
    assert rotated.unseal(old) == {"a": 1}
    assert after.unseal(new) == {"a": 2}
    with pytest.raises(EncryptionNotConfigured):
        before.unseal(new)
    with pytest.raises(EncryptionNotConfigured):
        after.unseal(old)


@pytest.mark.parametrize(
    "change",
    [lambda sealed: sealed[:-1], lambda sealed: sealed[::-1], lambda sealed: b"", lambda sealed: b"{}"],
)
def test_a_tampered_value_does_not_open(change: Callable[[bytes], bytes]) -> None:
    cipher = FieldCipher(OLD)
    with pytest.raises(EncryptionNotConfigured, match="none of"):
        cipher.unseal(change(cipher.seal({"a": 1})))


def test_spaces_and_a_comma_at_the_end_of_the_keys_do_no_harm() -> None:
    assert FieldCipher(f" {NEW} , {OLD} ,").unseal(FieldCipher(OLD).seal({"a": 1})) == {"a": 1}


@pytest.mark.parametrize(
    "keys",
    ["", "   ", "k1:", "k1:short", "k1:!!!!", f"{OLD},k2:short", "k1:" + "ä" * 44],
    ids=["none", "blank", "nameless", "short", "signs", "second", "letters"],  # a random key is no name for a test
)
def test_keys_that_are_none_are_refused_with_how_to_make_one(keys: str) -> None:
    with pytest.raises(EncryptionNotConfigured, match="make a key with"):
        FieldCipher(keys).seal({})


@pytest.mark.parametrize(
    ("make", "pattern"),
    [
        (link_token, f"[{LINK_ALPHABET}]{{12}}"),
        (check_in_code, f"[{CODE_ALPHABET}]{{6}}"),
        (reference, f"[{CODE_ALPHABET}]{{4}}-[{CODE_ALPHABET}]{{4}}"),
        (receipt_number, f"R(-[{CODE_ALPHABET}]{{5}}){{2}}"),
        (verification_code, f"[{CODE_ALPHABET}]{{4}}(-[{CODE_ALPHABET}]{{4}}){{2}}"),
        (api_key, r"vuoro_[\w-]{43}"),
    ],
)
def test_secrets_have_their_shape_and_differ(make: Callable[[], str], pattern: str) -> None:
    made = {make() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(pattern, secret) for secret in made)


def test_no_secret_that_is_read_aloud_has_signs_that_look_alike() -> None:
    for look_alike in "01OIl":
        assert look_alike not in LINK_ALPHABET
        assert look_alike not in CODE_ALPHABET
    assert len(set(LINK_ALPHABET)) == len(LINK_ALPHABET)
    assert len(LINK_ALPHABET) ** 12 >= 2**69
