"""What rooms above want to be seen before the day: they add a function, which gives a view or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from flask import Flask, current_app

NAME = "above_today"


class Above(TypedDict):
    """A card above the day. ``hide_url``: where a press puts it away."""

    title: str
    text: str
    url: str
    url_text: str
    hide_url: str


def add_above(app: Flask, make: Callable[[], Above | None]) -> None:
    """Let ``make`` say what stands above the day of the signed-in user."""
    app.extensions.setdefault(NAME, []).append(make)


def above_today() -> list[Above]:
    """Everything that is to be seen above the day now."""
    return [view for make in current_app.extensions.get(NAME, []) if (view := make()) is not None]
