"""A user's office, versions of users and professionals, and who may be booked by clients themselves.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OFFICE_KEY = "fk_staff_user_municipality_id_office_id"


def upgrade() -> None:
    for table in ("staff_user", "professional"):
        op.add_column(table, sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"))
        op.alter_column(table, "version", server_default=None)
    op.add_column("professional", sa.Column("online", sa.Boolean(), nullable=False, server_default="true"))
    op.alter_column("professional", "online", server_default=None)
    op.add_column("staff_user", sa.Column("office_id", sa.BigInteger(), nullable=True))
    op.execute(
        f"ALTER TABLE staff_user ADD CONSTRAINT {OFFICE_KEY} FOREIGN KEY (municipality_id, office_id) "
        "REFERENCES office (municipality_id, id) ON DELETE SET NULL (office_id)"
    )


def downgrade() -> None:
    op.drop_constraint(OFFICE_KEY, "staff_user", type_="foreignkey")
    op.drop_column("staff_user", "office_id")
    op.drop_column("professional", "online")
    for table in ("staff_user", "professional"):
        op.drop_column(table, "version")
