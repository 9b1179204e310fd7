"""How a client sees a service that is being edited: the public page itself, with the draft's values."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from sqlalchemy import select

from app.admin.form import offered_languages
from app.admin.services.facts import ServiceFacts
from app.booking.how_page import HowPage
from app.booking.search import Filters
from app.booking.views import question_view, service_view
from app.core.db import db
from app.core.i18n import LANGUAGES, current_language, speaking
from app.scheduling.models import Office, Question, Service

HERE = "#main"
"""Where the choices of a preview lead."""


def preview_page(facts: ServiceFacts, language: str) -> str:
    """The client's page, marked as a preview. What was typed goes along, for going back to it."""
    service = Service(**facts.columns())
    with db.session.no_autoflush, speaking(language if language in LANGUAGES else current_language()):
        page = HowPage(service, _offices(facts), Filters(), lambda **query: HERE)
        return render_template(
            "staff/admin/service_preview.html",
            **page.context(),
            card={**service_view(service), "url": HERE},
            questions=[_question(number, facts) for number in range(len(facts.questions))],
            typed=[(name, value) for name, value in request.form.items(multi=True) if name != "do"],
            action_url=request.path,
            previewed=[{"code": code, "name": LANGUAGES[code]} for code in offered_languages()],
            errors={},
        )


def _question(number: int, facts: ServiceFacts) -> dict[str, Any]:
    return question_view(Question(**facts.questions[number].columns()), "", "")


def _offices(facts: ServiceFacts) -> list[Office]:
    query = select(Office).where(Office.active, Office.id.in_(facts.office_ids)).order_by(Office.id)
    return list(db.session.scalars(query))
