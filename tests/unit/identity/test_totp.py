"""One-time codes, against the vectors of RFC 6238 (appendix B, SHA-1, the last six digits)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.identity import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_the_vectors_of_the_rfc_are_right(seconds: int, code: str) -> None:
    assert totp.step_of(SECRET, code, now=at(seconds), after=0) == seconds // 30


@pytest.mark.parametrize(("seconds", "right"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_clock_may_be_half_a_minute_off(seconds: int, right: bool) -> None:
    now = at(1234567890) + timedelta(seconds=seconds)
    assert (totp.step_of(SECRET, "005924", now=now, after=0) is not None) is right


def test_a_code_is_used_up_with_those_before_it() -> None:
    step = 1234567890 // 30
    found = [totp.step_of(SECRET, "005924", now=at(1234567890), after=step + more) for more in (-1, 0, 1)]
    assert found == [step, None, None]


@pytest.mark.parametrize("typed", ["005 924", " 005924\t", "00 59 24"])
def test_spaces_do_not_matter(typed: str) -> None:
    assert totp.step_of(SECRET, typed, now=at(1234567890), after=0) is not None


@pytest.mark.parametrize(
    "typed", ["", "5924", "0059240", "００５９２４", "00592٤", "abcdef", "\x00", "-05924", "0" * 9999]
)
def test_what_is_no_code_is_wrong(typed: str) -> None:
    assert totp.step_of(SECRET, typed, now=at(1234567890), after=0) is None


def test_the_app_reads_issuer_account_and_secret() -> None:
    address = totp.address_of(SECRET, account="liisa@koivula.example", issuer="Vuoro, Koivulan työllisyyspalvelut")
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith("otpauth://totp/")
    assert (asked["secret"], asked["issuer"]) == ([SECRET], ["Vuoro, Koivulan työllisyyspalvelut"])


def test_secrets_differ_and_have_160_bits() -> None:
    one, two = totp.new_secret(), totp.new_secret()
    assert one != two
    assert len(base64.b32decode(one)) == 20
    assert totp.spoken(one).replace(" ", "") == one
