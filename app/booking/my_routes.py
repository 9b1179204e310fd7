"""A client's own appointments, after signing in. Each appointment's page is behind its link."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any

from flask import render_template, request, url_for

from app.booking import my_account, my_sign_in
from app.booking.changes import can_step, last_change
from app.booking.lateness import can_report_late
from app.booking.lifecycle import Status, Step, next_status
from app.booking.models import Appointment, Client
from app.booking.my_page import account, blueprint, frame
from app.booking.views import mode_name, office_text, professional_text, status_name
from app.core import clock
from app.core.db import db
from app.core.http import see_other
from app.core.i18n import format_instant, gettext, local_text
from app.core.permissions import public
from app.core.tenancy import Municipality
from app.identity import client_access
from app.identity.client_access import client_page
from app.scheduling.models import Mode, Professional

blueprint.add_url_rule("/my/sign-in", "choose_municipality", public(my_sign_in.choose_municipality))

STATUS_TAGS = {"booked": "ok", "checked_in": "ok", "in_progress": "info", "cancelled": "bad", "no_show": "warn"}


@blueprint.get("/my")
@client_page
def home() -> Any:
    """Appointments to come, and those that were."""
    own, now = account(), clock.now()
    every = my_account.appointments_of(db.session, own.rows, since=now - my_account.PAST_KEPT)
    coming = [item for item in every if item.ends_at > now and item.status != Status.CANCELLED]
    past = [item for item in reversed(every) if item not in coming]
    return render_template(
        "my/home.html",
        coming=[_card(item, own.municipality, now=now) for item in coming],
        past=[_card(item, own.municipality, now=now) for item in islice(past, my_account.LONGEST_LIST)],
        own_professional=_own_professional(own.client),
        book_url=url_for("booking.front", slug=own.municipality.slug),
        **frame(own, "home"),
    )


def _own_professional(client: Client) -> str:
    if client.own_professional_id is None:
        return ""
    professional = db.session.get(Professional, client.own_professional_id)
    return professional_text(professional) if professional is not None and professional.active else ""


def _card(appointment: Appointment, municipality: Municipality, *, now: datetime) -> dict[str, Any]:
    active = appointment.ends_at > now and next_status(appointment.status, Step.CANCEL) is not None
    can_change = active and now < last_change(appointment)
    over = appointment.ends_at <= now and appointment.status == Status.BOOKED
    token = appointment.link_token
    office = appointment.office
    return {
        "when": format_instant(appointment.starts_at, municipality.zone),
        "service": local_text(appointment.service.name),
        "facts": [
            part
            for part in (
                mode_name(appointment.mode),
                office_text(office) if office else "",
                professional_text(appointment.professional),
            )
            if part
        ],
        "status_text": gettext("Past") if over else status_name(appointment.status),
        "status_tag": "neutral" if over else STATUS_TAGS.get(appointment.status, "neutral"),
        "url": url_for("appointment.page", token=token),
        "change_url": url_for("appointment.change", token=token)
        if can_change and can_step(appointment, Step.RESCHEDULE)
        else "",
        "cancel_url": url_for("appointment.cancel_page", token=token) if can_change else "",
        "late_url": url_for("appointment.page", token=token) if can_report_late(appointment, now=now) else "",
        "join_url": appointment.professional.video_link if active and appointment.mode == Mode.VIDEO else "",
    }


@blueprint.post("/my/sign-out")
@client_page
def sign_out() -> Any:
    """End the sign-in here, or everywhere."""
    own = account()
    if request.form.get("everywhere"):
        client_access.end_everywhere(db.session, own.signed_in.contact)
    else:
        client_access.end(db.session)
    db.session.commit()
    return see_other(url_for("booking.front", slug=own.municipality.slug))
