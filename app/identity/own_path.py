"""Where signing in may lead: only to a staff page of ours."""

from __future__ import annotations


def is_staff_path(path: str) -> bool:
    """True for an address below ``/staff/`` that no browser can take for another site's."""
    return path.startswith("/staff/") and path.isprintable() and "\\" not in path and "//" not in path
