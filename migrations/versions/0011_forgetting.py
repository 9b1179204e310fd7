"""The audit log forgets what is past its time: the owner's function may delete where the application's role may not.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

FORGET = """
CREATE FUNCTION forget_audit_events(before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone bigint;
BEGIN
    PERFORM set_config('vuoro.retention', 'on', true);
    -- Whatever is asked for: only of the bound municipality, and nothing of the last year.
    DELETE FROM audit_event WHERE at < least(before, now() - interval '1 year')
        AND municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('vuoro.retention', 'off', true);
    RETURN gone;
END $$;
"""


def upgrade() -> None:
    op.execute(FORGET)


def downgrade() -> None:
    op.execute("DROP FUNCTION forget_audit_events(timestamptz)")
