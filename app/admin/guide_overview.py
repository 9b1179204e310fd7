"""The guided choice as a whole, for administrators: the draft's questions, what is wrong with them, publishing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from app.admin.guide_form import step_name, target_groups, target_of
from app.core import clock
from app.core.db import db
from app.core.http import see_other
from app.core.i18n import LANGUAGES, N_, format_instant, gettext, local_text, speaking
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page
from app.scheduling import guide_service
from app.scheduling.guide import DRAFT, LIVE, Guide, read_guide
from app.scheduling.guide_map import Fault, Problem, Step, problems
from app.scheduling.guide_service import ChangedMeanwhile, guide_row
from app.scheduling.models import Service

blueprint = Blueprint("guide", __name__, url_prefix="/staff/guide")

FAULTS = {
    Fault.NO_QUESTION: N_("the question has no text in %(language)s"),
    Fault.NO_LABEL: N_("answer %(n)s has no text in %(language)s"),
    Fault.HALF_HELP: N_("a hint is missing in %(language)s, though it is there in another language"),
    Fault.NO_CHOICES: N_("there are no answers"),
    Fault.NOWHERE: N_("answer %(n)s leads nowhere: its question or service has been removed"),
    Fault.CLOSED_SERVICE: N_("answer %(n)s leads to a service that clients cannot book now"),
    Fault.CLOSED_MODE: N_("answer %(n)s leads to a way of meeting that the service does not have"),
    Fault.LOOP: N_("answer %(n)s leads back to a question that has been asked already"),
    Fault.UNREACHABLE: N_("no answer leads to this question"),
}
NOTICES = {
    "saved": N_("The question has been saved. Clients see it when you publish."),
    "removed": N_("The question has been removed from the draft."),
    "published": N_("The guide has been published. Clients see it now."),
    "withdrawn": N_("The guide is no longer in use. Clients see the list of services."),
    "discarded": N_("The draft is again what clients see."),
}


def guide_languages() -> list[str]:
    """The languages in which everything must be written."""
    return [code for code in own_municipality().languages if code in LANGUAGES]


@blueprint.get("/")
@staff("settings.manage")
def overview() -> Any:
    """The draft's questions, what is wrong with them, and what clients see."""
    return _overview()


def _overview(notice: str = "", kind: str = "ok") -> str:
    steps, live = read_guide(db.session, DRAFT), guide_row(db.session, LIVE)
    draft = guide_row(db.session, DRAFT)
    told = NOTICES.get(request.args.get("notice", ""), "")
    names = target_names(steps)
    return render_template(
        "staff/guide.html",
        steps=[_step_view(step, first=place == 0, names=names) for place, step in enumerate(steps)],
        problems=_problems(steps),
        version=draft.version if draft else 0,
        changed=_who_and_when(draft),
        published=_who_and_when(live),
        unpublished=steps != read_guide(db.session, LIVE),
        notice=notice or (gettext(told) if told else ""),
        notice_kind=kind,
        **staff_page("guide"),
    )


def all_services() -> list[Service]:
    """The municipality's services in their order, also those that clients cannot book."""
    return list(db.session.scalars(select(Service).order_by(Service.position, Service.id)))


def target_names(steps: list[Step]) -> dict[str, str]:
    """What the places are called where answers may lead."""
    groups = target_groups(all_services(), steps, 0)
    return {value: name for group in groups for value, name in group["options"]}


def _who_and_when(guide: Guide | None) -> dict[str, str]:
    if guide is None:
        return {}
    return {"who": guide.changed_by or "Vuoro", "when": format_instant(guide.changed_at, own_municipality().zone)}


def _step_view(step: Step, *, first: bool, names: dict[str, str]) -> dict[str, Any]:
    return {
        "number": step.number,
        "first": first,
        "question": step_name(step),
        "answers": [
            {
                "label": local_text(choice.label) or gettext("Answer %(n)s", n=place),
                "to": names.get(target_of(choice), gettext("Nowhere")),
            }
            for place, choice in enumerate(step.choices, start=1)
        ],
        "edit_url": url_for(".edit", number=step.number),
        "preview_url": url_for(".preview", number=step.number),
        "remove_url": url_for(".remove", number=step.number),
        "first_url": url_for(".first", number=step.number),
    }


