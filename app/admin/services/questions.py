"""Pre-information questions in the form of a service: added, removed, moved about, and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.admin.form import Form, Line, first_text, slug_of
from app.core.db import LocalText
from app.core.i18n import N_, gettext
from app.scheduling.models import Mode, Question, QuestionKind

MOST = 20
MOST_OPTIONS = 30
KINDS = {
    QuestionKind.TEXT: N_("A short text"),
    QuestionKind.LONG_TEXT: N_("A longer text"),
    QuestionKind.CHOICE: N_("Choose one of the answers"),
    QuestionKind.SEVERAL: N_("Choose any of the answers"),
    QuestionKind.YES_NO: N_("Yes or no"),
    QuestionKind.DATE: N_("A date"),
}
WITH_OPTIONS = (QuestionKind.CHOICE, QuestionKind.SEVERAL)
ACTIONS = ("add", "remove", "up", "down")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is saved. ``key`` stays when the words change: earlier answers are kept by it."""

    key: str
    kind: str
    label: LocalText
    help: LocalText = field(default_factory=dict)
    options: list[dict[str, Any]] = field(default_factory=list)
    required: bool = False
    modes: list[str] | None = None

    def columns(self) -> dict[str, Any]:
        """What stands in the question's row."""
        return asdict(self)


def asked_of(question: Question) -> Asked:
    """A row as a value."""
    return Asked(**{name: getattr(question, name) for name in Asked.__slots__})


def fields_of(questions: Sequence[Asked]) -> dict[str, Any]:
    """The questions as ``Form.of`` takes them: every field carries the question's place."""
    fields: dict[str, Any] = {"questions": len(questions)}
    for place, asked in enumerate(questions):
        lines: dict[str, list[str]] = {}
        for option in asked.options:
            for code, text in option["label"].items():
                lines.setdefault(code, []).append(text)
        shown = {
            "key": asked.key,
            "kind": asked.kind,
            "label": asked.label,
            "help": asked.help,
            "options": {code: "\n".join(texts) for code, texts in lines.items()},
            "required": asked.required,
            "modes": asked.modes or [],
        }
        fields |= {f"question-{place}-{name}": value for name, value in shown.items()}
    return fields


def count_of(form: Form) -> int:
    """How many questions the form holds."""
    typed = form.value("questions")
    return min(int(typed), MOST) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0


def rearrange(form: Form, action: str) -> bool:
    """Add, remove or move a question (``add``, ``remove-2``, ``up-2``, ``down-2``). True if that was asked for."""
    verb, _, text = action.partition("-")
    if verb not in ACTIONS:
        return False
    place = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else MOST
    groups = [_group(form, number) for number in range(count_of(form))]
    other = place + (1 if verb == "down" else -1)
    if verb == "add" and len(groups) < MOST:
        groups.append({"kind": [QuestionKind.TEXT]})
    elif verb == "remove" and place < len(groups):
        del groups[place]
    elif verb in ("up", "down") and min(place, other) >= 0 and max(place, other) < len(groups):
        groups[place], groups[other] = groups[other], groups[place]
    form.fields = {name: values for name, values in form.fields.items() if not name.startswith("question-")}
    form.fields["questions"] = [str(len(groups))]
    for number, group in enumerate(groups):
        form.fields |= {f"question-{number}-{name}": values for name, values in group.items()}
    return True


def _group(form: Form, number: int) -> dict[str, list[str]]:
    start = f"question-{number}-"
    return {name.removeprefix(start): values for name, values in form.fields.items() if name.startswith(start)}


def read_questions(form: Form, saved: Sequence[Asked]) -> list[Asked]:
    """The questions as typed; what cannot be used is refused on the form."""
    known = {asked.key: asked for asked in saved}
    found: list[Asked] = []
    for place in range(count_of(form)):
        found.append(_read(form, f"question-{place}", known, [asked.key for asked in found]))
    return found


def _read(form: Form, name: str, known: Mapping[str, Asked], taken: Sequence[str]) -> Asked:
    old = known.get(form.value(f"{name}-key"))
    label = form.local(f"{name}-label", required=True, kept=old.label if old else {})
    kind = form.one_of(f"{name}-kind", list(KINDS))
    modes = form.some_of(f"{name}-modes", list(Mode))
    return Asked(
        key=old.key if old and old.key not in taken else _new_key(first_text(label), [*known, *taken]),
        kind=kind,
        label=label,
        help=form.local(f"{name}-help", kept=old.help if old else {}),
        options=_options(form, f"{name}-options", old) if kind in WITH_OPTIONS else [],
        required=form.truth(f"{name}-required"),
        modes=modes or None,
    )


def _new_key(label: str, taken: Sequence[str]) -> str:
    """A name for the answers of a new question."""
    stem = slug_of(label).replace("-", "_")[:40] or "question"
    return next(key for number in range(len(taken) + 2) if (key := f"{stem}_{number}" if number else stem) not in taken)


def _options(form: Form, name: str, old: Asked | None) -> list[dict[str, Any]]:
    """The answers to choose from, a line for each; the lines of every language belong together by their order."""
    texts = form.local(name, longest=4000, required=True, lines=True, kept={})
    lines = {
        code: [" ".join(line.split()) for line in text.split("\n") if line.strip()] for code, text in texts.items()
    }
    first = next(iter(lines.values()), [])
    for code, others in lines.items():
        if len(others) != len(first):
            form.refuse(f"{name}-{code}", N_("Write as many answers in every language, in the same order."))
    if first and not 2 <= len(first) <= MOST_OPTIONS:
        form.refuse(f"{name}-{next(iter(lines))}", N_("Write at least two answers, each on a line of its own."))
    if len(set(first)) != len(first):
        form.refuse(f"{name}-{next(iter(lines))}", N_("Two of the answers are the same."))
    labels = [
        {code: others[place] for code, others in lines.items() if place < len(others)} for place in range(len(first))
    ]
    return _with_values(labels, old.options if old else [])


def _with_values(labels: Sequence[LocalText], old: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """An answer keeps its stored value while its words stay, and where only its words change at the same place."""
    by_words = {first_text(option["label"]): option["value"] for option in old}
    now = {first_text(label) for label in labels}
    options: list[dict[str, Any]] = []
    for place, label in enumerate(labels):
        words = first_text(label)
        renamed = old[place] if len(old) == len(labels) and first_text(old[place]["label"]) not in now else None
        value = by_words.get(words) or (renamed["value"] if renamed else "")
        taken = [option["value"] for option in options] + [option["value"] for option in old]
        options.append({"value": value or _new_key(words, taken), "label": label})
    return options


def lines_of(most: int, labels: Mapping[str, str], modes: Mapping[str, str]) -> list[Line]:
    """The fields of so many questions, for comparing. ``labels``: a msgid by part."""
    kinds = {str(kind): gettext(name) for kind, name in KINDS.items()}
    lines = []
    for place in range(most):
        number = f"{place + 1}. "
        for part, local in (("label", True), ("help", True), ("kind", False), ("options", True), ("modes", False)):
            options = {"kind": kinds, "modes": modes}.get(part, {})
            lines.append(Line(f"question-{place}-{part}", labels[part], local=local, options=options, before=number))
        lines.append(Line(f"question-{place}-required", labels["required"], options={"1": "✓"}, before=number))
    return lines
