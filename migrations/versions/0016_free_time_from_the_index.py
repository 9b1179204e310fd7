"""What the question of free times reads of a reservation stands in the index by which it is found.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEX = "ix_reservation_professional"
FOUND_BY = ["municipality_id", "professional_id", "starts_at"]


def upgrade() -> None:
    _made_anew(["occupied", "expires_at", "id"])


def downgrade() -> None:
    _made_anew([])


def _made_anew(read: list[str]) -> None:
    op.drop_index(INDEX, table_name="reservation")
    op.create_index(INDEX, "reservation", FOUND_BY, postgresql_include=read or None, postgresql_where=sa.text("active"))
