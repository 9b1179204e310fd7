"""Where an administrator puts the terms of use of staff in force."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import func, select

from app.admin.editing import ChangedMeanwhile, find_text
from app.core import clock
from app.core.db import LocalText, db
from app.core.errors import Conflict
from app.core.http import see_other
from app.core.i18n import LANGUAGES, N_, format_instant, gettext
from app.core.texts import KINDS, texts_in_all_languages
from app.core.typed import whole_number
from app.identity import terms
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.models import StaffUser, TermsOfUse
from app.identity.staff_frame import staff_page

blueprint = Blueprint("terms_admin", __name__, url_prefix="/staff/texts/terms")
KIND = KINDS["terms_of_use"]


@blueprint.route("/publish", methods=["GET", "POST"])
@staff("settings.manage")
def publish() -> Any:
    """Look at the text in every language, then publish it: everybody is asked to accept it."""
    if request.method != "POST":
        return _page()
    written = _written()
    opened = whole_number(request.form.get("after", ""))
    try:
        if request.form.get("text") != _digest(written):
            raise ChangedMeanwhile(N_("Somebody changed the text meanwhile. Read it, then publish it."))
        terms.publish(db.session, written, after=-1 if opened is None else opened, actor=staff_actor(), now=clock.now())
    except Conflict as problem:
        db.session.rollback()
        return _page(problem.text()), problem.status
    db.session.commit()
    return see_other(url_for(".publish", notice="published"))


def _written() -> LocalText:
    own = find_text(db.session, KIND.key)
    return texts_in_all_languages(KIND, own.texts if own else {})


def _digest(texts: LocalText) -> str:
    return sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]


def _page(conflict: str = "") -> str:
    edition, written = terms.in_force(db.session), _written()
    everybody = db.session.scalar(select(func.count(StaffUser.id)).where(StaffUser.active)) or 0
    return render_template(
        "staff/terms_publish.html",
        in_force=_in_force(edition, everybody) if edition else [],
        texts=[{"lang": code, "name": name, "text": written[code]} for code, name in LANGUAGES.items()],
        same=edition is not None and edition.texts == written,
        number=edition.number if edition else 0,
        people=everybody,
        digest=_digest(written),
        conflict=conflict,
        notice=gettext("The terms are in force.") if request.args.get("notice") == "published" else "",
        edit_url=url_for("texts.text", key=KIND.key),
        back_url=url_for("texts.overview"),
        **staff_page("texts"),
    )


def _in_force(edition: TermsOfUse, everybody: int) -> list[dict[str, str]]:
    zone = own_municipality().zone
    accepted = gettext(
        "%(accepted)s of %(everybody)s users", accepted=terms.accepted_by(db.session, edition), everybody=everybody
    )
    return [
        {"key": gettext("In force"), "value": gettext("Version %(number)s", number=edition.number)},
        {"key": gettext("Published"), "value": format_instant(edition.published_at, zone)},
        {"key": gettext("Published by"), "value": edition.published_by or "Vuoro"},
        {"key": gettext("Accepted by"), "value": accepted},
    ]
