"""Tables of the guided choice, and reading it. A guide has two editions: the draft that staff edit, and the one that
clients see, which publishing makes of it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import LocalText, Tenant, db, tenant_key, tenant_table
from app.scheduling.guide_map import Choice, Leads, Step
from app.scheduling.models import Mode

DRAFT, LIVE = "draft", "live"


class Guide(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """An edition of a municipality's guided choice, and who changed (or published) it last."""

    __tablename__ = "guide"
    __table_args__ = tenant_table(
        UniqueConstraint("municipality_id", "edition"),
        CheckConstraint(f"edition IN {(DRAFT, LIVE)}", name="edition"),
    )

    edition: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime]


class GuideStep(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """A question. ``number`` stands in its address and is the same in both editions; the lowest position is asked first."""

    __tablename__ = "guide_step"
    __table_args__ = tenant_table(
        tenant_key("guide_id", "guide", ondelete="CASCADE"),
        UniqueConstraint("municipality_id", "guide_id", "number"),
    )

    guide_id: Mapped[int]
    number: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    question: Mapped[LocalText]
    help: Mapped[LocalText] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime]


class GuideChoice(Tenant, db.Model):  # type: ignore[name-defined,misc]
    """An answer and where it leads: a service (in a mode, or any), another question, or a call to us."""

    __tablename__ = "guide_choice"
    __table_args__ = tenant_table(
        tenant_key("step_id", "guide_step", ondelete="CASCADE"),
        tenant_key("service_id", "service", ondelete="SET NULL"),
        tenant_key("next_step_id", "guide_step", ondelete="SET NULL"),
        UniqueConstraint("municipality_id", "step_id", "position"),
        CheckConstraint(f"leads_to IN {tuple(str(kind) for kind in Leads)}", name="leads_to"),
        CheckConstraint(f"mode IN {('', *(str(mode) for mode in Mode))}", name="mode"),
    )

    step_id: Mapped[int]
    position: Mapped[int]
    label: Mapped[LocalText]
    help: Mapped[LocalText] = mapped_column(default=dict)
    leads_to: Mapped[str]
    service_id: Mapped[int | None]
    mode: Mapped[str] = mapped_column(default="")
    next_step_id: Mapped[int | None]


def steps_of(session: Session, edition: str) -> list[GuideStep]:
    """The questions' rows, the first one first."""
    query = select(GuideStep).join(Guide, Guide.id == GuideStep.guide_id).where(Guide.edition == edition)
    return list(session.scalars(query.order_by(GuideStep.position, GuideStep.number)))


def read_guide(session: Session, edition: str) -> list[Step]:
    """The questions with their answers, the first one first; empty where there is no guide. Two queries."""
    rows = steps_of(session, edition)
    numbers = {row.id: row.number for row in rows}
    choices: dict[int, list[Choice]] = defaultdict(list)
    query = select(GuideChoice).where(GuideChoice.step_id.in_(numbers)).order_by(GuideChoice.position)
    for choice in session.scalars(query) if rows else ():
        choices[choice.step_id].append(
            Choice(
                label=choice.label,
                help=choice.help,
                leads_to=choice.leads_to,
                service_id=choice.service_id,
                mode=choice.mode,
                step=numbers.get(choice.next_step_id or 0),
            )
        )
    return [Step(row.number, row.question, row.help, tuple(choices[row.id]), row.version) for row in rows]
