"""What a client's own pages share: whose they are, and the frame around them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, request, url_for

from app.booking import my_account
from app.booking.models import Client
from app.booking.receipts import Way
from app.core.audit import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.core.http import remote_address
from app.core.i18n import format_clock, gettext
from app.core.pages import current_municipality
from app.core.tenancy import Municipality
from app.identity import client_access
from app.identity.contact import Contact
from app.identity.models import ClientSession

blueprint = Blueprint("my", __name__)


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
        return Actor("client", self.client.id, address=remote_address(), way=Way.SIGNED_IN)


def account() -> Account:
    """Whose page this is (behind ``client_page``)."""
    signed_in, municipality = client_access.signed_in_here(), current_municipality()
    if signed_in is None or municipality is None:
        raise NotFound
    return Account(signed_in, municipality)


def frame(own: Account, current: str) -> dict[str, Any]:
    """What every page of the account shows around its content."""
    entries = [
        ("home", gettext("Appointments"), "my.home"),
        ("wishes", gettext("Wishes"), "my.wishes"),
        ("receipts", gettext("Receipts"), "my.receipts"),
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
