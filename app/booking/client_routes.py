"""The public pages: from "what is it about" to a booked time. Everything works without JavaScript.

The choices stand in the address, what is typed stands sealed in the hold's row; nothing depends on a session.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy import select

from app.booking.availability import Wish
from app.booking.form import BookingForm, open_form
from app.booking.holds import Visitor, find_hold, place_hold, remember_typed, typed_of
from app.booking.times_page import Filters, offices_of, parse_start, times_context
from app.booking.views import mode_hint, mode_name, service_view, summary_of
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, Gone, InvalidInput, NotFound
from app.core.flood import costly
from app.core.http import field_cipher, see_other, visitor_id, visitor_network
from app.core.i18n import gettext, local_text
from app.core.pages import host_municipality, open_municipality
from app.core.permissions import by_link, public
from app.core.tenancy import Municipality
from app.scheduling.models import Mode, Office, Service, WhoMayBook

blueprint = Blueprint("booking", __name__)


@blueprint.get("/")
@public
def root() -> Any:
    """The municipality of this host name, or the list of all."""
    everyone = list(db.session.scalars(select(Municipality).order_by(Municipality.id)))
    own = host_municipality(everyone)
    if own is not None:
        return see_other(url_for("booking.front", slug=own.slug))
    choices = [
        {"name": local_text(municipality.name), "url": url_for("booking.front", slug=municipality.slug)}
        for municipality in everyone
    ]
    return render_template("public/municipalities.html", municipalities=choices)


@blueprint.get("/m/<slug>/")
@public
def front(slug: str) -> Any:
    """What is it about?"""
    open_municipality(slug)
    services = db.session.scalars(
        select(Service)
        .where(Service.active, Service.who_may_book == WhoMayBook.ANYONE)
        .order_by(Service.position, Service.id)
    )
    cards = [
        {**service_view(service), "url": url_for("booking.how", slug=slug, service_slug=service.slug)}
        for service in services
    ]
    return render_template("public/front.html", services=cards)


def _service(service_slug: str) -> Service:
    service: Service | None = db.session.scalar(select(Service).where(Service.slug == service_slug))
    if service is None or not service.online_booking:
        raise NotFound(gettext("This service cannot be booked here. Start from the front page, or call us."))
    return service


@blueprint.get("/m/<slug>/book/<service_slug>")
@public
def how(slug: str, service_slug: str) -> Any:
    """How and where?"""
    open_municipality(slug)
    service = _service(service_slug)
    offices = offices_of(service)
    if len(service.modes) == 1 and (service.modes[0] != Mode.IN_PERSON or len(offices) < 2):
        return see_other(url_for("booking.times", slug=slug, service_slug=service_slug, mode=service.modes[0]))
    return _how_page(slug, service, offices, {})


def _how_page(slug: str, service: Service, offices: list[Office], errors: dict[str, str]) -> str:
    chosen = request.args.get("mode", "")
    chosen_office = request.args.get("office", "")
    return render_template(
        "book/how.html",
        service=service_view(service),
        modes=[
            {"value": mode, "name": mode_name(mode), "hint": mode_hint(mode), "checked": mode == chosen}
            for mode in service.modes
        ],
        offices=[
            {
                "value": str(office.id),
                "name": local_text(office.name),
                "address": office.address,
                "hint": office.address,
                "checked": str(office.id) == chosen_office,
            }
            for office in offices
        ],
        errors=errors,
        back_url=url_for("booking.front", slug=slug),
        step={"n": 1, "total": 5},
        action_url=url_for("booking.times", slug=slug, service_slug=service.slug),
    )


@blueprint.get("/m/<slug>/book/<service_slug>/times")
@public
@costly
def times(slug: str, service_slug: str) -> Any:
    """When? The list alone where htmx asks for it."""
    municipality = open_municipality(slug)
    service = _service(service_slug)
    try:
        wish = _wish(service)
    except InvalidInput as problem:
        return _how_page(slug, service, offices_of(service), problem.field_texts()), 422
    context = _times_page(municipality, wish)
    partial = request.headers.get("HX-Request") == "true"
    return render_template("book/_times.html" if partial else "book/time.html", **context)


def _wish(service: Service) -> Wish:
    """Mode and office of the address. Raises ``InvalidInput``."""
    mode = request.values.get("mode", service.modes[0] if len(service.modes) == 1 else "")
    if mode not in service.modes:
        raise InvalidInput({"mode": gettext("Choose how you would like to meet.")})
    today = clock.now().date()
    office_id = None
    if mode == Mode.IN_PERSON:
        offices = {str(office.id): office for office in offices_of(service)}
        chosen = request.values.get("office", "") or (next(iter(offices)) if len(offices) == 1 else "")
        if chosen not in offices:
            raise InvalidInput({"office": gettext("Choose an office.")})
        office_id = offices[chosen].id
    return Wish(service=service, mode=mode, first=today, last=today, office_id=office_id)


def _times_page(municipality: Municipality, wish: Wish, **more: Any) -> dict[str, Any]:
    service = wish.service
    keep: dict[str, Any] = {"mode": wish.mode}
    if wish.office_id is not None:
        keep["office"] = str(wish.office_id)
    if typed := more.pop("typed", "") or request.values.get("typed", ""):
        keep["typed"] = typed
    here: dict[str, Any] = {"slug": municipality.slug, "service_slug": service.slug}
    office = db.session.get(Office, wish.office_id) if wish.office_id else None
    context = times_context(
        wish,
        more.pop("filters", None) or Filters.of_request(),
        municipality,
        address=lambda **query: url_for("booking.times", **here, **query),
        keep=keep,
        near=more.pop("near", None),
    )
    return {
        **context,
        "service": service_view(service),
        "summary": summary_of(service, wish.mode, office),
        "back_url": url_for("booking.how", **here, **keep),
        "step": {"n": 2, "total": 5},
        "action_url": url_for("booking.choose", **here),
        **more,
    }


@blueprint.post("/m/<slug>/book/<service_slug>/times")
@public
def choose(slug: str, service_slug: str) -> Any:
    """Keep the chosen time and go on to the form."""
    municipality = open_municipality(slug)
    service = _service(service_slug)
    try:
        wish = _wish(service)
    except InvalidInput as problem:
        return _how_page(slug, service, offices_of(service), problem.field_texts()), 422
    filters = Filters.of_request()
    try:
        start = parse_start(request.form.get("starts_at", ""))
        day = start.astimezone(municipality.zone).date()
        hold, token = place_hold(
            db.session,
            Wish(
                service=service,
                mode=wish.mode,
                first=day,
                last=day,
                office_id=wish.office_id,
                professional_id=filters.professional_id,
                language=filters.language,
            ),
            start,
            visitor=Visitor(visitor_id(), visitor_network()),
            zone=municipality.zone,
            now=clock.now(),
        )
    except (Conflict, InvalidInput) as problem:
        return _choose_again(municipality, wish, problem)
    _carry_typed(request.form.get("typed", ""), hold)
    db.session.commit()
    form = BookingForm(municipality, service, hold, token)
    return see_other(form.address(form.first_unfinished()))


def _choose_again(municipality: Municipality, wish: Wish, problem: Conflict | InvalidInput) -> Any:
    """The times again, nearest to the lost one first, with the reason."""
    near = None
    with suppress(InvalidInput):  # no time in the form: the list as it is
        near = parse_start(request.form.get("starts_at", ""))
    context = _times_page(municipality, wish, near=near, notice=problem.sentence())
    return render_template("book/time.html", **context), problem.status


def _carry_typed(token: str, hold: Any) -> None:
    """Take along what was typed for an earlier choice."""
    if not token:
        return
    try:
        earlier = find_hold(db.session, token)
    except Gone:  # from yesterday's tab
        return
    remember_typed(hold, field_cipher(), **typed_of(earlier, field_cipher()))


Handler = Callable[[BookingForm], Any]


@blueprint.route("/m/<slug>/book/<service_slug>/<token>/<step>", methods=["GET", "POST"])
@by_link
def form(slug: str, service_slug: str, token: str, step: str) -> Any:
    """Pre-information, details, check: one step of the form."""
    municipality = open_municipality(slug)
    booking = open_form(municipality, service_slug, token)
    if booking is None:
        start_again = url_for("booking.front", slug=slug)
        return render_template("book/expired.html", start_url=start_again), 410
    if booking.hold.appointment_id is not None:
        return see_other(booking.done_address())
    handlers: dict[str, tuple[Handler, Handler]] = {
        "questions": (BookingForm.show_questions, BookingForm.take_questions),
        "details": (BookingForm.show_details, BookingForm.take_details),
        "check": (BookingForm.show_check, BookingForm.take_check),
    }
    if step not in handlers:
        abort(404)
    show, take = handlers[step]
    if request.method != "POST":
        return show(booking)
    try:
        return take(booking)
    except Conflict as problem:
        return _lost(municipality, booking, problem)


def _lost(municipality: Municipality, booking: BookingForm, problem: Conflict) -> Any:
    """The time went to somebody else: nearest free times on this page, everything typed is kept."""
    db.session.rollback()
    hold = booking.hold
    day = hold.starts_at.astimezone(municipality.zone).date()
    wish = Wish(service=booking.service, mode=hold.mode, first=day, last=day, office_id=hold.office_id)
    context = _times_page(
        municipality, wish, filters=Filters(), near=hold.starts_at, notice=problem.text(), typed=booking.token
    )
    return render_template("book/time.html", **context), problem.status
