"""The commands that others rely on."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app import jobs
from app.core import tenancy
from app.core.db import db
from app.core.tenancy import Municipality
from app.core.work import Job
from app.jobs import SCHEDULE, transaction
from app.messaging.models import Message


@pytest.fixture
def run(app: Flask) -> Any:
    return app.test_cli_runner().invoke


@pytest.fixture
def slug(run: Any) -> str:
    name = f"c{secrets.token_hex(4)}"
    made = run(args=["municipality", "create", name, "--name", "Kokeilun työllisyyspalvelut"])
    assert made.exit_code == 0, made.output
    assert f"/m/{name}/" in made.output
    return name


def test_a_new_municipality_has_a_page_at_once(slug: str, client: Any) -> None:
    page = client.get(f"/m/{slug}/")
    assert page.status_code == 200
    assert "Kokeilun työllisyyspalvelut" in page.text


def test_clients_are_indexed_anew(run: Any, slug: str) -> None:
    done = run(args=["client", "index", "--municipality", slug])
    assert (done.exit_code, done.output) == (0, "0 clients can be found\n")


def test_a_municipality_is_not_made_twice_nor_with_a_slug_that_no_address_can_hold(run: Any, slug: str) -> None:
    for name in (slug, "Ähtäri", "a b", "A"):
        refused = run(args=["municipality", "create", name, "--name", "X"])
        assert refused.exit_code == 1
        assert "Error:" in refused.output


def test_a_user_signs_in_with_the_password_that_was_printed(run: Any, slug: str, client: Any) -> None:
    email = f"{slug}@example.fi"
    made = run(args=["user", "create", email, "--municipality", slug, "--role", "admin"])
    assert made.exit_code == 0, made.output
    password = made.output.strip().rpartition(": ")[2]
    assert client.post("/staff/sign-in", data={"email": email, "password": password}).status_code == 303
    again = run(args=["user", "create", email, "--municipality", slug, "--role", "admin"])
    assert again.exit_code == 1
    assert run(args=["user", "create", "x@example.fi", "--municipality", "nowhere", "--role", "admin"]).exit_code == 1


def test_an_invited_user_gets_a_link_and_no_password_is_printed(run: Any, slug: str, app: Flask) -> None:
    email = f"invited-{slug}@example.fi"
    made = run(args=["user", "create", email, "--municipality", slug, "--role", "desk", "--invite"])
    assert (made.exit_code, "password, shown once" in made.output) == (0, False), made.output
    with app.app_context():
        municipality_id = db.session.scalar(select(Municipality.id).where(Municipality.slug == slug))
        tenancy.bind(db.session, municipality_id or 0)
        letter = db.session.scalars(select(Message).where(Message.recipient == email)).one()
    assert "/staff/password/" in letter.body


def test_a_key_is_printed_once_alone_on_its_line_and_may_read_and_book(run: Any, slug: str, client: Any) -> None:
    made = run(args=["api-key", "create", "--municipality", slug, "--name", "Asianhallinta"])
    assert made.exit_code == 0, made.output
    key = made.output.strip()
    assert client.get("/api/v1/services", headers={"Authorization": f"Bearer {key}"}).json == {
        "items": [],
        "next": None,
    }
    wrong = run(args=["api-key", "create", "--municipality", slug, "--name", "B", "--scopes", "everything"])
    assert wrong.exit_code == 1


def test_the_doctor_finds_nothing_to_mend_in_the_test_installation(run: Any) -> None:
    looked = run(args=["doctor"])
    assert looked.exit_code == 0, looked.output
    assert "MEND" not in looked.output
    assert "PostgreSQL" in looked.output


def test_every_periodic_job_runs_twice_without_harm(app: Flask, slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        newest = sorted(jobs.municipality_ids())[-20:]  # other tests have made thousands
        monkeypatch.setattr(jobs, "municipality_ids", lambda: newest)
        with transaction() as session:
            session.execute(delete(Job))  # what other tests left waiting, for receivers that are gone
        for job in (*SCHEDULE, *SCHEDULE):
            job.run(app)
        assert tenancy.BOUND not in db.session().info
