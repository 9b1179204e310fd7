"""How dates, times and texts are written in Finland's languages, on ordinary days and on the two when clocks change."""

from __future__ import annotations

import contextvars
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import i18n
from app.core.i18n import (
    LANGUAGES,
    current_language,
    format_clock,
    format_day,
    format_instant,
    format_short_date,
    gettext,
    local_text,
    ngettext,
    set_language,
    speaking,
)

HELSINKI = ZoneInfo("Europe/Helsinki")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("language", "written"),
    [("fi", "ti 24.11.2026 klo 9.00"), ("sv", "tis 24.11.2026 kl. 9.00"), ("en", "Tue 24 Nov 2026, 9:00")],
)
def test_an_instant_is_written_as_readers_of_the_language_write_it(language: str, written: str) -> None:
    assert format_instant(at("2026-11-24T07:00+00:00"), HELSINKI, language) == written


@pytest.mark.parametrize(("language", "written"), [("fi", "9.05"), ("sv", "9.05"), ("en", "9:05")])
def test_a_time_of_day_has_no_leading_zero(language: str, written: str) -> None:
    assert format_clock(at("2026-11-24T07:05+00:00"), HELSINKI, language) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [("fi", "Tiistai 24.11.2026"), ("sv", "Tisdag 24.11.2026"), ("en", "Tuesday 24 November 2026")],
)
def test_a_day_as_a_heading_begins_with_a_capital(language: str, written: str) -> None:
    assert format_day(date(2026, 11, 24), language) == written


@pytest.mark.parametrize(("language", "written"), [("fi", "1.2.2026"), ("sv", "1.2.2026"), ("en", "1 Feb 2026")])
def test_a_short_date_is_written_without_leading_zeros(language: str, written: str) -> None:
    assert format_short_date(date(2026, 2, 1), language) == written


@pytest.mark.parametrize(
    ("weekday", "fi", "sv", "en"),
    [
        (23, "ma", "mån", "Mon"),
        (24, "ti", "tis", "Tue"),
        (25, "ke", "ons", "Wed"),
        (26, "to", "tors", "Thu"),
        (27, "pe", "fre", "Fri"),
        (28, "la", "lör", "Sat"),
        (29, "su", "sön", "Sun"),
    ],
)
def test_every_weekday_has_its_short_name(weekday: int, fi: str, sv: str, en: str) -> None:
    noon = datetime(2026, 11, weekday, 12, tzinfo=HELSINKI)
    assert [format_instant(noon, HELSINKI, code).split()[0] for code in ("fi", "sv", "en")] == [fi, sv, en]


@pytest.mark.parametrize(
    ("instant", "written"),
    [
        ("2026-03-29T00:59+00:00", "su 29.3.2026 klo 2.59"),
        ("2026-03-29T01:00+00:00", "su 29.3.2026 klo 4.00"),
        ("2026-10-25T00:30+00:00", "su 25.10.2026 klo 3.30"),
        ("2026-10-25T01:30+00:00", "su 25.10.2026 klo 3.30"),
        ("2026-10-25T02:00+00:00", "su 25.10.2026 klo 4.00"),
        ("2026-12-31T22:00+00:00", "pe 1.1.2027 klo 0.00"),
    ],
)
def test_the_clock_is_right_on_days_when_clocks_change_and_over_the_new_year(instant: str, written: str) -> None:
    assert format_instant(at(instant), HELSINKI, "fi") == written


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_appointment_at_nine_is_written_nine_on_both_days(day: date, language: str) -> None:
    nine = datetime(day.year, day.month, day.day, 9, tzinfo=HELSINKI).astimezone(UTC)
    assert format_clock(nine, HELSINKI, language) in ("9.00", "9:00")


