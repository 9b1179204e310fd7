"""Weekly hours of every second, third or fourth week; exceptions with modes, and days whose hours are all their own.

Revision ID: 0010
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column, default in (("cycle_weeks", 1), ("cycle_phase", 0)):
        op.execute(f"ALTER TABLE working_hours ADD COLUMN {column} smallint NOT NULL DEFAULT {default}")
        op.alter_column("working_hours", column, server_default=None)
    op.create_check_constraint(
        op.f("ck_working_hours_cycle"),
        "working_hours",
        "cycle_weeks BETWEEN 1 AND 4 AND cycle_phase BETWEEN 0 AND cycle_weeks - 1",
    )
    op.add_column("schedule_exception", sa.Column("modes", postgresql.ARRAY(sa.Text()), nullable=True))
    op.execute("ALTER TABLE schedule_exception ADD COLUMN replaces_hours boolean NOT NULL DEFAULT false")
    op.alter_column("schedule_exception", "replaces_hours", server_default=None)
    op.create_check_constraint(
        op.f("ck_schedule_exception_replaces_hours"),
        "schedule_exception",
        "NOT replaces_hours OR NOT extra AND start_minute = 0 AND end_minute = 1440",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_schedule_exception_replaces_hours"), "schedule_exception")
    op.drop_column("schedule_exception", "replaces_hours")
    op.drop_column("schedule_exception", "modes")
    op.drop_constraint(op.f("ck_working_hours_cycle"), "working_hours")
    op.drop_column("working_hours", "cycle_phase")
    op.drop_column("working_hours", "cycle_weeks")
