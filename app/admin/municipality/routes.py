"""The staff's page of the municipality's own settings, with its colours in sight before they are saved."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from app.admin.editing import ChangedMeanwhile
from app.admin.form import Form, changed_text
from app.admin.municipality.facts import (
    LABELS,
    ZONES,
    change_municipality,
    facts_of,
    lines,
    municipality_form,
    problems_of,
    read_colours,
    read_municipality,
    version_of,
)
from app.admin.municipality.logo import clean_logo, set_logo
from app.admin.texts_routes import opened_version
from app.core import clock
from app.core.brand import is_colour, palette
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.http import see_other
from app.core.i18n import LANGUAGES, gettext
from app.core.settings import settings_of
from app.core.typed import Unusable
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page

blueprint = Blueprint("municipality", __name__, url_prefix="/staff/admin/municipality")

COLOURS = ("brand_colour", "accent_colour")


@blueprint.route("", methods=["GET", "POST"])
@staff("settings.manage")
def edit() -> Any:
    """Names, languages, contact and colours."""
    saved = facts_of(db.session, own_municipality())
    if request.method != "POST":
        return _page(municipality_form(saved))
    form, (do, _, field) = Form.sent(request.form), request.form.get("do", "save").partition("-")
    form.languages = list(LANGUAGES)
    if do in ("preview", "use"):
        return _look(form, field if do == "use" else "")
    try:
        facts = read_municipality(form, saved)
        change_municipality(
            db.session,
            own_municipality().id,
            facts,
            opened=opened_version(),
            actor=staff_actor(),
            now=clock.now(),
        )
        _take_logo()
    except InvalidInput as problem:
        db.session.rollback()
        form.errors = problem.field_texts()
        return _page(form, version=opened_version()), problem.status
    except ChangedMeanwhile as problem:
        db.session.rollback()
        return _page(form, changed=True), problem.status
    db.session.commit()
    return see_other(url_for(".edit", notice="saved"))


def _take_logo() -> None:
    """The picture that was sent, or taking away the one there is. Raises ``InvalidInput``."""
    sent, picture = request.files.get("logo"), None
    if sent is not None and sent.filename:
        try:
            picture = clean_logo(sent.read())
        except Unusable as problem:
            raise InvalidInput({"logo": str(problem)}) from None
    elif "remove_logo" not in request.form:
        return
    set_logo(db.session, own_municipality(), picture, actor=staff_actor(), now=clock.now())


def _look(form: Form, field: str) -> str:
    """The page with the colours as they are typed; ``field``: the one to take the nearest good colour for."""
    typed = [form.value(name).strip().lower() for name in COLOURS]
    if field in COLOURS and all(map(is_colour, typed)):
        better = problems_of(*typed).get(field)
        form.fields[field] = [better.nearest] if better else form.values(field)
    read_colours(form)
    return _page(form, version=opened_version(), looked=True)


@blueprint.get("/preview.css")
@staff("settings.manage")
def preview_css() -> Response:
    """The colours of the query, for the preview alone."""
    colours = palette(request.args.get("brand", ""), request.args.get("accent", ""))
    css = render_template("brand.css", colours=colours, selector=".vuoro-brand-preview")
    return Response(css, mimetype="text/css")


def _page(form: Form, *, version: int | None = None, changed: bool = False, looked: bool = False) -> str:
    """The form; after a conflict with what somebody else saved, and the version that the next press replaces knowingly."""
    municipality = own_municipality()
    if changed:
        db.session.refresh(municipality)
    saved = municipality_form(facts_of(db.session, municipality)) if changed else None
    colours = [form.value(name).strip().lower() for name in COLOURS]
    good = all(map(is_colour, colours))
    return render_template(
        "staff/admin/municipality.html",
        form=form,
        version=version_of(db.session) if version is None else version,
        conflict=changed_text(db.session, settings_of(db.session)) if saved else "",
        differences=form.differences(saved, lines()) if saved else [],
        label={name: gettext(text) for name, text in LABELS.items()},
        every_language=[{"code": code, "name": name} for code, name in LANGUAGES.items()],
        language_choices=[{"value": code, "label": name} for code, name in LANGUAGES.items()],
        zones=[{"value": zone, "label": zone} for zone in dict.fromkeys([*ZONES, municipality.timezone])],
        better=problems_of(*colours) if good else {},
        preview_name=form.value(f"name-{municipality.languages[0]}"),
        preview_css_url=url_for(".preview_css", brand=colours[0], accent=colours[1]),
        looked=looked,
        public_url=url_for("booking.front", slug=municipality.slug),
        notice=gettext("The settings have been saved.") if request.args.get("notice") == "saved" else "",
        **staff_page("settings"),
    )
