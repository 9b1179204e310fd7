"""Free times cost the same few statements, however much there is; services are kept, and never an old one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from app.identity.service import create_api_key
from tests.factories import World, make_professional
from tests.town import browser

AT_MOST = 2


def statements_of(app: Flask, address: str, key: str) -> int:
    """How many statements a warm request sends."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    for _ in range(2):  # the first use of a key on a day is written down
        sent.clear()
        event.listen(engine, "before_cursor_execute", note)
        try:
            answer = browser(app).get(address, headers={"Authorization": f"Bearer {key}"})
        finally:
            event.remove(engine, "before_cursor_execute", note)
        assert answer.status_code == 200
        assert answer.json["items"]
    return len(sent)


def test_the_number_of_statements_does_not_grow(app: Flask, session: Session, world: World) -> None:
    key = create_api_key(session, name="counting", now=clock.now(), scopes=("read",))
    session.commit()
    first = world.next_working_day()
    address = f"/api/v1/services/{world.service.id}/slots?mode=phone&from={first}&to="
    day, month = (f"{address}{first + timedelta(days=days)}" for days in (0, 29))
    alone = statements_of(app, f"{day}&professional={world.professional.id}", key)
    for _ in range(5):
        make_professional(session, services=[world.service], office=world.office)
    session.commit()
    assert statements_of(app, month, key) == alone <= AT_MOST


def test_a_service_that_changed_is_read_again(app: Flask, session: Session, world: World) -> None:
    key = create_api_key(session, name="keeping", now=clock.now(), scopes=("read",))
    session.commit()
    day = world.next_working_day()
    address = f"/api/v1/services/{world.service.id}/slots?mode=phone&from={day}&to={day}"

    def ask() -> Any:
        return browser(app).get(address, headers={"Authorization": f"Bearer {key}"})

    many = len(ask().json["items"])
    world.service.duration_minutes *= 2
    session.commit()
    assert 0 < len(ask().json["items"]) < many
    session.execute(text("UPDATE service SET active = false WHERE id = :id"), {"id": world.service.id})  # by any hand
    session.commit()
    assert ask().status_code == 404


def test_a_change_that_is_taken_back_leaves_the_edition(app: Flask, session: Session, world: World) -> None:
    session.refresh(world.municipality)
    before = world.municipality.services_edition
    world.service.position += 1
    session.flush()
    session.refresh(world.municipality)
    assert world.municipality.services_edition == before + 1
    session.rollback()
    session.refresh(world.municipality)
    assert world.municipality.services_edition == before
