"""The edition of a municipality's services: web processes keep services for as long as it stays the same.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("municipality", sa.Column("services_edition", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("""
CREATE FUNCTION note_services_edition() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    UPDATE municipality SET services_edition = services_edition + 1
        WHERE id = COALESCE(NEW.municipality_id, OLD.municipality_id);
    RETURN NULL;
END $$""")
    op.execute("""
CREATE TRIGGER note_edition AFTER INSERT OR UPDATE OR DELETE ON service
    FOR EACH ROW EXECUTE FUNCTION note_services_edition()""")


def downgrade() -> None:
    op.execute("DROP TRIGGER note_edition ON service")
    op.execute("DROP FUNCTION note_services_edition()")
    op.drop_column("municipality", "services_edition")
