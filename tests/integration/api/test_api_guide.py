"""The guide for developers tells the truth: its Python is run, its calls are in the description, its events are all there are."""

from __future__ import annotations

import json
import re
import shlex
import time
from typing import Any

import pytest
from flask import Flask

from app.api.webhooks import endpoints
from app.api.webhooks.events import IDS
from app.api.webhooks.rules import EVENTS, RETRIES
from config import PROJECT
from tests.integration.api.conftest import Line
from tests.receiver import Receiver
from tests.town import browser

GUIDE = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")


def blocks(language: str = "") -> list[str]:
    """The code of the guide in one language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found
    return found


@pytest.fixture
def check() -> Any:
    """``is_from_vuoro`` as the guide has it."""
    (code,) = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(code, "docs/api.md", "exec"), names)
    return names["is_from_vuoro"]


@pytest.fixture
def signed(line: Line, receiver: Receiver) -> tuple[str, str, bytes]:
    """Secret, header and body of an event that was really sent."""
    _, secret = line.add(receiver.url)
    line.happen(reference="ÄÖ")
    line.work()
    (sent,) = receiver.got
    return secret, sent.headers["Vuoro-Signature"], sent.body


def standing(monkeypatch: pytest.MonkeyPatch, header: str, *, later: float = 0.0) -> None:
    """Let the receiver's clock show the moment of sending, or a little later."""
    seconds = int(header.split(",")[0].removeprefix("t="))
    monkeypatch.setattr(time, "time", lambda: seconds + later)


def test_the_example_knows_an_event_of_ours(
    check: Any, signed: tuple[str, str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    standing(monkeypatch, signed[1], later=2)
    assert check(*signed) is True


def test_the_example_refuses_what_was_forged(
    check: Any, signed: tuple[str, str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, header, body = signed
    standing(monkeypatch, header)
    seconds, mark = header.split(",")
    assert check("whsec_other", header, body) is False
    assert check(secret, header, body.replace(b'"version": 1', b'"version": 2')) is False
    assert check(secret, f"t={int(seconds[2:]) + 1},{mark}", body) is False
    assert check(secret, f"{seconds},v1={'0' * 64}", body) is False
    for broken in (
        "",
        "t=,v1=",
        seconds,
        mark,
        f"{seconds},{seconds},{mark}",
        f"t=x,{mark}",
        f"{seconds},v0={mark[3:]}",
    ):
        assert check(secret, broken, body) is False, broken


def test_the_example_refuses_what_is_replayed_later(
    check: Any, signed: tuple[str, str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    standing(monkeypatch, signed[1], later=299)
    assert check(*signed) is True
    standing(monkeypatch, signed[1], later=301)
    assert check(*signed) is False
    standing(monkeypatch, signed[1], later=-301)
    assert check(*signed) is False


def test_the_example_takes_either_secret_while_one_is_being_changed(
    check: Any, line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint_id, old = line.add(receiver.url)
    new = line.on(endpoint_id, endpoints.renew_secret)
    line.happen()
    line.work()
    (sent,) = receiver.got
    header = sent.headers["Vuoro-Signature"]
    standing(monkeypatch, header)
    assert [check(secret, header, sent.body) for secret in (old, new, "whsec_other")] == [True, True, False]


def test_the_guides_calls_are_in_the_description_and_their_bodies_fit(app: Flask) -> None:
    spec = browser(app).get("/api/v1/openapi.json").json
    calls = [line for block in blocks() for line in block.replace("\\\n", " ").split("\ncurl ") if "$VUORO" in line]
    asked = 0
    for call in calls:
        words = shlex.split(call.replace("curl ", "", 1) if call.startswith("curl ") else call)
        address = next((word for word in words if word.startswith("$VUORO/")), None)
        if address is None:
            continue
        asked += 1
        path = re.sub(r"/(\d+)", "/{}", address.removeprefix("$VUORO").partition("?")[0])
        known = {re.sub(r"{\w+}", "{}", name): item for name, item in spec["paths"].items()}
        method = "post" if "-d" in words or "POST" in words else "get"
        operation = known[f"/api/v1{path}"][method]
        if "-d" in words:
            body = json.loads(words[words.index("-d") + 1])
            shape = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert body.keys() <= spec["components"]["schemas"][shape]["properties"].keys(), path
    assert asked >= 10


def test_the_guide_names_every_event_and_every_wait() -> None:
    table = "\n".join(line for line in GUIDE.splitlines() if line.startswith("| `"))
    named = []
    for family, *rest in re.findall(r"`(\w+)\.(\w+)`((?: · `\.\w+`)*)", table):
        named += [f"{family}.{name}" for name in [rest[0], *re.findall(r"`\.(\w+)`", rest[1])]]
    assert sorted(named) == sorted(EVENTS)
    hours = [int(wait.total_seconds() // 3600) for wait in RETRIES if wait.total_seconds() >= 3600]
    assert f"{', '.join(map(str, hours[:-1]))} and {hours[-1]} hours" in GUIDE


def test_the_examples_event_has_the_fields_that_events_have(line: Line, receiver: Receiver) -> None:
    example = json.loads(blocks("json")[0])
    line.add(receiver.url)
    line.happen()
    line.work()
    assert json.loads(receiver.got[0].body).keys() == example.keys()
    assert example["data"].keys() == {*IDS, "starts_at", "ends_at"}


def test_the_guide_is_served_and_linked(app: Flask) -> None:
    page = browser(app).get("/api/docs").text
    assert 'href="/api/guide"' in page
    served = browser(app).get("/api/guide")
    assert (served.status_code, served.content_type) == (200, "text/plain; charset=utf-8")
    assert served.text == GUIDE
    assert "docs/api.md" in (PROJECT / "README.md").read_text(encoding="utf-8")
