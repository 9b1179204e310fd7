"""The form in which staff edit one question of the guided choice: what was typed, moved about, checked and compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from app.booking.views import mode_name
from app.core.i18n import LANGUAGES, N_, gettext, local_text
from app.core.typed import Unusable, clean_line
from app.scheduling.guide_map import NEW_STEP, Choice, Leads, Step
from app.scheduling.models import Mode, Service

LONGEST = 200
MOST_ANSWERS = 12
NEW = f"step:{NEW_STEP}"


@dataclass(slots=True)
class Answer:
    """One answer as typed; ``to``: ``call``, ``step:2``, ``service:7`` or ``service:7:phone``."""

    label: dict[str, str] = field(default_factory=dict)
    help: dict[str, str] = field(default_factory=dict)
    to: str = ""


@dataclass(slots=True)
class StepForm:
    """A question as typed. ``version``: of what the typing began with."""

    number: int
    version: int
    languages: Sequence[str]
    question: dict[str, str] = field(default_factory=dict)
    help: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_step(cls, step: Step, languages: Sequence[str]) -> Self:
        """The question as it is saved."""
        answers = [Answer(dict(choice.label), dict(choice.help), target_of(choice)) for choice in step.choices]
        return cls(step.number, step.version, languages, dict(step.question), dict(step.help), answers)

    @classmethod
    def of_fields(cls, number: int, fields: Mapping[str, str], languages: Sequence[str]) -> Self:
        """What was typed."""

        def texts(prefix: str) -> dict[str, str]:
            return {code: fields.get(f"{prefix}-{code}", "") for code in languages}

        answers = [
            Answer(texts(f"answer-{place}"), texts(f"answer-{place}-help"), fields.get(f"answer-{place}-to", ""))
            for place in range(min(_whole(fields.get("answers", "")), MOST_ANSWERS))
        ]
        return cls(number, _whole(fields.get("version", "")), languages, texts("question"), texts("help"), answers)

    def rearrange(self, action: str) -> bool:
        """Add, remove or move an answer (``add``, ``remove-2``, ``up-2``, ``down-2``). True if that was asked for."""
        verb, _, text = action.partition("-")
        place = _whole(text, otherwise=MOST_ANSWERS)
        if verb == "add" and len(self.answers) < MOST_ANSWERS:
            self.answers.append(Answer())
        elif verb == "remove" and place < len(self.answers):
            del self.answers[place]
        elif verb in ("up", "down"):
            other = place + (1 if verb == "down" else -1)
            if min(place, other) >= 0 and max(place, other) < len(self.answers):
                self.answers[place], self.answers[other] = self.answers[other], self.answers[place]
        return verb in ("add", "remove", "up", "down")

    def checked(self, targets: Collection[str]) -> Step:
        """The question as it can be saved; what cannot be is told in ``errors`` by field."""
        choices = []
        for place, answer in enumerate(self.answers):
            name = f"answer-{place}"
            label, hint = self._clean(answer.label, name), self._clean(answer.help, f"{name}-help")
            if answer.to not in targets:
                self.errors[f"{name}-to"] = N_("Choose where the answer leads.")
            choices.append(choice_to(answer.to, label, hint))
        return Step(
            self.number,
            self._clean(self.question, "question"),
            self._clean(self.help, "help"),
            tuple(choices),
            self.version,
        )

    def _clean(self, typed: Mapping[str, str], name: str) -> dict[str, str]:
        kept = {}
        for code in self.languages:
            try:
                text = clean_line(typed.get(code, ""), longest=LONGEST)
            except Unusable as problem:
                self.errors[f"{name}-{code}"] = str(problem)
                continue
            if text:
                kept[code] = text
        return kept

    def differences(self, saved: Step, target_names: Mapping[str, str]) -> list[dict[str, str]]:
        """What somebody else saved meanwhile and differs from what is typed: ``{place, theirs, yours}``."""
        theirs = dict(_lines(StepForm.of_step(saved, self.languages), target_names))
        yours = dict(_lines(self, target_names))
        return [
            {"place": place, "theirs": theirs.get(place, ""), "yours": yours.get(place, "")}
            for place in dict.fromkeys([*theirs, *yours])
            if theirs.get(place, "") != yours.get(place, "")
        ]


def _lines(form: StepForm, target_names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every field of a form with what to call it."""
    rows: list[tuple[str, dict[str, str], str]] = [
        (gettext("Question"), form.question, ""),
        (gettext("Hint"), form.help, ""),
    ]
    for place, answer in enumerate(form.answers, start=1):
        rows.append((gettext("Answer %(n)s", n=place), answer.label, target_names.get(answer.to, "")))
        rows.append((gettext("Hint of answer %(n)s", n=place), answer.help, ""))
    lines: list[tuple[str, str]] = []
    for name, texts, target in rows:
        lines += [(f"{name}, {LANGUAGES[code]}", text) for code, text in texts.items() if text and code in LANGUAGES]
        lines += [(f"{name}: {gettext('Leads to')}", target)] if target else []
    return lines


def target_of(choice: Choice) -> str:
    """Where an answer leads, as the form names it; empty where that is gone."""
    if choice.leads_to == Leads.CALL:
        return str(Leads.CALL)
    if choice.leads_to == Leads.STEP:
        return f"step:{choice.step}" if choice.step else ""
    parts = ("service", str(choice.service_id or ""), choice.mode)
    return ":".join(part for part in parts if part) if choice.service_id else ""


def choice_to(target: str, label: dict[str, str], hint: dict[str, str]) -> Choice:
    """The answer that a form's target means."""
    kind, _, rest = target.partition(":")
    if kind == Leads.STEP:
        return Choice(label, hint, Leads.STEP, step=_whole(rest))
    if kind == Leads.SERVICE:
        service, _, mode = rest.partition(":")
        return Choice(label, hint, Leads.SERVICE, service_id=_whole(service), mode=mode if mode in list(Mode) else "")
    return Choice(label, hint, Leads.CALL)


def _whole(text: str, *, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def target_groups(services: Sequence[Service], steps: Sequence[Step], own_number: int) -> list[dict[str, Any]]:
    """Groups of options (value, name) of where an answer of a question may lead."""
    others = [(f"step:{step.number}", step_name(step)) for step in steps if step.number != own_number]
    return [
        {"label": gettext("Services"), "options": [option for service in services for option in _options_of(service)]},
        {"label": gettext("Another question"), "options": [*others, (NEW, gettext("A new question"))]},
        {"label": gettext("No service"), "options": [(str(Leads.CALL), gettext("Call us"))]},
    ]


def _options_of(service: Service) -> Iterator[tuple[str, str]]:
    name = local_text(service.name)
    if not service.online_booking:
        name = gettext("%(service)s (clients cannot book it now)", service=name)
    yield f"service:{service.id}", name
    for mode in service.modes if len(service.modes) > 1 else ():
        yield f"service:{service.id}:{mode}", f"{name}: {mode_name(mode)}"


def step_name(step: Step) -> str:
    """A question's text, or its number while it has none."""
    return local_text(step.question) or gettext("Question %(n)s, still empty", n=step.number)
