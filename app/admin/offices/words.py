"""Offices and closures as the pages of settings show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from app.booking.views import closure_text
from app.core.i18n import gettext, local_text, ngettext
from app.scheduling.models import Closure, Office


def office_view(office: Office, services: int, closures: Iterable[Closure]) -> dict[str, Any]:
    """An office in the list."""
    coming = len(list(closures))
    texts = [office.address, ngettext("%(num)s service", "%(num)s services", services)]
    if coming:
        texts.append(ngettext("%(num)s coming closure", "%(num)s coming closures", coming))
    return {
        "name": local_text(office.name),
        "url": url_for("offices.edit", office_id=office.id),
        "active": office.active,
        "facts": [text for text in texts if text],
    }


def closure_view(closure: Closure, names: Mapping[int, str], zone: ZoneInfo) -> dict[str, Any]:
    """A closure in the list."""
    where = gettext("Every office") if closure.office_id is None else names.get(closure.office_id, "")
    what = gettext("Nothing can be booked") if closure.remote_too else gettext("No meetings at the office")
    return {
        "when": closure_text(closure, zone),
        "where": where,
        "what": what,
        "title": local_text(closure.title),
        "remove_url": url_for("closures.remove", closure_id=closure.id),
    }


def meetings_text(count: int) -> str:
    """How many meetings a closing concerns."""
    return ngettext("It concerns %(num)s coming meeting.", "It concerns %(num)s coming meetings.", count)
