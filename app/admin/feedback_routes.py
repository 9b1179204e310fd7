"""The staff's page of feedback: what people wrote, what must be answered when."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import func, select

from app.admin.feedback import set_handled
from app.admin.models import Feedback, FeedbackKind
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.http import see_other
from app.core.i18n import LANGUAGES, N_, format_instant, format_short_date, gettext
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page

blueprint = Blueprint("feedback", __name__, url_prefix="/staff/feedback")

PAGE, LAST_PAGE = 20, 10_000
KIND_NAMES = {
    FeedbackKind.ACCESSIBILITY: N_("Accessibility feedback"),
    FeedbackKind.OTHER: N_("Other feedback"),
}


@blueprint.get("/")
@staff("feedback.view")
def listed() -> str:
    """Open feedback, oldest first; or what has been handled, newest first."""
    handled = request.args.get("state") == "handled"
    page = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    order = (
        (Feedback.created_at.desc(), Feedback.id.desc()) if handled else (Feedback.created_at.asc(), Feedback.id.asc())
    )
    query = select(Feedback).where(Feedback.handled_at.is_not(None) if handled else Feedback.handled_at.is_(None))
    rows = list(db.session.scalars(query.order_by(*order).offset((page - 1) * PAGE).limit(PAGE + 1)))
    count = db.session.scalar(select(func.count(Feedback.id)).where(Feedback.handled_at.is_(None))) or 0
    state: dict[str, Any] = {"state": "handled"} if handled else {}
    return render_template(
        "staff/feedback.html",
        items=[_view(feedback) for feedback in rows[:PAGE]],
        tabs=[
            {"label": gettext("Open (%(count)s)", count=count), "url": url_for(".listed"), "current": not handled},
            {"label": gettext("Handled"), "url": url_for(".listed", state="handled"), "current": handled},
        ],
        handled=handled,
        pager={
            "previous_url": url_for(".listed", page=page - 1, **state) if page > 1 else "",
            "next_url": url_for(".listed", page=page + 1, **state) if len(rows) > PAGE else "",
        },
        **staff_page("feedback"),
    )


def _view(feedback: Feedback) -> dict[str, Any]:
    zone, now = own_municipality().zone, clock.now()
    due = feedback.due_at
    return {
        "reference": feedback.reference,
        "kind_name": gettext(KIND_NAMES[FeedbackKind(feedback.kind)]),
        "text": feedback.text,
        "contact": feedback.contact,
        "language_name": LANGUAGES[feedback.language],
        "lang": feedback.language,
        "sent": format_instant(feedback.created_at, zone),
        "due": format_short_date(due.astimezone(zone).date()) if due else "",
        "late": due is not None and feedback.handled_at is None and due < now,
        "handled": _handled(feedback),
        "url": url_for(".handle", feedback_id=feedback.id),
    }


def _handled(feedback: Feedback) -> str:
    if feedback.handled_at is None:
        return ""
    when = format_instant(feedback.handled_at, own_municipality().zone)
    return gettext("Handled %(when)s by %(who)s", when=when, who=feedback.handled_by)


@blueprint.post("/<int:feedback_id>")
@staff("feedback.view")
def handle(feedback_id: int) -> Any:
    """Mark as handled, or open again."""
    feedback = db.session.scalar(select(Feedback).where(Feedback.id == feedback_id))
    if feedback is None:
        raise NotFound
    handled = request.form.get("handled") != "0"
    set_handled(db.session, feedback, handled, actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for(".listed") if handled else url_for(".listed", state="handled"))
