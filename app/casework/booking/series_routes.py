"""Repeating a meeting: every time is seen with what is in its way, then all are booked at once, or taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import render_template, request, url_for

from app.booking.by_hand import InTheWay
from app.booking.series.models import Series
from app.booking.series.pattern import MOST, series_dates
from app.booking.series.preview import Planned, preview
from app.booking.series.service import book_series, meetings_of, unbook_series
from app.booking.service import Order
from app.booking.staff_booking import wanted_of
from app.casework.booking.choice import Choice, choice_of_request
from app.casework.booking.page_view import order_of, pauses, ready
from app.casework.booking.routes import LONGEST_REASON, blueprint
from app.casework.booking.words import told_texts
from app.casework.calendar.move_words import obstacle_texts
from app.casework.day.returning import see_with
from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.http import see_other
from app.core.i18n import N_, format_instant, format_short_date, gettext, local_text, ngettext
from app.core.typed import Unusable, clean_text, whole_number
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page


@blueprint.get("/series")
@staff("appointment.book")
def series() -> Any:
    """The times of the series, with what is in the way of each."""
    choice, errors = choice_of_request(own_municipality().zone)
    return _page(choice) if _complete(choice, errors) else see_other(url_for(".start", **choice.query()))


def _complete(choice: Choice, errors: Mapping[str, str]) -> bool:
    return not errors and ready(choice) and choice.professional is not None


@blueprint.post("/series")
@staff("appointment.book")
def book_all() -> Any:
    """Book the times that were chosen, all or none. Sent twice, they are booked once."""
    choice, errors = choice_of_request(own_municipality().zone)
    if not _complete(choice, errors):
        return see_other(url_for(".start", **choice.query()))
    try:
        made = _book(choice)
    except InvalidInput as problem:
        db.session.rollback()
        return _page(choice_of_request(own_municipality().zone)[0], problem.field_texts()), 422
    except InTheWay:
        db.session.rollback()
        lost = gettext(
            "Somebody was quicker: one of the times is no longer free. Nothing was booked; look at the list again."
        )
        return _page(choice_of_request(own_municipality().zone)[0], lost=lost), 409
    first = meetings_of(db.session, made)[0].id
    db.session.commit()
    return see_with(url_for("appointments.show", appointment_id=first), notice="series", of=first)


def _order(choice: Choice, **more: Any) -> Order:
    """The meeting, taken by hand, whatever way its first time was chosen."""
    usual = choice.service.duration_minutes if choice.service else None
    return order_of(replace(choice, by_hand=True, minutes=choice.minutes or usual), **more)


def _book(choice: Choice) -> Series:
    try:
        reason = clean_text(request.form.get("reason", ""), longest=LONGEST_REASON)
        starts = [datetime.fromisoformat(value).astimezone(UTC) for value in _chosen() if value]
    except Unusable as problem:
        raise InvalidInput({"reason": str(problem)}) from None
    except ValueError:
        raise InvalidInput({"times": N_("Choose times from the lists.")}) from None
    return book_series(
        db.session,
        _order(choice, quiet=request.form.get("untold") == "1"),
        starts,
        every_weeks=_every(),
        reason=reason,
        actor=staff_actor(),
        municipality=own_municipality(),
        now=clock.now(),
    )


def _chosen() -> list[str]:
    return [request.form[f"at-{number}"] for number in range(MOST) if f"at-{number}" in request.form]


def _every() -> int:
    return whole_number(request.values.get("every", "")) or 1


def _page(choice: Choice, errors: Mapping[str, str] | None = None, lost: str = "") -> Any:
    found, problem = _times(choice)
    errors = dict(errors or {}) | problem
    rows = [_row(number, planned) for number, planned in enumerate(found)]
    page = render_template(
        "staff/booking/series.html",
        errors=errors,
        lost=lost,
        who=choice.client.name if choice.client else "",
        facts=[
            local_text(choice.service.name) if choice.service else "",
            choice.professional.full_name if choice.professional else "",
            local_text(choice.office.name) if choice.office else "",
        ],
        rows=rows,
        reason_needed=any(option["reason"] for row in rows for option in row["options"]),
        reason=request.form.get("reason", ""),
        untold=request.form.get("untold") == "1",
        told=told_texts(choice.client) if choice.client else [],
        keep=choice.query(),
        every=_every(),
        times=request.values.get("times", ""),
        pauses=pauses(),
        summary=_summary(found),
        back_url=url_for(".start", **choice.query()),
        **staff_page("today"),
    )
    return (page, 422) if problem else page


def _times(choice: Choice) -> tuple[Sequence[Planned], dict[str, str]]:
    if choice.starts_at is None:
        return [], {}
    zone = own_municipality().zone
    times = whole_number(request.values.get("times", "").strip()) or 0
    try:
        days = series_dates(choice.starts_at.astimezone(zone).date(), _every(), times)
    except ValueError:
        return [], {"times": gettext("Enter how many meetings there are, from 2 to 26.")}
    try:
        wanted = wanted_of(db.session, _order(choice))
    except InvalidInput as problem:
        return [], {"times": problem.sentence()}
    return preview(db.session, wanted, days, zone=zone, now=clock.now()), {}


def _row(number: int, planned: Planned) -> dict[str, Any]:
    zone = own_municipality().zone
    texts = obstacle_texts(planned.obstacles, zone)
    if planned.starts_at is None:
        texts = [gettext("Clocks are put forward on that day: this time does not exist.")]
    options = [
        {"value": start.isoformat(), "label": label, "reason": reason}
        for start, label, reason in (
            (planned.starts_at if planned.possible else None, _usual(planned), not planned.free),
            (planned.instead, _instead(planned), False),
        )
        if start is not None
    ]
    options.append({"value": "", "label": gettext("Leave this one out"), "reason": False})
    usual = next((option["value"] for option in options if not option["reason"]), "")
    return {
        "name": f"at-{number}",
        "day": format_instant(planned.starts_at, zone) if planned.starts_at else format_short_date(planned.day),
        "free": planned.free,
        "why": texts,
        "options": options,
        "chosen": request.form.get(f"at-{number}", usual),
    }


def _usual(planned: Planned) -> str:
    if planned.starts_at is None:
        return ""
    when = format_instant(planned.starts_at, own_municipality().zone)
    return when if planned.free else gettext("%(when)s all the same", when=when)


def _instead(planned: Planned) -> str:
    if planned.instead is None:
        return ""
    return gettext("Instead: %(when)s", when=format_instant(planned.instead, own_municipality().zone))


def _summary(found: Sequence[Planned]) -> str:
    free = sum(planned.free for planned in found)
    if free == len(found):
        return ngettext("%(num)s time is free.", "All %(num)s times are free.", free)
    values = {"free": free, "all": len(found)}
    return gettext("%(free)s of %(all)s times are free. Look at the others below.", **values)


@blueprint.post("/series/<int:series_id>/undo")
@staff("appointment.book")
def undo_series(series_id: int) -> Any:
    """Take back what was booked a moment ago, all of it."""
    found = db.session.get(Series, series_id)
    if found is None:
        raise NotFound
    meetings = meetings_of(db.session, found)
    shown = url_for("appointments.show", appointment_id=meetings[0].id) if meetings else url_for("staff.today")
    of = meetings[0].id if meetings else 0
    try:
        unbook_series(db.session, found, actor=staff_actor(), municipality=own_municipality(), now=clock.now())
    except Conflict:
        db.session.rollback()
        return see_with(shown, notice="not_unbooked", of=of)
    db.session.commit()
    return see_with(shown, notice="series_unbooked", of=of)
