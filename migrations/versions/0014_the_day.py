"""The day of a meeting: when the client came, when it began and ended, an excused absence; tasks for people.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENTS = ("arrived_at", "started_at", "completed_at")


def upgrade() -> None:
    for column in MOMENTS:
        op.add_column("appointment", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.add_column("appointment", sa.Column("excused", sa.Boolean(), nullable=True))
    op.create_check_constraint(op.f("ck_appointment_excused"), "appointment", "excused IS NULL OR status = 'no_show'")
    op.create_table(
        "task",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("professional_id", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("appointment_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name=op.f("ck_task_state")),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f("ck_task_settled")),
        *(
            sa.ForeignKeyConstraint(
                ["municipality_id", f"{table}_id"],
                [f"{table}.municipality_id", f"{table}.id"],
                name=op.f(f"fk_task_municipality_id_{table}_id"),
                ondelete=rule.format(f"{table}_id") if rule else None,
            )
            for table, rule in (
                ("professional", "SET NULL ({})"),
                ("client", "CASCADE"),
                ("appointment", "CASCADE"),
            )
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_task_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_task_municipality_id_id")),
    )
    op.create_index("ix_task_open", "task", ["municipality_id", "due_on"], postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_task_appointment", "task", ["municipality_id", "appointment_id"])
    op.create_index("ix_task_client", "task", ["municipality_id", "client_id"])
    op.execute("ALTER TABLE task ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY one_municipality ON task "
        "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
    )


def downgrade() -> None:
    op.drop_table("task")
    op.drop_constraint(op.f("ck_appointment_excused"), "appointment")
    for column in ("excused", *MOMENTS):
        op.drop_column("appointment", column)
