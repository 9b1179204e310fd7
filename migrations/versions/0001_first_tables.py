"""The first tables: tenants, schedules, promises, messages, people who sign in, the audit log.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "office",
    "professional",
    "service",
    "service_office",
    "professional_service",
    "question",
    "working_hours",
    "schedule_exception",
    "absence",
    "busy_time",
    "closure",
    "client",
    "reservation",
    "appointment",
    "hold",
    "idempotency_key",
    "staff_user",
    "api_key",
    "message",
    "audit_event",
)
APPEND_ONLY = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('vuoro.retention', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'audit events are only ever appended';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
"""


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("kind", "municipality_id", "target_id", name=op.f("uq_job_kind_municipality_id_target_id")),
    )
    op.create_index("ix_job_due", "job", ["kind", "due_at"], unique=False)
    op.create_table(
        "municipality",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("brand_colour", sa.Text(), nullable=False),
        sa.Column("accent_colour", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipality")),
        sa.UniqueConstraint("host", name=op.f("uq_municipality_host")),
        sa.UniqueConstraint("slug", name=op.f("uq_municipality_slug")),
    )
    op.create_table(
        "route_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", "kind", "municipality_id", name=op.f("pk_route_token")),
    )
    op.create_index("ix_route_token_target", "route_token", ["municipality_id", "kind", "target_id"], unique=False)
    op.create_table(
        "api_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_on", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_api_key_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_api_key_municipality_id_id")),
        sa.UniqueConstraint("municipality_id", "name", name=op.f("uq_api_key_municipality_id_name")),
    )
    op.create_table(
        "audit_event",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_audit_event_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_audit_event_municipality_id_id")),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["municipality_id", "at"], unique=False)
    op.create_index(
        "ix_audit_event_object", "audit_event", ["municipality_id", "object_type", "object_id", "at"], unique=False
    )
    op.create_table(
        "idempotency_key",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("status_code", sa.BigInteger(), nullable=True),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_idempotency_key_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_idempotency_key_municipality_id_id")),
        sa.UniqueConstraint(
            "municipality_id", "scope", "key", name=op.f("uq_idempotency_key_municipality_id_scope_key")
        ),
    )
    op.create_table(
        "message",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("calendar_method", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("cause_gone", sa.Boolean(), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("useful_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'email', 'kivra', 'letter')", name=op.f("ck_message_channel")),
        sa.CheckConstraint(
            "status IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'cancelled', 'skipped')",
            name=op.f("ck_message_status"),
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_message_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("municipality_id", "dedupe_key", name=op.f("uq_message_municipality_id_dedupe_key")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_message_municipality_id_id")),
    )
    op.create_index("ix_message_cause", "message", ["municipality_id", "cause"], unique=False)
    op.create_index("ix_message_created", "message", ["municipality_id", "created_at", "id"], unique=False)
    op.create_table(
        "office",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("arrival", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opening_hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_office_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_office_municipality_id_id")),
        sa.UniqueConstraint("municipality_id", "slug", name=op.f("uq_office_municipality_id_slug")),
    )
    op.create_table(
        "professional",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("modes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("video_link", sa.Text(), nullable=False),
        sa.Column("daily_limit", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_professional_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_professional")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_professional_municipality_id_id")),
        sa.UniqueConstraint("municipality_id", "slug", name=op.f("uq_professional_municipality_id_slug")),
    )
    op.create_table(
        "service",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("description", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("instructions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("public_label", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("duration_minutes", sa.BigInteger(), nullable=False),
        sa.Column("buffer_before", sa.BigInteger(), nullable=False),
        sa.Column("buffer_after", sa.BigInteger(), nullable=False),
        sa.Column("step_minutes", sa.BigInteger(), nullable=True),
        sa.Column("modes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("who_may_book", sa.Text(), nullable=False),
        sa.Column("minimum_notice_minutes", sa.BigInteger(), nullable=False),
        sa.Column("horizon_days", sa.BigInteger(), nullable=False),
        sa.Column("change_cutoff_minutes", sa.BigInteger(), nullable=False),
        sa.Column("limit_per_professional", sa.BigInteger(), nullable=True),
        sa.Column("limit_per_office", sa.BigInteger(), nullable=True),
        sa.Column("several_bookings", sa.Boolean(), nullable=False),
        sa.Column("phone_required", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "who_may_book IN ('anyone', 'invited', 'own_clients', 'staff')", name=op.f("ck_service_who_may_book")
        ),
        sa.CheckConstraint(
            "buffer_before BETWEEN 0 AND 240 AND buffer_after BETWEEN 0 AND 240", name=op.f("ck_service_buffers")
        ),
        sa.CheckConstraint("duration_minutes BETWEEN 5 AND 720", name=op.f("ck_service_duration")),
        sa.CheckConstraint("step_minutes IS NULL OR step_minutes BETWEEN 5 AND 720", name=op.f("ck_service_step")),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_service_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_service_municipality_id_id")),
        sa.UniqueConstraint("municipality_id", "slug", name=op.f("uq_service_municipality_id_slug")),
    )
    op.create_table(
        "absence",
        sa.Column("professional_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("reason IN ('sick', 'leave', 'training', 'other')", name=op.f("ck_absence_reason")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_absence_span")),
        sa.ForeignKeyConstraint(
            ["municipality_id", "professional_id"],
            ["professional.municipality_id", "professional.id"],
            name=op.f("fk_absence_municipality_id_professional_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_absence_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_absence_municipality_id_id")),
    )
    op.create_index("ix_absence_span", "absence", ["municipality_id", "professional_id", "ends_at"], unique=False)
    op.create_table(
        "busy_time",
        sa.Column("professional_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_busy_time_span")),
        sa.ForeignKeyConstraint(
            ["municipality_id", "professional_id"],
            ["professional.municipality_id", "professional.id"],
            name=op.f("fk_busy_time_municipality_id_professional_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_busy_time_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_time")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_busy_time_municipality_id_id")),
    )
    op.create_index("ix_busy_time_span", "busy_time", ["municipality_id", "professional_id", "ends_at"], unique=False)
    op.create_table(
        "client",
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("own_professional_id", sa.BigInteger(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "own_professional_id"],
            ["professional.municipality_id", "professional.id"],
            name=op.f("fk_client_municipality_id_own_professional_id"),
            ondelete="SET NULL (own_professional_id)",
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_client_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("municipality_id", "external_id", name=op.f("uq_client_municipality_id_external_id")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_client_municipality_id_id")),
    )
    op.create_index("ix_client_email", "client", ["municipality_id", "email"], unique=False)
    op.create_index("ix_client_name_key", "client", ["municipality_id", "name_key"], unique=False)
    op.create_index("ix_client_phone", "client", ["municipality_id", "phone"], unique=False)
    op.create_table(
        "closure",
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("remote_too", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_closure_span")),
        sa.ForeignKeyConstraint(
            ["municipality_id", "office_id"],
            ["office.municipality_id", "office.id"],
            name=op.f("fk_closure_municipality_id_office_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_closure_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_closure_municipality_id_id")),
    )
    op.create_index("ix_closure_span", "closure", ["municipality_id", "ends_at"], unique=False)
    op.create_table(
        "professional_service",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("professional_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "professional_id"],
            ["professional.municipality_id", "professional.id"],
            name=op.f("fk_professional_service_municipality_id_professional_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_professional_service_municipality_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_professional_service_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_professional_service")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_professional_service_municipality_id_id")),
        sa.UniqueConstraint(
            "municipality_id",
            "service_id",
            "professional_id",
            name=op.f("uq_professional_service_municipality_id_service_id_professional_id"),
        ),
    )
    op.create_table(
        "question",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("help", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("modes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('text', 'long_text', 'choice', 'several', 'yes_no', 'date')", name=op.f("ck_question_kind")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_question_municipality_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_question_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_question_municipality_id_id")),
        sa.UniqueConstraint(
            "municipality_id", "service_id", "key", name=op.f("uq_question_municipality_id_service_id_key")
        ),
    )
    op.create_table(
        "schedule_exception",
        sa.Column("professional_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("start_minute", sa.SmallInteger(), nullable=False),
        sa.Column("end_minute", sa.SmallInteger(), nullable=False),
        sa.Column("extra", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "start_minute >= 0 AND start_minute < end_minute AND end_minute <= 1440",
            name=op.f("ck_schedule_exception_minutes"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "office_id"],
            ["office.municipality_id", "office.id"],
            name=op.f("fk_schedule_exception_municipality_id_office_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "professional_id"],
            ["professional.municipality_id", "professional.id"],
            name=op.f("fk_schedule_exception_municipality_id_professional_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_schedule_exception_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_exception")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_schedule_exception_municipality_id_id")),
    )
    op.create_index(
        "ix_schedule_exception_date", "schedule_exception", ["municipality_id", "professional_id", "date"], unique=False
    )
    op.create_table(
        "service_office",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "office_id"],
            ["office.municipality_id", "office.id"],
            name=op.f("fk_service_office_municipality_id_office_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_service_office_municipality_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_service_office_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_office")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_service_office_municipality_id_id")),
        sa.UniqueConstraint(
            "municipality_id",
            "service_id",
            "office_id",
            name=op.f("uq_service_office_municipality_id_service_id_office_id"),
        ),
    )
    op.create_table(
        "staff_user",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("professional_id", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_attempts", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "role IN ('caseworker', 'desk', 'lead', 'admin', 'operator')", name=op.f("ck_staff_user_role")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "professional_id"],
            ["professional.municipality_id", "professional.id"],
            name=op.f("fk_staff_user_municipality_id_professional_id"),
            ondelete="SET NULL (professional_id)",
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_staff_user_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_user")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_staff_user_municipality_id_id")),
    )
    op.create_index("uq_staff_user_email", "staff_user", ["municipality_id", sa.text("lower(email)")], unique=True)
    op.create_table(
        "working_hours",
        sa.Column("professional_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("start_minute", sa.SmallInteger(), nullable=False),
        sa.Column("end_minute", sa.SmallInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("modes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "start_minute >= 0 AND start_minute < end_minute AND end_minute <= 1440",
            name=op.f("ck_working_hours_minutes"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_working_hours_weekday")),
        sa.ForeignKeyConstraint(
            ["municipality_id", "office_id"],
            ["office.municipality_id", "office.id"],
            name=op.f("fk_working_hours_municipality_id_office_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "professional_id"],
            ["professional.municipality_id", "professional.id"],
            name=op.f("fk_working_hours_municipality_id_professional_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_working_hours_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_hours")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_working_hours_municipality_id_id")),
    )
    op.create_index(
        "ix_working_hours_professional",
        "working_hours",
        ["municipality_id", "professional_id", "weekday"],
        unique=False,
    )
    op.create_table(
        "reservation",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("professional_id", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occupied", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "meeting",
            postgresql.TSTZRANGE(),
            sa.Computed("tstzrange(starts_at, ends_at)", persisted=True),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(client_id, client_id, '[]')"), "&&"),
            (sa.column("meeting"), "&&"),
            where=sa.text("active AND client_id IS NOT NULL"),
            using="gist",
            name="ex_reservation_client",
        ),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(professional_id, professional_id, '[]')"), "&&"),
            (sa.column("occupied"), "&&"),
            where=sa.text("active AND professional_id IS NOT NULL"),
            using="gist",
            name="ex_reservation_professional",
        ),
        sa.CheckConstraint("(kind = 'hold') = (expires_at IS NOT NULL)", name=op.f("ck_reservation_hold_expires")),
        sa.CheckConstraint(
            "kind IN ('hold', 'appointment', 'group_session', 'seat', 'call')", name=op.f("ck_reservation_kind")
        ),
        sa.CheckConstraint(
            "lower(occupied) BETWEEN starts_at - interval '4 hours' AND starts_at AND upper(occupied) BETWEEN ends_at AND ends_at + interval '4 hours'",
            name=op.f("ck_reservation_occupied"),
        ),
        sa.CheckConstraint(
            "starts_at < ends_at AND ends_at - starts_at <= interval '12 hours'", name=op.f("ck_reservation_span")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "client_id"],
            ["client.municipality_id", "client.id"],
            name=op.f("fk_reservation_municipality_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "office_id"],
            ["office.municipality_id", "office.id"],
            name=op.f("fk_reservation_municipality_id_office_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "professional_id"],
            ["professional.municipality_id", "professional.id"],
            name=op.f("fk_reservation_municipality_id_professional_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_reservation_municipality_id_service_id"),
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_reservation_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_reservation_municipality_id_id")),
    )
    op.create_index(
        "ix_reservation_expiry",
        "reservation",
        ["municipality_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("kind = 'hold'"),
    )
    op.create_index(
        "ix_reservation_office",
        "reservation",
        ["municipality_id", "office_id", "starts_at"],
        unique=False,
        postgresql_where=sa.text("active"),
    )
    op.create_index(
        "ix_reservation_professional",
        "reservation",
        ["municipality_id", "professional_id", "starts_at"],
        unique=False,
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "appointment",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("link_token", sa.Text(), nullable=False),
        sa.Column("check_in_code", sa.Text(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("professional_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('booked', 'checked_in', 'in_progress', 'completed', 'no_show', 'cancelled')",
            name=op.f("ck_appointment_status"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "client_id"],
            ["client.municipality_id", "client.id"],
            name=op.f("fk_appointment_municipality_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "office_id"],
            ["office.municipality_id", "office.id"],
            name=op.f("fk_appointment_municipality_id_office_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "professional_id"],
            ["professional.municipality_id", "professional.id"],
            name=op.f("fk_appointment_municipality_id_professional_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "reservation_id"],
            ["reservation.municipality_id", "reservation.id"],
            name=op.f("fk_appointment_municipality_id_reservation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_appointment_municipality_id_service_id"),
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_appointment_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_appointment_municipality_id_id")),
        sa.UniqueConstraint("municipality_id", "reference", name=op.f("uq_appointment_municipality_id_reference")),
        sa.UniqueConstraint(
            "municipality_id", "reservation_id", name=op.f("uq_appointment_municipality_id_reservation_id")
        ),
    )
    op.create_index("ix_appointment_client", "appointment", ["municipality_id", "client_id", "starts_at"], unique=False)
    op.create_index(
        "ix_appointment_professional", "appointment", ["municipality_id", "professional_id", "starts_at"], unique=False
    )
    op.create_index("ix_appointment_starts", "appointment", ["municipality_id", "starts_at", "id"], unique=False)
    op.create_table(
        "hold",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), nullable=True),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("professional_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed", sa.LargeBinary(), nullable=True),
        sa.Column("appointment_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "appointment_id"],
            ["appointment.municipality_id", "appointment.id"],
            name=op.f("fk_hold_municipality_id_appointment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "office_id"],
            ["office.municipality_id", "office.id"],
            name=op.f("fk_hold_municipality_id_office_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "professional_id"],
            ["professional.municipality_id", "professional.id"],
            name=op.f("fk_hold_municipality_id_professional_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "reservation_id"],
            ["reservation.municipality_id", "reservation.id"],
            name=op.f("fk_hold_municipality_id_reservation_id"),
            ondelete="SET NULL (reservation_id)",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "service_id"],
            ["service.municipality_id", "service.id"],
            name=op.f("fk_hold_municipality_id_service_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipality.id"], name=op.f("fk_hold_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("municipality_id", "digest", name=op.f("uq_hold_municipality_id_digest")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_hold_municipality_id_id")),
    )
    op.create_index("ix_hold_address", "hold", ["municipality_id", "address", "created_at"], unique=False)
    op.create_index("ix_hold_reservation", "hold", ["municipality_id", "reservation_id"], unique=False)
    op.create_index("ix_hold_visitor", "hold", ["municipality_id", "visitor"], unique=False)

    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY one_municipality ON {table} "
            "USING (municipality_id = nullif(current_setting('vuoro.municipality', true), '')::bigint)"
        )
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    for table in ("hold", *reversed(TENANT_TABLES), "job", "route_token", "municipality"):
        op.execute(f"DROP TABLE IF EXISTS {table} CASCADE")
    op.execute("DROP FUNCTION audit_is_append_only")
