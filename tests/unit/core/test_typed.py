"""What people type, cleaned: names in every script, telephone numbers as Finns write them, e-mail addresses."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.typed import (
    Unusable,
    clean_email,
    clean_line,
    clean_text,
    gets_sms,
    mask_email,
    mask_phone,
    parse_phone,
    show_phone,
    sort_key,
    whole_number,
)

MOBILE = "+358401234567"


# — telephone numbers —


@pytest.mark.parametrize(
    "typed",
    [
        "+358 40 123 4567",
        "+358401234567",
        "+358 (0)40 123 4567",
        "00358 40 1234567",
        "040-1234567",
        "040-123 45 67",
        "040 123 4567",
        "0401234567",
        " 040\u00a01234567 ",
        "040\t123 4567",
        "040–1234567",
        "０４０１２３４５６７",
    ],
)
def test_all_ways_to_write_a_mobile_number_are_one_number(typed: str) -> None:
    phone = parse_phone(typed)
    assert (phone.e164, phone.gets_sms) == (MOBILE, True)


@pytest.mark.parametrize(
    ("typed", "e164"),
    [("09 310 1691", "+35893101691"), ("(09) 3101691", "+35893101691"), ("02 6200 000", "+35826200000")],
)
def test_a_landline_is_a_number_that_text_messages_do_not_reach(typed: str, e164: str) -> None:
    assert (parse_phone(typed).e164, parse_phone(typed).gets_sms) == (e164, False)


@pytest.mark.parametrize(
    ("typed", "e164", "reached"),
    [
        ("+46 70 123 45 67", "+46701234567", True),
        ("+372 5123 4567", "+37251234567", True),
        ("+44 20 7946 0958", "+442079460958", False),
        ("+1 202 555 0143", "+12025550143", True),  # in America a number does not tell what it is
        ("+380 67 123 4567", "+380671234567", True),
    ],
)
def test_foreign_numbers_keep_their_country_code(typed: str, e164: str, reached: bool) -> None:
    assert (parse_phone(typed).e164, parse_phone(typed).gets_sms) == (e164, reached)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "soita",
        "040 123",
        "112",
        "040 123 4567 8901 2345",
        "123456",
        "+999 123 456 789",
        "+46",
        "040 123 4567 alanumero 5",
        "040 123 4567 x5",
        "040 123 4567; ext=5",
        "040 12E 4567",
        "040\x00123 4567",
        "0401234567" * 10,
        "\ud800",
        "<script>",
    ],
)
def test_what_is_no_telephone_number_is_refused_with_words(typed: str) -> None:
    with pytest.raises(Unusable) as refusal:
        parse_phone(typed)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        (MOBILE, "040 123 4567"),
        ("+35893101691", "09 310 1691"),
        ("+46701234567", "+46 70 123 45 67"),
        ("", ""),
    ],
)
def test_numbers_are_shown_as_people_write_them(e164: str, shown: str) -> None:
    assert show_phone(e164) == shown


@given(st.integers(1_000_000, 9_999_999))
def test_a_number_as_shown_is_understood_again(digits: int) -> None:
    phone = parse_phone(f"040{digits}")
    assert parse_phone(show_phone(phone.e164)) == phone


@given(st.text(max_size=70))
@example("+")
@example("٠٤٠١٢٣٤٥٦٧")
def test_nothing_that_is_typed_as_a_number_is_a_fault(typed: str) -> None:
    try:
        phone = parse_phone(typed)
    except Unusable:
        return
    assert phone.e164.startswith("+")
    assert phone.e164[1:].isdigit()
    assert gets_sms(phone.e164) == phone.gets_sms
    assert show_phone(phone.e164)


def test_nobody_without_a_number_gets_text_messages() -> None:
    assert not gets_sms("")


# — text —


@pytest.mark.parametrize(
    "name",
    [
        "Åsa Öhman-Ääkkönen",
        "Seán O'Brien",
        "D’Angelo",
        "محمد علي",
        "Наталія Шевченко",
        "李小龍",
        "Nguyễn Thị Minh Khai",
        "María José",
        "שרה כהן",
        "X Æ A-12",
        "👩‍🚒 Firefighter",
        'Matti "Masa" <b>; DROP TABLE client',
    ],
)
def test_names_in_every_script_are_kept_as_they_are(name: str) -> None:
    assert clean_line(name, longest=200) == name


def test_marks_of_writing_direction_are_kept() -> None:
    name = "\u200fمحمد\u200e (Mohammed)"
    assert clean_line(name, longest=200) == name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Aino   Åkerö ", "Aino Åkerö"),
        ("Aino\tÅkerö", "Aino Åkerö"),
        ("Aino\r\nÅkerö", "Aino Åkerö"),
        ("Aino\u00a0\u2009Åkerö", "Aino Åkerö"),
        ("A\u030asa", "Åsa"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_a_line_has_single_spaces_and_composed_letters(typed: str, kept: str) -> None:
    assert clean_line(typed, longest=200) == kept


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
@pytest.mark.parametrize("clean", [clean_line, clean_text])
def test_signs_that_cannot_be_stored_are_refused(clean: object, sign: str) -> None:
    with pytest.raises(Unusable):
        clean(f"Ai{sign}no", longest=200)  # type: ignore[operator]


def test_text_of_several_lines_keeps_them() -> None:
    assert clean_text("  yksi\r\nkaksi\rkolme\n\n\tneljä \n", longest=200) == "yksi\nkaksi\nkolme\n\n\tneljä"


def test_length_counts_what_is_kept() -> None:
    assert clean_line("  " + "ä" * 10 + "  ", longest=10) == "ä" * 10
    assert clean_line("a\u0308" * 10, longest=10) == "ä" * 10
    with pytest.raises(Unusable, match="too long"):
        clean_line("ä" * 11, longest=10)


@given(st.text())
def test_every_kept_text_can_be_stored_and_stays_the_same(typed: str) -> None:
    try:
        kept = clean_text(typed, longest=10_000)
    except Unusable:
        return
    assert clean_text(kept, longest=10_000) == kept
    assert kept.encode() is not None
    assert "\x00" not in kept
    assert unicodedata.is_normalized("NFC", kept)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_line_is_one_line(typed: str) -> None:
    try:
        kept = clean_line(typed, longest=10_000)
    except Unusable:
        return
    assert len(kept.splitlines()) <= 1
    assert clean_line(kept, longest=10_000) == kept


# — e-mail addresses —


@pytest.mark.parametrize(
    "typed",
    [
        "aino@example.com",
        "Aino.Akero+ty@sub.example.co.uk",
        "o'brien@example.ie",
        "a_b-c=d/e{f}@example.fi",
        "åsa@exämple.fi",
        " aino@example.com ",
    ],
)
def test_an_address_that_looks_like_one_is_kept_in_lower_case(typed: str) -> None:
    assert clean_email(typed) == typed.strip().lower()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "aino",
        "aino@",
        "@example.com",
        "aino@example",
        "aino@example.",
        "aino@example.c",
        "aino @example.com",
        "aino@exa mple.com",
        "aino@@example.com",
        "aino@example.com, toinen@example.com",
        "aino@example.com;toinen@example.com",
        "Aino <aino@example.com>",
        '"aino"@example.com',
        "aino@example.com\nBcc: kaikki@example.com",
        "aino\x00@example.com",
        "aino@exam\u200bple.com",
        "aino\u202e@example.com",
        "a" * 250 + "@example.com",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Unusable):
        clean_email(typed)


@given(st.emails())
def test_no_ordinary_address_is_a_fault(address: str) -> None:
    try:
        kept = clean_email(address)
    except Unusable:
        return
    assert kept == unicodedata.normalize("NFC", address).lower()
    assert "\n" not in kept
    assert "," not in kept


# — sorting —


def test_names_sort_as_in_a_finnish_telephone_book() -> None:
    in_order = [
        "Kari Aalto",
        "Zoë Aalto",
        "Eva Aho",
        "Matti Eskola",
        "Léa Étienne",
        "Paavo Vuori",
        "Anna Wallin",
        "Aki Zetterberg",
        "Åke Åberg",
        "Anna Åkerö",
        "Aino Äijälä",
        "Aino Öhman",
    ]
    keys = [sort_key(name) for name in in_order]
    by_bytes = sorted(zip(keys, in_order, strict=True), key=lambda pair: pair[0].encode())  # as the C collation does
    assert [name for _, name in by_bytes] == in_order


@pytest.mark.parametrize(
    ("one", "other"), [("ÅSA Öhman", "åsa öhman"), ("René Falk", "Rene Falk"), ("  Aino   Åkerö ", "Aino Åkerö")]
)
def test_case_accents_and_spaces_do_not_matter(one: str, other: str) -> None:
    assert sort_key(one) == sort_key(other)


def test_danish_and_norwegian_letters_sort_with_their_finnish_sisters() -> None:
    assert sort_key("Bo Øster") == sort_key("Bo Öster")
    assert sort_key("Bo Ærø") == sort_key("Bo Ärö")


@pytest.mark.parametrize("name", ["", "Cher", "محمد علي", "李小龍"])
def test_every_name_has_a_key(name: str) -> None:
    assert isinstance(sort_key(name), str)
    assert bool(sort_key(name)) == bool(name)


# — masks —


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("+358401234567", "040 *** ** 67"),
        ("+35890001200", "09 *** ** 00"),
        ("+46701234567", "+46 *** **** 67"),
        ("", ""),
        ("0401234567", "040 *** ** 67"),
        ("12345", "123 **"),
    ],
)
def test_a_masked_number_is_known_only_to_who_knows_it(kept: str, shown: str) -> None:
    assert mask_phone(kept) == shown


@pytest.mark.parametrize(
    ("kept", "shown"), [("aino@example.fi", "a***@example.fi"), ("a@b.fi", "a***@b.fi"), ("", ""), ("odd", "")]
)
def test_a_masked_address_keeps_its_first_letter_and_its_domain(kept: str, shown: str) -> None:
    assert mask_email(kept) == shown


@pytest.mark.parametrize(("text", "number"), [("17", 17), ("0", 0), ("9" * 18, 10**18 - 1)])
def test_a_number_of_a_row_is_read(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "1.5", " 1", "1e3", "٣", "²", "9" * 19])
def test_what_cannot_be_a_number_of_a_row_is_none(text: str) -> None:
    assert whole_number(text) is None
