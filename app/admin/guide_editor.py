"""One question of the guided choice, for administrators: editing, removing, and looking at it as clients will."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from app.admin.guide_form import Answer, StepForm, step_name, target_groups
from app.admin.guide_overview import (
    all_services,
    blueprint,
    confirm,
    done,
    guide_languages,
    target_names,
)
from app.booking.entry_routes import into
from app.booking.guide_pages import GuidePages, services_of
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.http import see_other
from app.core.i18n import LANGUAGES, format_instant, gettext
from app.identity.access import own_municipality, staff, staff_actor
from app.identity.staff_frame import staff_page
from app.scheduling import guide_service
from app.scheduling.guide import DRAFT, read_guide, steps_of
from app.scheduling.guide_map import Step
from app.scheduling.guide_service import ChangedMeanwhile


def _draft_step(number: int) -> Step | None:
    return next((step for step in read_guide(db.session, DRAFT) if step.number == number), None)


@blueprint.get("/questions/<int:number>")
@staff("settings.manage")
def edit(number: int) -> Any:
    """One question with its answers."""
    step = _draft_step(number)
    if step is None:
        raise NotFound(gettext("This question has been removed."))
    form = StepForm.of_step(step, guide_languages())
    if not form.answers:
        form.answers = [Answer(), Answer()]
    return _edit_page(form)


def _edit_page(form: StepForm, **more: Any) -> str:
    steps = read_guide(db.session, DRAFT)
    return render_template(
        "staff/guide_step.html",
        form=form,
        written_in=[{"code": code, "name": LANGUAGES[code]} for code in form.languages],
        groups=target_groups(all_services(), steps, form.number),
        errors={name: gettext(text) for name, text in form.errors.items()},
        action_url=url_for(".save", number=form.number),
        back_url=url_for(".overview"),
        **{"notice": "", "differences": [], **more},
        **staff_page("guide"),
    )


@blueprint.post("/questions/<int:number>")
@staff("settings.manage")
def save(number: int) -> Any:
    """Keep the question, or only move its answers about."""
    form = StepForm.of_fields(number, request.form, guide_languages())
    action = request.form.get("do", "save")
    if form.rearrange(action):
        return _edit_page(form)
    steps = read_guide(db.session, DRAFT)
    targets = {value for group in target_groups(all_services(), steps, number) for value, _ in group["options"]}
    step = form.checked(targets)
    if form.errors:
        return _edit_page(form), 422
    try:
        guide_service.save_step(db.session, step, actor=staff_actor(), now=clock.now())
    except ChangedMeanwhile as problem:
        db.session.rollback()
        return _edit_again(form, problem), problem.status
    db.session.commit()
    if action == "look":
        return see_other(url_for(".preview", number=number))
    return see_other(url_for(".overview", notice="saved"))


def _edit_again(form: StepForm, problem: ChangedMeanwhile) -> str:
    """What the other one saved beside what is typed here; saving again replaces it knowingly."""
    row = next((row for row in steps_of(db.session, DRAFT) if row.number == form.number), None)
    if row is None:
        form.version = 0
        notice = gettext(
            "Somebody has removed this question meanwhile. What you typed is here: save it to add it again."
        )
        return _edit_page(form, notice=notice)
    saved = _draft_step(form.number)
    assert saved is not None  # noqa: S101 - its row is there
    form.version = row.version
    notice = gettext(
        "%(who)s saved this question after you opened it (%(when)s). Look at what differs, then save again.",
        who=row.changed_by,
        when=format_instant(row.changed_at, own_municipality().zone),
    )
    names = target_names(read_guide(db.session, DRAFT))
    return _edit_page(form, notice=notice, differences=form.differences(saved, names))


@blueprint.route("/questions/<int:number>/remove", methods=["GET", "POST"])
@staff("settings.manage")
def remove(number: int) -> Any:
    """Ask, then take the question out of the draft."""
    step = _draft_step(number)
    if step is None:
        raise NotFound(gettext("This question has been removed."))
    if request.method != "POST":
        text = gettext(
            "Answers that lead to it lead nowhere until you mend them. Clients see no change before you publish."
        )
        return confirm(gettext('Remove the question "%(question)s"?', question=step_name(step)), text, step.version)
    return done(
        "removed",
        lambda: guide_service.remove_step(
            db.session, number, request.form.get("version", 0, type=int), actor=staff_actor(), now=clock.now()
        ),
    )


@blueprint.post("/questions/<int:number>/first")
@staff("settings.manage")
def first(number: int) -> Any:
    """Ask this question first."""
    return done("saved", lambda: guide_service.ask_first(db.session, number, actor=staff_actor(), now=clock.now()))


@blueprint.get("/preview/<int:number>")
@staff("settings.manage")
def preview(number: int) -> Any:
    """The draft as clients will see it."""
    steps, slug = read_guide(db.session, DRAFT), own_municipality().slug
    pages = GuidePages(
        steps=steps,
        services=services_of(steps),
        step_url=lambda other, after: url_for(".preview", number=other, after=after),
        call_url=lambda other, answer: url_for(".preview", number=other, answer=answer),
        service_url=lambda service, mode: into(slug, service, mode=mode),
    )
    step = pages.step(number)
    if step is None:
        raise NotFound(gettext("This question has been removed."))
    shown: dict[str, Any] = {
        "all_url": url_for("booking.services", slug=slug),
        "preview": {"edit_url": url_for(".edit", number=number)},
    }
    answer = request.args.get("answer", 0, type=int)
    ended = pages.call(step, answer) if 1 <= answer <= len(step.choices) else None
    if ended is not None:
        return render_template("public/call.html", **shown, **ended)
    return render_template("public/guide.html", **shown, **pages.question(step, request.args.get("after", type=int)))
