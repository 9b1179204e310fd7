"""What an answered text message means."""

from __future__ import annotations

import pytest

from app.booking.replies.reading import Word, understand


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (" K ", Word.YES),
        ("Kyllä!", Word.YES),
        ("kylla", Word.YES),
        ("JA.", Word.YES),
        ("Yes", Word.YES),
        ("PERU", Word.CANCEL),
        ("avboka", Word.CANCEL),
        ("Cancel", Word.CANCEL),
        ("Stop", Word.STOP),
        ("START", Word.START),
        ("kyllä mutta myöhässä", Word.OTHER),
        ("Voinko perua?", Word.OTHER),
        ("ja voinko tuoda lapsen", Word.OTHER),
        ("", Word.OTHER),
        ("k" * 100, Word.OTHER),
        ("🙂", Word.OTHER),
    ],
)
def test_only_a_bare_word_is_taken_at_its_word(text: str, word: Word) -> None:
    assert understand(text) == word
