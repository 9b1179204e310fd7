"""What whoever books for a client tells the professional.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointment", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.alter_column("appointment", "note", server_default=None)


def downgrade() -> None:
    op.drop_column("appointment", "note")
