"""Feedback: from anybody, without a cookie; to those who may read it; answered in time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.feedback import sweep
from app.admin.models import Feedback
from app.core import clock
from app.core.audit import AuditEvent
from app.core.permissions import Role
from tests.factories import World, make_world
from tests.integration.admin.conftest import SignIn

TYPED = {"kind": "accessibility", "text": "En löydä <aikoja> ruudunlukijalla.", "contact": "aino@example.fi"}


def address(world: World) -> str:
    return f"/m/{world.municipality.slug}/feedback"


def form_of(client: Any, world: World) -> str:
    page = client.get(address(world))
    return re.search(r'name="form" value="([^"]+)"', page.text).group(1)  # type: ignore[union-attr]


def send(client: Any, world: World, **changes: str) -> Any:
    return client.post(address(world), data={**TYPED, "form": form_of(client, world), **changes})


def test_feedback_is_received_and_thanked_for_with_a_reference_and_a_promise(
    client: Any, world: World, session: Session
) -> None:
    sent = send(client, world)
    assert sent.status_code == 303
    kept = session.scalars(select(Feedback)).one()
    assert (kept.kind, kept.text, kept.contact, kept.language) == (*TYPED.values(), "fi")
    thanks = client.get(sent.location)
    assert kept.reference in thanks.text
    due = (kept.created_at + timedelta(days=14)).astimezone(world.zone)
    assert f"{due.day}.{due.month}.{due.year}" in thanks.text
    assert "löydä" not in thanks.text


def test_feedback_without_a_contact_or_on_something_else_promises_no_answer(client: Any, world: World) -> None:
    for changes in ({"contact": ""}, {"kind": "other"}):
        thanks = client.get(send(client, world, **changes).location, headers={"Accept-Language": "en"})
        assert "at the latest" not in thanks.text


def test_thanks_for_an_unknown_reference_tell_nothing(client: Any, world: World) -> None:
    thanks = client.get(f"{address(world)}/thanks?reference=AAAA-AAAA")
    assert thanks.status_code == 200
    assert "AAAA" not in thanks.text.partition("<main")[2]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "x"}, "kind"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "a\x00"}, "text"),
        ({"contact": "x" * 201}, "contact"),
    ],
)
def test_incomplete_feedback_is_told_and_nothing_typed_is_lost(
    client: Any, world: World, session: Session, changes: dict[str, str], field: str
) -> None:
    refused = send(client, world, **changes)
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    kept = {**TYPED, **changes}
    assert f'value="{kept["contact"]}"' in refused.text
    assert kept["text"].strip().replace("<", "&lt;").replace(">", "&gt;") in refused.text
    assert session.scalars(select(Feedback)).all() == []


def test_the_same_form_sent_twice_is_kept_once_and_other_words_are_kept_too(
    client: Any, world: World, session: Session
) -> None:
    form = form_of(client, world)
    answers = [client.post(address(world), data={**TYPED, "form": form}) for _ in range(3)]
    assert len({answer.location for answer in answers}) == 1
    client.post(address(world), data={**TYPED, "form": form, "text": "Vielä yksi asia"})
    assert len(session.scalars(select(Feedback)).all()) == 2
    assert len(session.scalars(select(AuditEvent).where(AuditEvent.action == "feedback.send")).all()) == 2


def test_a_form_that_lies_open_for_days_or_was_tampered_with_still_sends(
    client: Any, world: World, session: Session
) -> None:
    form = form_of(client, world)
    with clock.standing_at(clock.now() + timedelta(days=9)):
        assert client.post(address(world), data={**TYPED, "form": form}).status_code == 303
    for token in ("", "nonsense", form[:-1]):
        assert client.post(address(world), data={**TYPED, "form": token}).status_code == 303
    assert len(session.scalars(select(Feedback)).all()) == 4


def test_a_robot_in_the_hidden_field_is_asked_again_and_nothing_is_kept(
    client: Any, world: World, session: Session
) -> None:
    refused = send(client, world, leave_empty="x")
    assert refused.status_code == 422
    assert "aikoja" in refused.text
    assert session.scalars(select(Feedback)).all() == []


def test_feedback_of_one_network_is_limited_and_what_was_typed_stays(
    app: Flask, client: Any, world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "ADDRESS_LIMITS", True)
    form = form_of(client, world)

    def post(number: int) -> Any:
        data = {**TYPED, "text": f"Palaute {number}", "form": form}
        return app.test_client().post(address(world), data=data, environ_base={"REMOTE_ADDR": "198.51.100.30"})

    with clock.standing_at(clock.now() + timedelta(seconds=5)):
        answers = [post(number) for number in range(22)]
    assert [answer.status_code for answer in answers] == [303] * 20 + [429] * 2
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert "Palaute 21" in answers[-1].text
    assert len(session.scalars(select(Feedback)).all()) == 20
    blocked = session.scalars(select(AuditEvent).where(AuditEvent.action == "visitor.blocked")).one()
    assert blocked.data == {"limit": "feedback"}


# — staff —


def test_open_feedback_shows_when_it_must_be_answered_and_what_is_late(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    send(client, world)
    staff = sign_in(Role.LEAD)
    headers = {"Accept-Language": "en"}
    assert "Answer by" in staff.get("/staff/feedback/", headers=headers).text
    late = clock.now() + timedelta(days=15)
    with clock.standing_at(late):
        staff = sign_in(Role.LEAD)
        page = staff.get("/staff/feedback/", headers=headers).text
    assert "Late: should have been answered by" in page
    assert "En löydä &lt;aikoja&gt; ruudunlukijalla." in page


def test_feedback_is_handled_and_opened_again(client: Any, world: World, session: Session, sign_in: SignIn) -> None:
    send(client, world)
    kept = session.scalars(select(Feedback)).one()
    staff, path = sign_in(Role.LEAD), f"/staff/feedback/{kept.id}"
    assert staff.post(path, data={"handled": "1"}).status_code == 303
    assert staff.post(path, data={"handled": "1"}).status_code == 303
    session.refresh(kept)
    assert kept.handled_by == "Paula Rinne"
    assert "ruudunlukijalla" not in staff.get("/staff/feedback/").text
    assert "ruudunlukijalla" in staff.get("/staff/feedback/?state=handled").text
    staff.post(path, data={"handled": "0"})
    session.refresh(kept)
    assert kept.handled_at is None
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "feedback")).all()
    assert sorted(actions) == ["feedback.handle", "feedback.reopen", "feedback.send"]


def test_feedback_of_another_municipality_is_out_of_reach(
    client: Any, world: World, session: Session, sign_in: SignIn
) -> None:
    staff = sign_in(Role.LEAD)
    elsewhere = make_world(session)
    send(client, elsewhere)
    foreign = session.scalars(select(Feedback)).one()
    assert "ruudunlukijalla" not in staff.get("/staff/feedback/").text
    assert staff.post(f"/staff/feedback/{foreign.id}", data={"handled": "1"}).status_code == 404


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.DESK, Role.OPERATOR])
def test_only_leads_and_administrators_read_feedback(world: World, sign_in: SignIn, role: Role) -> None:
    assert sign_in(role).get("/staff/feedback/").status_code == 403


def test_much_feedback_comes_in_pages(client: Any, world: World, session: Session, sign_in: SignIn) -> None:
    for number in range(22):
        send(client, world, text=f"Palaute numero {number}.")
    staff = sign_in()
    first, second = (staff.get(f"/staff/feedback/?page={page}").text for page in (1, 2))
    assert "Palaute numero 0." in first
    assert "Palaute numero 21." in second
    assert "Palaute numero 0." not in second


def test_feedback_is_forgotten_after_two_years(client: Any, world: World, session: Session) -> None:
    send(client, world)
    now = clock.now()
    assert sweep(session, now=now + timedelta(days=729)) == 0
    assert sweep(session, now=now + timedelta(days=731)) == 1
