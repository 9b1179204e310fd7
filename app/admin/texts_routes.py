"""The staff's pages where a municipality writes its own texts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for

from app.admin.editing import ChangedMeanwhile, Span, change_text, find_statement, find_text
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.http import see_other
from app.core.i18n import LANGUAGES, N_, format_instant, gettext, speaking
from app.core.texts import KINDS, MunicipalityText, TextKind
from app.core.typed import whole_number
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page

blueprint = Blueprint("texts", __name__, url_prefix="/staff/texts")

PUBLISHED_APART = "terms_admin.publish"
"""Where a text waits after it is saved, until it is put in force."""
GROUPS = (
    (N_("Front page and contact"), "booking.front", ("front_intro", "phone_hours", "contact", "notice")),
    (
        N_("Accessibility statement"),
        "content.accessibility",
        ("accessibility_failing", "accessibility_contact", "supervising_authority"),
    ),
    (N_("Privacy page"), "content.privacy", ("controller", "data_protection_officer", "privacy")),
    (N_("For staff"), PUBLISHED_APART, ("terms_of_use",)),
)
PAGES = {key: page for _, page, keys in GROUPS for key in keys}
WALL_CLOCK = "%Y-%m-%dT%H:%M"


@blueprint.get("/")
@staff("settings.manage")
def overview() -> str:
    """Every text: where it is shown, and in which languages it is the municipality's own."""
    own = {text.key: text for text in db.session.query(MunicipalityText)}
    groups = [
        {
            "name": gettext(name),
            "page_url": _page_url(page),
            "page_text": gettext("Publish") if page == PUBLISHED_APART else gettext("See the page"),
            "texts": [_line(KINDS[key], own.get(key)) for key in keys],
        }
        for name, page, keys in GROUPS
    ]
    return render_template(
        "staff/texts.html",
        groups=groups,
        statement_url=url_for("statement.edit"),
        statement_missing=find_statement(db.session) is None,
        notice=_saved(),
        **staff_page("texts"),
    )


def _page_url(page: str) -> str:
    return url_for(page) if page == PUBLISHED_APART else url_for(page, slug=own_municipality().slug)


def _saved() -> str:
    """What was just saved."""
    kind = KINDS.get(request.args.get("saved", ""))
    if kind is not None:
        return gettext("“%(text)s” has been saved.", text=gettext(kind.name))
    return gettext("The accessibility statement has been saved.") if request.args.get("saved") == "statement" else ""


def _line(kind: TextKind, own: MunicipalityText | None) -> dict[str, Any]:
    written = [LANGUAGES[code] for code in LANGUAGES if own and own.texts.get(code)]
    return {
        "name": gettext(kind.name),
        "where": gettext(kind.where),
        "written": written,
        "missing": [name for name in LANGUAGES.values() if name not in written] if written else [],
        "empty_text": gettext("Our text is shown.") if kind.default else gettext(kind.when_empty),
        "changed": _changed(own),
        "when": _span_text(own),
        "edit_url": url_for(".text", key=kind.key),
    }


def _changed(own: MunicipalityText | None) -> str:
    if own is None:
        return ""
    when = format_instant(own.changed_at, own_municipality().zone)
    return gettext("Changed %(when)s by %(who)s", when=when, who=own.changed_by)


def _span_text(own: MunicipalityText | None) -> str:
    """When a text is shown, where it is not always."""
    if own is None or not own.texts or not (own.shown_from or own.shown_until):
        return ""
    zone = own_municipality().zone
    since = format_instant(own.shown_from, zone) if own.shown_from else ""
    until = format_instant(own.shown_until, zone) if own.shown_until else ""
    return f"{since} – {until}".strip()


