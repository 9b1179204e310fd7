"""The public pages about the service itself: accessibility statement, privacy, feedback."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from app.admin.editing import find_statement
from app.admin.feedback import LONGEST_CONTACT, LONGEST_TEXT, Said, send
from app.admin.models import ANSWER_WITHIN, Conformance, Feedback, FeedbackKind
from app.core import clock, crypto, flood, retention
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import InvalidInput, TooMany
from app.core.http import public_url, remote_address, see_other
from app.core.i18n import N_, current_language, format_instant, format_short_date, gettext
from app.core.pages import current_municipality, open_municipality
from app.core.permissions import public

blueprint = Blueprint("content", __name__, url_prefix="/m/<slug>")

FEEDBACK_PER_NETWORK = "20/hour"
FORM_LIVES = timedelta(hours=24)
CONFORMANCE_TEXTS = {
    Conformance.FULL: N_(
        "The service meets all the accessibility requirements of the law (WCAG 2.1, levels A and AA)."
    ),
    Conformance.PARTLY: N_(
        "The service meets the accessibility requirements of the law in part (WCAG 2.1, levels A and AA). "
        "What fails is described below."
    ),
    Conformance.NOT: N_(
        "The service does not meet most of the accessibility requirements of the law (WCAG 2.1, levels A and AA). "
        "What fails is described below."
    ),
}
KIND_NAMES = {
    FeedbackKind.ACCESSIBILITY: N_("Accessibility of this service"),
    FeedbackKind.OTHER: N_("Something else"),
}


def footer() -> dict[str, Any]:
    """Links at the foot of every page of a municipality."""
    municipality = current_municipality()
    if municipality is None:
        return {}
    pages = (
        ("accessibility", gettext("Accessibility statement")),
        ("privacy", gettext("Privacy")),
        ("feedback", gettext("Give feedback")),
    )
    return {
        "footer_links": [
            {"url": url_for(f"content.{page}", slug=municipality.slug), "label": label} for page, label in pages
        ]
    }


@blueprint.get("/accessibility")
@public
def accessibility(slug: str) -> str:
    """The accessibility statement that the law asks for."""
    open_municipality(slug)
    statement = find_statement(db.session)
    dates = {
        name: format_short_date(getattr(statement, name)) if statement else ""
        for name in ("assessed_on", "published_on", "updated_on")
    }
    return render_template(
        "public/accessibility.html",
        address=public_url(url_for("booking.front", slug=slug)),
        status=statement.status if statement else "",
        status_text=gettext(CONFORMANCE_TEXTS[Conformance(statement.status)]) if statement else "",
        assessed_by=statement.assessed_by if statement else "",
        feedback_url=url_for(".feedback", slug=slug, kind=FeedbackKind.ACCESSIBILITY),
        days=ANSWER_WITHIN.days,
        **dates,
    )


@blueprint.get("/privacy")
@public
def privacy(slug: str) -> str:
    """What personal data is handled, why and how long; which cookie is set, and when."""
    open_municipality(slug)
    return render_template(
        "public/privacy.html",
        client_years=retention.CLIENT_DATA_YEARS,
        message_years=retention.MESSAGE_YEARS,
        audit_years=retention.AUDIT_YEARS,
        cookie=current_app.config["SESSION_COOKIE_NAME"],
    )


# — feedback —


@blueprint.route("/feedback", methods=["GET", "POST"])
@public
def feedback(slug: str) -> Any:
    """Write to the municipality about its service."""
    open_municipality(slug)
    if request.method != "POST":
        return _form_page({"kind": request.args.get("kind", "")}, _seal_form(), {})
    typed = {name: request.form.get(name, "") for name in ("kind", "text", "contact")}
    form, opened = _open_form()
    try:
        if again := flood.robot_like(opened):
            raise InvalidInput({"text": again})
        flood.count("feedback", FEEDBACK_PER_NETWORK)
        said = Said(**typed, language=current_language())
        actor = Actor("client", address=remote_address())
        kept = send(db.session, said, form=form, actor=actor, now=clock.now())
    except InvalidInput as problem:
        return _form_page(typed, form, problem.field_texts()), problem.status
    except TooMany as wait:
        flood.note("feedback")
        message = f"{wait.text()} {flood.when_again(wait.retry_after)}"
        return _form_page(typed, form, {"text": message}), wait.status, {"Retry-After": str(wait.retry_after)}
    db.session.commit()
    return see_other(url_for(".thanks", slug=slug, reference=kept.reference))


def _form_page(typed: dict[str, str], form: str, errors: dict[str, str]) -> str:
    return render_template(
        "public/feedback.html",
        kinds=[{"value": kind, "label": gettext(name)} for kind, name in KIND_NAMES.items()],
        values=typed,
        form_token=form,
        errors=errors,
        longest_text=LONGEST_TEXT,
        longest_contact=LONGEST_CONTACT,
    )


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="feedback form")


def _seal_form() -> str:
    """A name for this form, which says when it was shown: no cookie is needed for that."""
    return str(_serializer().dumps([crypto.link_token(), clock.now().timestamp()]))


def _open_form() -> tuple[str, datetime]:
    """The form's name and when it was shown; a new one, shown just now, where it was tampered with or is long old."""
    now = clock.now()
    form = request.form.get("form", "")
    try:
        _, shown = _serializer().loads(form)
    except BadSignature:
        return _seal_form(), now
    opened = datetime.fromtimestamp(shown, now.tzinfo)
    return (form, opened) if now - opened < FORM_LIVES else (_seal_form(), now)


@blueprint.get("/feedback/thanks")
@public
def thanks(slug: str) -> str:
    """The receipt of feedback."""
    municipality = open_municipality(slug)
    reference = request.args.get("reference", "")
    found = db.session.scalar(select(Feedback).where(Feedback.reference == reference))
    zone = municipality.zone
    due = found.due_at if found is not None and found.contact else None
    return render_template(
        "public/feedback_thanks.html",
        reference=found.reference if found else "",
        sent=format_instant(found.created_at, zone) if found else "",
        due=format_short_date(due.astimezone(zone).date()) if due else "",
    )
