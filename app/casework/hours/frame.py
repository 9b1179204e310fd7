"""What the pages of working time share: whose calendar, who acts, the frame around the content, and the page that confirms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask_login import current_user

from app.casework.hours.effects import Coming, left_outside, seal
from app.casework.hours.reading import read_day
from app.casework.hours.words import affected_text, affected_views
from app.core import clock
from app.core.db import db
from app.core.errors import Forbidden, NotFound
from app.core.i18n import gettext
from app.identity.access import local_today, own_municipality
from app.identity.staff_frame import staff_page
from app.scheduling.models import Professional
from app.scheduling.workday import Plan

NOT_TYPED = {"do", "seen"}
"""Fields that say what to do with a form, beside what was typed into it."""

Changes = Sequence[dict[str, Any]]
"""What a change means, in words: ``title`` and ``items``."""


def calendar_of(professional_id: int) -> Professional:
    """The professional, if the user may change these hours. Raises ``NotFound`` or ``Forbidden``."""
    person = db.session.get(Professional, professional_id)
    if person is None:
        raise NotFound
    if not is_own(person) and not current_user.may("hours.edit_all"):
        raise Forbidden
    return person


def is_own(person: Professional) -> bool:
    """True if the signed-in user is this professional."""
    return bool(current_user.professional_id == person.id)


def asked_week() -> date:
    """A date in the week that the page is to show."""
    return read_day(request.values.get("week", "")) or local_today()


def frame(person: Professional, current: str) -> dict[str, Any]:
    """Around every page of somebody's working time."""
    everybody = current_user.may("hours.edit_all")
    tabs = [
        ("weekly", gettext("Weekly hours"), url_for("hours.weekly", professional_id=person.id)),
        ("days", gettext("Exceptions and busy times"), url_for("days.page", professional_id=person.id)),
    ]
    if everybody:
        tabs.append(("copy", gettext("Copy to colleagues"), url_for("copy_hours.page", professional_id=person.id)))
    return {
        "person": person.full_name,
        "own": is_own(person),
        "tabs": [{"label": label, "url": url, "current": name == current} for name, label, url in tabs],
        "people_url": url_for("hours.people") if everybody else "",
        "notice": _notice(request.args.get("notice", "")),
        **staff_page("hours"),
    }


def _notice(name: str) -> str:
    return {
        "saved": gettext("The working hours have been saved."),
        "same": gettext("There was nothing to change."),
        "day": gettext("The day has been saved."),
        "exception": gettext("The exception has been saved."),
        "removed": gettext("It has been removed."),
        "busy": gettext("The busy time has been saved."),
        "copied": gettext("The hours have been copied."),
    }.get(name, "")


def effect_of(person: Professional, before: Plan, after: Plan) -> list[Coming]:
    """The coming meetings that a change of this professional's hours leaves outside."""
    plans = ({person.id: before}, {person.id: after})
    return left_outside(db.session, *plans, zone=own_municipality().zone, now=clock.now())


def is_confirmed(affected: Sequence[Coming]) -> bool:
    """True where no meeting falls outside, or whoever saves has seen exactly those that do."""
    return not affected or (request.form.get("do") == "confirm" and request.form.get("seen") == seal(affected))


def check_page(
    person: Professional,
    current: str,
    affected: Sequence[Coming],
    *,
    changes: Changes,
    during: bool = False,
) -> tuple[str, int]:
    """Before saving: what changes, and the coming meetings that it leaves outside. What was typed goes along."""
    seen_before = request.form.get("do") == "confirm"
    page = render_template(
        "staff/hours/check.html",
        changes=changes,
        affected=affected_views(affected, own_municipality().zone),
        affected_text=gettext("There are coming meetings in this time.") if during else affected_text(len(affected)),
        changed_meanwhile=seen_before,
        typed=[(name, value) for name, value in request.form.items(multi=True) if name not in NOT_TYPED],
        seen=seal(affected),
        action_url=request.path,
        **frame(person, current),
    )
    return page, 409 if seen_before else 200
