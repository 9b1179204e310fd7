"""A municipality's logo: the picture with its settings, its digest where every page reads it.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("municipality", sa.Column("logo_digest", sa.Text(), nullable=False, server_default=""))
    op.alter_column("municipality", "logo_digest", server_default=None)
    op.add_column("municipality_settings", sa.Column("logo", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("municipality_settings", "logo")
    op.drop_column("municipality", "logo_digest")
