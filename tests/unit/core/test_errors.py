"""What can go wrong is told with a stable code, a status, and words in the reader's language."""

from __future__ import annotations

import pytest

from app.core import errors, i18n
from app.core.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Gone,
    InvalidInput,
    InvalidTransition,
    NotFound,
    SlotTaken,
    TooMany,
)
from app.core.i18n import speaking


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidInput({}), 422, "invalid_input"),
        (NotFound(), 404, "not_found"),
        (Gone(), 410, "gone"),
        (Forbidden(), 403, "forbidden"),
        (Conflict(), 409, "conflict"),
        (SlotTaken(), 409, "slot_taken"),
        (InvalidTransition(), 409, "invalid_transition"),
        (TooMany(), 429, "too_many"),
        (Conflict("Busy.", code="client_busy"), 409, "client_busy"),
    ],
)
def test_outsiders_can_rely_on_status_and_code(error: DomainError, status: int, code: str) -> None:
    assert (error.status, error.code, str(error)) == (status, code, code)


def test_every_error_has_words_and_can_be_raised_without_any() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DomainError)]
    assert len(kinds) >= 9
    for kind in kinds:
        error = kind({}) if kind is InvalidInput else kind()
        assert error.text().endswith(".")


def test_a_taken_time_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        raise SlotTaken


def test_words_are_filled_with_values() -> None:
    error = Conflict("Only %(count)s places are left.", count=3)
    assert error.text() == "Only 3 places are left."
    assert error.values == {"count": 3}


def test_words_are_translated_where_they_are_shown_not_where_they_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    error = InvalidInput({"name": "Enter your name."}, "Check it.")
    translations = {"Enter your name.": "Ange ditt namn.", "Check it.": "Kontrollera."}

    class Swedish(i18n.NullTranslations):
        def gettext(self, message: str) -> str:
            return translations[message]

    monkeypatch.setattr(i18n, "_catalogue", lambda language: Swedish() if language == "sv" else i18n.NullTranslations())
    with speaking("sv"):
        assert (error.text(), error.field_texts()) == ("Kontrollera.", {"name": "Ange ditt namn."})
    with speaking("en"):
        assert error.field_texts() == {"name": "Enter your name."}


def test_the_fields_of_an_error_are_its_own() -> None:
    fields = {"name": "Enter your name."}
    error = InvalidInput(fields)
    fields.clear()
    assert error.fields == {"name": "Enter your name."}
