"""Where visitors come in: the front page with its guided choice, all services, and direct links to an office or a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from sqlalchemy import Select, or_, select

from app.booking.client_routes import blueprint
from app.booking.guide_pages import GuidePages, services_of
from app.booking.known import carried
from app.booking.views import closure_text, languages_text, mode_name, professional_text, service_view
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.http import see_other
from app.core.i18n import gettext, local_text
from app.core.pages import host_municipality, open_municipality
from app.core.permissions import public
from app.core.tenancy import Municipality
from app.scheduling.guide import LIVE, read_guide
from app.scheduling.guide_map import Step
from app.scheduling.models import (
    Closure,
    Mode,
    Office,
    Professional,
    ProfessionalService,
    Service,
    ServiceOffice,
    WhoMayBook,
)
from app.scheduling.opening_times import of_rows
from app.scheduling.weekday_words import opening_lines

CLOSURES_TOLD = timedelta(weeks=8)
"""How long before a closure the office's page tells of it."""


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
    """What is it about? The guide's first question, or all services where there is no guide."""
    open_municipality(slug)
    pages = _guide(slug)
    return _question(slug, pages, pages.steps[0]) if pages.steps else _services(slug)


@blueprint.get("/m/<slug>/services")
@public
def services(slug: str) -> Any:
    """All services that can be booked, whatever the guide asks."""
    open_municipality(slug)
    return _services(slug, back_url=url_for("booking.front", slug=slug, **carried()))


def _bookable() -> Select[Service]:
    query = select(Service).where(Service.active, Service.who_may_book == WhoMayBook.ANYONE)
    return query.order_by(Service.position, Service.id)


def _services(slug: str, *, back_url: str = "") -> str:
    offices = db.session.scalars(select(Office).where(Office.active).order_by(Office.id))
    return render_template(
        "public/front.html",
        services=[_card(slug, service) for service in db.session.scalars(_bookable())],
        offices=[
            {"name": local_text(office.name), "url": url_for("booking.office", slug=slug, office_slug=office.slug)}
            for office in offices
        ],
        back_url=back_url,
    )


def _card(slug: str, service: Service, **chosen: Any) -> dict[str, Any]:
    return {**service_view(service), "url": into(slug, service, **chosen)}


def into(slug: str, service: Service, **chosen: Any) -> str:
    """The address where the booking of a service begins, past what is settled; ``chosen``: values of the address."""
    modes = [chosen["mode"]] if chosen.get("mode") else service.modes
    settled = len(modes) == 1 and (modes[0] != Mode.IN_PERSON or bool(chosen.get("office")))
    chosen = {**({"mode": modes[0]} if len(modes) == 1 else {}), **chosen, **carried()}
    page = "booking.times" if settled else "booking.how"
    return url_for(page, slug=slug, service_slug=service.slug, **{key: value for key, value in chosen.items() if value})


# — the guided choice —


def _guide(slug: str) -> GuidePages:
    steps = read_guide(db.session, LIVE)
    first = steps[0].number if steps else 0

    def step_url(number: int, after: int | None) -> str:
        if number == first:
            return url_for("booking.front", slug=slug, **carried())
        return url_for("booking.guide", slug=slug, number=number, after=after, **carried())

    return GuidePages(
        steps=steps,
        services=services_of(steps),
        step_url=step_url,
        call_url=lambda number, answer: url_for("booking.call", slug=slug, number=number, answer=answer, **carried()),
        service_url=lambda service, mode: into(slug, service, mode=mode),
    )


def _question(slug: str, pages: GuidePages, step: Step, after: int | None = None) -> str:
    all_url = url_for("booking.services", slug=slug, **carried())
    page = pages.question(step, after)
    return render_template("public/guide.html", all_url=all_url, intro=step == pages.steps[0], **page)


def _step(pages: GuidePages, number: int) -> Step:
    step = pages.step(number)
    if step is None:
        raise NotFound(gettext("This question is no longer in use. Start from the front page, or call us."))
    return step


