"""The ways in which staff can sign in. The password is the page itself; others are links beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, url_for

from app.core.i18n import gettext


@dataclass(frozen=True, slots=True)
class Way:
    """A button under the form. ``label``: msgid; ``endpoint`` gets ``next``; ``offered``: whether it is set up."""

    name: str
    label: str
    endpoint: str
    offered: Callable[[], bool]


def add_way(app: Flask, way: Way) -> None:
    """Offer another way on the sign-in page."""
    app.extensions.setdefault("sign_in_ways", {})[way.name] = way


def other_ways(wanted: str) -> list[dict[str, str]]:
    """What the sign-in page shows besides the password; ``wanted``: the page to go on to."""
    ways: dict[str, Way] = current_app.extensions.get("sign_in_ways", {})
    return [
        {"label": gettext(way.label), "url": url_for(way.endpoint, next=wanted)}
        for way in ways.values()
        if way.offered()
    ]
