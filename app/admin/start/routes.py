"""The first-day checklist: its page, and the card on the page of the day until it is complete or put away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask_login import current_user

from app.admin.editing import one_writer
from app.admin.municipality.facts import own_settings
from app.admin.start.checklist import Point, points_of
from app.casework.day.above import Above
from app.core import audit, clock
from app.core.db import db
from app.core.http import see_other
from app.core.i18n import gettext
from app.core.settings import settings_of
from app.identity.access import local_today, own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page
from app.messaging.channels import configured_channels

blueprint = Blueprint("start", __name__, url_prefix="/staff/admin/start")

WHERE = {
    "contact": ("municipality.edit",),
    "office": ("offices.listed",),
    "service": ("services.listed",),
    "professional": ("professionals.page", "hours.people"),
    "hours": ("hours.people",),
    "accessibility": ("statement.edit",),
    "privacy": ("texts.overview",),
    "mail": ("outbox.listed",),
}
"""By point, where it is done: the first page that there is."""


@blueprint.get("/")
@staff("settings.manage")
def page() -> str:
    """Every point with its state, and where it is done."""
    points = _points()
    return render_template(
        "staff/admin/start.html",
        points=[{"label": point.label, "missing": point.missing, "url": _where(point)} for point in points],
        progress=_progress(points),
        complete=not any(point.missing for point in points),
        put_away=settings_of(db.session).start_hidden_at is not None,
        **staff_page("settings"),
    )


@blueprint.post("/hide")
@staff("settings.manage")
def hide() -> Any:
    """Put the card on the page of the day away, or show it again."""
    one_writer(db.session, "municipality")
    settings, hidden, now = own_settings(db.session), request.form.get("hidden") != "0", clock.now()
    if hidden != (settings.start_hidden_at is not None):
        settings.start_hidden_at = now if hidden else None
        action = "start.hide" if hidden else "start.show"
        audit.record(db.session, actor=staff_actor(), action=action, on=settings, now=now)
    db.session.commit()
    return see_other(url_for("staff.today") if hidden else url_for(".page"))


def above_today() -> Above | None:
    """The card for an administrator of a municipality that is not ready yet."""
    if not current_user.may("settings.manage") or settings_of(db.session).start_hidden_at is not None:
        return None
    points = _points()
    first = next((point for point in points if point.missing), None)
    if first is None:
        return None
    return {
        "title": gettext("Getting started"),
        "text": f"{_progress(points)} {gettext('Next: %(what)s', what=first.missing)}",
        "url": url_for("start.page"),
        "url_text": gettext("See the checklist"),
        "hide_url": url_for("start.hide"),
    }


def _points() -> list[Point]:
    channels = configured_channels(current_app.config["SETTINGS"])
    return points_of(db.session, own_municipality(), channels=channels.keys(), today=local_today())


def _progress(points: list[Point]) -> str:
    done = sum(not point.missing for point in points)
    return gettext("%(done)s of %(all)s done.", done=done, all=len(points))


def _where(point: Point) -> str:
    if point.name == "booking":
        return url_for("booking.front", slug=own_municipality().slug)
    return url_for(next(page for page in WHERE[point.name] if page in current_app.view_functions))