@blueprint.get("/m/<slug>/guide/<int:number>")
@public
def guide(slug: str, number: int) -> Any:
    """A question of the guide."""
    open_municipality(slug)
    pages = _guide(slug)
    return _question(slug, pages, _step(pages, number), request.args.get("after", type=int))


@blueprint.get("/m/<slug>/guide/<int:number>/<int:answer>")
@public
def call(slug: str, number: int, answer: int) -> Any:
    """An answer that ends at "call us", because it is meant so, or because its service was closed."""
    open_municipality(slug)
    pages = _guide(slug)
    step = _step(pages, number)
    if not 1 <= answer <= len(step.choices):
        raise NotFound(gettext("This answer is no longer in use. Start from the front page, or call us."))
    context = pages.call(step, answer)
    if context is None:
        return see_other(pages.url_of_choice(step, answer - 1))
    return render_template("public/call.html", all_url=url_for("booking.services", slug=slug, **carried()), **context)


# — direct links —


@blueprint.get("/m/<slug>/office/<office_slug>")
@public
def office(slug: str, office_slug: str) -> Any:
    """An office: where it is, when it is open, and what can be booked there."""
    municipality = open_municipality(slug)
    found = db.session.scalar(select(Office).where(Office.slug == office_slug, Office.active))
    if found is None:
        raise NotFound(gettext("This office is not in use. Start from the front page, or call us."))
    given = _bookable().join(ServiceOffice, ServiceOffice.service_id == Service.id)
    here = [
        service
        for service in db.session.scalars(given.where(ServiceOffice.office_id == found.id))
        if Mode.IN_PERSON in service.modes
    ]
    return render_template(
        "public/office.html",
        office={
            "name": local_text(found.name),
            "address": found.address,
            "arrival": local_text(found.arrival),
            "open": opening_lines(of_rows(found.open_times)),
            "opening_hours": local_text(found.opening_hours),
            "closed": _closures_of(found, municipality.zone),
            "phone": found.phone,
        },
        services=[_card(slug, service, mode=Mode.IN_PERSON, office=found.id) for service in here],
        back_url=url_for("booking.front", slug=slug, **carried()),
    )


def _closures_of(office: Office, zone: ZoneInfo) -> list[dict[str, str]]:
    """When the office is closed in the coming weeks, and why."""
    now = clock.now()
    query = select(Closure).where(Closure.ends_at > now, Closure.starts_at < now + CLOSURES_TOLD)
    here = query.where(or_(Closure.office_id == office.id, Closure.office_id.is_(None)))
    return [
        {"when": closure_text(closure, zone), "why": local_text(closure.title)}
        for closure in db.session.scalars(here.order_by(Closure.starts_at, Closure.id))
    ]


@blueprint.get("/m/<slug>/with/<professional_slug>")
@public
def with_professional(slug: str, professional_slug: str) -> Any:
    """A professional: first name, title, and what can be booked with them."""
    open_municipality(slug)
    bookable = (Professional.slug == professional_slug, Professional.active, Professional.online)
    found = db.session.scalar(select(Professional).where(*bookable))
    if found is None:
        raise NotFound(gettext("No times can be booked with this person. Start from the front page, or call us."))
    given = _bookable().join(ProfessionalService, ProfessionalService.service_id == Service.id)
    own = [
        service
        for service in db.session.scalars(given.where(ProfessionalService.professional_id == found.id))
        if set(service.modes) & set(found.modes)
    ]
    return render_template(
        "public/professional.html",
        name=professional_text(found),
        spoken=languages_text(found),
        modes=[mode_name(mode) for mode in found.modes],
        services=[_with(slug, service, found) for service in own],
        back_url=url_for("booking.front", slug=slug, **carried()),
    )


def _with(slug: str, service: Service, professional: Professional) -> dict[str, Any]:
    """A service as it is given by the professional: only their ways of meeting."""
    modes = [mode for mode in service.modes if mode in professional.modes]
    only = {"mode": modes[0]} if len(modes) == 1 else {}
    card = _card(slug, service, professional=professional.id, **only)
    return {**card, "mode_names": [mode_name(mode) for mode in modes]}
