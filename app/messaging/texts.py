"""The wording of outgoing messages: one approved default per kind and language, for e-mail and for text messages."""

from __future__ import annotations

from collections.abc import Mapping

from app.messaging.wordings import Wording, Wordings, of_absences, of_appointments, of_many, of_reminders

WORDINGS: Wordings = of_appointments.WORDINGS | of_absences.WORDINGS | of_many.WORDINGS | of_reminders.WORDINGS


def wording(kind: str, language: str, values: Mapping[str, str]) -> Wording:
    """The filled wording of a kind in a language."""
    return WORDINGS[kind][language].fill(values)
