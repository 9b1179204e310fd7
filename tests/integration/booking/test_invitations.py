"""One client's invitation: sent by staff, used by whoever holds the link, once, for that client only, and for that service."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.clients import add_client
from app.booking.contact import ClientDetails
from app.booking.invited import service
from app.booking.invited.models import Invitation
from app.booking.invited.service import Wanted
from app.booking.models import Appointment, Client
from app.core import clock
from app.core.audit import SYSTEM, Actor, AuditEvent
from app.core.errors import Conflict, InvalidInput
from app.core.tenancy import RouteToken, digest_of
from app.messaging.models import Message
from app.scheduling.models import WhoMayBook
from tests.concurrently import run_at_once
from tests.factories import World, make_professional, make_world
from tests.town import browser

STAFF = Actor("staff", 1, "Merja Kangas", trusted=True)


def today(world: World) -> date:
    return clock.now().astimezone(world.zone).date()


def make_client(session: Session, **values: Any) -> Client:
    details = ClientDetails(
        **{"name": "Aino Virtanen", "phone": "+358401234567", "email": "aino@example.com", **values}
    )
    return add_client(session, details, actor=SYSTEM, now=clock.now())


def send(session: Session, world: World, **values: Any) -> tuple[Invitation, str]:
    """An invitation to a service that only the invited may book, and the secret of its link."""
    world.service.who_may_book = WhoMayBook.INVITED
    wanted = {
        "client_id": make_client(session).id,
        "service": world.service,
        "book_by": today(world) + timedelta(days=7),
    }
    who: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality, "now": clock.now()}
    made = service.invite(session, Wanted(**{**wanted, **values}), **who)
    session.commit()
    return made, secret_of(session, made)


def secret_of(session: Session, invitation: Invitation) -> str:
    """The secret of the newest message: it stands nowhere else."""
    query = select(Message.body).where(Message.cause == f"invitation:{invitation.id}", Message.channel == "sms")
    body = session.scalars(query.order_by(Message.id.desc())).first()
    return re.search(r"/i/(\w+)$", body or "").group(1)  # type: ignore[union-attr]


def to_check(visitor: Any, secret: str, number: int = 0) -> str:
    """From the invitation's page to the last page of the booking."""
    how = visitor.post(f"/i/{secret}")
    assert how.status_code == 303, how.text
    times = visitor.get(how.location.replace("?", "/times?mode=phone&"))
    values = re.findall(r'name="starts_at" value="([^"]+)"', times.text)
    chosen = visitor.post(times.request.path, data={"mode": "phone", "via": secret, "starts_at": values[number]})
    assert chosen.status_code == 303, chosen.text
    details = visitor.post(chosen.location, data={})
    assert details.location.endswith("/check"), details.text
    return str(details.location)


def state(session: Session, invitation: Invitation) -> str:
    session.refresh(invitation)
    return invitation.state


def test_the_invited_client_books_what_only_the_invited_may(session: Session, world: World, client: Any) -> None:
    invitation, secret = send(session, world)
    public = f"/m/{world.municipality.slug}/book/{world.service.slug}/times?mode=phone"
    assert client.get(public).status_code == 404
    assert client.get(f"/i/{secret}").status_code == 200
    assert state(session, invitation) == "created"  # looking is no opening: mail scanners look
    check = to_check(client, secret)
    assert state(session, invitation) == "opened"
    page = client.get(check).text
    assert "040 123 4567" not in page  # a link may be in other hands
    done = client.post(check)
    assert done.status_code == 303, done.text
    appointment = session.scalars(select(Appointment)).one()
    assert (state(session, invitation), invitation.appointment_id) == ("booked", appointment.id)
    assert appointment.client_id == invitation.client_id
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "invitation"))
    assert set(actions) == {"invitation.create", "invitation.open", "invitation.book"}


def test_the_secret_is_kept_as_a_digest_and_the_matter_is_not_told(session: Session, world: World) -> None:
    invitation, secret = send(session, world)
    route = session.scalars(select(RouteToken).where(RouteToken.kind == "invitation")).all()
    assert digest_of(secret) in [row.digest for row in route]
    for message in session.scalars(select(Message).where(Message.cause == f"invitation:{invitation.id}")):
        assert world.service.name["fi"] not in message.body + message.subject + message.html
        assert message.useful_until > clock.now()


def test_used_again_the_link_leads_to_what_was_booked_and_books_no_more(
    session: Session, world: World, client: Any
) -> None:
    world.service.several_bookings = True
    _, secret = send(session, world)
    client.post(to_check(client, secret))
    assert client.post(f"/i/{secret}").location == f"/i/{secret}"
    appointment = session.scalars(select(Appointment)).one()
    assert f"/a/{appointment.link_token}" in client.get(f"/i/{secret}").text
    times = f"/m/{world.municipality.slug}/book/{world.service.slug}/times"
    assert client.get(times, query_string={"mode": "phone", "via": secret}).status_code == 410


