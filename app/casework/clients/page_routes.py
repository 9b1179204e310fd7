"""The client's page, and what is done on it: days when the client cannot be reached, the personal identity code."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.booking import my_account
from app.booking.register.identity import show_code
from app.booking.reminders.pausing import set_reminders
from app.casework.clients.frame import client_of, frame, note_seen
from app.casework.clients.page_view import page_view
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.http import field_cipher, see_other
from app.identity.access import local_today, staff, staff_actor

blueprint = Blueprint("client", __name__, url_prefix="/staff/clients")


@blueprint.get("/<int:client_id>")
@staff("client.view")
def page(client_id: int) -> Any:
    """Everything about one client."""
    client = client_of(client_id)
    if client.id != client_id:
        return see_other(url_for(".page", client_id=client.id, notice="followed"))
    note_seen(client)
    return shown(client_id)


def shown(
    client_id: int, problem: InvalidInput | None = None, code: str = "", typed: dict[str, str] | None = None
) -> str:
    """The page, with what could not be used still typed in, and the identity code where it was asked for."""
    client = client_of(client_id)
    return render_template(
        "staff/clients/page.html",
        errors=problem.field_texts() if problem else {},
        typed=typed or {},
        code=code,
        **page_view(client),
        **frame(),
    )


@blueprint.post("/<int:client_id>/identity-code")
@staff("client.identity_code")
def identity_code(client_id: int) -> Any:
    """Show the whole code, once, on the answer to this request alone."""
    client = client_of(client_id)
    typed = {"reason": request.form.get("reason", "")}
    try:
        code = show_code(
            db.session, client, reason=typed["reason"], cipher=field_cipher(), actor=staff_actor(), now=clock.now()
        )
    except InvalidInput as problem:
        return shown(client.id, problem, typed=typed), 422
    db.session.commit()
    answer = shown(client.id, code=code)
    return answer, {"Cache-Control": "no-store"}


@blueprint.post("/<int:client_id>/away")
@staff("client.edit")
def add_away(client_id: int) -> Any:
    """Days when the client cannot be reached."""
    client = client_of(client_id)
    typed = {name: request.form.get(name, "") for name in ("first_day", "last_day", "part")}
    try:
        away = my_account.check_away(typed["first_day"], typed["last_day"], typed["part"] or "all", today=local_today())
        my_account.add_away(db.session, client, away, actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        return shown(client.id, problem, typed=typed), 422
    db.session.commit()
    return see_other(url_for(".page", client_id=client.id, notice="away", _anchor="away"))


@blueprint.post("/<int:client_id>/away/<int:time_id>/remove")
@staff("client.edit")
def remove_away(client_id: int, time_id: int) -> Any:
    """The client can be reached after all."""
    client = client_of(client_id)
    my_account.remove_away(db.session, [client], time_id, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for(".page", client_id=client.id, notice="away_removed", _anchor="away"))


@blueprint.post("/<int:client_id>/reminders")
@staff("client.edit")
def reminders(client_id: int) -> Any:
    """Whether the client is reminded of meetings. Pressed twice, it is said once."""
    client = client_of(client_id)
    wanted = request.form.get("off") == "1"
    set_reminders(db.session, client, off=wanted, actor=staff_actor(), now=clock.now())
    db.session.commit()
    notice = "reminders_off" if wanted else "reminders_on"
    return see_other(url_for(".page", client_id=client.id, notice=notice, _anchor="messages"))
