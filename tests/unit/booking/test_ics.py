"""Calendar files as another program reads them: vobject, which shares nothing with the library that writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from app.booking.ics import Entry, Method, calendar_file

HELSINKI = ZoneInfo("Europe/Helsinki")
NINE = datetime(2026, 11, 24, 7, tzinfo=UTC)


def make_entry(**values: Any) -> Entry:
    starts_at = values.pop("starts_at", NINE)
    defaults: dict[str, Any] = {
        "uid": "K7MQ-4XTP@testila.vuoro",
        "sequence": 1,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
        "summary": "Tapaaminen – Testilän työllisyyspalvelut",
        "description": "Liisa, asiantuntija\nKeskusta, Kauppakatu 1\nKatso: https://example.fi/a/7GqkXy3RtLmZ",
        "location": "Keskusta, Kauppakatu 1, 00000 Testilä",
        "organizer_name": "Testilän työllisyyspalvelut",
        "organizer_email": "palvelut@testila.example",
        "attendee_name": "Åsa O'Neill-Ääkkönen",
        "attendee_email": "asa@example.fi",
        "url": "https://example.fi/a/7GqkXy3RtLmZ",
        "changed_at": datetime(2026, 11, 1, 12, tzinfo=UTC),
    }
    return Entry(**{**defaults, **values})


def written(method: Method = Method.REQUEST, zone: ZoneInfo = HELSINKI, **values: Any) -> str:
    return calendar_file(make_entry(**values), method, zone)


def read(text: str) -> Any:
    vars(vobject.icalendar)["__tzidMap"].clear()  # else the first file's zone would serve all that follow
    calendar = vobject.readOne(text)
    calendar.validate(raiseException=True)
    return calendar


def test_another_program_reads_what_we_wrote() -> None:
    calendar = read(written())
    event = calendar.vevent
    assert (calendar.version.value, calendar.method.value, calendar.prodid.value) == (
        "2.0",
        "REQUEST",
        "-//Vuoro//Vuoro 1.0//FI",
    )
    assert event.summary.value == "Tapaaminen – Testilän työllisyyspalvelut"
    assert event.description.value.split("\n")[0] == "Liisa, asiantuntija"
    assert event.location.value == "Keskusta, Kauppakatu 1, 00000 Testilä"
    assert event.url.value == "https://example.fi/a/7GqkXy3RtLmZ"
    assert (event.dtstart.value, event.dtend.value) == (NINE, NINE + timedelta(minutes=45))
    assert event.dtstamp.value == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert len(calendar.contents["vevent"]) == 1


@pytest.mark.parametrize(
    ("starts_at", "wall"),
    [
        (datetime(2026, 3, 27, 7, tzinfo=UTC), 9),
        (datetime(2026, 3, 30, 6, tzinfo=UTC), 9),
        (datetime(2026, 3, 29, 6, tzinfo=UTC), 9),
        (datetime(2026, 10, 23, 6, tzinfo=UTC), 9),
        (datetime(2026, 10, 26, 7, tzinfo=UTC), 9),
        (datetime(2026, 10, 25, 7, tzinfo=UTC), 9),
        (datetime(2026, 3, 29, 1, tzinfo=UTC), 4),
        (datetime(2027, 6, 24, 5, 30, tzinfo=UTC), 8),
        (datetime(2026, 12, 31, 22, tzinfo=UTC), 0),
    ],
)
def test_on_both_sides_of_both_changes_of_clocks_the_reader_sees_our_instant(starts_at: datetime, wall: int) -> None:
    """vobject knows the zone only from the VTIMEZONE in the file, as Outlook does."""
    text = written(starts_at=starts_at)
    event = read(text).vevent
    assert event.dtstart.value.hour == wall
    assert event.dtstart.value.astimezone(UTC) == starts_at
    assert event.dtend.value.astimezone(UTC) == starts_at + timedelta(minutes=45)
    assert f"DTSTART;TZID=Europe/Helsinki:{starts_at.astimezone(HELSINKI):%Y%m%dT%H%M%S}" in text.replace("\r\n ", "")


def test_the_file_explains_its_zone_with_both_offsets() -> None:
    zone = vobject.readOne(written()).vtimezone
    assert zone.tzid.value == "Europe/Helsinki"
    offsets = {
        (part.tzoffsetfrom.value, part.tzoffsetto.value)
        for name in ("standard", "daylight")
        for part in zone.contents[name]
    }
    assert {("+0200", "+0300"), ("+0300", "+0200")} <= offsets


def offset(text: str) -> timedelta:
    return timedelta(hours=int(text[:3]), minutes=int(text[0] + text[3:5]))


def observances(text: str) -> list[Any]:
    zone = vobject.readOne(text).vtimezone
    return [part for name in ("standard", "daylight") for part in zone.contents[name]]


def test_the_zone_changes_its_clocks_at_the_right_instant() -> None:
    """RFC 5545, 3.6.5: an onset is wall time at the offset that is left, 3.00 in March and 4.00 in October."""
    for part in observances(written()):
        left, taken = offset(part.tzoffsetfrom.value), offset(part.tzoffsetto.value)
        if left == taken:
            continue
        onset = part.dtstart.value.replace(tzinfo=UTC) - left
        assert (onset.hour, onset.minute) == (1, 0), part.serialize()
        assert onset.astimezone(HELSINKI).utcoffset() == taken
        assert (onset - timedelta(seconds=1)).astimezone(HELSINKI).utcoffset() == left


def test_the_zone_is_written_with_yearly_rules() -> None:
    """Outlook reads nothing else of a zone ([MS-STANOICAL] 2.2.47): RDATE is ignored, and a zone of no rules too."""
    parts = observances(written())
    assert sorted(part.name for part in parts) == ["DAYLIGHT", "STANDARD"]
    assert all("rrule" in part.contents and "rdate" not in part.contents for part in parts)


def test_a_municipality_in_another_zone_has_that_zone() -> None:
    text = written(zone=ZoneInfo("Europe/Stockholm"))
    assert vobject.readOne(text).vtimezone.tzid.value == "Europe/Stockholm"
    assert read(text).vevent.dtstart.value.hour == 8


@pytest.mark.parametrize("year", [2024, 2026, 2030, 2037])
def test_the_zone_reaches_the_year_of_the_meeting(year: int) -> None:
    summer, winter = datetime(year, 7, 1, 6, tzinfo=UTC), datetime(year, 1, 15, 7, tzinfo=UTC)
    for starts_at in (summer, winter):
        assert read(written(starts_at=starts_at)).vevent.dtstart.value.astimezone(UTC) == starts_at


# — invitations (RFC 5546) —


@pytest.mark.parametrize("method", Method)
def test_the_method_says_what_to_do_with_it(method: Method) -> None:
    assert read(written(method)).method.value == str(method)


def test_an_invitation_names_who_invites_and_who_has_already_accepted() -> None:
    event = read(written()).vevent
    assert event.organizer.value == "mailto:palvelut@testila.example"
    assert event.organizer.params["CN"] == ["Testilän työllisyyspalvelut"]
    assert event.attendee.value == "mailto:asa@example.fi"
    assert event.attendee.params["CN"] == ["Åsa O'Neill-Ääkkönen"]
    assert event.attendee.params["PARTSTAT"] == ["ACCEPTED"]
    assert event.attendee.params["RSVP"] == ["FALSE"]
    assert (event.status.value, event.transp.value) == ("CONFIRMED", "OPAQUE")


def test_a_published_file_invites_nobody() -> None:
    assert "attendee" not in read(written(Method.PUBLISH)).vevent.contents


def test_nobody_is_invited_or_inviting_without_an_address() -> None:
    event = read(written(organizer_email="", attendee_email="")).vevent
    assert "attendee" not in event.contents
    assert "organizer" not in event.contents


def test_a_cancellation_frees_the_time_and_reminds_nobody() -> None:
    calendar = read(written(Method.CANCEL, cancelled=True, sequence=4))
    event = calendar.vevent
    assert (calendar.method.value, event.status.value, event.transp.value) == ("CANCEL", "CANCELLED", "TRANSPARENT")
    assert (event.uid.value, event.sequence.value) == ("K7MQ-4XTP@testila.vuoro", "4")
    assert "valarm" not in event.contents


def test_a_coming_meeting_reminds_an_hour_before() -> None:
    alarm = read(written()).vevent.valarm
    assert alarm.action.value == "DISPLAY"
    assert alarm.trigger.value == timedelta(hours=-1)


def test_a_changed_meeting_keeps_its_uid_and_raises_its_sequence() -> None:
    first, second = (
        read(written(sequence=number, starts_at=NINE + timedelta(days=number))).vevent for number in (1, 2)
    )
    assert first.uid.value == second.uid.value
    assert int(first.sequence.value) < int(second.sequence.value)


def test_the_same_meeting_is_written_the_same() -> None:
    assert written() == written()


# — the form (RFC 5545) —


def content_lines(text: str) -> list[str]:
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", ""), "a bare line feed"
    return text.split("\r\n")[:-1]


def test_lines_end_with_carriage_return_and_line_feed_and_are_folded() -> None:
    lines = content_lines(written(description="Ä" * 400, summary="한국어 " * 60))
    assert max(len(line.encode()) for line in lines) <= 75
    assert [lines[0], lines[-1]] == ["BEGIN:VCALENDAR", "END:VCALENDAR"]


NASTY = [
    'Matti "Masa" Meikäläinen',
    "O'Neill, Åsa; Oy",
    "rivi\nEND:VEVENT\nATTENDEE:mailto:toinen@example.fi",
    "rivi\r\nBEGIN:VALARM",
    "takaisin\\nkeno\\",
    "^'caret^n",
    ":;,=",
    "محمد علي",
    "👩‍🚒",
    "",
]


@pytest.mark.parametrize("text", NASTY)
def test_no_text_breaks_out_of_its_place(text: str) -> None:
    calendar = read(written(summary=text, description=text, location=text, attendee_name=text, organizer_name=text))
    event = calendar.vevent
    shown = text.replace("\r\n", "\n")
    assert event.summary.value == shown
    assert event.description.value == shown
    assert event.location.value == shown
    assert [one.value for one in event.contents["attendee"]] == ["mailto:asa@example.fi"]
    assert len(calendar.contents["vevent"]) == len(event.contents["valarm"]) == 1


@pytest.mark.parametrize("name", ['Matti "Masa" Meikäläinen', "O'Neill, Åsa; Oy: päällikkö", "محمد علي"])
def test_a_name_with_signs_that_mean_something_stays_readable(name: str) -> None:
    event = read(written(attendee_name=name, organizer_name=name)).vevent
    assert event.attendee.params["CN"] == [name.replace('"', "'")]
    assert event.organizer.params["CN"] == [name.replace('"', "'")]


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=120)


@given(texts, texts, st.integers(0, 10**6))
def test_whatever_is_written_is_read_again(summary: str, location: str, minutes: int) -> None:
    starts_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    text = written(summary=summary, location=location, starts_at=starts_at)
    event = read(text).vevent
    assert max(len(line.encode()) for line in content_lines(text)) <= 75
    assert (event.summary.value, event.location.value) == (summary, location)
    assert event.dtstart.value.astimezone(UTC) == starts_at
