"""A client's own calendar feed: the page with its secret address, and the feed itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, render_template, request, url_for

from app.booking import my_account
from app.booking.ics import calendar_feed
from app.booking.lifecycle import Status
from app.booking.models import Client
from app.booking.my_page import account, blueprint, frame
from app.booking.notices import entry_of
from app.core import clock, tenancy
from app.core.db import db
from app.core.errors import NotFound
from app.core.http import public_url, see_other
from app.core.i18n import gettext, local_text, speaking
from app.core.pages import enter
from app.core.permissions import by_link
from app.core.tenancy import Municipality
from app.identity.client_access import client_page
from app.identity.contact import Contact

FEED_PAST = timedelta(days=60)


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
        **frame(own, "feed"),
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
