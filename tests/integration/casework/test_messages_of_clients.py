"""What the client's page tells of messages: answers to text messages, STOP, reminders; and why one was not sent."""

from __future__ import annotations

from sqlalchemy import select

from app.booking.models import Appointment, Client
from app.booking.reminders.models import Reminder
from app.booking.replies.models import SmsAnswer
from app.core import clock
from tests.forms import form_of
from tests.integration.casework.conftest import NOW, TUESDAY, Team, words
from tests.town import bound


def client_of(team: Team) -> int:
    with bound(team.app, team.municipality_id) as session:
        return session.scalars(select(Client.id)).one()


def answered(team: Team, client_id: int, appointment_id: int | None, body: str) -> None:
    with bound(team.app, team.municipality_id) as session:
        session.add(
            SmsAnswer(
                client_id=client_id,
                appointment_id=appointment_id,
                provider_id=body,
                body=body,
                deed="for_staff",
                at=NOW,
            )
        )
        session.commit()


def test_what_a_client_answered_is_read_by_those_concerned(team: Team) -> None:
    own, other = team.book(TUESDAY, 9), team.book(TUESDAY, 10, name="Toinen", of=team.colleague_id)
    with bound(team.app, team.municipality_id) as session:
        clients = {key: session.get_one(Appointment, key).client_id for key in (own, other)}
    answered(team, clients[own], own, "Olen kipeä <b>")
    answered(team, clients[other], other, "Salainen asia")
    mine = team.caseworker.get(f"/staff/clients/{clients[own]}")
    assert "Olen kipeä <b>" in words(mine)
    theirs = team.caseworker.get(f"/staff/clients/{clients[other]}")
    assert "Salainen asia" not in theirs.text
    assert "Henkilöstön luettavaksi" in words(theirs)
    assert "Salainen asia" in team.lead.get(f"/staff/clients/{clients[other]}").text


def test_a_client_is_left_in_peace_and_reminded_again(team: Team) -> None:
    team.book(TUESDAY, 9)
    url = f"/staff/clients/{client_of(team)}"
    off = form_of(team.caseworker.get(url), f"{url}/reminders").press(team.caseworker)
    assert "Asiakasta ei enää muistuteta tapaamisista." in words(team.caseworker.get(off.location))
    on = form_of(team.caseworker.get(url), f"{url}/reminders").press(team.caseworker)
    assert "Asiakasta muistutetaan taas tapaamisista." in words(team.caseworker.get(on.location))
    assert [event.data["off"] for event in team.log("client.reminders")] == [True, False]


def test_that_a_client_stopped_text_messages_is_seen(team: Team) -> None:
    team.book(TUESDAY, 9)
    with bound(team.app, team.municipality_id) as session:
        session.get_one(Client, client_of(team)).sms_stopped_at = NOW
        session.commit()
    assert "Asiakas vastasi STOP 23.11.2026" in words(team.caseworker.get(f"/staff/clients/{client_of(team)}"))


def test_the_appointments_page_says_why_a_reminder_was_not_sent(team: Team) -> None:
    made = team.book(TUESDAY, 9)
    with bound(team.app, team.municipality_id) as session:
        starts_at = session.get_one(Appointment, made).starts_at
        session.add(
            Reminder(
                appointment_id=made, starts_at=starts_at, minutes=1440, outcome="just_told", planned_at=clock.now()
            )
        )
        session.get_one(Appointment, made).confirmed_at = NOW
        session.commit()
    said = words(team.caseworker.get(f"/staff/appointments/{made}"))
    assert "Muistutus 24 h ennen: ei lähetetty. Asiakkaalle oli juuri kerrottu aika." in said
    assert "Asiakas vahvisti" in said
