"""REST v1 for other systems."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Attach the API."""
