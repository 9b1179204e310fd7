"""The whole flow over HTTP without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.booking.holds import sweep
from app.booking.models import Appointment, Hold, Reservation
from app.core import clock
from app.core.tenancy import bind
from app.core.work import Job
from app.identity.service import create_user
from app.jobs import transaction
from app.messaging.dispatcher import dispatch_due
from app.messaging.models import Message
from tests.factories import World, make_question, make_world, text


def start_times(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="starts_at" value="([^"]+)"', page)))


def walk_to_details(client: Any, world: World, *, mode: str = "phone", start: str = "") -> str:
    """Choose a time; returns the address of the page that follows."""
    address = f"/m/{world.municipality.slug}/book/{world.service.slug}/times"
    office = {"office": str(world.office.id)} if mode == "in_person" else {}
    page = client.get(address, query_string={"mode": mode, **office})
    assert page.status_code == 200
    chosen = start or start_times(page.text)[0]
    answer = client.post(address, data={"mode": mode, "starts_at": chosen, **office})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def fill_in(client: Any, address: str, **details: str) -> Any:
    values = {"name": "Åsa O'Neill-Ääkkönen <b>", "phone": "040-123 45 67", "email": "asa@example.fi", "language": "sv"}
    answer = client.post(address, data={**values, **details})
    assert answer.status_code == 303, answer.text
    return client.post(answer.location)


def test_a_job_seeker_books_sees_changes_and_cancels(client: Any, world: World, session: Session) -> None:
    front = client.get(f"/m/{world.municipality.slug}/")
    assert "Työnhakukeskustelu" in front.text
    booked = fill_in(client, walk_to_details(client, world))
    assert booked.status_code == 303
    page = client.get(booked.location)
    assert page.status_code == 200
    assert "Åsa O&#39;Neill-Ääkkönen &lt;b&gt;" in page.text
    token = re.search(r"/a/([^?]+)", booked.location).group(1)  # type: ignore[union-attr]

    change = client.get(f"/a/{token}/change")
    other = start_times(change.text)[5]
    check = client.post(f"/a/{token}/change", data={"starts_at": other})
    assert client.get(check.location).status_code == 200
    moved = client.post(f"/a/{token}/change/check", data={"starts_at": other})
    assert moved.status_code == 303
    assert client.get(moved.location).status_code == 200

    cancelled = client.post(f"/a/{token}/cancel", data={"reason": "Sain töitä"})
    assert cancelled.status_code == 303
    appointment = session.scalars(select(Appointment)).one()
    assert (appointment.status, appointment.version, appointment.cancel_reason) == ("cancelled", 3, "Sain töitä")
    kinds = session.execute(select(Message.kind, Message.channel, Message.language).order_by(Message.id)).all()
    assert [tuple(row) for row in kinds] == [
        (kind, channel, "sv") for kind in ("confirmation", "change", "cancellation") for channel in ("email", "sms")
    ]
    assert not session.scalars(select(Reservation).where(Reservation.active)).all()


def test_messages_go_to_the_bookings_municipality_even_where_staff_of_another_books(
    client: Any, world: World, session: Session
) -> None:
    """Staff signed in elsewhere book on these public pages in the same browser."""
    create_user(
        session, email="a@testila.example", name="A", role="desk", password="long enough password", now=clock.now()
    )
    session.commit()
    home = make_world(session)
    email = f"{home.municipality.slug}@testila.example"
    create_user(session, email=email, name="B", role="desk", password="long enough password", now=clock.now())
    session.commit()
    signed_in = client.post("/staff/sign-in", data={"email": email, "password": "long enough password"})
    assert signed_in.status_code == 303
    bind(session, world.municipality.id)
    assert fill_in(client, walk_to_details(client, world)).status_code == 303
    assert len(session.scalars(select(Message)).all()) == 2
    bind(session, home.municipality.id)
    assert session.scalars(select(Message)).all() == []


def test_what_was_typed_survives_errors_a_lost_session_and_a_lost_time(
    client: Any, world: World, session: Session, app: Any
) -> None:
    make_question(session, world.service, key="job", kind="long_text", required=True, label=text("Ammattisi?"))
    session.commit()
    questions = walk_to_details(client, world)
    assert questions.endswith("/questions")
    too_long = "x" * 10_000
    wrong = client.post(questions, data={"job": too_long})
    assert wrong.status_code == 422
    assert too_long in wrong.text
    assert client.post(questions, data={"job": "kokki ja\x00 tarjoilija"}).status_code == 422
    details = client.post(questions, data={"job": "kokki"}).location
    bad = client.post(details, data={"name": "Aino", "phone": "123", "email": "a@", "language": "fi"})
    assert bad.status_code == 422
    assert 'value="123"' in bad.text
    assert 'value="a@"' in bad.text
    check = client.post(details, data={"name": "Aino", "phone": "0401234567", "language": "fi"}).location

    other = app.test_client()  # no cookie: the session is lost, the address is enough
    assert "kokki" in other.get(check).text

    later = clock.now() + timedelta(minutes=11)
    with clock.standing_at(later):
        rival = app.test_client()
        assert walk_to_details(rival, world).endswith("/questions")
        lost = other.post(check)
        assert lost.status_code == 409
        typed = re.search(r'name="typed" value="([^"]+)"', lost.text).group(1)  # type: ignore[union-attr]
        times = check.rsplit("/", 2)[0] + "/times"
        again = other.post(times, data={"mode": "phone", "starts_at": start_times(lost.text)[1], "typed": typed})
        assert again.location.endswith("/check")
        assert other.post(again.location).status_code == 303
    assert session.scalars(select(Appointment.answers)).one() == {"job": "kokki"}


@pytest.mark.parametrize("token", ["aaaaaaaaaaaa", "x", "%00", "a" * 300, "ä" * 12])
def test_a_tampered_link_leads_nowhere(client: Any, world: World, token: str) -> None:
    for path in (f"/a/{token}", f"/a/{token}/cancel", f"/a/{token}/change", f"/a/{token}/calendar.ics"):
        assert client.get(path).status_code == 404
    base = f"/m/{world.municipality.slug}/book/{world.service.slug}/{token}"
    assert client.get(f"{base}/details").status_code in (404, 410)
    assert client.post(f"{base}/check").status_code in (404, 410)


def test_a_link_of_long_ago_says_so(client: Any, world: World, session: Session) -> None:
    booked = fill_in(client, walk_to_details(client, world))
    with clock.standing_at(clock.now() + timedelta(days=200)):
        page = client.get(booked.location)
    assert page.status_code == 410


def test_another_municipalitys_address_does_not_open_a_booking(client: Any, world: World, session: Session) -> None:
    address = walk_to_details(client, world)
    elsewhere = make_world(session)
    foreign = address.replace(world.municipality.slug, elsewhere.municipality.slug)
    assert client.get(foreign).status_code == 410
    service = f"/m/{elsewhere.municipality.slug}/book/{world.service.slug}"
    assert client.get(service).status_code == 404
    assert client.get("/m/no-such-place/").status_code == 404


def test_choosing_another_time_moves_the_hold(client: Any, world: World, session: Session) -> None:
    walk_to_details(client, world)
    walk_to_details(client, world, start=world.at(11).isoformat())
    assert [r.starts_at for r in session.scalars(select(Reservation))] == [world.at(11)]


@pytest.mark.parametrize(
    "start", ["", "nonsense", "2020-01-01T09:00:00+02:00", "2026-11-24T09:00:00", "9999-12-31T23:59:59+00:00"]
)
def test_a_time_that_is_none_shows_the_times_again(client: Any, world: World, start: str) -> None:
    address = f"/m/{world.municipality.slug}/book/{world.service.slug}/times"
    answer = client.post(address, data={"mode": "phone", "starts_at": start})
    assert answer.status_code == 422
    assert len(start_times(answer.text)) > 3


def test_the_wrong_way_of_meeting_asks_again(client: Any, world: World) -> None:
    address = f"/m/{world.municipality.slug}/book/{world.service.slug}/times"
    for query in ({"mode": "pigeon"}, {}, {"mode": "in_person", "office": "999999"}):
        answer = client.get(address, query_string=query)
        assert answer.status_code == 422
        assert f"{address}?mode=phone" in answer.text


def test_a_landline_is_told_that_text_messages_do_not_reach_it(client: Any, world: World, session: Session) -> None:
    details = walk_to_details(client, world)
    check = client.post(details, data={"name": "Aino", "phone": "09 310 1691", "language": "en"}).location
    assert "09 310 1691" in client.get(check, query_string={"lang": "en"}).text
    assert "landline" in client.get(check).text
    assert client.post(check).status_code == 303
    assert session.scalars(select(Message)).all() == []


def test_a_change_after_the_cut_off_is_refused_kindly(client: Any, world: World, session: Session) -> None:
    session.get(type(world.service), world.service.id).change_cutoff_minutes = 120  # type: ignore[union-attr]
    session.commit()
    booked = fill_in(client, walk_to_details(client, world))
    token = re.search(r"/a/([^?]+)", booked.location).group(1)  # type: ignore[union-attr]
    appointment = session.scalars(select(Appointment)).one()
    with clock.standing_at(appointment.starts_at - timedelta(minutes=119)):
        assert client.get(f"/a/{token}").status_code == 200
        assert client.get(f"/a/{token}/cancel").status_code == 303
        assert client.post(f"/a/{token}/cancel").status_code == 303
    session.refresh(appointment)
    assert appointment.status == "booked"


def test_cancelling_twice_cancels_once(client: Any, world: World, session: Session) -> None:
    booked = fill_in(client, walk_to_details(client, world))
    token = re.search(r"/a/([^?]+)", booked.location).group(1)  # type: ignore[union-attr]
    assert [client.post(f"/a/{token}/cancel").status_code for _ in range(3)] == [303, 303, 303]
    assert session.scalars(select(Message.kind).where(Message.channel == "sms").order_by(Message.id)).all() == [
        "confirmation",
        "cancellation",
    ]


@pytest.mark.parametrize(
    ("typed", "kept"), [("24.11.2026", "2026-11-24"), ("2026-11-24", "2026-11-24"), ("1.1.99999999999999999999", "")]
)
def test_a_date_may_be_typed_as_finns_write_it(
    client: Any, world: World, session: Session, typed: str, kept: str
) -> None:
    make_question(session, world.service, key="day", kind="date", required=True)
    session.commit()
    questions = walk_to_details(client, world)
    answer = client.post(questions, data={"day": typed})
    assert answer.status_code == (303 if kept else 422)
    if kept:
        assert (
            "24.11.2026"
            in client.get(client.post(answer.location, data={"name": "A", "phone": "0401234567"}).location).text
        )


def test_the_link_lives_on_when_the_appointment_moves_far_ahead(client: Any, world: World, session: Session) -> None:
    session.get_one(type(world.service), world.service.id).horizon_days = 200
    session.commit()
    booked = fill_in(client, walk_to_details(client, world))
    token = re.search(r"/a/([^?]+)", booked.location).group(1)  # type: ignore[union-attr]
    far = world.at(9, day=world.next_working_day(after=150))
    assert client.post(f"/a/{token}/change/check", data={"starts_at": far.isoformat()}).status_code == 303
    with clock.standing_at(far - timedelta(days=30)):
        assert client.get(f"/a/{token}").status_code == 200


def test_an_old_unfinished_booking_in_the_address_hinders_nobody(client: Any, world: World) -> None:
    address = f"/m/{world.municipality.slug}/book/{world.service.slug}/times"
    data = {"mode": "phone", "starts_at": world.at(9).isoformat(), "typed": "long-gone"}
    assert client.post(address, data=data).status_code == 303


def test_two_presses_on_a_time_keep_it_once(app: Any, world: World, session: Session, in_threads: Any) -> None:
    browser = app.test_client()
    address = f"/m/{world.municipality.slug}/book/{world.service.slug}/times"
    browser.get(address, query_string={"mode": "phone"})
    browser.post(address, data={"mode": "phone", "starts_at": world.at(13).isoformat()})
    cookie = browser.get_cookie("vuoro").value

    def press() -> int:
        other = app.test_client()
        other.set_cookie("vuoro", cookie)
        return int(other.post(address, data={"mode": "phone", "starts_at": world.at(9).isoformat()}).status_code)

    assert in_threads([press] * 6) == [303] * 6
    assert [r.starts_at for r in session.scalars(select(Reservation))] == [world.at(9)]


def test_pages_of_one_person_are_not_kept_by_a_shared_computer(client: Any, world: World) -> None:
    booked = fill_in(client, walk_to_details(client, world))
    assert client.get(booked.location).headers["Cache-Control"] == "no-store"
    assert client.get(f"/m/{world.municipality.slug}/").headers["Cache-Control"] == "private, no-cache"


def test_a_confirmation_that_could_not_leave_before_the_meeting_is_skipped_with_the_reason(
    app: Any, client: Any, world: World, session: Session
) -> None:
    fill_in(client, walk_to_details(client, world))
    late = world.at(23, day=world.next_working_day(after=20))

    class Never:
        def send(self, message: Any) -> str:
            raise AssertionError("sent too late")

    session.execute(delete(Job).where(Job.municipality_id != world.municipality.id))  # what other tests left waiting
    session.commit()
    with app.app_context():
        dispatch_due(transaction, {"email": Never()}, lambda: late)
    message = session.scalars(select(Message).where(Message.channel == "email")).one()
    assert (message.status, message.reason) == ("skipped", "too_late")


def test_what_was_kept_for_a_while_is_swept(client: Any, world: World, session: Session) -> None:
    walk_to_details(client, world)
    assert sweep(session, now=clock.now() + timedelta(minutes=5)) == 0
    assert sweep(session, now=clock.now() + timedelta(minutes=12)) == 1
    assert session.scalars(select(Reservation)).all() == []
    assert sweep(session, now=clock.now() + timedelta(days=2)) == 1
    assert session.scalars(select(Hold)).all() == []


def test_all_links_of_the_page_after_a_lost_time_carry_what_was_typed(client: Any, world: World, app: Any) -> None:
    details = walk_to_details(client, world)
    check = client.post(details, data={"name": "Aino", "phone": "0401234567", "language": "fi"}).location
    with clock.standing_at(clock.now() + timedelta(minutes=11)):
        walk_to_details(app.test_client(), world)
        lost = client.post(check)
    assert lost.status_code == 409
    token = check.rsplit("/", 2)[1]
    later = re.search(r'href="([^"]+times[^"]*from=[^"]+)"', lost.text).group(1)  # type: ignore[union-attr]
    assert f"typed={token}" in later
