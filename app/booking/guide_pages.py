"""The guided choice as pages: a question with its answers, and where no answer may end: at nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.db import db
from app.core.i18n import local_text
from app.scheduling.guide_map import Choice, Leads, Step, next_steps, way_to
from app.scheduling.models import Service


@dataclass(frozen=True, slots=True)
class GuidePages:
    """A guide and where its pages stand.

    ``step_url`` takes a question's number and that of the one before it, ``call_url`` a question's number and an answer
    (from 1), ``service_url`` a service and a mode.
    """

    steps: Sequence[Step]
    services: Mapping[int, Service]
    step_url: Callable[[int, int | None], str]
    call_url: Callable[[int, int], str]
    service_url: Callable[[Service, str], str]

    def step(self, number: int) -> Step | None:
        """The question of a number."""
        return next((step for step in self.steps if step.number == number), None)

    def question(self, step: Step, after: int | None = None) -> dict[str, Any]:
        """What the page of a question shows; ``after``: the number of the question before it."""
        way = way_to(self.steps, step.number, after)
        return {
            "question": local_text(step.question),
            "help": local_text(step.help),
            "choices": [self._choice(step, place) for place in range(len(step.choices))],
            "trail": [local_text(choice.label) for _, choice in way],
            "back_url": self._url_of(way[-1][0]) if way else "",
        }

    def call(self, step: Step, answer: int) -> dict[str, Any] | None:
        """What the page of an answer (from 1) shows that leads to no service; None where it leads on."""
        choice = step.choices[answer - 1]
        if self._leads_on(choice, step):
            return None
        way = way_to(self.steps, step.number)
        return {
            "closed": choice.leads_to == Leads.SERVICE,
            "trail": [*(local_text(before.label) for _, before in way), local_text(choice.label)],
            "back_url": self._url_of(step),
        }

    def url_of_choice(self, step: Step, place: int) -> str:
        """Where an answer leads; a closed service or a lost question ends at "call us"."""
        return self._leads_on(step.choices[place], step) or self.call_url(step.number, place + 1)

    def _choice(self, step: Step, place: int) -> dict[str, str]:
        choice = step.choices[place]
        return {
            "label": local_text(choice.label),
            "help": local_text(choice.help),
            "url": self.url_of_choice(step, place),
        }

    def _leads_on(self, choice: Choice, step: Step) -> str:
        service = self.services.get(choice.service_id or 0)
        if choice.leads_to == Leads.SERVICE and service is not None and service.online_booking:
            return self.service_url(service, choice.mode if choice.mode in service.modes else "")
        if choice.leads_to == Leads.STEP and choice.step is not None and self.step(choice.step):
            return self.step_url(choice.step, step.number if self._has_several_ways(choice.step) else None)
        return ""

    def _url_of(self, step: Step) -> str:
        return self.step_url(step.number, None)

    def _has_several_ways(self, number: int) -> bool:
        before = Counter(target for step in self.steps for target in {target for _, target in next_steps(step)})
        return before[number] > 1


def services_of(steps: Sequence[Step]) -> dict[int, Service]:
    """The services that a guide leads to."""
    wanted = {choice.service_id for step in steps for choice in step.choices if choice.service_id is not None}
    if not wanted:
        return {}
    return {service.id: service for service in db.session.query(Service).where(Service.id.in_(wanted))}
