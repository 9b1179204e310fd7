"""Whose meetings the signed-in user may move: the own ones, and everybody's with ``calendar.move_all``."""

from __future__ import annotations

from flask_login import current_user


def may_move(professional_id: int) -> bool:
    """True for the calendars that the user may change."""
    if not current_user.may("appointment.book"):
        return False
    return bool(current_user.professional_id == professional_id or current_user.may("calendar.move_all"))
