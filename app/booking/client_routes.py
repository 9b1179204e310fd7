"""The public pages of a booking: from how and where to a booked time. Everything works without JavaScript.

The choices stand in the address, what is typed stands sealed in the hold's row; nothing depends on a session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, session, url_for
from sqlalchemy import select

from app.booking.form import BookingForm, open_form
from app.booking.holds import Visitor, find_hold, place_hold, remember_typed, typed_of
from app.booking.how_page import HowPage
from app.booking.known import (
    STRANGER,
    VIA,
    carried,
    invited_by,
    known_client,
    own_professional,
    refuse_over,
    remembered,
)
from app.booking.models import Client, Hold
from app.booking.search import Filters, Pick, Search, parse_start, wishes_of
from app.booking.times_page import TimesPage, offices_of
from app.booking.views import service_view
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, Gone, InvalidInput, NotFound
from app.core.flood import costly
from app.core.http import field_cipher, see_other, visitor_id, visitor_network
from app.core.i18n import gettext
from app.core.pages import open_municipality
from app.core.permissions import by_link, public
from app.core.tenancy import Municipality
from app.identity.client_access import COOKIE
from app.scheduling.models import Office, Professional, Question, Service

blueprint = Blueprint("booking", __name__)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """A page that knows its visitor is nobody else's: no computer keeps it, no search engine shows it."""
    if request.values.get(VIA) or COOKIE in session:
        response.headers["X-Robots-Tag"] = "noindex"
        if request.method != "POST":  # going back would ask again
            response.headers["Cache-Control"] = "no-store"
    return response


def _service(service_slug: str) -> Service:
    service: Service | None = db.session.scalar(select(Service).where(Service.slug == service_slug))
    invitation = invited_by()
    if invitation is not None:
        refuse_over(invitation)
    invited = invitation is not None and service is not None and service.active and invitation.service_id == service.id
    if service is None or not (service.online_booking or invited):
        raise NotFound(gettext("This service cannot be booked here. Start from the front page, or call us."))
    return service


def _kept() -> dict[str, Any]:
    """What goes along through how and when: whose link it is, and the form that was being filled in."""
    typed = request.values.get("typed", "")
    return {**({"typed": typed} if typed else {}), **carried()}


def _how(
    slug: str, service: Service, filters: Filters, keep: Mapping[str, Any], offices: Sequence[Office] | None = None
) -> HowPage:
    wanted = filters.professional_id
    professional = db.session.get(Professional, wanted) if wanted else None
    return HowPage(
        service=service,
        offices=offices_of(service) if offices is None else offices,
        filters=filters,
        times_url=lambda **query: url_for("booking.times", slug=slug, service_slug=service.slug, **query),
        professional=professional,
        keep=keep,
    )


@blueprint.get("/m/<slug>/book/<service_slug>")
@public
def how(slug: str, service_slug: str) -> Any:
    """How and where? Straight to the times where there is nothing to choose."""
    open_municipality(slug)
    service = _service(service_slug)
    page = _how(slug, service, Filters.of_request(), _kept())
    settled = page.settled()
    if settled is not None:
        return see_other(page.times_url(**page.keep, **settled.query()))
    return _how_page(slug, page, {})


def _how_page(slug: str, page: HowPage, errors: dict[str, str]) -> str:
    return render_template(
        "book/how.html",
        **page.context(),
        errors=errors,
        back_url=url_for("booking.front", slug=slug, **carried()),
        step={"n": 1, "total": _number_of_steps(page.service)},
    )


def _how_again(slug: str, service: Service, problem: InvalidInput) -> Any:
    """The address named no way of meeting, or one that is not given."""
    bare = replace(Filters.of_request(), mode="", office_id=None)
    return _how_page(slug, _how(slug, service, bare, _kept()), problem.field_texts()), 422


def _number_of_steps(service: Service) -> int:
    """How, when, questions (where a service has some), details, check."""
    asks = db.session.scalar(select(Question.id).where(Question.service_id == service.id).limit(1))
    return 5 if asks is not None else 4


@blueprint.get("/m/<slug>/book/<service_slug>/times")
@public
@costly
def times(slug: str, service_slug: str) -> Any:
    """When? Only what changes where htmx asks for it."""
    municipality = open_municipality(slug)
    service = _service(service_slug)
    try:
        page = _times(municipality, service, Filters.of_request(), known_client(), _kept())
    except InvalidInput as problem:
        return _how_again(slug, service, problem)
    partial = request.headers.get("HX-Request") == "true"
    return render_template("book/_search.html" if partial else "book/time.html", **_times_context(page))


