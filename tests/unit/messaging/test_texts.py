"""The wording of every message, in every language, for both channels."""

from __future__ import annotations

import re
import string

import pytest

from app.core.i18n import LANGUAGES
from app.messaging.texts import WORDINGS, wording
from app.messaging.wordings import Wording
from tests.gsm7 import EXTENSION, GSM7, septets

VALUES = {
    "when": "ti 24.11.2026 klo 9.00",
    "before": "ma 23.11.2026 klo 10.15",
    "until": "ma 23.11.2026 klo 9.00",
    "place": "Keskusta, Kauppakatu 1, 00000 Testilä",
    "who": "Liisa, asiantuntija",
    "reference": "K7MQ-4XTP",
    "count": "12",
    "number": "040 123 4567",
    "last": "ti 2.2.2027 klo 9.00",
    "link": "https://ajat.testila.example/a/7GqkXy3RtLmZ",
    "municipality": "Testilän työllisyyspalvelut",
    "phone": "+358 9 000 0000",
}
EVERY = [(kind, language) for kind in WORDINGS for language in LANGUAGES]
CAUSE_FIRST = {
    "confirmation": {"fi": "varattu", "sv": "bokad", "en": "have an appointment"},
    "change": {"fi": "siirretty", "sv": "flyttats", "en": "moved"},
    "cancellation": {"fi": "peruttu", "sv": "avbokad", "en": "cancelled"},
    "hand_over": {"fi": "vaihtuu", "sv": "annan sakkunnig", "en": "somebody else"},
    "absence_move": {"fi": "ei onnistu", "sv": "inte hållas", "en": "cannot be held"},
    "absence_cancellation": {"fi": "perumaan", "sv": "avboka", "en": "cancel"},
    "series": {"fi": "ensimmäinen", "sv": "den första", "en": "the first"},
    "series_cancellation": {
        "fi": "aikaa on peruttu",
        "sv": "tider är avbokade",
        "en": "appointments have been cancelled",
    },
    "reminder": {"fi": "muistutus", "sv": "påminnelse", "en": "reminder"},
    "call_reminder": {"fi": "soitamme sinulle", "sv": "vi ringer dig", "en": "we call you"},
    "group_confirmation": {"fi": "paikka", "sv": "plats", "en": "place in a group"},
    "group_change": {"fi": "muuttu", "sv": "ändrats", "en": "changed"},
    "invitation": {"fi": "kutsuttu", "sv": "inbjuden", "en": "invited"},
}
LIKE = {"series": {"confirmation"}, "series_cancellation": {"cancellation"}}
"""Kinds that may sound like others, because they say the same of several meetings."""
TELLS = {"invitation": "until"}
"""What the others tell as ``when``: an invitation has only a last day."""


def texts_of(words: Wording) -> list[str]:
    return [words.subject, *words.paragraphs, words.link_label, words.sms]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_kind_is_worded_in_every_language() -> None:
    assert {kind: set(languages) for kind, languages in WORDINGS.items()} == {
        kind: set(LANGUAGES) for kind in CAUSE_FIRST
    }


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_filled_text_has_nothing_left_to_fill(kind: str, language: str) -> None:
    for text in texts_of(wording(kind, language, VALUES)):
        assert text == text.strip() != ""
        assert not re.search(r"[{}]|\bNone\b|  |\.\.|%\(", text), text


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_message_tells_the_date_and_the_time(kind: str, language: str) -> None:
    words, moment = wording(kind, language, VALUES), VALUES[TELLS.get(kind, "when")]
    assert moment in words.subject
    assert moment in words.paragraphs[0]
    assert moment in words.sms


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_text_message_says_who_sends_it_and_ends_with_the_link(kind: str, language: str) -> None:
    words = wording(kind, language, VALUES)
    assert words.sms.startswith(f"{VALUES['municipality']}: ")
    assert words.sms.endswith(f" {VALUES['link']}"), "a sign after the address would become part of it"


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_text_message_keeps_to_the_signs_of_gsm_7(kind: str, language: str) -> None:
    plain = WORDINGS[kind][language].sms.format_map(dict.fromkeys(VALUES, ""))
    assert set(plain) <= GSM7 - EXTENSION
    assert septets(wording(kind, language, VALUES).sms) <= 2 * 153, "more than two parts"


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_the_wording_of_a_language_has_the_placeholders_of_the_others(kind: str, language: str) -> None:
    finnish, other = WORDINGS[kind]["fi"], WORDINGS[kind][language]
    for one, two in ((finnish.subject, other.subject), (finnish.sms, other.sms)):
        assert placeholders(one) == placeholders(two)
    assert [placeholders(text) for text in finnish.paragraphs] == [placeholders(text) for text in other.paragraphs]


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_only_known_placeholders_are_used_and_the_matter_is_none_of_them(kind: str, language: str) -> None:
    used = set[str]().union(*map(placeholders, texts_of(WORDINGS[kind][language])))
    assert used <= VALUES.keys()
    assert not used & {"service", "matter", "name", "client", "answers"}


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_the_first_sentence_says_what_happened(kind: str, language: str) -> None:
    """ "Info/cancellation" above a link once made clients believe that they had been cancelled."""
    words = WORDINGS[kind][language]
    cause = CAUSE_FIRST[kind][language]
    assert cause in words.paragraphs[0]
    assert cause in words.sms.split(". ")[0]
    for other, causes in CAUSE_FIRST.items():
        if other not in (kind, *LIKE.get(kind, ())):
            text = words.subject + words.paragraphs[0]
            assert not re.search(rf"\b{causes[language]}\b", text), f"sounds like a {other}"


def test_a_change_tells_the_old_time_too() -> None:
    assert all("{before}" in " ".join(words.paragraphs) for words in WORDINGS["change"].values())


def test_a_missing_value_is_a_fault_and_never_an_empty_place() -> None:
    with pytest.raises(KeyError):
        wording("confirmation", "fi", {"when": "ti 24.11."})


def test_braces_in_a_name_are_only_signs() -> None:
    words = wording("confirmation", "fi", {**VALUES, "municipality": "{link} {0} %(x)s"})
    assert words.sms.startswith("{link} {0} %(x)s: ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_invitation_is_one_text_message_with_a_long_name(language: str) -> None:
    values = {**VALUES, "municipality": "Å" * 25, "until": "ma 23.11.2026"}
    assert septets(wording("invitation", language, values).sms) <= 160
