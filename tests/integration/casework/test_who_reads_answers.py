"""What clients write themselves is read by the professional concerned and by leads: the same on every page of staff."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.booking.models import Appointment
from app.core.permissions import Role
from app.scheduling.models import Question
from tests.town import Town, bound, make_town, signed_in

WORDS = "Haluan hitsaajaksi"


@pytest.fixture(scope="module")
def town(app: Flask) -> Town:
    made = make_town(app)
    with bound(app, made.municipality_id) as session:
        appointment = session.get_one(Appointment, made.appointment_id)
        text = session.scalars(select(Question).where(Question.service_id == appointment.service_id)).first()
        assert text is not None
        session.add(
            Question(service_id=appointment.service_id, key="bus", position=9, kind="yes_no", label={"fi": "Bussilla?"})
        )
        appointment.answers = {text.key: WORDS, "bus": True}
        session.commit()
    return made


@pytest.mark.parametrize(
    ("role", "reads"), [(Role.CASEWORKER, True), (Role.LEAD, True), (Role.DESK, False), (Role.ADMIN, False)]
)
def test_free_text_is_read_by_those_concerned_and_the_rest_by_every_reader(
    app: Flask, town: Town, role: Role, *, reads: bool
) -> None:
    visitor = signed_in(app, town, role)
    for page in (f"/staff/appointments/{town.appointment_id}", f"/staff/clients/{town.client_id}"):
        shown = visitor.get(page).text
        assert (WORDS in shown) == reads, page
        assert ("omin sanoin" in shown) == (not reads), page
        assert "Bussilla?" in shown
