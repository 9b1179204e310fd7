"""What can be set of a municipality: read from the form, and saved so that two who edit at once lose nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.editing import ChangedMeanwhile, one_writer
from app.admin.form import Form, Line, what_changed
from app.core import audit
from app.core.audit import Actor
from app.core.brand import AA, NON_TEXT, contrast, is_colour, marks_on_menu, nearest, palette
from app.core.db import LocalText
from app.core.i18n import LANGUAGES, N_
from app.core.settings import MunicipalitySettings, settings_of
from app.core.tenancy import Municipality
from app.core.typed import Unusable, clean_email

ZONES = ("Europe/Helsinki", "Europe/Mariehamn", "Europe/Stockholm", "Europe/Tallinn", "UTC")
OF_SETTINGS = ("support_name", "support_phone", "support_email")


@dataclass(frozen=True, slots=True)
class MunicipalityFacts:
    """Columns of the municipality and of its settings."""

    name: LocalText
    languages: list[str]
    timezone: str
    phone: str
    email: str
    brand_colour: str
    accent_colour: str
    support_name: str
    support_phone: str
    support_email: str


def facts_of(session: Session, municipality: Municipality) -> MunicipalityFacts:
    """What is saved."""
    settings = settings_of(session)
    return MunicipalityFacts(
        **{
            name: getattr(settings if name in OF_SETTINGS else municipality, name)
            for name in MunicipalityFacts.__slots__
        }
    )


def municipality_form(facts: MunicipalityFacts) -> Form:
    """The same as the form shows it: the name in every language, as that may be offered next."""
    form = Form.of(asdict(facts))
    form.languages = list(LANGUAGES)
    form.fields |= {f"name-{code}": [facts.name.get(code, "")] for code in LANGUAGES}
    return form


def read_municipality(form: Form, saved: MunicipalityFacts) -> MunicipalityFacts:
    """What was typed. Raises ``InvalidInput``."""
    languages = form.some_of("languages", list(LANGUAGES), required=N_("Choose at least one language."))
    form.languages = languages
    facts = MunicipalityFacts(
        name=form.local("name", required=True, kept=_other_names(form, languages)),
        languages=languages,
        timezone=form.one_of("timezone", {*ZONES, saved.timezone}),
        phone=form.phone("phone"),
        email=_email(form, "email"),
        **read_colours(form),
        support_name=form.line("support_name"),
        support_phone=form.phone("support_phone"),
        support_email=_email(form, "support_email"),
    )
    form.languages = list(LANGUAGES)
    form.require_good()
    return facts


def _other_names(form: Form, languages: list[str]) -> LocalText:
    return {code: form.line(f"name-{code}") for code in LANGUAGES if code not in languages}


def _email(form: Form, name: str) -> str:
    if not form.value(name).strip():
        return ""
    try:
        return clean_email(form.value(name))
    except Unusable as problem:
        form.refuse(name, str(problem))
        return ""


def read_colours(form: Form) -> dict[str, str]:
    """The two colours, if everything in them can be read and told apart (WCAG 2.2 AA)."""
    found = {name: form.value(name).strip().lower() for name in ("brand_colour", "accent_colour")}
    for name, colour in found.items():
        if not is_colour(colour):
            form.refuse(name, N_("Write the colour as # and six digits or letters a–f, for example #12504a."))
    if form.errors.keys() & found.keys():
        return found
    for name, problem in problems_of(found["brand_colour"], found["accent_colour"]).items():
        form.refuse(name, problem.text, ratio=f"{problem.ratio:.1f}", needed=problem.needed, nearest=problem.nearest)
    return found


@dataclass(frozen=True, slots=True)
class ColourProblem:
    """Why a colour cannot be used, and the nearest one that can."""

    text: str
    ratio: float
    needed: float
    nearest: str


def problems_of(brand: str, accent: str) -> dict[str, ColourProblem]:
    """By field. Colours are ``#rrggbb``."""
    found = {}
    if (ratio := contrast(brand, "#ffffff")) < AA:
        text = N_(
            "White text does not stand out on this colour: the contrast is %(ratio)s:1, and %(needed)s:1 is needed. "
            "The nearest colour that will do is %(nearest)s."
        )
        found["brand_colour"] = ColourProblem(text, ratio, AA, nearest(brand, lambda c: contrast(c, "#ffffff") >= AA))
    menu = palette(brand, accent).strong
    if (ratio := contrast(accent, menu)) < NON_TEXT:
        text = N_(
            "The accent marks where one is in the menu, and does not stand out there: the contrast is %(ratio)s:1, "
            "and %(needed)s:1 is needed. The nearest colour that will do is %(nearest)s."
        )
        better = nearest(accent, lambda c: marks_on_menu(brand, c))
        found["accent_colour"] = ColourProblem(text, ratio, NON_TEXT, better)
    return found


def version_of(session: Session) -> int:
    """The version of the whole page of settings; 0 before anything was saved."""
    return settings_of(session).version


def change_municipality(
    session: Session, municipality_id: int, facts: MunicipalityFacts, *, opened: int, actor: Actor, now: datetime
) -> None:
    """Save the settings; ``opened``: the version that the form showed. Raises ``ChangedMeanwhile``."""
    one_writer(session, "municipality")
    query = select(Municipality).where(Municipality.id == municipality_id).execution_options(populate_existing=True)
    municipality, settings = session.scalars(query).one(), own_settings(session)
    before = facts_of(session, municipality)
    if before == facts and settings.version:  # saved for the first time, they are known to be meant
        return
    if settings.version != opened:
        raise ChangedMeanwhile
    for name, value in asdict(facts).items():
        setattr(settings if name in OF_SETTINGS else municipality, name, value)
    settings.version += 1
    session.flush()
    changed = what_changed(asdict(before), asdict(facts))
    audit.record(session, actor=actor, action="settings.change", on=settings, now=now, changed=changed)


def own_settings(session: Session) -> MunicipalitySettings:
    """The row of the settings, made where there is none yet; for writing, under ``one_writer``."""
    settings = settings_of(session)
    if settings.id is None:
        session.add(settings)
        session.flush()
    return settings


LABELS = {
    "name": N_("Name"),
    "languages": N_("Languages offered to clients"),
    "timezone": N_("Time zone"),
    "phone": N_("Phone number for clients"),
    "email": N_("E-mail address for clients"),
    "brand_colour": N_("Brand colour"),
    "accent_colour": N_("Accent colour"),
    "support_name": N_("Who helps staff"),
    "support_phone": N_("Phone number for staff"),
    "support_email": N_("E-mail address for staff"),
}


def lines() -> list[Line]:
    """The form's fields, for comparing."""
    return [
        Line(name, label, local=name == "name", options=dict(LANGUAGES) if name == "languages" else {})
        for name, label in LABELS.items()
    ]
