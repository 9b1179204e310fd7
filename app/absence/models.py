"""The tables of plans: one registration of an absence, and what was decided about each meeting in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.absence.plan import Action
from app.absence.states import ItemState, State
from app.booking.models import Appointment
from app.core.db import Tenant, belongs_to, db, tenant_key, tenant_table
from app.scheduling.models import Office


class AbsencePlan(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """One registration: of one or several people, whose rows in ``absence`` name it as ``plan_id``, or of a closed office."""

    __tablename__ = "absence_plan"
    __table_args__ = tenant_table(
        CheckConstraint(f"state IN {tuple(str(state) for state in State)}", name="state"),
        tenant_key("office_id", "office", ondelete="CASCADE"),
        tenant_key("closure_id", "closure", ondelete="SET NULL"),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("state <> 'applied' OR applied_at IS NOT NULL", name="applied"),
        Index("ix_absence_plan_ends", "municipality_id", "ends_at", "id"),
    )

    state: Mapped[str] = mapped_column(default=State.PLANNED)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    office_id: Mapped[int | None]
    closure_id: Mapped[int | None]
    """The office that is closed, and its closure; None once that was taken away."""
    made_by: Mapped[str]
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    """When meetings were last settled by it …"""
    undo_until: Mapped[datetime | None]
    """… and until when that can be taken back: their messages wait as long."""
    ended_at: Mapped[datetime | None]
    """When it was withdrawn, or cut short by coming back early."""

    office: Mapped[Office | None] = belongs_to("Office", "AbsencePlan.office_id")


class AbsenceItem(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """What was decided about one meeting, and what came of it. ``before``: where it stood, so that it can go back."""

    __tablename__ = "absence_item"
    __table_args__ = tenant_table(
        tenant_key("plan_id", "absence_plan", ondelete="CASCADE"),
        tenant_key("appointment_id", "appointment", ondelete="CASCADE"),
        tenant_key("invitation_id", "invitation", ondelete="SET NULL"),
        tenant_key("task_id", "task", ondelete="SET NULL"),
        UniqueConstraint("municipality_id", "plan_id", "appointment_id"),
        CheckConstraint(f"action IN {tuple(str(action) for action in Action)}", name="action"),
        CheckConstraint(f"state IN {tuple(str(state) for state in ItemState)}", name="state"),
    )

    plan_id: Mapped[int]
    appointment_id: Mapped[int]
    action: Mapped[str]
    state: Mapped[str]
    cause: Mapped[str] = mapped_column(default="")
    """Why it failed or could not be taken back: an error's code."""
    before: Mapped[dict[str, Any]]
    version: Mapped[int]
    """The appointment's after the step: what it has while nothing else has happened to it."""
    applied_at: Mapped[datetime]
    invitation_id: Mapped[int | None]
    task_id: Mapped[int | None]

    appointment: Mapped[Appointment] = belongs_to("Appointment", "AbsenceItem.appointment_id")
