"""A client's own pages after signing in: appointments, wishes, calendar feed. Each appointment's page is behind its link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from app.booking import my_account, my_sign_in
from app.booking.changes import last_change
from app.booking.ics import calendar_feed
from app.booking.lifecycle import Status, Step, next_status
from app.booking.models import Appointment, Client
from app.booking.notices import entry_of
from app.booking.views import mode_name, office_text, professional_text, status_name
from app.core import clock, tenancy
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.http import public_url, remote_address, see_other
from app.core.i18n import LANGUAGES, format_clock, format_instant, format_short_date, gettext, local_text, speaking
from app.core.pages import current_municipality, enter
from app.core.permissions import by_link, public
from app.core.tenancy import Municipality
from app.identity import client_access
from app.identity.client_access import client_page
from app.identity.contact import Contact
from app.identity.models import ClientSession
from app.scheduling.models import Mode, Professional

blueprint = Blueprint("my", __name__)
blueprint.add_url_rule("/my/sign-in", "choose_municipality", public(my_sign_in.choose_municipality))

FEED_PAST = timedelta(days=60)
STATUS_TAGS = {"booked": "ok", "checked_in": "ok", "in_progress": "info", "cancelled": "bad", "no_show": "warn"}


@dataclass(frozen=True)
class Account:
    """Whoever is signed in, with all their rows."""

    signed_in: ClientSession
    municipality: Municipality

    @cached_property
    def contact(self) -> Contact:
        """The number or address that was proven."""
        return Contact.of_value(self.signed_in.contact)

    @cached_property
    def client(self) -> Client:
        """The row of the person whom they are best known by."""
        return db.session.get_one(Client, self.signed_in.client_id)

    @cached_property
    def rows(self) -> list[Client]:
        """All rows of the person, that one among them."""
        return my_account.rows_of(db.session, self.client, self.contact) or [self.client]

    @property
    def actor(self) -> Actor:
        """The client, as the audit log names them."""
        return Actor("client", self.client.id, address=remote_address())


def account() -> Account:
    """Whose page this is (behind ``client_page``)."""
    signed_in, municipality = client_access.signed_in_here(), current_municipality()
    if signed_in is None or municipality is None:
        raise NotFound
    return Account(signed_in, municipality)


def _frame(own: Account, current: str) -> dict[str, Any]:
    """What every page of the account shows around its content."""
    entries = [
        ("home", gettext("Appointments"), "my.home"),
        ("wishes", gettext("Wishes"), "my.wishes"),
        ("feed", gettext("Calendar"), "my.feed_page"),
    ]
    return {
        "person": own.client.name,
        "until": format_clock(own.signed_in.expires_at, own.municipality.zone),
        "tabs": [{"label": label, "url": url_for(to), "current": name == current} for name, label, to in entries],
        "notice": _notice(request.args.get("notice", "")),
    }


def _notice(name: str) -> str:
    return {
        "wishes": gettext("Your wishes have been saved."),
        "away": gettext("Thank you. We do not call you then."),
        "removed": gettext("The time has been removed."),
        "feed": gettext("The calendar has a new address. The earlier address no longer works."),
        "feed_removed": gettext("The calendar address has been removed."),
    }.get(name, "")


# — appointments —


@blueprint.get("/my")
@client_page
def home() -> Any:
    """Appointments to come, and those that were."""
    own, now = account(), clock.now()
    every = my_account.appointments_of(db.session, own.rows, since=now - my_account.PAST_KEPT)
    coming = [item for item in every if item.ends_at > now and item.status != Status.CANCELLED]
    past = [item for item in reversed(every) if item not in coming]
    return render_template(
        "my/home.html",
        coming=[_card(item, own.municipality, now=now) for item in coming],
        past=[_card(item, own.municipality, now=now) for item in islice(past, my_account.LONGEST_LIST)],
        own_professional=_own_professional(own.client),
        book_url=url_for("booking.front", slug=own.municipality.slug),
        **_frame(own, "home"),
    )


def _own_professional(client: Client) -> str:
    if client.own_professional_id is None:
        return ""
    professional = db.session.get(Professional, client.own_professional_id)
    return professional_text(professional) if professional is not None and professional.active else ""


def _card(appointment: Appointment, municipality: Municipality, *, now: datetime) -> dict[str, Any]:
    active = appointment.ends_at > now and next_status(appointment.status, Step.CANCEL) is not None
    can_change = active and now < last_change(appointment)
    over = appointment.ends_at <= now and appointment.status == Status.BOOKED
    token = appointment.link_token
    office = appointment.office
    return {
        "when": format_instant(appointment.starts_at, municipality.zone),
        "service": local_text(appointment.service.name),
        "facts": [
            part
            for part in (
                mode_name(appointment.mode),
                office_text(office) if office else "",
                professional_text(appointment.professional),
            )
            if part
        ],
        "status_text": gettext("Past") if over else status_name(appointment.status),
        "status_tag": "neutral" if over else STATUS_TAGS.get(appointment.status, "neutral"),
        "url": url_for("appointment.page", token=token),
        "change_url": url_for("appointment.change", token=token) if can_change and _may_move(appointment) else "",
        "cancel_url": url_for("appointment.cancel_page", token=token) if can_change else "",
        "join_url": appointment.professional.video_link if active and appointment.mode == Mode.VIDEO else "",
    }


def _may_move(appointment: Appointment) -> bool:
    return next_status(appointment.status, Step.RESCHEDULE) is not None


# — wishes —


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
    db.session.commit()
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
    db.session.commit()
    return see_other(url_for(".wishes", notice="away", _anchor="away"))


@blueprint.post("/my/away/<int:time_id>/remove")
@client_page
def remove_away(time_id: int) -> Any:
    """The client can be reached after all."""
    own = account()
    my_account.remove_away(db.session, own.rows, time_id, actor=own.actor, now=clock.now())
    db.session.commit()
    return see_other(url_for(".wishes", notice="removed", _anchor="away"))


def _today(own: Account) -> Any:
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
        parts=[{"value": part, "label": _part_name(part)} for part in my_account.PARTS],
        away=[
            {
                "text": _away_text(time.first_day, time.last_day, time.part),
                "remove_url": url_for(".remove_away", time_id=time.id),
            }
            for time in my_account.away_times(db.session, own.rows, today=today)
        ],
        today=today.isoformat(),
        wishes_url=url_for(".wishes"),
        away_url=url_for(".add_away"),
        **_frame(own, "wishes"),
    )


def _part_name(part: str) -> str:
    return {
        "all": gettext("The whole day"),
        "morning": gettext("In the morning (before 12)"),
        "afternoon": gettext("In the afternoon (after 12)"),
    }[part]


def _away_text(first: Any, last: Any, part: str) -> str:
    days = format_short_date(first) if first == last else f"{format_short_date(first)} – {format_short_date(last)}"
    return days if part == "all" else f"{days}, {_part_name(part).lower()}"


# — calendar feed —


@blueprint.get("/my/calendar")
@client_page
def feed_page() -> Any:
    """The secret address of the client's calendar feed."""
    own = account()
    path = url_for(".feed", secret=own.client.feed_token) if own.client.feed_token else ""
    address = public_url(path) if path else ""
    return render_template(
        "my/calendar.html",
        feed_url=address,
        webcal_url="webcal:" + address.partition(":")[2] if address else "",
        renew_url=url_for(".renew_feed"),
        remove_url=url_for(".remove_feed"),
        **_frame(own, "feed"),
    )


