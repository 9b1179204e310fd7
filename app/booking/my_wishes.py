"""A client's own wishes: language, channel, and when they cannot be reached."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request, url_for

from app.booking import my_account, receipts
from app.booking.my_page import Account, account, blueprint, frame
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.http import see_other
from app.core.i18n import LANGUAGES, format_short_date, gettext
from app.identity.client_access import client_page


@blueprint.route("/my/wishes", methods=["GET", "POST"])
@client_page
def wishes() -> Any:
    """Language, channel, and when the client cannot be reached."""
    own = account()
    if request.method != "POST":
        return _wishes_page(own)
    language, channel = request.form.get("language", ""), request.form.get("channel", "")
    try:
        my_account.change_wishes(
            db.session, own.rows, language=language, channel=channel, actor=own.actor, now=clock.now()
        )
    except InvalidInput as problem:
        return _wishes_page(own, problem, language=language, channel=channel), 422
    _keep(own)
    return see_other(url_for(".wishes", notice="wishes"))


@blueprint.post("/my/away")
@client_page
def add_away() -> Any:
    """Days when the client cannot be reached."""
    own, form = account(), request.form
    try:
        away = my_account.check_away(
            form.get("first_day", ""), form.get("last_day", ""), form.get("part", "all"), today=_today(own)
        )
        my_account.add_away(db.session, own.client, away, actor=own.actor, now=clock.now())
    except InvalidInput as problem:
        return _wishes_page(
            own, problem, **{name: form.get(name, "") for name in ("first_day", "last_day", "part")}
        ), 422
    _keep(own)
    return see_other(url_for(".wishes", notice="away", _anchor="away"))


@blueprint.post("/my/away/<int:time_id>/remove")
@client_page
def remove_away(time_id: int) -> Any:
    """The client can be reached after all."""
    own = account()
    my_account.remove_away(db.session, own.rows, time_id, actor=own.actor, now=clock.now())
    _keep(own)
    return see_other(url_for(".wishes", notice="removed", _anchor="away"))


def _today(own: Account) -> date:
    return clock.now().astimezone(own.municipality.zone).date()


def _wishes_page(own: Account, problem: InvalidInput | None = None, **typed: str) -> str:
    today = _today(own)
    names = {
        "": gettext("As now: everything that reaches me"),
        "sms": gettext("Text message"),
        "email": gettext("E-mail"),
    }
    values = {"language": own.client.language, "channel": own.client.preferred_channel, "part": "all", **typed}
    return render_template(
        "my/wishes.html",
        values=values,
        errors=problem.field_texts() if problem else {},
        language_options=[{"value": code, "label": name, "lang": code} for code, name in LANGUAGES.items()],
        channels=[{"value": channel, "label": names[channel]} for channel in my_account.channels_of(own.rows)],
        parts=[{"value": part, "label": part_name(part)} for part in my_account.PARTS],
        away=[
            {
                "text": away_text(time.first_day, time.last_day, time.part),
                "remove_url": url_for(".remove_away", time_id=time.id),
            }
            for time in my_account.away_times(db.session, own.rows, today=today)
        ],
        today=today.isoformat(),
        wishes_url=url_for(".wishes"),
        away_url=url_for(".add_away"),
        **frame(own, "wishes"),
    )


def part_name(part: str) -> str:
    """A part of a day, in words."""
    return {
        "all": gettext("The whole day"),
        "morning": gettext("In the morning (before 12)"),
        "afternoon": gettext("In the afternoon (after 12)"),
    }[part]


def away_text(first: date, last: date, part: str) -> str:
    """``24.11.2026 – 26.11.2026, aamupäivällä``."""
    days = format_short_date(first) if first == last else f"{format_short_date(first)} – {format_short_date(last)}"
    return days if part == "all" else f"{days}, {part_name(part).lower()}"


def _keep(own: Account) -> None:
    """Write the receipt of what suits the client now, and commit."""
    away = my_account.away_times(db.session, own.rows, today=_today(own))
    facts = receipts.wishes_of(own.client, away)
    receipts.record(db.session, own.client, receipts.Action.WISHES, actor=own.actor, now=clock.now(), facts=facts)
    db.session.commit()