@given(
    st.integers(0, 20 * 366 * 24 * 60).map(
        lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from(list(LANGUAGES)),
    st.sampled_from(["Europe/Helsinki", "Europe/Mariehamn", "UTC", "America/New_York"]),
)
def test_what_is_written_is_the_wall_time_of_the_zone(instant: datetime, language: str, name: str) -> None:
    zone = ZoneInfo(name)
    wall = instant.astimezone(zone)
    separator = ":" if language == "en" else "."
    assert format_clock(instant, zone, language) == f"{wall.hour}{separator}{wall.minute:02}"
    assert str(wall.year) in format_instant(instant, zone, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_written_times_fit_into_a_text_message(language: str) -> None:
    """Every sign must be one that a text message carries in one unit: no narrow spaces, no typographic dashes."""
    for days in range(366):
        instant = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=days)
        assert set(format_instant(instant, HELSINKI, language)) <= set(
            "0123456789 .,:" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZåäöÅÄÖ"
        )


def test_the_language_in_use_is_that_of_the_context() -> None:
    def elsewhere() -> str:
        set_language("en")
        return current_language()

    with speaking("sv"):
        assert contextvars.copy_context().run(elsewhere) == "en"
        assert current_language() == "sv"
        assert format_clock(at("2026-11-24T07:00+00:00"), HELSINKI) == "9.00"
        with speaking("en"):
            assert format_clock(at("2026-11-24T07:00+00:00"), HELSINKI) == "9:00"
        assert current_language() == "sv"


@pytest.mark.parametrize("unknown", ["de", "", "FI", "fi-FI"])
def test_an_unknown_language_is_finnish(unknown: str) -> None:
    with speaking("sv"), speaking(unknown):
        assert current_language() == "fi"


def test_speaking_ends_when_something_goes_wrong() -> None:
    before = current_language()
    with pytest.raises(ZeroDivisionError), speaking("sv"):
        raise ZeroDivisionError
    assert current_language() == before


@pytest.mark.parametrize(
    ("texts", "language", "shown"),
    [
        ({"fi": "yksi", "sv": "ett", "en": "one"}, "sv", "ett"),
        ({"fi": "yksi", "sv": ""}, "sv", "yksi"),
        ({"sv": "ett", "en": "one"}, "fi", "ett"),
        ({"en": "one"}, "fi", "one"),
        ({"de": "eins"}, "fi", ""),
        ({}, "fi", ""),
        (None, "fi", ""),
    ],
)
def test_a_municipalitys_text_falls_back_to_a_language_it_has(
    texts: dict[str, str] | None, language: str, shown: str
) -> None:
    assert local_text(texts, language) == shown
    with speaking(language):
        assert local_text(texts) == shown


def test_messages_are_filled_in_only_where_there_are_values() -> None:
    with speaking("en"):
        assert gettext("100 % of %(what)s") == "100 % of %(what)s"
        assert gettext("We call %(who)s", who="Åsa 100 %") == "We call Åsa 100 %"
        assert gettext("") == ""
        assert ngettext("%(num)s hour", "%(num)s hours", 1) == "1 hour"
        assert ngettext("%(num)s hour", "%(num)s hours", 2) == "2 hours"


def test_a_catalogue_is_read_from_its_source_without_a_compile_step(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sv" / "LC_MESSAGES"  # type: ignore[operator]
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "Cancel"\nmsgstr "Avboka"\n\n'
        '#, fuzzy\nmsgid "Doubtful"\nmsgstr "Tveksam"\n\n'
        'msgid "%(num)s hour"\nmsgid_plural "%(num)s hours"\nmsgstr[0] "%(num)s timme"\nmsgstr[1] "%(num)s timmar"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(i18n, "TRANSLATIONS", tmp_path)
    i18n._catalogue.cache_clear()
    try:
        with speaking("sv"):
            assert (gettext("Cancel"), gettext("Unknown"), gettext("Doubtful")) == ("Avboka", "Unknown", "Doubtful")
            assert [ngettext("%(num)s hour", "%(num)s hours", n) for n in (1, 2)] == ["1 timme", "2 timmar"]
        with speaking("fi"):
            assert gettext("Cancel") == "Cancel"
    finally:
        i18n._catalogue.cache_clear()
