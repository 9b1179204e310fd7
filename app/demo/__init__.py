"""The demo: the municipality Koivula for newcomers, and a page with every message that would have been sent."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the demo's commands, and its mailbox where the demo is on."""
