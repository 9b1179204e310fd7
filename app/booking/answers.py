"""Pre-information: which questions are asked, and what of the typed answers can be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.core.i18n import N_
from app.core.typed import Unusable, clean_line, clean_text
from app.scheduling.models import Question, QuestionKind

LONGEST = {QuestionKind.TEXT: 200, QuestionKind.LONG_TEXT: 2000}
YES, NO = "yes", "no"

Answer = str | list[str]


def asked_in(questions: Sequence[Question], mode: str) -> list[Question]:
    """The questions of a service that a mode asks, in order."""
    return [question for question in questions if not question.modes or mode in question.modes]


def check_answers(
    questions: Sequence[Question], typed: Mapping[str, Any], *, required: bool = True
) -> tuple[dict[str, Answer], dict[str, str]]:
    """Answers that can be kept, and msgids by question key for those that cannot. Unknown keys are errors too."""
    kept: dict[str, Answer] = {}
    errors: dict[str, str] = {
        key: N_("There is no such question.") for key in typed.keys() - {q.key for q in questions}
    }
    for question in questions:
        raw = typed.get(question.key)
        if raw in (None, "", []) or (isinstance(raw, str) and not raw.strip()):
            if question.required and required:
                errors[question.key] = _missing(question)
            continue
        try:
            kept[question.key] = _check_one(question, raw)
        except Unusable as problem:
            errors[question.key] = str(problem)
    return kept, errors


def _missing(question: Question) -> str:
    if question.kind in (QuestionKind.CHOICE, QuestionKind.SEVERAL, QuestionKind.YES_NO):
        return N_("Choose an answer.")
    if question.kind == QuestionKind.DATE:
        return N_("Enter a date.")
    return N_("Write an answer.")


def _check_one(question: Question, raw: Any) -> Answer:
    kind = QuestionKind(question.kind)
    if kind == QuestionKind.SEVERAL:
        chosen = raw if isinstance(raw, list) else [raw]
        allowed = {option["value"] for option in question.options}
        return list(dict.fromkeys(_one_of(value, allowed) for value in chosen))
    if isinstance(raw, bool) and kind == QuestionKind.YES_NO:
        return YES if raw else NO
    if not isinstance(raw, str):
        raise Unusable(N_("This answer is of the wrong kind."))
    if kind == QuestionKind.CHOICE:
        return _one_of(raw, {option["value"] for option in question.options})
    if kind == QuestionKind.YES_NO:
        return _one_of(raw, {YES, NO})
    if kind == QuestionKind.DATE:
        return _date(raw)
    clean = clean_text if kind == QuestionKind.LONG_TEXT else clean_line
    return clean(raw, longest=LONGEST[kind])


def _one_of(value: Any, allowed: set[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise Unusable(N_("Choose one of the given answers."))
    return value


def _date(raw: str) -> str:
    """An ISO date, or ``24.11.2026`` where the browser has no date field."""
    text = raw.strip()
    try:
        if "." in text:
            day, month, year = (int(part) for part in text.split("."))
            typed = date(year, month, day)
        else:
            typed = date.fromisoformat(text)
    except (ValueError, OverflowError):
        typed = None
    if typed is None or not 1900 <= typed.year < 2200:
        raise Unusable(N_("Enter a date, for example 24.11.2026."))
    return typed.isoformat()
