"""What can be set of a professional: read from the form, and shown by it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.form import Form, Line
from app.booking.views import mode_name
from app.core.i18n import LANGUAGES, N_, local_text
from app.identity.models import StaffUser
from app.scheduling.models import Mode, Service
from app.scheduling.people import ProfessionalFacts

LONGEST_LINK = 500
MOST_A_DAY = 100


def form_of(facts: ProfessionalFacts, **more: str) -> Form:
    """The facts as the form shows them."""
    return Form.of({**facts.columns(), "services": facts.service_ids, **more})


def read(form: Form, services: Collection[Service], saved: ProfessionalFacts) -> ProfessionalFacts:
    """What was typed. Raises ``InvalidInput``. What cannot be chosen here (closed services, other languages) stays."""
    first, last = form.line("first_name", required=True), form.line("last_name", required=True)
    offered = {str(service.id) for service in services}
    kept = [key for key in saved.service_ids if str(key) not in offered]
    chosen = [int(key) for key in form.some_of("services", offered)]
    others = [code for code in saved.languages if code not in LANGUAGES]
    facts = ProfessionalFacts(
        slug=form.slug("slug", f"{first} {last}"),
        first_name=first,
        last_name=last,
        title=form.local("title", kept=saved.title),
        languages=[
            *form.some_of("languages", list(LANGUAGES), required=N_("Choose at least one language.")),
            *others,
        ],
        modes=form.some_of("modes", [str(mode) for mode in Mode], required=N_("Choose at least one way of meeting.")),
        phone=form.phone("phone"),
        video_link=_link(form),
        daily_limit=form.number("daily_limit", 1, MOST_A_DAY),
        online=form.truth("online"),
        service_ids=sorted([*chosen, *kept]),
    )
    form.require_good()
    return facts


def _link(form: Form) -> str:
    typed = form.line("video_link", longest=LONGEST_LINK)
    if typed and (urlsplit(typed).scheme != "https" or not urlsplit(typed).netloc):
        form.refuse("video_link", N_("Enter a whole address that begins with https://."))
    return typed


def services_open(session: Session) -> list[Service]:
    """The services that can be given, in the order of the lists."""
    return list(session.scalars(select(Service).where(Service.active).order_by(Service.position, Service.id)))


def users_without(session: Session) -> list[StaffUser]:
    """The users in use who are no professionals yet."""
    query = select(StaffUser).where(StaffUser.active, StaffUser.professional_id.is_(None), StaffUser.role != "operator")
    return list(session.scalars(query.order_by(StaffUser.name, StaffUser.id)))


def options(services: Collection[Service]) -> dict[str, list[dict[str, str]]]:
    """What the form's boxes and lists offer."""
    return {
        "services": [{"value": str(service.id), "label": local_text(service.name)} for service in services],
        "modes": [{"value": str(mode), "label": mode_name(mode)} for mode in Mode],
        "spoken": [{"value": code, "label": name} for code, name in LANGUAGES.items()],
    }


def lines_of(services: Collection[Service]) -> list[Line]:
    """The form's fields, for comparing."""
    names: dict[str, Any] = {str(service.id): local_text(service.name) for service in services}
    return [
        Line("first_name", N_("First name")),
        Line("last_name", N_("Last name")),
        Line("title", N_("Title"), local=True),
        Line("languages", N_("Languages spoken"), options=LANGUAGES),
        Line("modes", N_("Ways of meeting"), options={str(mode): mode_name(mode) for mode in Mode}),
        Line("services", N_("Services"), options=names),
        Line("phone", N_("Phone")),
        Line("video_link", N_("Link to video meetings")),
        Line("daily_limit", N_("Meetings a day at most")),
        Line("online", N_("Clients may book times themselves")),
        Line("slug", N_("In web addresses")),
    ]