@blueprint.route("/<key>", methods=["GET", "POST"])
@staff("settings.manage")
def text(key: str) -> Any:
    """Write one text in all languages, side by side; look at it before it is saved."""
    kind = KINDS.get(key)
    if kind is None:
        raise NotFound
    own = find_text(db.session, key)
    if request.method != "POST":
        return _page(kind, own, _stored(own))
    typed = {name: request.form.get(name, "") for name in _field_names(kind)}
    if request.form.get("do") == "preview":
        return _page(kind, own, typed, opened=opened_version(), preview=_preview(typed))
    try:
        change_text(
            db.session,
            kind,
            {code: typed[f"text_{code}"] for code in LANGUAGES},
            opened=opened_version(),
            span=_span(kind, typed),
            actor=staff_actor(),
            now=clock.now(),
        )
    except InvalidInput as problem:
        return _page(kind, own, typed, opened=opened_version(), errors=problem.field_texts()), problem.status
    except ChangedMeanwhile as problem:
        db.session.rollback()
        now_saved = find_text(db.session, key)
        return _page(kind, now_saved, typed, conflict=problem.text()), problem.status
    db.session.commit()
    return see_other(url_for(".overview", saved=key))


def _field_names(kind: TextKind) -> list[str]:
    return [f"text_{code}" for code in LANGUAGES] + (["shown_from", "shown_until"] if kind.timed else [])


def opened_version() -> int:
    """The version that the form was opened with."""
    version = whole_number(request.form.get("version", ""))
    return -1 if version is None else version


def _stored(own: MunicipalityText | None) -> dict[str, str]:
    zone = own_municipality().zone
    texts = own.texts if own else {}
    times = {
        name: moment.astimezone(zone).strftime(WALL_CLOCK) if moment else ""
        for name, moment in (("shown_from", own and own.shown_from), ("shown_until", own and own.shown_until))
    }
    return {**{f"text_{code}": texts.get(code, "") for code in LANGUAGES}, **times}


def _span(kind: TextKind, typed: dict[str, str]) -> Span:
    if not kind.timed:
        return Span()
    zone, moments, errors = own_municipality().zone, {}, {}
    for name in ("shown_from", "shown_until"):
        try:
            moments[name] = _moment(typed[name], zone)
        except ValueError:
            errors[name] = N_("Enter a date and a time, for example 24.11.2026 9.00.")
    if errors:
        raise InvalidInput(errors)
    return Span(moments["shown_from"], moments["shown_until"])


def _moment(typed: str, zone: ZoneInfo) -> datetime | None:
    """A local date and time as browsers send them, or as Finns write them. Raises ``ValueError``."""
    words = " ".join(typed.replace(" klo ", " ").split())
    if not words:
        return None
    for shape in (WALL_CLOCK, "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H.%M", "%d.%m.%Y %H:%M"):
        try:
            found = datetime.strptime(words, shape)  # noqa: DTZ007 - the zone follows
        except ValueError:
            continue
        if 2000 <= found.year < 2200:
            return found.replace(tzinfo=zone)
    raise ValueError(typed)


def _preview(typed: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"lang": code, "name": name, "text": typed[f"text_{code}"]}
        for code, name in LANGUAGES.items()
        if typed[f"text_{code}"].strip()
    ]


def _page(
    kind: TextKind,
    own: MunicipalityText | None,
    values: dict[str, str],
    *,
    opened: int | None = None,
    errors: dict[str, str] | None = None,
    conflict: str = "",
    preview: list[dict[str, str]] | None = None,
) -> str:
    """The form. After a conflict it carries the version that is saved now, so that the next press saves knowingly."""
    stored = _stored(own)
    return render_template(
        "staff/text.html",
        kind={"name": gettext(kind.name), "where": gettext(kind.where), "longest": kind.longest, "timed": kind.timed},
        fields=[
            {
                "code": code,
                "language": name,
                "value": values[f"text_{code}"],
                "default": _default(kind, code),
                "saved": stored[f"text_{code}"]
                if conflict and stored[f"text_{code}"] != values[f"text_{code}"]
                else "",
            }
            for code, name in LANGUAGES.items()
        ],
        values=values,
        version=opened if opened is not None else (own.version if own else 0),
        when_empty="" if kind.default else gettext(kind.when_empty),
        changed=_changed(own),
        errors=errors or {},
        conflict=conflict,
        preview=preview,
        page_url=_page_url(PAGES[kind.key]),
        back_url=url_for(".overview"),
        **staff_page("texts"),
    )


def _default(kind: TextKind, language: str) -> str:
    if not kind.default:
        return ""
    with speaking(language):
        return gettext(kind.default)
