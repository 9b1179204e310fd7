"""Floods and robots at the public pages: what one network may ask, and the page for a visitor who is asked to wait.

Addresses are shared (a library, a telephone operator), so the limits are far above what people do. What must be exact
(bookings of one telephone number) is counted in PostgreSQL by ``booking``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, make_response, render_template, request
from sqlalchemy import select

from app.core import audit, clock, limits, pages
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import TooMany
from app.core.http import remote_address, visitor_network
from app.core.i18n import N_, format_clock, format_instant, gettext
from app.core.tenancy import Municipality, RouteToken, digest_of

PAGES_OF_TIMES = "240/minute"
FORMS = "600/minute"
QUICK_FORMS = "30 per 10 minutes"
"""Forms sent sooner than a person can read them; a few from one network are people with autofill."""
SHORTEST_FILL = timedelta(seconds=2)
TRAP = "leave_empty"
"""A field that people do not see."""
NOTED = "1 per 10 minutes"
"""How often the audit log tells of the same limit and network: a flood must not become one of our own."""
LARGEST_RESENT = 50_000  # bytes of a form that the page of a blocked visitor carries along
NOT_RESENT = {"password", "new_password", "code"}
HOME = ZoneInfo("Europe/Helsinki")

View = TypeVar("View", bound=Callable[..., Any])


def install(app: Flask, *, counting: bool) -> None:
    """Attach the watch. ``counting``: false lets every network ask as much as it likes, for load tests."""
    app.config["ADDRESS_LIMITS"] = counting
    app.before_request(watch)
    app.register_error_handler(TooMany, on_blocked)


def costly(view: View) -> View:
    """Mark a page that takes real work to make."""
    view.__costly__ = True  # type: ignore[attr-defined]
    return view


def watch() -> None:
    """Count forms that are sent, and pages of free times. Raises ``TooMany``."""
    view = current_app.view_functions.get(request.endpoint or "")
    audience = getattr(getattr(view, "__access__", None), "audience", "")
    if request.method == "POST" and audience in ("public", "link", "client"):
        count("forms", FORMS)
    elif request.method in ("GET", "HEAD") and getattr(view, "__costly__", False):
        count("times", PAGES_OF_TIMES)


def count(name: str, at_most: str) -> None:
    """Count one more ``name`` of this request's network. Raises ``TooMany``."""
    _limit(limits.count, name, at_most)


def refuse_spent(name: str, at_most: str) -> None:
    """For what is counted only when it fails: raises ``TooMany`` where that has been too often already."""
    _limit(limits.refuse_spent, name, at_most)


def _limit(how: Callable[[str, str, str], None], name: str, at_most: str) -> None:
    if not current_app.config["ADDRESS_LIMITS"]:
        return
    try:
        how(name, visitor_network(), at_most)
    except TooMany as wait:
        words = N_("Many requests are coming from your network right now.")
        raise TooMany(words, retry_after=wait.retry_after, limit=name) from wait


def robot_like(since: datetime) -> str:
    """A msgid that asks to send the form again, where it was filled as robots do; ``since``: when it was first shown."""
    if request.form.get(TRAP):
        note("trap")
        return N_("The hidden field must stay empty. Please send the form again.")
    if clock.now() - since < SHORTEST_FILL:
        try:
            count("quick", QUICK_FORMS)
        except TooMany:
            note("quick")
            return N_("That was very quick. Please send the form once more, so that we know that you are not a robot.")
    return ""


def note(limit: str) -> None:
    """Tell the audit log that somebody was stopped, and nothing of who or what."""
    municipality = pages.current_municipality()
    if municipality is None or not limits.is_first(f"note.{limit}", f"{municipality.id} {visitor_network()}", NOTED):
        return
    actor = Actor("client", address=remote_address())
    audit.record(db.session, actor=actor, action="visitor.blocked", on=municipality, now=clock.now(), limit=limit)
    db.session.commit()


def on_blocked(error: TooMany) -> Any:
    """What happened, until when, whom to call; a form comes back with a button that sends it again as it was."""
    if pages.wants_json():
        return pages.on_domain_error(error)
    db.session.rollback()
    _enter()
    note(error.limit or "other")
    page = render_template(
        "blocked.html",
        title=gettext("Please wait a moment"),
        message=error.text(),
        when=when_again(error.retry_after),
        address=request.full_path.rstrip("?"),
        sent=_sent(),
        is_form=request.method == "POST",
    )
    response: Response = make_response(page, error.status)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def when_again(seconds: int) -> str:
    """When another try may pass, by the clock."""
    if seconds <= 90:
        return gettext("Wait a minute and try again.")
    municipality = pages.current_municipality()
    zone = municipality.zone if municipality else HOME
    now = clock.now()
    moment = now + timedelta(seconds=seconds)
    today = moment.astimezone(zone).date() == now.astimezone(zone).date()
    time = format_clock(moment, zone) if today else format_instant(moment, zone)
    return gettext("You can try again after %(time)s.", time=time)


def _sent() -> list[tuple[str, str]]:
    """The fields of the form, so that nothing is typed twice."""
    if (request.content_length or 0) > LARGEST_RESENT:
        return []
    return [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_RESENT]


def _enter() -> None:
    """The page wears the municipality's colours and tells its number: by the address, or by the secret in it."""
    given = request.view_args or {}
    if pages.current_municipality() is not None:
        return
    if "slug" in given:
        query = select(Municipality).where(Municipality.slug == given["slug"])
    else:
        owner = select(RouteToken.municipality_id).where(RouteToken.digest == digest_of(given.get("token", "")))
        query = select(Municipality).where(Municipality.id.in_(owner))
    found = db.session.scalars(query).first()
    if found is not None:
        pages.enter(found)
