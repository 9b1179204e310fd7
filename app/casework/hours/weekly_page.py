"""The weekly editor as its template shows it: periods of days of rows, beside the picture of a week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import render_template, request, url_for

from app.casework.hours.draft import Draft, Period, Row, draft_of_rules
from app.casework.hours.frame import effect_of, frame, is_own
from app.casework.hours.reading import Choices, read_day, read_weekly
from app.casework.hours.week import Picture, week_view
from app.casework.hours.words import (
    affected_text,
    choices_of,
    every_texts,
    mode_choices,
    options,
    places,
    validity_text,
    weekly_lines,
)
from app.core.db import db
from app.core.i18n import format_instant, gettext, weekday_name
from app.identity.access import local_today, own_municipality
from app.scheduling.hours import changes_since, plans_of, versions_of
from app.scheduling.models import Professional
from app.scheduling.weekday_words import separator
from app.scheduling.weekly import from_json, has_ended, monday_of, with_history
from app.scheduling.workday import Plan

WORKDAYS = range(5)
"""Weekdays that have a row to type into in a period where nothing is set."""


def weekly_page(
    person: Professional,
    week: date,
    draft: Draft | None = None,
    errors: Mapping[str, str] | None = None,
    conflict: Mapping[str, Any] | None = None,
) -> str:
    """The editor over a draft, or over what is saved."""
    saved = plans_of(db.session, [person.id], since=min(monday_of(week), local_today()))[person.id]
    names, modes = places(db.session, saved), mode_choices(person, saved)
    plan, effect = (saved, "") if draft is None else _understood(person, saved, draft, choices_of(names, modes))
    draft = draft or _saved_draft(saved)
    picture = Picture(plan, person.id, own_municipality().zone, names, is_own(person), local_today())
    return render_template(
        "staff/hours/weekly.html",
        periods=_period_views(_with_workdays(draft), errors or {}),
        several=len(draft.periods) > 1,
        places=options(names),
        modes=options(modes),
        every=options(every_texts()),
        errors=errors or {},
        conflict=conflict,
        effect=effect,
        version=versions_of(db.session, [person.id])[person.id],
        week=week_view(db.session, picture, week, lambda day: _day_url(person, day)),
        action_url=url_for("hours.change", professional_id=person.id),
        weekly_url=url_for("hours.weekly", professional_id=person.id),
        **frame(person, "weekly"),
    )


def _saved_draft(plan: Plan) -> Draft:
    return draft_of_rules(
        (rule for rule in plan.rules if not has_ended(rule, local_today())), local_today(), separator()
    )


def _understood(person: Professional, saved: Plan, draft: Draft, choices: Choices) -> tuple[Plan, str]:
    """The plan that the draft makes, as far as it can be read, and what it does to coming meetings."""
    reading = read_weekly(draft, choices)
    plan = replace(saved, rules=tuple(with_history(saved.rules, reading.rules, local_today())))
    if reading.errors:
        return plan, gettext("Some of this cannot be read yet.")
    return plan, affected_text(len(effect_of(person, saved, plan)))


def _day_url(person: Professional, day: date) -> str:
    return url_for("day.page", professional_id=person.id, day=day.isoformat())


def _with_workdays(draft: Draft) -> Draft:
    for number in range(len(draft.periods)):
        if not any(row.period == number for row in draft.rows):
            draft.rows += [Row(number, weekday) for weekday in WORKDAYS]
    return draft.in_order()


def _period_views(draft: Draft, errors: Mapping[str, str]) -> list[dict[str, Any]]:
    numbered = list(enumerate(draft.rows))
    return [
        {
            "number": number,
            "typed": period,
            "when": _when_text(period),
            "open": any(f"{name}-{number}" in errors for name in ("first", "last", "every", "week_of", "split_from")),
            "days": [
                {
                    "key": f"{number}.{weekday}",
                    "name": weekday_name(weekday),
                    "others": [(other, weekday_name(other)) for other in range(7) if other != weekday],
                    "rows": [(n, row) for n, row in numbered if (row.period, row.weekday) == (number, weekday)],
                }
                for weekday in range(7)
            ],
        }
        for number, period in enumerate(draft.periods)
    ]


def _when_text(period: Period) -> str:
    """When the period holds, as far as it can be read."""
    first, last = read_day(period.first), read_day(period.last)
    every = {str(weeks): text for weeks, text in every_texts().items()}.get(period.every, "")
    return ", ".join(part for part in (validity_text(first, last), every) if part)


def conflict_view(person: Professional, names: Mapping[int, str]) -> dict[str, Any]:
    """What somebody else saved since the form was opened."""
    opened = request.form.get("version", "")
    version = int(opened) if opened.isdecimal() and len(opened) < 19 else 0
    zone = own_municipality().zone
    return {
        "changes": [
            {
                "who": event.actor_label,
                "when": format_instant(event.at, zone),
                "ended": weekly_lines(map(from_json, event.data["ended"]), names),
                "begun": weekly_lines(map(from_json, event.data["begun"]), names),
            }
            for event in changes_since(db.session, person.id, version)
        ]
    }
