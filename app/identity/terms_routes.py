"""Where staff read and accept the terms of use."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request, url_for

from app.core import clock
from app.core.db import db
from app.core.http import see_other
from app.core.i18n import current_language, format_instant
from app.core.texts import Words
from app.core.typed import whole_number
from app.identity import terms
from app.identity.access import own_municipality, signed_in_user, staff, staff_actor
from app.identity.models import TermsOfUse
from app.identity.own_path import is_staff_path
from app.identity.staff_frame import staff_page

blueprint = Blueprint("terms", __name__, url_prefix="/staff/terms")


@blueprint.route("", methods=["GET", "POST"])
@staff("account.own", before_terms=True)
def page() -> Any:
    """Read the terms in force; accept them where that is still to be done."""
    if request.method != "POST":
        return _page()
    terms_id = whole_number(request.form.get("terms", "")) or 0
    try:
        terms.accept(db.session, signed_in_user(), terms_id, actor=staff_actor(), now=clock.now())
    except terms.PublishedMeanwhile as problem:
        return _page(problem.text()), problem.status
    db.session.commit()
    wanted = request.args.get("next", "")
    return see_other(wanted if is_staff_path(wanted) else url_for("staff.today"))


def _page(notice: str = "") -> str:
    edition = terms.in_force(db.session)
    to_accept = not g.staff_session.terms_accepted
    frame = staff_page("account")
    if to_accept:
        frame["staff_nav"] = []  # every entry would lead back here
    return render_template(
        "staff/terms.html",
        words=_words(edition),
        number=edition.number if edition else 0,
        published=format_instant(edition.published_at, own_municipality().zone) if edition else "",
        terms_id=edition.id if edition else 0,
        to_accept=to_accept,
        again=g.staff_session.terms_known,
        notice=notice,
        action_url=request.full_path,
        back_url=url_for("account.overview"),
        **frame,
    )


def _words(edition: TermsOfUse | None) -> Words:
    if edition is None:
        return Words()
    language = current_language()
    if edition.texts.get(language):
        return Words(edition.texts[language])
    other = next((code for code in edition.texts if edition.texts[code]), "")
    return Words(edition.texts.get(other, ""), other)