def _times(
    municipality: Municipality,
    service: Service,
    filters: Filters,
    client: Client | None,
    keep: Mapping[str, Any],
    near: Any = None,
) -> TimesPage:
    """The page of free times. Raises ``InvalidInput`` where it is not settled how and where."""
    offices, now = offices_of(service), clock.now()
    office_ids, today = [office.id for office in offices], now.astimezone(municipality.zone).date()
    own = own_professional(client, service)
    invitation = invited_by(keep.get(VIA, ""))
    if invitation is not None and invitation.professional_id is not None:
        filters = replace(filters, professional_id=invitation.professional_id, own=False)
    search = Search(
        service=service,
        wishes=lambda wanted: wishes_of(service, wanted, office_ids, today),
        zone=municipality.zone,
        now=now,
        own_id=own.id if own else None,
    )
    search.wishes(filters)
    filters = search.bookable(filters)
    return TimesPage(
        search=search,
        filters=replace(filters, mode=filters.mode or service.modes[0], own=filters.own and own is not None),
        municipality=municipality,
        address=lambda **query: url_for("booking.times", slug=municipality.slug, service_slug=service.slug, **query),
        keep=keep,
        offices=offices,
        modes=service.modes,
        own=own,
        near=near,
    )


def _times_context(page: TimesPage, notice: str = "") -> dict[str, Any]:
    service, slug = page.search.service, page.municipality.slug
    here: dict[str, Any] = {"slug": slug, "service_slug": service.slug}
    undecided = replace(page.filters, mode="", office_id=None, first=None)
    choosing = _how(slug, service, undecided, page.keep, page.offices)
    how_url = url_for("booking.how", **here, **page.keep, **undecided.query())
    front_url = url_for("booking.front", slug=slug, **carried())
    return {
        **page.context(),
        "service": service_view(service),
        "summary": page.summary(),
        "clear_url": page.clear_url(),
        "back_url": front_url if choosing.settled() else how_url,
        "step": {"n": 2, "total": _number_of_steps(service)},
        "action_url": url_for("booking.choose", **here),
        "notice": notice,
    }


@blueprint.post("/m/<slug>/book/<service_slug>/times")
@public
def choose(slug: str, service_slug: str) -> Any:
    """Keep the chosen time and go on to the form."""
    municipality = open_municipality(slug)
    service = _service(service_slug)
    client = known_client()
    try:
        page = _times(municipality, service, Filters.of_request(), client, _kept())
    except InvalidInput as problem:
        return _how_again(slug, service, problem)
    try:
        pick = Pick.of(request.form.get("starts_at", ""))
        hold, token = place_hold(
            db.session,
            page.search.wish_for(page.filters, pick),
            pick.start,
            visitor=Visitor(visitor_id(), visitor_network()),
            zone=municipality.zone,
            now=clock.now(),
        )
    except (Conflict, InvalidInput) as problem:
        return _choose_again(page, problem)
    _carry_over(hold, page.filters, client)
    db.session.commit()
    form = BookingForm(municipality, service, hold, token)
    return see_other(form.address(form.first_unfinished()))


def _choose_again(page: TimesPage, problem: Conflict | InvalidInput) -> Any:
    """The times again, nearest to the lost one first, with the reason."""
    near = None
    with suppress(InvalidInput):  # no time in the form: the list as it is
        near = parse_start(request.form.get("starts_at", "").partition(";")[0])
    context = _times_context(replace(page, near=near), notice=problem.sentence())
    return render_template("book/time.html", **context), problem.status


def _carry_over(hold: Hold, filters: Filters, client: Client | None) -> None:
    """Take along how the time was looked for, who is known, and what was typed for an earlier choice."""
    typed: dict[str, Any] = {}
    with suppress(Gone):  # nothing was typed, or in yesterday's tab
        typed = typed_of(find_hold(db.session, request.form.get("typed", "")), field_cipher())
    stranger = STRANGER if "stranger" in typed.get("known", {}) else {}
    known = remembered(request.form[VIA]) if client is not None and request.form.get(VIA) else stranger
    remember_typed(hold, field_cipher(), **{**typed, "search": filters.query(), "known": known})


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
    if booking.invitation is not None:
        refuse_over(booking.invitation)
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
        if problem.code in ("already_booked", "invitation_over"):  # another time would not help
            raise
        return _lost(municipality, booking, problem)


def _lost(municipality: Municipality, booking: BookingForm, problem: Conflict) -> Any:
    """The time went to somebody else: nearest free times on this page, everything typed is kept."""
    db.session.rollback()
    hold = booking.hold
    filters = Filters(mode=hold.mode, office_id=hold.office_id)
    keep = {"typed": booking.token, **booking.known}
    page = _times(municipality, booking.service, filters, booking.client, keep, near=hold.starts_at)
    return render_template("book/time.html", **_times_context(page, notice=problem.text())), problem.status
