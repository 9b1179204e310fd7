"""The page of an invitation, for whoever holds its link: who invites, by when; choose a time, or decline."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.booking.invited import service
from app.booking.invited.models import Invitation
from app.booking.invited.states import state_on
from app.booking.models import Appointment
from app.booking.receipts import Way
from app.booking.views import professional_text
from app.core import clock, tenancy
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import Conflict, Gone, InvalidInput, NotFound
from app.core.http import remote_address, see_other
from app.core.i18n import format_instant, format_short_date, gettext, local_text
from app.core.pages import enter
from app.core.permissions import by_link
from app.core.tenancy import Municipality
from app.core.typed import Unusable, clean_text

blueprint = Blueprint("invitation", __name__, url_prefix="/i/<token>")


def open_link(token: str) -> tuple[Invitation, Municipality]:
    """The invitation of a link. Raises ``NotFound`` (unknown or tampered) or ``Gone`` (its time is long over)."""
    for route in tenancy.find_routes(db.session, kind=service.KIND, secret=token):
        municipality = enter(db.session.get_one(Municipality, route.municipality_id))
        if route.expires_at is not None and route.expires_at < clock.now():
            raise Gone(gettext("This invitation was long ago, and its page is no longer kept."))
        return db.session.get_one(Invitation, route.target_id), municipality
    raise NotFound(gettext("There is no invitation behind this link. Check that the whole link was copied."))


def _holder(invitation: Invitation) -> Actor:
    """The holder of the link, as the audit log names them."""
    return Actor("client", invitation.client_id, address=remote_address(), way=Way.LINK)


@blueprint.get("")
@by_link
def page(token: str) -> Any:
    """The invitation as it stands today. Looking changes nothing."""
    return _page(token, *open_link(token))


def _page(token: str, invitation: Invitation, municipality: Municipality, errors: dict[str, str] | None = None) -> str:
    state = state_on(invitation.state, invitation.book_by, clock.now().astimezone(municipality.zone).date())
    return render_template(
        "invitation/page.html",
        state=str(state),
        is_open=service.is_open(invitation, municipality, clock.now()),
        by=format_short_date(invitation.book_by),
        what=local_text(invitation.service.public_label),
        who=professional_text(invitation.professional) if invitation.professional else "",
        booked=_booked(invitation, municipality),
        typed=request.form.get("words", ""),
        errors=errors or {},
        urls={"choose": url_for(".choose", token=token), "decline": url_for(".decline", token=token)},
    )


def _booked(invitation: Invitation, municipality: Municipality) -> dict[str, str] | None:
    """The appointment that the invitation became."""
    if invitation.appointment_id is None:
        return None
    appointment = db.session.get_one(Appointment, invitation.appointment_id)
    return {
        "when": format_instant(appointment.starts_at, municipality.zone),
        "url": url_for("appointment.page", token=appointment.link_token),
    }


@blueprint.post("")
@by_link
def choose(token: str) -> Any:
    """On to the free times of the service, as the invited client."""
    invitation, municipality = open_link(token)
    if not service.is_open(invitation, municipality, clock.now()):
        return see_other(url_for(".page", token=token))
    who: dict[str, Any] = {"actor": _holder(invitation), "municipality": municipality, "now": clock.now()}
    service.note_opened(db.session, invitation, **who)
    slug, service_slug = municipality.slug, invitation.service.slug
    db.session.commit()
    return see_other(url_for("booking.how", slug=slug, service_slug=service_slug, via=token))


@blueprint.post("/decline")
@by_link
def decline(token: str) -> Any:
    """No time is needed. Sent twice, it is declined once."""
    invitation, municipality = open_link(token)
    who: dict[str, Any] = {"actor": _holder(invitation), "municipality": municipality, "now": clock.now()}
    try:
        words = clean_text(request.form.get("words", ""), longest=service.LONGEST_WORDS)
        service.decline(db.session, invitation, words, **who)
    except Unusable as problem:
        errors = InvalidInput({"words": str(problem)}).field_texts()
        return _page(token, invitation, municipality, errors), 422
    except Conflict:
        db.session.rollback()
    else:
        db.session.commit()
    return see_other(url_for(".page", token=token))