def _problems(steps: list[Step]) -> list[dict[str, str]]:
    """What is to be mended, one line for all languages of a text."""
    names = {step.number: step_name(step) for step in steps}
    found = problems(steps, guide_languages(), guide_service.bookable_modes(db.session))
    lines = []
    for (number, place, fault), group in groupby(found, key=lambda each: (each.step, each.choice, each.fault)):
        same = list(group)
        languages = ", ".join(LANGUAGES[each.language] for each in same if each.language)
        text = gettext(FAULTS[fault], language=languages, n=1 + place if place is not None else "")
        lines.append({"text": f"{names[number]} – {text}", "href": _place(same[0])})
    return lines


def _place(problem: Problem) -> str:
    """The address of the field to mend."""
    language = problem.language or guide_languages()[0]
    tail = {Fault.HALF_HELP: f"-help-{language}", Fault.NO_LABEL: f"-{language}"}.get(problem.fault, "-to")
    if problem.choice is not None:
        field = f"answer-{problem.choice}{tail}"
    else:
        field = f"help-{language}" if problem.fault == Fault.HALF_HELP else f"question-{language}"
    return url_for(".edit", number=problem.step, _anchor=field)


@blueprint.post("/")
@staff("settings.manage")
def begin() -> Any:
    """A new draft with its first question."""
    question = {}
    for code in guide_languages():
        with speaking(code):
            question[code] = gettext("What would you like to talk about?")
    number = guide_service.begin(db.session, Step(1, question), actor=staff_actor(), now=clock.now())
    db.session.commit()
    return see_other(url_for(".edit", number=number))


# — the whole guide —


@blueprint.post("/publish")
@staff("settings.manage")
def publish() -> Any:
    """Show the draft to clients, if nothing is wrong with it and nobody changed it meanwhile."""
    version = request.form.get("version", 0, type=int)
    try:
        found = guide_service.publish(db.session, version, guide_languages(), actor=staff_actor(), now=clock.now())
    except ChangedMeanwhile as problem:
        db.session.rollback()
        return _overview(_changed_notice(), "warn"), problem.status
    if found:
        db.session.rollback()
        return _overview(gettext("The guide was not published. Mend these first."), "warn"), 422
    db.session.commit()
    return see_other(url_for(".overview", notice="published"))


def _changed_notice() -> str:
    return gettext("Somebody else has changed the guide meanwhile. Look at it here, then try again.")


@blueprint.route("/withdraw", methods=["GET", "POST"])
@staff("settings.manage")
def withdraw() -> Any:
    """Ask, then take the guide out of use."""
    if request.method != "POST":
        text = gettext("Clients then see the list of all services on the front page. The draft stays here.")
        return confirm(gettext("Take the guide out of use?"), text)
    return done("withdrawn", lambda: guide_service.withdraw(db.session, actor=staff_actor(), now=clock.now()))


@blueprint.route("/discard", methods=["GET", "POST"])
@staff("settings.manage")
def discard() -> Any:
    """Ask, then throw unpublished changes away."""
    if request.method != "POST":
        text = gettext("The draft becomes what clients see now. Everything that was changed after that is lost.")
        return confirm(gettext("Throw away the unpublished changes?"), text)
    return done("discarded", lambda: guide_service.discard(db.session, actor=staff_actor(), now=clock.now()))


def confirm(heading: str, text: str, version: int = 0) -> str:
    """Ask once before something is lost."""
    return render_template(
        "staff/confirm.html",
        heading=heading,
        text=text,
        hidden={"version": version},
        action_url=request.path,
        keep_url=url_for(".overview"),
        **staff_page("guide"),
    )


def done(notice: str, change: Callable[[], None]) -> Any:
    """Do it, then say so on the overview."""
    try:
        change()
    except ChangedMeanwhile as problem:
        db.session.rollback()
        return _overview(_changed_notice(), "warn"), problem.status
    db.session.commit()
    return see_other(url_for(".overview", notice=notice))
