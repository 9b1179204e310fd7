"""The wording of outgoing messages: what a wording is. The texts stand beside it, by what they tell of.

Placeholders: ``{when}`` ``{before}`` ``{place}`` ``{who}`` ``{link}`` ``{municipality}`` ``{phone}`` ``{until}``, of a
series ``{count}`` and ``{last}``, of a call ``{number}``. The matter of the meeting has no placeholder. A paragraph with
``{until}`` is left out when that moment has passed. Text messages keep to GSM-7 signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """One kind of message in one language. ``link_label``: the button's text; ``sms``: one line."""

    subject: str
    paragraphs: tuple[str, ...]
    link_label: str
    sms: str

    def fill(self, values: Mapping[str, str]) -> Wording:
        """The wording with its placeholders filled; an unknown placeholder raises ``KeyError``."""
        return Wording(
            self.subject.format_map(values),
            tuple(
                paragraph.format_map(values)
                for paragraph in self.paragraphs
                if values["until"] or "{until}" not in paragraph
            ),
            self.link_label,
            self.sms.format_map(values),
        )


Wordings = dict[str, dict[str, Wording]]
"""By kind of message and language."""
