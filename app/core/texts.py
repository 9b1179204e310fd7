"""A municipality's own words on its public pages, over defaults that suit everybody.

Each text is plain, in up to three languages. Where a language is empty its default stands in, where there is no
default another language of the text does. All texts of a municipality are read by one query, where a page shows one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, g
from sqlalchemy import CheckConstraint, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import LocalText, Tenant, db, tenant_table
from app.core.i18n import LANGUAGES, N_, current_language, gettext, speaking
from app.core.pages import current_municipality
from app.core.plain_text import paragraphs

AUTHORITY = N_(
    "Finnish Transport and Communications Agency Traficom\n"
    "Digital Accessibility Supervision Unit\n"
    "www.webaccessibility.fi\n"
    "saavutettavuus@traficom.fi\n"
    "Telephone (switchboard): 029 534 5000"
)
"""Who supervises since 1 January 2025 (law 306/2019); before that the Regional State Administrative Agency did."""

TERMS = N_(
    "You use this service only for your work, and look only at the data that your work needs.\n\n"
    "What you learn of clients is secret, also after your work here has ended.\n\n"
    "Your account is yours alone. Give your password and your one-time codes to nobody, and sign out when you leave a "
    "computer that others use.\n\n"
    "What you look at and change is written into a log, with your name and the time.\n\n"
    "If you notice something wrong with data protection or security, tell your supervisor or the administrator at once."
)
"""For staff; in force once the municipality publishes it."""


class MunicipalityText(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """One text of a municipality, by its key in ``KINDS``. ``version`` tells whether somebody else changed it meanwhile."""

    __tablename__ = "municipality_text"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "key"),
        CheckConstraint("shown_from < shown_until", name="shown"),
    )

    key: Mapped[str]
    texts: Mapped[LocalText]
    shown_from: Mapped[datetime | None]
    shown_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class TextKind:
    """A text that a municipality may write. ``default``: a msgid; ``when_empty``: what happens where there is none.

    ``made``: the page makes the default by itself, in every language.
    """

    key: str
    name: str
    where: str
    longest: int
    default: str = ""
    when_empty: str = N_("Nothing is shown.")
    timed: bool = False
    made: bool = False


KINDS: dict[str, TextKind] = {
    kind.key: kind
    for kind in (
        TextKind(
            "front_intro",
            N_("Introduction"),
            N_("On the front page, under the heading."),
            600,
            default=N_("Choose what is closest to your matter. Booking takes a couple of minutes."),
        ),
        TextKind("phone_hours", N_("When the phone is answered"), N_("Beside your phone number."), 200),
        TextKind("contact", N_("Other contact details"), N_("At the foot of every page."), 500),
        TextKind("notice", N_("Notice"), N_("In a strip at the top of every page."), 500, timed=True),
        TextKind(
            "accessibility_failing",
            N_("Content that is not accessible"),
            N_("In the accessibility statement: what fails, which criteria, why, and how else one gets the service."),
            8000,
        ),
        TextKind(
            "accessibility_contact",
            N_("Who answers accessibility feedback"),
            N_("In the accessibility statement."),
            500,
            when_empty=N_("Your name, phone number and e-mail address are shown."),
        ),
        TextKind(
            "supervising_authority",
            N_("Supervising authority"),
            N_("In the accessibility statement: where one can complain."),
            600,
            default=AUTHORITY,
        ),
        TextKind(
            "controller",
            N_("Controller of the personal data"),
            N_("On the privacy page."),
            600,
            when_empty=N_("Your name, phone number and e-mail address are shown."),
        ),
        TextKind(
            "data_protection_officer",
            N_("Data protection officer"),
            N_("On the privacy page: how to reach the officer."),
            500,
            default=N_("You reach our data protection officer through the contact details above."),
        ),
        TextKind(
            "privacy",
            N_("How we handle personal data"),
            N_("On the privacy page, in place of our text. The contact details and the part on cookies always stay."),
            20_000,
            when_empty=N_("The text made of what the service really does is shown."),
            made=True,
        ),
        TextKind(
            "terms_of_use",
            N_("Terms of use for staff"),
            N_("Staff accept them at the first sign-in, and again when you publish a new version."),
            20_000,
            default=TERMS,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Words:
    """A text to show; ``lang`` is set where it is not in the reader's language. False where there is nothing to show."""

    text: str = ""
    lang: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)


def install(app: Flask) -> None:
    """Give templates ``municipality_text(key)``, ``current_notice()`` and the filter ``paragraphs``."""
    app.jinja_env.globals.update(municipality_text=municipality_text, current_notice=current_notice)
    app.jinja_env.filters["paragraphs"] = paragraphs


@dataclass(frozen=True, slots=True)
class _Own:
    texts: LocalText
    shown_from: datetime | None
    shown_until: datetime | None


def _own_texts() -> dict[str, _Own]:
    """The texts of this request's municipality, read once."""
    municipality = current_municipality()
    if municipality is None:
        return {}
    known: dict[int, dict[str, _Own]] = g.setdefault("own_texts", {})
    if municipality.id not in known:
        rows = db.session.execute(
            select(
                MunicipalityText.key, MunicipalityText.texts, MunicipalityText.shown_from, MunicipalityText.shown_until
            )
        )
        known[municipality.id] = {key: _Own(texts, since, until) for key, texts, since, until in rows}
    return known[municipality.id]


def municipality_text(key: str) -> Words:
    """What the page shows of a text, in the reader's language where it can."""
    own = _own_texts().get(key)
    return words_of(KINDS[key], own.texts if own else {})


def words_of(kind: TextKind, texts: LocalText) -> Words:
    """The text in the language in use, else its default, else another language that has it."""
    language = current_language()
    if texts.get(language):
        return Words(texts[language])
    if kind.default or kind.made:
        return Words(gettext(kind.default))
    other = next((code for code in LANGUAGES if texts.get(code)), "")
    return Words(texts[other], other) if other else Words()


def texts_in_all_languages(kind: TextKind, own: LocalText) -> LocalText:
    """The text as it stands in every language, with the default where the municipality has written nothing."""
    found: LocalText = {}
    for code in LANGUAGES:
        with speaking(code):
            found[code] = own.get(code) or gettext(kind.default)
    return found


def current_notice() -> Words:
    """The notice of the moment."""
    own = _own_texts().get("notice")
    if own is None or not _is_shown(own, clock.now()):
        return Words()
    return words_of(KINDS["notice"], own.texts)


def _is_shown(own: _Own, now: datetime) -> bool:
    return (own.shown_from is None or own.shown_from <= now) and (own.shown_until is None or now < own.shown_until)
