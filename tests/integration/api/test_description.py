"""The API does what its description says, whatever it is sent: schemathesis makes the calls, always the same ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle, product
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core import clock
from app.core.work import Job
from app.identity.service import create_api_key
from tests.factories import World, make_question
from tests.town import browser

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    allow_header_conformance,
    ignored_auth,
]
"""All but one: what the description allows may still be refused for its meaning, as a telephone number that is none."""
EXAMPLES = 10
PERSON = {"name": "Åsa O'Neill", "phone": "040 123 4567", "email": "asa@example.fi"}
GENERATION = {"generation": {"allow-extra-parameters": False, "with-security-parameters": False}}
CALM = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Rows:
    """What calls can be about; one that a call removed is made anew."""

    app: Flask
    world: World
    key: str
    starts: Iterator[str] = field(default_factory=lambda: iter(()))
    known: dict[str, int] = field(default_factory=dict)
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        day = self.world.next_working_day()
        query = f"from={day}&to={day + timedelta(days=45)}&mode=in_person"
        found = self.call("GET", f"/services/{self.world.service.id}/slots?{query}").json["items"]
        self.starts = cycle([slot["starts_at"] for slot in found])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Accept-Encoding": "identity"}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return browser(self.app).open(f"/api/v1{path}", method=method, json=body, headers=self.headers)

    def order(self) -> dict[str, Any]:
        """A booking that goes through."""
        return {"service_id": self.world.service.id, "starts_at": next(self.starts), "mode": "in_person"}

    def absence(self) -> dict[str, Any]:
        """An absence that takes no time from bookings."""
        far = (self.world.next_working_day() + timedelta(days=300)).isoformat()
        return {"professional_id": self.world.professional.id, "from": far, "to": far, "reason": "other"}

    def carried_out(self) -> int:
        """A plan that can be taken back: of the time of one appointment, which is to be called about."""
        made = self.call("POST", "/appointments", {**self.order(), "client": {"name": "Aino"}}).json
        body = {**self.absence(), "professional_id": made["professional_id"]}
        plan = self.call("POST", "/absences", {**body, "from": made["starts_at"], "to": made["ends_at"]}).json
        decision = {"appointment_id": made["id"], "action": "call_first"}
        self.call("POST", f"/absences/{plan['id']}/apply", {"decisions": [decision]})
        return int(plan["id"])

    def begin_anew(self) -> None:
        """Forget what there was; of webhooks there may be only so many."""
        self.known.clear()
        for webhook in self.call("GET", "/webhooks").json["items"]:
            self.call("DELETE", f"/webhooks/{webhook['id']}")

    def number(self, name: str) -> int:
        """A number that leads somewhere, for one parameter of a path."""
        if name == "service_id":
            return self.world.service.id
        if name == "plan_id":
            self.known[name] = self.known.get(name) or self.carried_out()
            return self.known[name]
        inside = "/webhooks" if name != "delivery_id" else f"/webhooks/{self.number('webhook_id')}"
        path, body = {
            "appointment_id": ("/appointments", {**self.order(), "client": {"name": "Aino"}}),
            "client_id": ("/clients", {"name": "Aino"}),
            "webhook_id": ("/webhooks", {"url": "https://system.example.fi/"}),
            "delivery_id": (f"{inside}/ping", {}),
        }[name]
        shown = f"{inside}/deliveries" if name == "delivery_id" else path
        if name not in self.known or self.call("GET", f"{shown}/{self.known[name]}").status_code != 200:
            self.known[name] = int(self.call("POST", path, body).json["id"])
        return self.known[name]


@pytest.fixture
def rows(app: Flask, session: Session, world: World) -> Iterator[Rows]:
    make_question(session, world.service, key="hopes")
    key = create_api_key(session, name="schemathesis", now=clock.now(), scopes=("read", "book", "admin"))
    session.commit()
    yield Rows(app, world, key)
    session.rollback()
    session.execute(delete(Job).where(Job.municipality_id == world.municipality.id))
    session.commit()


def make_meaningful(case: Any, rows: Rows) -> None:
    """Let a call that is right in form be about something that is there, so that it gets further than 404."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = rows.number(name)
    if isinstance(case.body, dict):
        meant = {**rows.order(), "professional_id": None, "office_id": None, "hold_id": None, "answers": None}
        meant |= {"url": "https://system.example.fi/vuoro"}
        meant |= rows.absence() if "from" in case.body else {}
        case.body.update({name: value for name, value in meant.items() if name in case.body})
        for person in (case.body, case.body.get("client", {})):
            person.update({name: value for name, value in PERSON.items() if name in person})
    if case.query and "cursor" in case.query:
        del case.query["cursor"]


@pytest.fixture
def description(app: Flask) -> Any:
    """The description as schemathesis reads it."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=SchemathesisConfig.from_dict(GENERATION))


def operations(description: Any) -> list[Any]:
    """Every call that the description names."""
    found = [result.ok() for result in description.get_all_operations()]
    assert len(found) > 20
    return found


def ask(case: Any, rows: Rows) -> None:
    """Make a call and compare the answer with the description."""
    response = case.call(headers=rows.headers)
    rows.answered[case.operation.label, response.status_code] += 1
    case.validate_response(response, checks=CHECKS, headers=rows.headers)


def exercise(operation: Any, mode: GenerationMode, rows: Rows) -> None:
    """Make many calls of one kind."""

    @CALM
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        if mode == GenerationMode.POSITIVE:
            make_meaningful(case, rows)
        ask(case, rows)

    call()


def test_every_call_answers_as_described(description: Any, rows: Rows, subtests: Any) -> None:
    for operation, mode in product(operations(description), GenerationMode):
        rows.begin_anew()
        with subtests.test(f"{operation.label} {mode.value}"):
            exercise(operation, mode, rows)
    succeeded = {label for label, status in rows.answered if status < 300}
    assert {operation.label for operation in operations(description)} - succeeded == set()


def test_every_call_answers_as_described_at_the_edges_of_what_it_takes(
    description: Any, rows: Rows, subtests: Any
) -> None:
    generation = {"generation_modes": list(GenerationMode), "generation_config": description.config.generation}
    for operation in operations(description):
        rows.begin_anew()
        with subtests.test(operation.label):
            for case in description.iter_coverage_cases(operation, **generation):
                ask(case, rows)
    assert rows.answered.total() > 500
