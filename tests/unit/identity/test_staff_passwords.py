"""What may be a password, how long a pause lasts, where signing in may lead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.identity import passwords
from app.identity.sign_in import TRIES_BEFORE_PAUSE, pause_after

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("x" * 11, False),
        ("abababababab", False),
        ("liisa.hakala@koivula.example", False),
        ("Liisa.Hakala@Koivula.example", False),
        ("neljä hauskaa sanaa", True),
        ("x" * 12, False),
        ("abcde" * 41, False),
        ("abcde" * 40, True),
    ],
)
def test_a_password_is_long_and_not_plain(password: str, good: bool) -> None:
    assert (passwords.weakness(password, email="liisa.hakala@koivula.example") == "") is good


def test_where_there_is_no_password_none_is_right() -> None:
    assert not passwords.matches(None, "")
    assert not passwords.matches("", "")
    assert not passwords.matches("no hash", "no hash")


@pytest.mark.parametrize(("attempts", "minutes"), [(5, 1), (6, 2), (10, 32), (11, 60), (100, 60), (100_000, 60)])
def test_a_pause_doubles_up_to_an_hour(attempts: int, minutes: int) -> None:
    assert pause_after(attempts, now=NOW) == NOW + timedelta(minutes=minutes)


def test_the_first_wrong_passwords_cause_no_pause() -> None:
    assert [pause_after(attempts, now=NOW) for attempts in range(TRIES_BEFORE_PAUSE)] == [None] * TRIES_BEFORE_PAUSE
