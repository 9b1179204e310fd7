"""The staff's page of ready-made links: to everything, to a service, to a service at one office or by one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import select

from app.admin.embed import LONGEST_LABEL, button_html, qr_png, qr_svg
from app.booking.times_page import offices_of, professionals_of
from app.booking.views import professional_text
from app.core.brand import palette
from app.core.db import db
from app.core.errors import NotFound
from app.core.http import public_url
from app.core.i18n import LANGUAGES, gettext, local_text, speaking
from app.core.typed import Unusable, clean_line
from app.identity.access import own_municipality, staff
from app.identity.staff_frame import staff_page
from app.scheduling.models import Mode, Office, Professional, Service, WhoMayBook

blueprint = Blueprint("embed", __name__, url_prefix="/staff/embed")

DRAWN = {"svg": (qr_svg, "image/svg+xml"), "png": (qr_png, "image/png")}
Row = TypeVar("Row", Service, Office, Professional)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the link leads to. What is not chosen, or does not fit the service, is None."""

    services: list[Service]
    offices: list[Office]
    people: list[Professional]
    service: Service | None
    office: Office | None
    person: Professional | None
    language: str

    @classmethod
    def of_request(cls) -> Choice:
        """From the address; nonsense counts as not chosen."""
        services = list(
            db.session.scalars(
                select(Service)
                .where(Service.active, Service.who_may_book == WhoMayBook.ANYONE)
                .order_by(Service.position, Service.id)
            )
        )
        service = _chosen("service", services)
        offices, people = _of_service(service) if service else _of_everything()
        language = request.args.get("language", "")
        return cls(
            services,
            offices,
            people,
            service,
            _chosen("office", offices),
            _chosen("professional", people),
            language if language in LANGUAGES else "",
        )

    def query(self) -> dict[str, Any]:
        """For addresses that keep the choice."""
        rows = (("service", self.service), ("office", self.office), ("professional", self.person))
        return {**{name: str(row.id) for name, row in rows if row}, "language": self.language}

    def address(self) -> str:
        """The public address."""
        slug = own_municipality().slug
        language: dict[str, Any] = {"lang": self.language} if self.language else {}
        if self.service is None:
            return public_url(self._page_of_office_or_person({"slug": slug, **language}))
        here: dict[str, Any] = {"slug": slug, "service_slug": self.service.slug, **language}
        person: dict[str, Any] = {"professional": str(self.person.id)} if self.person else {}
        mode = self._settled_mode(self.service)
        if not mode:
            return public_url(url_for("booking.how", **here, **person))
        office: dict[str, Any] = {"office": str(self.office.id)} if self.office else {}
        return public_url(url_for("booking.times", **here, mode=mode, **office, **person))

    def _page_of_office_or_person(self, here: dict[str, Any]) -> str:
        if self.person is not None:
            return url_for("booking.with_professional", professional_slug=self.person.slug, **here)
        if self.office is not None:
            return url_for("booking.office", office_slug=self.office.slug, **here)
        return url_for("booking.front", **here)

    def _settled_mode(self, service: Service) -> str:
        """The way of meeting, where the choice leaves only one that needs nothing more; else the visitor chooses."""
        if self.office is not None:
            return Mode.IN_PERSON
        modes = _modes(service, self.person)
        settled = self.person is not None and len(modes) == 1 and (modes[0] != Mode.IN_PERSON or len(self.offices) == 1)
        return modes[0] if settled else ""


def _of_service(service: Service) -> tuple[list[Office], list[Professional]]:
    """Where and by whom the service is given."""
    offices = offices_of(service) if Mode.IN_PERSON in service.modes else []
    return offices, [person for person in professionals_of(service) if _modes(service, person)]


def _of_everything() -> tuple[list[Office], list[Professional]]:
    """Offices and people with a page of their own."""
    offices = select(Office).where(Office.active).order_by(Office.id)
    people = select(Professional).where(Professional.active, Professional.online)
    return list(db.session.scalars(offices)), list(
        db.session.scalars(people.order_by(Professional.first_name, Professional.last_name, Professional.id))
    )


def _chosen(name: str, rows: list[Row]) -> Row | None:
    wanted = request.args.get(name, "")
    return next((row for row in rows if str(row.id) == wanted), None)


def _modes(service: Service, person: Professional | None) -> list[str]:
    """In which ways the person gives the service."""
    return [mode for mode in service.modes if person is None or mode in person.modes]


@blueprint.get("/")
@staff("settings.manage")
def page() -> str:
    """Choose what to link to; copy the address or the button; fetch the QR code."""
    choice = Choice.of_request()
    municipality = own_municipality()
    address, label = choice.address(), _label(choice.language)
    colours = palette(municipality.brand_colour, municipality.accent_colour)
    return render_template(
        "staff/embed.html",
        services=_options(
            gettext("No service in particular"), [(row, local_text(row.name)) for row in choice.services]
        ),
        offices=_options(gettext("Any office"), [(row, local_text(row.name)) for row in choice.offices]),
        people=_options(gettext("Anyone"), [(row, professional_text(row)) for row in choice.people]),
        link_languages=[
            {"value": "", "label": gettext("The reader's own language")},
            *({"value": code, "label": name} for code, name in LANGUAGES.items()),
        ],
        values={"service": "", "office": "", "professional": "", **choice.query(), "label": label},
        longest_label=LONGEST_LABEL,
        address=address,
        button_html=button_html(address, label, colours),
        qr_svg_url=url_for(".qr_code", kind="svg", **choice.query()),
        qr_png_url=url_for(".qr_code", kind="png", **choice.query()),
        **staff_page("embed"),
    )


def _options(anything: str, rows: list[tuple[Any, str]]) -> list[dict[str, str]]:
    return [{"value": "", "label": anything}, *({"value": str(row.id), "label": name} for row, name in rows)]


def _label(language: str) -> str:
    """The words on the button: as typed, else the usual ones."""
    try:
        typed = clean_line(request.args.get("label", ""), longest=LONGEST_LABEL)
    except Unusable:
        typed = ""
    if typed or not language:
        return typed or gettext("Book an appointment")
    with speaking(language):
        return gettext("Book an appointment")


@blueprint.get("/qr.<kind>")
@staff("settings.manage")
def qr_code(kind: str) -> Response:
    """The QR code of a link, to print."""
    if kind not in DRAWN:
        raise NotFound
    draw, mimetype = DRAWN[kind]
    answer = Response(draw(Choice.of_request().address()), mimetype=mimetype)
    disposition = "attachment" if "download" in request.args else "inline"
    answer.headers["Content-Disposition"] = f'{disposition}; filename="vuoro-{own_municipality().slug}.{kind}"'
    return answer