def test_two_tabs_book_one_time(app: Flask, session: Session, world: World) -> None:
    _, secret = send(session, world)
    tabs = [browser(app) for _ in range(2)]
    checks = [to_check(tab, secret, number) for number, tab in enumerate(tabs)]
    answers = run_at_once(
        [lambda tab=tab, check=check: tab.post(check) for tab, check in zip(tabs, checks, strict=True)]
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 303, statuses
    assert statuses[1] in (409, 410), statuses
    assert len(session.scalars(select(Appointment)).all()) == 1


def test_a_link_with_a_professional_books_with_nobody_else(session: Session, world: World, client: Any) -> None:
    other = make_professional(
        session, services=[world.service], office=world.office, hours=[(d, 480, 900) for d in range(5)]
    )
    _, secret = send(session, world, professional_id=world.professional.id)
    how = client.post(f"/i/{secret}").location
    times = client.get(how.replace("?", "/times?mode=phone&"))
    start = re.findall(r'name="starts_at" value="([^";]+)', times.text)[0]
    forged = {"mode": "phone", "via": secret, "starts_at": f"{start};phone;;{other.id}"}
    chosen = client.post(times.request.path, data=forged)
    check = client.post(chosen.location, data={}).location
    assert client.post(check).status_code == 409
    assert session.scalars(select(Appointment)).all() == []


@pytest.mark.parametrize("how", ["withdrawn", "expired", "declined"])
def test_an_invitation_that_is_over_books_nothing_even_when_the_form_is_open(
    session: Session, world: World, client: Any, how: str
) -> None:
    invitation, secret = send(session, world)
    check = to_check(client, secret)
    who: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality, "now": clock.now()}
    if how == "withdrawn":
        service.withdraw(session, invitation, **who)
    elif how == "declined":
        service.decline(session, invitation, "En pääse.", **who)
    else:
        invitation.book_by = today(world) - timedelta(days=1)
    session.commit()
    assert client.post(check).status_code == 410
    page = client.get(f"/i/{secret}")
    assert page.status_code == 200
    assert "/decline" not in page.text
    assert session.scalars(select(Appointment)).all() == []


def test_a_guessed_link_and_one_of_another_municipality_lead_nowhere(
    session: Session, world: World, client: Any
) -> None:
    _, secret = send(session, world)
    assert client.get("/i/AAAAAAAAAAAA").status_code == 404
    other = make_world(session)
    other.service.who_may_book = WhoMayBook.INVITED
    session.commit()
    times = f"/m/{other.municipality.slug}/book/{other.service.slug}/times"
    assert client.get(times, query_string={"mode": "phone", "via": secret}).status_code == 404


def test_the_link_opens_no_other_service(session: Session, world: World, client: Any) -> None:
    from tests.factories import make_service

    other = make_service(session, offices=[world.office], who_may_book=WhoMayBook.STAFF)
    _, secret = send(session, world)
    times = f"/m/{world.municipality.slug}/book/{other.slug}/times"
    assert client.get(times, query_string={"mode": "phone", "via": secret}).status_code == 404


def test_not_me_does_not_book_what_only_the_invited_may(session: Session, world: World, client: Any) -> None:
    _, secret = send(session, world)
    check = to_check(client, secret)
    client.post(check.replace("/check", "/details"), data={"not_me": "1"})
    typed = {"name": "Joku Muu", "phone": "050 111 2222", "email": "", "language": "fi"}
    client.post(check.replace("/check", "/details"), data=typed)
    assert client.post(check).status_code == 403


def test_pressed_twice_one_invitation_is_sent(session: Session, world: World) -> None:
    invitation, _ = send(session, world)
    again, _ = send(session, world, client_id=invitation.client_id)
    assert again.id == invitation.id
    assert again.sendings == 1


def test_sent_again_both_links_work_and_twice_is_once(session: Session, world: World, client: Any) -> None:
    invitation, first = send(session, world)
    who: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality, "now": clock.now()}
    for _ in range(2):
        service.send_again(session, invitation, sendings=1, **who)
    session.commit()
    second = secret_of(session, invitation)
    assert invitation.sendings == 2
    assert first != second
    assert [client.get(f"/i/{secret}").status_code for secret in (first, second)] == [200, 200]


def test_withdrawing_stops_what_has_not_left(session: Session, world: World) -> None:
    invitation, _ = send(session, world)
    who: dict[str, Any] = {"actor": STAFF, "municipality": world.municipality, "now": clock.now()}
    service.withdraw(session, invitation, **who)
    messages = session.scalars(select(Message).where(Message.cause == f"invitation:{invitation.id}")).all()
    assert {message.status for message in messages} == {"cancelled"}
    with pytest.raises(Conflict):
        service.decline(session, invitation, "", **who)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"book_by": date(2020, 1, 1)}, "book_by"),
        ({"book_by": date(2100, 1, 1)}, "book_by"),
        ({"professional_id": 10**12}, "professional"),
    ],
)
def test_what_cannot_be_sent_is_refused(session: Session, world: World, values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        send(session, world, **values)
    assert set(refused.value.fields) == {field}


def test_a_client_who_cannot_be_reached_is_not_invited(session: Session, world: World) -> None:
    unreachable = make_client(session, phone="", email="")
    with pytest.raises(InvalidInput) as refused:
        send(session, world, client_id=unreachable.id)
    assert set(refused.value.fields) == {"client"}


def test_what_was_sent_and_what_has_run_out_is_noted(session: Session, world: World) -> None:
    sent, _ = send(session, world)
    over, _ = send(session, world)
    message = session.scalars(select(Message).where(Message.cause == f"invitation:{sent.id}")).first()
    assert message is not None
    message.status, over.book_by = "sent", today(world) - timedelta(days=1)
    session.flush()
    assert service.sweep(session, now=clock.now()) == 2
    assert (state(session, sent), state(session, over)) == ("sent", "expired")
    assert service.sweep(session, now=clock.now()) == 0
