"""The staff's page where the facts of the accessibility statement are given."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.admin.editing import (
    LONGEST_ASSESSOR,
    STATEMENT_DATES,
    ChangedMeanwhile,
    change_statement,
    find_statement,
)
from app.admin.models import AccessibilityStatement, Conformance
from app.admin.texts_routes import opened_version
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.http import see_other
from app.core.i18n import N_, format_instant, format_short_date, gettext
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page

blueprint = Blueprint("statement", __name__, url_prefix="/staff/texts/accessibility-statement")

STATUS_NAMES = {
    Conformance.FULL: (N_("Fully"), N_("Every requirement is met.")),
    Conformance.PARTLY: (N_("In part"), N_("Write what fails into the text “Content that is not accessible”.")),
    Conformance.NOT: (
        N_("Not"),
        N_("Most requirements are not met. Write what fails and how else one gets the service."),
    ),
}
DATE_NAMES = {
    "assessed_on": N_("Assessed on"),
    "published_on": N_("Statement published on"),
    "updated_on": N_("Statement updated on"),
}
FIELDS = ("status", "assessed_by", *STATEMENT_DATES)


@blueprint.route("", methods=["GET", "POST"])
@staff("settings.manage")
def edit() -> Any:
    """Status, assessment and dates."""
    stored = find_statement(db.session)
    if request.method != "POST":
        return _page(stored, _values(stored))
    typed = {name: request.form.get(name, "") for name in FIELDS}
    opened = opened_version()
    try:
        change_statement(db.session, typed, opened=opened, actor=staff_actor(), now=clock.now())
    except InvalidInput as problem:
        return _page(stored, typed, opened=opened, errors=problem.field_texts()), problem.status
    except ChangedMeanwhile as problem:
        db.session.rollback()
        return _page(find_statement(db.session), typed, conflict=problem.text()), problem.status
    db.session.commit()
    return see_other(url_for("texts.overview", saved="statement"))


def _values(stored: AccessibilityStatement | None) -> dict[str, str]:
    if stored is None:
        today = clock.now().astimezone(own_municipality().zone).date().isoformat()
        return {"status": "", "assessed_by": "", "assessed_on": "", "published_on": today, "updated_on": today}
    return {name: str(getattr(stored, name)) for name in FIELDS}


def _page(
    stored: AccessibilityStatement | None,
    values: dict[str, str],
    *,
    opened: int | None = None,
    errors: dict[str, str] | None = None,
    conflict: str = "",
) -> str:
    return render_template(
        "staff/statement.html",
        statuses=[
            {"value": status, "label": gettext(name), "hint": gettext(hint)}
            for status, (name, hint) in STATUS_NAMES.items()
        ],
        values=values,
        saved=_saved_rows(stored) if conflict else [],
        version=opened if opened is not None else (stored.version if stored else 0),
        longest_assessor=LONGEST_ASSESSOR,
        errors=errors or {},
        conflict=conflict,
        page_url=url_for("content.accessibility", slug=own_municipality().slug),
        back_url=url_for("texts.overview"),
        **staff_page("texts"),
    )


def _saved_rows(stored: AccessibilityStatement | None) -> list[dict[str, str]]:
    """What somebody else saved meanwhile."""
    if stored is None:
        return []
    zone = own_municipality().zone
    return [
        {"key": gettext("Status"), "value": gettext(STATUS_NAMES[Conformance(stored.status)][0])},
        {"key": gettext("Assessed by"), "value": stored.assessed_by or gettext("The municipality itself")},
        *(
            {"key": gettext(name), "value": format_short_date(getattr(stored, column))}
            for column, name in DATE_NAMES.items()
        ),
        {"key": gettext("Changed"), "value": f"{stored.changed_by}, {format_instant(stored.changed_at, zone)}"},
    ]
