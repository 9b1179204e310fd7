"""What the rest of the house hears of absences, in the transaction of the step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.absence.models import AbsencePlan
from app.core.audit import Actor


@dataclass(frozen=True, slots=True)
class AbsenceChanged:
    """Announced after ``register``, ``apply``, ``undo`` and ``come_back``; the meetings' own steps are announced as ever."""

    plan: AbsencePlan
    step: str
    actor: Actor
    now: datetime
