"""The demo as `flask demo seed` makes it, once for all tests of this folder."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import tenancy
from app.core.db import db
from app.core.tenancy import Municipality
from app.core.work import Job

SLUGS = ("koivula", "rantala")


@dataclass(frozen=True)
class Demo:
    """The seeded demo: what the command said, and how to look inside."""

    app: Flask
    said: str
    inside: Callable[[str], AbstractContextManager[Session]]

    def run(self, *arguments: str) -> Result:
        """Run `flask demo …`."""
        return self.app.test_cli_runner().invoke(args=["demo", *arguments])


@pytest.fixture(scope="package")
def demo(app: Flask) -> Iterator[Demo]:
    """Seeded for real; afterwards the slugs are free again and no message of it waits for other tests' workers."""

    @contextmanager
    def inside(slug: str) -> Iterator[Session]:
        with app.app_context():
            session = db.session
            tenancy.bind(session, session.scalars(select(Municipality.id).where(Municipality.slug == slug)).one())
            yield session
            session.rollback()

    made = app.test_cli_runner().invoke(args=["demo", "seed"])
    assert made.exit_code == 0, made.output + repr(made.exception)
    yield Demo(app, made.output, inside)
    with app.app_context():
        for municipality in db.session.scalars(select(Municipality).where(Municipality.slug.in_(SLUGS))):
            municipality.slug = f"was-{municipality.slug}-{secrets.token_hex(4)}"
            db.session.execute(delete(Job).where(Job.municipality_id == municipality.id))
        db.session.commit()
