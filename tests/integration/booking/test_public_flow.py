"""The whole flow over HTTP without JavaScript."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.booking.models import Appointment, Reservation
from app.messaging.models import Message
from tests.factories import World


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
