"""Languages: gettext over the catalogues in ``app/translations``, local texts, and Finland's ways to write dates.

The language is a context variable, not a property of a request, because messages are written in the client's
language wherever they are made. Catalogues are read from ``.po`` at the first use: there is no compile step to forget.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_day_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment

LANGUAGES: Mapping[str, str] = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
DEFAULT_LANGUAGE = "fi"
TRANSLATIONS = Path(__file__).parents[1] / "translations"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)

_INSTANT = {"fi": "ccc d.M.y 'klo' H.mm", "sv": "ccc d.M.y 'kl.' H.mm", "en": "ccc d MMM y, H:mm"}
_TIME = {"fi": "H.mm", "sv": "H.mm", "en": "H:mm"}
_DAY = {"fi": "cccc d.M.y", "sv": "cccc d.M.y", "en": "cccc d MMMM y"}
_SHORT_DATE = {"fi": "d.M.y", "sv": "d.M.y", "en": "d MMM y"}
_WEEKDAY_DATE = {"fi": "ccc d.M.", "sv": "ccc d.M.", "en": "ccc d MMM"}


def current_language() -> str:
    """Code of the language in use: ``fi``, ``sv`` or ``en``."""
    return _language.get()


def set_language(language: str) -> None:
    """Use ``language`` for the rest of this context (a request)."""
    _language.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use ``language`` inside the block."""
    token = _language.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def _catalogue(language: str) -> NullTranslations:
    path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def N_(message: str) -> str:
    """Mark a text for translation that is translated later, where it is shown."""
    return message


def gettext(message: str, **values: object) -> str:
    """The text in the language in use, with ``%(name)s`` filled in."""
    translated = _catalogue(current_language()).gettext(message) if message else ""
    return translated % values if values else translated


def ngettext(singular: str, plural: str, n: int, **values: object) -> str:
    """The text for ``n`` in the language in use."""
    translated = _catalogue(current_language()).ngettext(singular, plural, n)
    return translated % {"num": n, "n": n, **values}


def install_in_templates(environment: Environment) -> None:
    """Give Jinja ``_()``, ``gettext`` and ``ngettext``."""
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _catalogue(current_language()).gettext(text),
        lambda singular, plural, n: _catalogue(current_language()).ngettext(singular, plural, n),
        newstyle=True,
    )


def local_text(texts: Mapping[str, str] | None, language: str | None = None) -> str:
    """The reader's language of a text that a municipality wrote; else the first language that has it."""
    if not texts:
        return ""
    wanted = texts.get(language or current_language())
    return wanted or next((texts[code] for code in LANGUAGES if texts.get(code)), "")


def format_instant(instant: datetime, zone: ZoneInfo, language: str | None = None) -> str:
    """``ti 24.11.2026 klo 9.00`` · ``tis 24.11.2026 kl. 9.00`` · ``Tue 24 Nov 2026, 9:00``."""
    return _instant_text(instant, zone, language or current_language())


@lru_cache(maxsize=4096)  # lists and reminders say the same times over and over
def _instant_text(instant: datetime, zone: ZoneInfo, code: str) -> str:
    return format_datetime(instant.astimezone(zone), _INSTANT[code], locale=code)


def format_clock(instant: datetime, zone: ZoneInfo, language: str | None = None) -> str:
    """``9.00``, in English ``9:00``."""
    code = language or current_language()
    return format_datetime(instant.astimezone(zone), _TIME[code], locale=code)


def format_day(day: date, language: str | None = None) -> str:
    """``Tiistai 24.11.2026``, as a heading."""
    code = language or current_language()
    text = format_date(day, _DAY[code], locale=code)
    return text[:1].upper() + text[1:]


def format_short_date(day: date, language: str | None = None) -> str:
    """``24.11.2026``."""
    code = language or current_language()
    return format_date(day, _SHORT_DATE[code], locale=code)


def format_weekday_date(day: date, language: str | None = None) -> str:
    """``ti 24.11.``, where the year is plain."""
    code = language or current_language()
    return format_date(day, _WEEKDAY_DATE[code], locale=code)


def weekday_name(weekday: int, language: str | None = None) -> str:
    """``Maanantai`` for 0."""
    name: str = get_day_names("wide", context="stand-alone", locale=language or current_language())[weekday]
    return name[:1].upper() + name[1:]


def month_name(day: date, language: str | None = None) -> str:
    """``Marraskuu 2026`` of any day in the month."""
    text = format_date(day, "LLLL y", locale=language or current_language())
    return text[:1].upper() + text[1:]
