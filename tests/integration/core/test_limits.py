"""Counting what somebody does too often."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from app.core import limits
from app.core.errors import TooMany


def test_the_limit_is_for_one_thing_by_one_person(app: Flask) -> None:
    with app.app_context():
        for _ in range(3):
            limits.count("knock", "a", "3/hour")
        with pytest.raises(TooMany) as refused:
            limits.count("knock", "a", "3/hour")
        limits.count("knock", "b", "3/hour")
        limits.count("ring", "a", "3/hour")
    assert 0 < refused.value.retry_after <= 2 * 3600


def test_counters_that_do_not_answer_let_everybody_pass(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("limited")
    limits.install(app, "redis://127.0.0.1:9/0")
    with app.app_context(), caplog.at_level(logging.WARNING):
        for _ in range(3):
            limits.count("knock", "a", "1/hour")
    assert "do not answer" in caplog.text