@blueprint.post("/my/calendar/renew")
@client_page
def renew_feed() -> Any:
    """A new address; the earlier one ends."""
    own = account()
    earlier = own.client.feed_token
    my_account.renew_feed(db.session, own.client, own.contact, actor=own.actor, now=clock.now())
    db.session.commit()
    return see_other(url_for(".feed_page", notice="feed" if earlier else None))


@blueprint.post("/my/calendar/remove")
@client_page
def remove_feed() -> Any:
    """No feed any more."""
    own = account()
    my_account.remove_feed(db.session, own.client, actor=own.actor, now=clock.now())
    db.session.commit()
    return see_other(url_for(".feed_page", notice="feed_removed"))


@blueprint.get("/ics/<secret>.ics")
@by_link
def feed(secret: str) -> Any:
    """The feed itself, for calendar programs."""
    for route in tenancy.find_routes(db.session, kind=my_account.FEED_KIND, secret=secret):
        municipality = enter(db.session.get_one(Municipality, route.municipality_id))
        return _feed_of(db.session.get_one(Client, route.target_id), municipality)
    raise NotFound(gettext("There is no calendar at this address. It may have been renewed."))


def _feed_of(client: Client, municipality: Municipality) -> Response:
    rows = my_account.rows_of(db.session, client, Contact.of_value(client.feed_contact)) or [client]
    found = my_account.appointments_of(db.session, rows, since=clock.now() - FEED_PAST)
    with speaking(client.language):
        entries = [entry_of(item, municipality) for item in found if item.status != Status.CANCELLED]
        text = calendar_feed(entries, local_text(municipality.name), municipality.zone)
    response = Response(text, mimetype="text/calendar")
    response.add_etag()
    response.make_conditional(request)
    return response


# — signing out —


@blueprint.post("/my/sign-out")
@client_page
def sign_out() -> Any:
    """End the sign-in here, or everywhere."""
    own = account()
    if request.form.get("everywhere"):
        client_access.end_everywhere(db.session, own.signed_in.contact)
    else:
        client_access.end(db.session)
    db.session.commit()
    return see_other(url_for("booking.front", slug=own.municipality.slug))
