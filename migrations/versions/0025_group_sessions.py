"""Group sessions: one meeting of many. A seat is an appointment with a number in its session.

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLE = "group_session"
# A unique number in 1 … capacity is what keeps a session from having more seats than there are (domain.md, rule 3).
# Both sides lock the session's row, so that a seat and a smaller capacity cannot pass each other.
WITHIN_CAPACITY = """
CREATE FUNCTION seat_is_within_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seat_no > (SELECT capacity FROM group_session WHERE id = NEW.group_session_id FOR SHARE) THEN
        RAISE EXCEPTION 'the group session has no such seat'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_appointment_seat_within_capacity';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER seat_within_capacity BEFORE INSERT OR UPDATE OF group_session_id, seat_no, status ON appointment
    FOR EACH ROW WHEN (NEW.group_session_id IS NOT NULL AND NEW.status <> 'cancelled')
    EXECUTE FUNCTION seat_is_within_capacity();
CREATE FUNCTION capacity_holds_the_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM appointment WHERE municipality_id = NEW.municipality_id AND group_session_id = NEW.id
            AND status <> 'cancelled' AND seat_no > NEW.capacity) THEN
        RAISE EXCEPTION 'there are more seats taken than that'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_group_session_holds_the_seats';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER capacity_holds BEFORE UPDATE OF capacity ON group_session
    FOR EACH ROW WHEN (NEW.capacity < OLD.capacity) EXECUTE FUNCTION capacity_holds_the_seats();
"""


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("professional_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f(f"uq_{TABLE}_municipality_id_id")),
        sa.UniqueConstraint(
            "municipality_id", "reservation_id", name=op.f(f"uq_{TABLE}_municipality_id_reservation_id")
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f(f"fk_{TABLE}_municipality_id")),
        *(_key(TABLE, f"{other}_id", other) for other in ("reservation", "service", "professional", "office")),
        sa.CheckConstraint("capacity BETWEEN 1 AND 500", name=op.f(f"ck_{TABLE}_capacity")),
        sa.CheckConstraint("mode IN ('in_person', 'video')", name=op.f(f"ck_{TABLE}_mode")),
    )
    op.create_index("ix_group_session_starts", TABLE, ["municipality_id", "starts_at", "id"])
    op.create_index("ix_group_session_professional", TABLE, ["municipality_id", "professional_id", "starts_at"])
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY one_municipality ON {TABLE} "
        "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
    )
    op.add_column("appointment", sa.Column("group_session_id", sa.BigInteger(), nullable=True))
    op.add_column("appointment", sa.Column("seat_no", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_appointment_municipality_id_group_session_id"),
        "appointment",
        TABLE,
        ["municipality_id", "group_session_id"],
        ["municipality_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_appointment_seat"), "appointment", "(group_session_id IS NULL) = (seat_no IS NULL) AND seat_no >= 1"
    )
    op.create_index(
        "uq_appointment_seat",
        "appointment",
        ["municipality_id", "group_session_id", "seat_no"],
        unique=True,
        postgresql_where=sa.text("group_session_id IS NOT NULL AND status <> 'cancelled'"),
    )
    op.execute(WITHIN_CAPACITY)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["municipality_id", column],
        [f"{other}.municipality_id", f"{other}.id"],
        name=op.f(f"fk_{table}_municipality_id_{column}"),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER seat_within_capacity ON appointment")
    op.execute("DROP FUNCTION seat_is_within_capacity()")
    op.drop_index("uq_appointment_seat", "appointment")
    op.drop_constraint("ck_appointment_seat", "appointment")
    op.drop_constraint("fk_appointment_municipality_id_group_session_id", "appointment")
    op.drop_column("appointment", "seat_no")
    op.drop_column("appointment", "group_session_id")
    op.drop_table(TABLE)
    op.execute("DROP FUNCTION capacity_holds_the_seats()")
